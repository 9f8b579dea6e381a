/** One commit of a thread: state, consumed inputs and timers in one write (I4), repeated safely while the lease lasts. */
import { isAnteroom, parseBeginningSlot } from '../core/beginning.ts';
import { isCopySlot } from '../core/copies.ts';
import type { ThreadRef } from '../core/event.ts';
import { encodeState } from '../core/record.ts';
import { timersOf } from '../core/rest.ts';
import type { Settings } from '../core/settings.ts';
import type { ThreadState } from '../core/state.ts';
import { around } from '../lib/failpoint.ts';
import { delay } from '../lib/time.ts';
import type { Clock, Commit, Committed, Log, Random, StorePort } from '../ports.ts';
import { timerChanges } from './changes.ts';
import type { Lease } from './lease.ts';

export interface SaveDeps {
  readonly store: Pick<StorePort, 'commit'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Settings;
  readonly settleMs: number;
}

export interface Saving {
  readonly thread: ThreadRef;
  readonly lease: Lease;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** How long a thread's state is kept without anything happening, ms. */
export const KEEP_MS = 400 * 24 * 3_600_000;

/** How long it can be looked up what became of a request that was to stand at the top of a channel, ms. */
const ANTEROOM_MS = 3_600_000;

/** Saves the state with its timers set as it wants them; resolves with the state as it was saved. */
export async function saveState(
  deps: SaveDeps,
  saving: Saving,
  before: ThreadState,
  seen: Pick<Commit, 'consumed' | 'parked' | 'trail'>,
  then: Commit['then'],
): Promise<{ readonly state: ThreadState; readonly committed: Committed }> {
  const { changes, armed } = timerChanges(before, timersOf(before, deps));
  // Nobody watches over the timers of a thread that is given back: all of them, in case the store has forgotten one.
  const set = then === 'keep' ? changes : { ...changes, ...armed };
  const state: ThreadState = { ...before, armed };
  const now = deps.clock.now();
  const timers = Object.fromEntries(
    Object.entries(set).map(([name, due]) => [
      name,
      due === null ? null : { inMs: Math.max(0, due - now), id: due },
    ]),
  );
  const { thread, lease } = saving;
  const commit: Commit = {
    thread,
    token: lease.token,
    nonce: deps.random.token(),
    state: encodeState(state),
    keepMs: isAnteroom(thread) ? ANTEROOM_MS : KEEP_MS,
    ...seen,
    timers,
    // What stands at the top of the channel is the root of another thread.
    messages: Object.entries(state.posted).flatMap(([slot, { ts }]) =>
      ts === undefined || parseBeginningSlot(slot)?.top || isCopySlot(slot) ? [] : [ts],
    ),
    then,
  };
  return { state, committed: await repeat(deps, saving, commit) };
}

const ACTS = { keep: 'commit', release: 'release', handover: 'hand-over' } as const;

/** The same write again, while the lease lasts: the nonce makes that safe. */
async function repeat(deps: SaveDeps, { lease, signal, log }: Saving, commit: Commit): Promise<Committed> {
  for (let wait = 50; ; wait *= 2) {
    try {
      return await around(ACTS[commit.then], () => deps.store.commit(commit));
    } catch (error) {
      if (lease.left() < wait + 1_000) return { outcome: 'stale' };
      log.warn({ err: error }, 'commit is repeated');
      await delay(wait, signal, deps.clock);
    }
  }
}
