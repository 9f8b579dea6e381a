/**
 * Threads whose record the store has lost. The sessions themselves say which there are.
 *
 * L1  That a thread has no record means nothing while the store is not trusted: its session is looked for first,
 *     and a missing record is made anew, never answered with a second session (I7).
 * L2  A loss takes the leases too. Nothing is concluded before the time of a lease has passed since it was noticed:
 *     by then every holder of before has stopped, and every call that it had under way has ended.
 * L3  A record that is there may be older than what happened: the store is an earlier copy of itself, or another
 *     server took its place and had not heard the last. What the session was given since says so.
 */
import { threadKey, type ThreadKey, type ThreadRef } from '../core/event.ts';
import type { AgentEvent } from '../core/agent-event.ts';
import { decodeState } from '../core/record.ts';
import type { ThreadState } from '../core/state.ts';
import { earlier } from '../core/talk.ts';
import { before } from '../core/turn.ts';
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
   * before they would have run out. `since` (Unix ms): what happened before then is certainly known.
   */
  notice(leases: boolean, since?: number): void;
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
  /** Whether the session's thread has no record, or one that is older than what happened (L3). */
  isBehind(record: ThreadState | undefined, session: KnownSession, signal: AbortSignal): Promise<boolean>;
  /** Whether this thread is one whose record is lost. It is made anew before others then: somebody waits for it. */
  awaits(thread: ThreadRef, signal: AbortSignal): Promise<boolean>;
  /** Everything is found again. */
  over(): void;
}

/** A session that was closed longer ago has left no record worth making again, ms: its sandbox is gone by then. */
const CLOSED_MS = 31 * 24 * 3_600_000;

/** The service's clock and the store's may be apart by so much, ms. */
const MARGIN_MS = 60_000;

interface Episode {
  /** Monotonic ms. */
  readonly at: number;
  readonly leases: boolean;
  since?: number;
  listing?: Promise<Found>;
}

export function createLost(deps: LostDeps, ending: AbortSignal): Lost {
  const { clock, log } = deps;
  let episode: Episode | undefined;
  const awaited = new Set<ThreadKey>();

  function notice(leases: boolean, since?: number): Episode {
    if (!episode || (leases && !episode.leases)) episode = { at: clock.monotonic(), leases };
    if (since !== undefined) episode.since = Math.min(since, episode.since ?? since);
    return episode;
  }

  async function list(): Promise<readonly KnownSession[]> {
    const paced = async (query: Parameters<SessionList['sessions']>[0]) =>
      patiently(deps, ending, () => deps.sessions.sessions({ ...query, pace: () => deps.pace(ending) }));
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

  async function hasGoneOn(
    session: KnownSession,
    record: ThreadState | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (!record || isOfEarlierSession(record, session)) return true;
    const known = record.seen ?? record.boundary?.at;
    const since = known === undefined ? undefined : Date.parse(known);
    const certain = Math.max(since ?? 0, (episode?.since ?? 0) - MARGIN_MS);
    if (session.archivedAt !== undefined || session.gen !== record.gen) return false;
    // A listing is older than now, and says running for a moment longer than the stream: only the history decides.
    if (session.updatedAt <= certain && !looksLeft(record, session)) return false;
    const events = await patiently(deps, signal, async () => {
      await deps.pace(signal);
      const from = since === undefined ? {} : { since: new Date(since - MARGIN_MS).toISOString() };
      return deps.agent.history(session.id, from);
    });
    return events.some((event) => isNews(event, record));
  }

  async function isBehind(
    record: ThreadState | undefined,
    session: KnownSession,
    signal: AbortSignal,
  ): Promise<boolean> {
    return (await orNothing(hasGoneOn(session, record, signal))) ?? false;
  }

  return {
    isBehind,
    notice: (leases, since) => {
      notice(leases, since);
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
      const current = notice(blank);
      const session = await orAborted(sessionOf(thread, current), signal);
      if (!session || !(await isBehind(prior, session, signal))) return undefined;
      const state = await orNothing(
        around('lost.rebuild', () =>
          rebuilt(
            { ...deps, clock: holderClock },
            {
              session,
              settled: current.leases,
              urgent: held.inbox.length > 0 || awaited.has(threadKey(thread)),
            },
            signal,
          ),
        ),
      );
      awaited.delete(threadKey(thread));
      if (!state) return undefined;
      log.info({ thread: threadKey(thread), session: session.id, phase: state.phase.is }, 'record made anew');
      return prior ? onTopOf(prior, state) : state;
    },
    async awaits(thread, signal) {
      if (!episode) return false;
      const session = await orAborted(sessionOf(thread, episode), signal);
      if (session) awaited.add(threadKey(thread));
      return session !== undefined;
    },
    over: () => {
      episode = undefined;
      awaited.clear();
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

/** The record knows nothing of the session that is open. */
function isOfEarlierSession({ gen }: ThreadState, session: KnownSession): boolean {
  return session.archivedAt === undefined && session.gen > gen;
}

/** The session was listed as running, and nobody follows it. */
function looksLeft({ phase }: ThreadState, { status }: KnownSession): boolean {
  return isQuiet(phase) && (status === 'running' || status === 'rescheduling');
}

function isQuiet({ is }: ThreadState['phase']): boolean {
  return is === 'none' || is === 'resting' || is === 'closed' || is === 'failed';
}

/** Nobody could have sent it, or have been at work, without the record. */
function isNews(event: AgentEvent, { phase, sends, seen, lastSent }: ThreadState): boolean {
  if (event.type === 'user.message') {
    const { mark } = event;
    if (!mark || sends.some((send) => send.mark.ts === mark.ts)) return false;
    return lastSent === undefined || earlier(lastSent, mark.ts);
  }
  if (!isQuiet(phase) || !/^(agent\.|session\.status_)/.test(event.type)) return false;
  return event.at !== null && (seen === undefined || before(seen, event.at));
}

/** Numbers never go back, and what people said meanwhile is kept: also what waits to be sent. */
function onTopOf(prior: ThreadState, state: ThreadState): ThreadState {
  const given = new Set(state.sends.map(({ mark }) => mark.ts));
  const isOpen = ({ status, mark }: ThreadState['sends'][number]): boolean =>
    status === 'waiting' && !given.has(mark.ts) && (!state.lastSent || earlier(state.lastSent, mark.ts));
  return {
    ...state,
    sends: [...state.sends, ...prior.sends.filter(isOpen)],
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
