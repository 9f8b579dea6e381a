/** What the contract suite needs of a store under test, and short ways to say what it does with it. */
import { it } from 'vitest';
import type { MessageInput, StopInput, ThreadInput, ThreadRef } from '../../src/core/event.ts';
import type { Commit, Held, LeaseToken, StorePort } from '../../src/ports.ts';
import type { StoreTimes } from '../../src/adapters/store/limits.ts';

export interface StoreWorld {
  /** A store over the same data, as another replica of the same app opens it. */
  open(times?: Partial<StoreTimes>): Promise<StorePort>;
  /** A store of another app on the same server. */
  openOtherApp(): Promise<StorePort>;
  /** Returns when the store's own time has gone on by at least so much. */
  pass(ms: number): Promise<void>;
  /** The store's own time, milliseconds. */
  now(): Promise<number>;
  end(): Promise<void>;
}

/** What a test is given: a world of its own, so that tests can run side by side. */
export interface Given {
  readonly world: StoreWorld;
  readonly store: StorePort;
}

/** `it` for tests that get a world each, which ends with them. */
export function testsIn(make: () => Promise<StoreWorld>) {
  return (name: string, test: (given: Given) => Promise<void>): void => {
    it(name, async () => {
      const world = await make();
      try {
        await test({ world, store: await world.open() });
      } finally {
        await world.end();
      }
    });
  };
}

/**
 * A time that is soon over, and yet longer than a busy machine takes for a few calls. Tests wait for it side by
 * side, so that it may be long.
 */
export const SHORT_MS = 1500;

export const T1: ThreadRef = { team: 'T1', channel: 'C1', ts: '1790000000.000100' };
export const T2: ThreadRef = { team: 'T1', channel: 'C2', ts: '1790000001.000200' };

export function message(ts: string, text = `at ${ts}`): MessageInput {
  return {
    kind: 'message',
    ts,
    user: 'U1',
    text,
    files: [],
    addressed: true,
    urgent: false,
    surface: 'channel',
    inThread: true,
  };
}

/** A distinct input with its claim. `n` becomes its `ts`. */
export function post(n: number, thread: ThreadRef = T1, when: 'any' | 'followed' = 'any') {
  const ts = `1790000100.${String(n).padStart(6, '0')}`;
  return { thread, claims: [`ts:${ts}`], input: message(ts), when };
}

/** The bare word `stop`, written where `post(n)` would be. */
export function stopWord(n: number, thread: ThreadRef = T1, when: 'any' | 'followed' = 'any') {
  const { claims, input } = post(n, thread);
  const stop: StopInput = { kind: 'stop', user: 'U1', via: 'word', ts: input.ts };
  return { thread, claims, input: stop, when };
}

/** Slack's form of a time, Unix milliseconds. */
export function tsOf(ms: number): string {
  return (ms / 1000).toFixed(6);
}

export function textsOf(items: readonly { readonly input: ThreadInput }[]): string[] {
  return items.map(({ input }) =>
    input.kind === 'message' ? input.ts.slice(-6).replace(/^0+/, '') : input.kind,
  );
}

/** What waits in a thread, to whoever takes it now. */
export async function inboxOf(store: StorePort, thread: ThreadRef = T1): Promise<string[]> {
  return textsOf((await held(store, thread, 'reader')).inbox);
}

/** A commit that changes nothing but what is given. */
export function commit(thread: ThreadRef, token: LeaseToken, change: Partial<Commit> = {}): Commit {
  return {
    thread,
    token,
    nonce: crypto.randomUUID(),
    keepMs: 60_000,
    consumed: [],
    timers: {},
    messages: [],
    then: 'keep',
    ...change,
  };
}

/** A replica whose leases are short, and which does not renew them: a process that dies. */
export async function dyingReplica(world: StoreWorld): Promise<StorePort> {
  return world.open({ leaseMs: SHORT_MS });
}

/** The lease, which must be free. */
export async function held(store: StorePort, thread: ThreadRef, process: string): Promise<Held> {
  const got = await store.acquire(thread, process);
  if (!got) throw new Error(`${process} did not get the lease`);
  return got;
}
