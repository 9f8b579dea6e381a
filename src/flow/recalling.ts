/** A thread that is held while its record is made anew: its lease is renewed like that of any other. */
import type { ThreadRef } from '../core/event.ts';
import { encodeState } from '../core/record.ts';
import type { ThreadState } from '../core/state.ts';
import { around } from '../lib/failpoint.ts';
import { randomToken } from '../lib/random.ts';
import type { Clock, Commit, Held, StorePort } from '../ports.ts';
import type { Lost } from './lost.ts';
import { KEEP_MS } from './save.ts';

export class Recalling {
  readonly thread: ThreadRef;
  readonly token: Held['token'];
  private readonly held: Held;
  private readonly ending = new AbortController();
  /** Monotonic ms of the request that granted the lease last. */
  private since: number;

  constructor(thread: ThreadRef, held: Held, beganAt: number) {
    this.thread = thread;
    this.token = held.token;
    this.held = held;
    this.since = beganAt;
  }

  renewed(beganAt: number): void {
    this.since = Math.max(this.since, beganAt);
  }

  get beganAt(): number {
    return this.since;
  }

  get isHeld(): boolean {
    return !this.ending.signal.aborted;
  }

  abandon(reason: unknown): void {
    this.ending.abort(reason);
  }

  /** What the holder goes on with. Undefined where the lease was lost meanwhile, or the process goes. */
  async outcome(
    lost: Lost,
    clock: Clock,
    store: Pick<StorePort, 'commit'>,
    stopping: AbortSignal,
  ): Promise<Held | undefined> {
    const signal = AbortSignal.any([stopping, this.ending.signal]);
    try {
      const state = await lost.recall(this.thread, this.held, clock, signal);
      signal.throwIfAborted();
      if (!state) return this.held;
      // Saved before anything is shown: a button that stands in Slack must find its thread.
      const saved = await around('lost.save', () => store.commit(this.commitOf(state, 'keep')));
      if (saved.outcome === 'stale') return undefined;
      return { ...this.held, state: JSON.stringify(state) };
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  /** Nothing came of it: the thread is for whoever takes it next. */
  async handOver(store: Pick<StorePort, 'commit'>): Promise<void> {
    if (this.isHeld) await store.commit(this.commitOf(undefined, 'handover')).catch(() => undefined);
  }

  private commitOf(state: ThreadState | undefined, then: Commit['then']): Commit {
    const { thread, token } = this;
    const messages = Object.values(state?.posted ?? {}).flatMap(({ ts }) => ts ?? []);
    return {
      thread,
      token,
      nonce: randomToken(),
      ...(state ? { state: encodeState(state) } : {}),
      keepMs: KEEP_MS,
      consumed: [],
      timers: {},
      messages,
      then,
    };
  }
}
