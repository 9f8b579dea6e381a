/**
 * Threads whose record the store has lost. The sessions themselves say which there are.
 *
 * L1  That a thread has no record means nothing while the store is not trusted: its session is looked for first,
 *     and a missing record is made anew, never answered with a second session (I7).
 * L2  A loss takes the leases too. Nothing is concluded before the time of a lease has passed since it was noticed:
 *     by then every holder of before has stopped, and every call that it had under way has ended.
 */
import { threadKey, type ThreadKey, type ThreadRef } from '../core/event.ts';
import { decodeState } from '../core/record.ts';
import type { ThreadState } from '../core/state.ts';
import { PortError } from '../errors.ts';
import { around } from '../lib/failpoint.ts';
import { delay } from '../lib/time.ts';
import type { Clock, Held } from '../ports.ts';
import type { KnownSession, SessionList } from '../ports-recovery.ts';
import { patiently } from './patient.ts';
import { rebuilt, type RebuildDeps } from './rebuild.ts';

export interface LostDeps extends RebuildDeps {
  readonly sessions: SessionList;
  readonly leaseMs: number;
}

/** What a loss has left: the sessions by thread, the one that goes on first. */
export interface Found {
  readonly all: readonly KnownSession[];
  readonly byThread: ReadonlyMap<ThreadKey, readonly KnownSession[]>;
}

export interface Lost {
  /**
   * Records are not trusted from now on. `leases` says that leases may be lost as well: then nothing is concluded
   * before they would have run out.
   */
  notice(leases: boolean): void;
  /** Records are not trusted now. */
  readonly noticed: boolean;
  /** Every session there is, listed now, whatever the store says. Rejects where that is refused. */
  list(): Promise<Found>;
  /** Every session there is, listed once for each loss. Rejects where that is refused. */
  found(signal: AbortSignal): Promise<Found>;
  /**
   * The state that a thread should have instead of what its new holder found; undefined where that is right. Its
   * moments go by the holder's clock.
   */
  recall(thread: ThreadRef, held: Held, clock: Clock, signal: AbortSignal): Promise<ThreadState | undefined>;
  /** Everything is found again. */
  over(): void;
}

/** A session that was closed longer ago has left no record worth making again, ms: its sandbox is gone by then. */
const CLOSED_MS = 31 * 24 * 3_600_000;

interface Episode {
  /** Monotonic ms. */
  readonly at: number;
  readonly leases: boolean;
  listing?: Promise<Found>;
}

export function createLost(deps: LostDeps, ending: AbortSignal): Lost {
  const { clock, log } = deps;
  let episode: Episode | undefined;

  function notice(leases: boolean): Episode {
    if (!episode || (leases && !episode.leases)) episode = { at: clock.monotonic(), leases };
    return episode;
  }

  async function list(): Promise<readonly KnownSession[]> {
    const paced = async (query: Parameters<SessionList['sessions']>[0]) =>
      patiently(deps, ending, async () => {
        await deps.pace(ending);
        return deps.sessions.sessions(query);
      });
    const live = await paced({ archived: false });
    const closed = await paced({ archived: true, since: clock.now() - CLOSED_MS });
    return [...new Map([...live, ...closed].map((session) => [session.id, session])).values()];
  }

  /** An app that never had a session has lost none: nobody waits then. */
  async function look({ at, leases }: Episode): Promise<Found> {
    const first = await around('lost.list', list);
    const wait = at + deps.leaseMs - clock.monotonic();
    if (!leases || first.length === 0 || wait <= 0) return grouped(first);
    await delay(wait, ending, clock);
    return grouped(await list());
  }

  function found(current: Episode): Promise<Found> {
    current.listing ??= look(current).catch((error: unknown) => {
      delete current.listing;
      throw error;
    });
    return current.listing;
  }

  async function sessionOf(thread: ThreadRef, current: Episode): Promise<KnownSession | undefined> {
    try {
      return (await found(current)).byThread.get(threadKey(thread))?.[0];
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      // What may not be listed may not be made either: whoever asks is told so by the attempt.
      log.warn({ code: error.code }, 'sessions could not be listed');
      return undefined;
    }
  }

  return {
    notice: (leases) => {
      notice(leases);
    },
    list: async () => grouped(await list()),
    get noticed() {
      return episode !== undefined;
    },
    found: (signal) => orAborted(found(notice(false)), signal),
    async recall(thread, held, holderClock, signal) {
      const blank = held.blank === true;
      if (!blank && !episode) return undefined;
      const prior = decodeState(held.state);
      // Saved since the loss.
      if (blank && prior) return undefined;
      const session = await orAborted(sessionOf(thread, notice(blank)), signal);
      if (!session || (prior && !isStale(prior, session))) return undefined;
      const state = await orNothing(
        around('lost.rebuild', () =>
          rebuilt({ ...deps, clock: holderClock }, { session, settled: blank }, signal),
        ),
      );
      if (!state) return undefined;
      log.info({ thread: threadKey(thread), session: session.id, phase: state.phase.is }, 'record made anew');
      return prior ? onTopOf(prior, state) : state;
    },
    over: () => {
      episode = undefined;
    },
  };
}

/** A session that is deleted since it was listed, or that may not be read, is nobody's. */
async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PortError) return undefined;
    throw error;
  }
}

/** The newest generation first; of several sessions of one generation the one that is open, then the oldest. */
function grouped(all: readonly KnownSession[]): Found {
  const byThread = new Map<ThreadKey, KnownSession[]>();
  for (const session of all) {
    const key = threadKey(session.thread);
    byThread.set(key, [...(byThread.get(key) ?? []), session]);
  }
  const closed = ({ archivedAt }: KnownSession): number => (archivedAt === undefined ? 0 : 1);
  for (const sessions of byThread.values())
    sessions.sort((a, b) => b.gen - a.gen || closed(a) - closed(b) || a.createdAt - b.createdAt);
  return { all, byThread };
}

/** The record is older than what happened: another generation is open, or the session runs and nobody follows it. */
export function isStale(record: ThreadState | undefined, session: KnownSession): boolean {
  if (!record) return true;
  const { gen, phase } = record;
  if (session.archivedAt !== undefined) return false;
  if (session.gen !== gen) return session.gen > gen;
  const quiet = ['none', 'resting', 'closed', 'failed'].includes(phase.is);
  return quiet && (session.status === 'running' || session.status === 'rescheduling');
}

/** Numbers never go back, and what people said meanwhile is kept. */
function onTopOf(prior: ThreadState, state: ThreadState): ThreadState {
  return {
    ...state,
    context: prior.context,
    people: { ...prior.people, ...state.people },
    turnNo: Math.max(prior.turnNo, state.turnNo),
    noteNo: Math.max(prior.noteNo, state.noteNo),
  };
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
