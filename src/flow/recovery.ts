/**
 * Notices that something was lost, and puts it right: the store's memory, and what people wrote while no process
 * was connected to Slack. One process does it for all; what it has not finished when it dies, another does again.
 *
 * M1  The store says up to when nothing was missed. While somebody is connected that moment moves on; after a gap it
 *     stays until what was written in it has been given to the intake.
 * M2  A store without its mark has lost what it held. It is marked when every session has its thread again.
 */
import type { ThreadRef } from '../core/event.ts';
import { decodeState } from '../core/record.ts';
import { backoff } from '../lib/backoff.ts';
import { around } from '../lib/failpoint.ts';
import { semaphore } from '../lib/serial.ts';
import { delay } from '../lib/time.ts';
import type { StorePort } from '../ports.ts';
import type { Beat, KnownSession } from '../ports-recovery.ts';
import { catchUp, FARTHEST_MS, type CatchUpDeps } from './catch-up.ts';
import type { Found, Lost } from './lost.ts';
import { archiveOrphans, type OrphanDeps } from './orphans.ts';

export interface RecoveryDeps extends CatchUpDeps, Omit<OrphanDeps, 'store' | 'agent'> {
  /** Takes a thread, whose record is then made again. False where that did not work out. */
  readonly adopt: (thread: ThreadRef) => Promise<boolean>;
  readonly store: Pick<StorePort, 'memory' | 'peek'>;
  readonly agent: CatchUpDeps['agent'] & OrphanDeps['agent'];
  readonly lost: Lost;
  /** Unique among processes. */
  readonly process: string;
  /** Whether events of Slack can arrive now. */
  readonly connected: () => boolean;
  /** Between two looks, milliseconds. */
  readonly beatMs: number;
  /** A gap of more than so many milliseconds is looked into; more than two beats. */
  readonly gapMs: number;
  /** Life of a lease without renewal, milliseconds. */
  readonly leaseMs: number;
}

export interface Recovery {
  start(): void;
  /** What was written since then (Unix milliseconds) may not have been delivered: Slack said so. */
  missedSince(at: number): void;
  /** Resolves soon, whatever is being asked; what is not finished is done by another process. */
  stop(): Promise<void>;
}

/** How far Slack's clock and the store's may be apart, ms. */
const SKEW_MS = 2_000;
/** What was written so shortly before nobody was there may have been on its way, ms; what came is known by its claims. */
const ON_THE_WAY_MS = 5_000;
/** A grace that nothing is within. */
const LOOK_ONLY = -1;
/** How long the work of a process that died is nobody's, in lives of a lease. */
const HOLD_LEASES = 2;
/** Threads that are adopted side by side. */
const SIDE_BY_SIDE = 8;
/** Closed threads whose record is made again: the newest. */
const CLOSED_AT_MOST = 2_000;
const ORPHANS_MS = 600_000;

/** What the store answered, and what that means. */
interface Finding extends Pick<Beat, 'now' | 'last' | 'life'> {
  readonly gap: boolean;
  /** So long a gap that the store may be an older copy of itself. */
  readonly suspect: boolean;
  /** The store holds an earlier state of itself than this process has seen. */
  readonly wentBack: boolean;
}

export function createRecovery(deps: RecoveryDeps): Recovery {
  const { store, clock, log, lost } = deps;
  const { memory } = store;
  const holdMs = HOLD_LEASES * deps.leaseMs;
  const stopping = new AbortController();
  const { signal } = stopping;
  const gone = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  gone.catch(() => undefined);
  let work: Promise<void> | undefined;
  let loop: Promise<void> | undefined;
  /** The newest beat that this process has seen, and whether the store was away since. */
  let seen: Pick<Beat, 'count' | 'life'> | undefined;
  let away = false;
  /** Another process puts it right that the store was emptied. */
  let following = false;
  /** Monotonic ms of the last moment in which this process was connected, and whether that was so all the while. */
  let connectedAt = clock.monotonic();
  let unbroken = true;
  /** It is known whether somebody listened while this process came up. */
  let arrived = false;
  let first: { readonly last: number; looks: number } | undefined;
  /** From when on Slack said that it delivers less than is written (Unix milliseconds, far enough back to be a gap). */
  let owed: number | undefined;
  const pauses = backoff({ minMs: deps.beatMs, maxMs: 60_000, random: deps.random.fraction });
  let notBefore = 0;
  let orphansDue = clock.monotonic() + ORPHANS_MS;

  async function beat(): Promise<void> {
    if (!deps.connected()) return;
    const at = clock.monotonic();
    if (at - connectedAt > deps.gapMs) unbroken = false;
    connectedAt = at;
    if (owed !== undefined && !work) {
      await memory.caughtUp(owed);
      owed = undefined;
    }
    const { now, last, count, life } = await memory.beat(arrived ? deps.gapMs : LOOK_ONLY);
    const wentBack = seen !== undefined && (life !== seen.life || count <= seen.count);
    seen = { count, life };
    const long = last === undefined || now - last > deps.gapMs;
    const short = !long && (away || wentBack || isAlone(last));
    away = false;
    // A short gap is made a long one, so that it stays until it is caught up with (M1).
    if (short) await memory.caughtUp(last - deps.gapMs);
    arrived ||= long || short;
    if (!arrived) return;
    const gap = long || short;
    if (work || at < notBefore) return;
    if (gap || lost.noticed) begin(() => mend({ now, last, gap, wentBack, life, suspect: long }));
    else if (at > orphansDue) begin(orphans);
  }

  /**
   * Nobody listened while this process came up: the moment does not move on without it. Known after two beats; until
   * then the moment is only looked at.
   */
  function isAlone(last: number): boolean {
    if (arrived) return false;
    first ??= { last, looks: 0 };
    arrived = last !== first.last;
    first.looks += 1;
    return !arrived && first.looks > 3;
  }

  /** Its last moments may be lost when it comes back: another server may have taken its place. */
  function noAnswer(error: unknown): void {
    away = arrived;
    following &&= !away;
    if (away) lost.notice(true);
    log.debug({ err: error }, 'the store did not answer a beat');
  }

  function begin(task: () => Promise<void>): void {
    work = task()
      .then(() => pauses.reset())
      .catch((error: unknown) => {
        if (signal.aborted) return;
        notBefore = clock.monotonic() + pauses.next();
        log.warn({ err: error }, 'what was lost is not put right yet; it will be tried again');
      })
      .finally(() => {
        work = undefined;
      });
  }

  /** Runs where no other process does it, for as long as it takes. */
  async function alone(name: string, task: () => Promise<void>): Promise<boolean> {
    if (!(await memory.hold(name, deps.process, holdMs))) return false;
    const done = new AbortController();
    const keep = keepHolding(name, AbortSignal.any([done.signal, signal]));
    try {
      // Whoever goes waits for no answer: another process does it all again, which changes nothing twice.
      await Promise.race([task(), gone]);
    } finally {
      done.abort(new Error('done'));
      await keep;
      await memory.hold(name, deps.process, 0).catch(() => undefined);
    }
    return true;
  }

  async function keepHolding(name: string, until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      await delay(holdMs / 4, until, clock).catch(() => undefined);
      if (!until.aborted) await memory.hold(name, deps.process, holdMs).catch(() => undefined);
    }
  }

  // ----------------------------------------------------------------------------------------- putting it right

  async function mend(finding: Finding): Promise<void> {
    const { now, last, gap, wentBack } = finding;
    if (following && !gap && !wentBack && (await memory.filled())) {
      following = false;
      return lost.over();
    }
    const mine = await alone('mend', async () => {
      const blank = !(await memory.filled());
      const suspect = blank || wentBack || finding.suspect || lost.noticed;
      if (suspect) lost.notice(blank || wentBack, last ?? 0);
      unbroken = true;
      const found = await (suspect ? lost.found(signal) : lost.list());
      if (blank && found.all.length > 0)
        log.warn({ sessions: found.all.length }, 'the store is empty: threads are found again');
      if (suspect) await adoptAll(found, blank);
      const remembered = !blank && last !== undefined;
      const from = last === undefined ? now - FARTHEST_MS : last - ON_THE_WAY_MS;
      const missed = { from, to: now, remembered };
      // An app that never had a session has missed nothing: nobody was there to be called.
      if (remembered ? gap : found.all.length > 0)
        await around('catch-up', () => catchUp(deps, missed, found, signal));
      if (blank && (await memory.beat(LOOK_ONLY)).life !== finding.life) throw new Error('it was lost again');
      if (blank) await around('store.fill', () => memory.fill());
      await around('store.caught-up', () => memory.caughtUp(now));
      if (unbroken) await memory.beat(Number.MAX_SAFE_INTEGER);
      lost.over();
    });
    if (mine) return;
    // Another process does it, or has done it: until then no record is trusted here, either.
    following = !(await memory.filled());
    if (following) lost.notice(true, last ?? 0);
    else if (!gap) lost.over();
  }

  async function adoptAll(found: Found, blank: boolean): Promise<void> {
    const places = semaphore(SIDE_BY_SIDE);
    const adopted = inOrderOfNeed(found, blank).map((session) =>
      places.run(async () => {
        signal.throwIfAborted();
        const record = await store.peek(session.thread);
        const known = record !== undefined;
        if (known && (blank || !(await lost.isBehind(decodeState(record), session, signal)))) return true;
        return deps.adopt(session.thread);
      }),
    );
    const left = (await Promise.all(adopted)).filter((done) => !done).length;
    if (left > 0) throw new Error(`${left} threads could not be taken`);
  }

  /** A thread without a record is a loss like any other, only noticed late. */
  async function orphans(): Promise<void> {
    orphansDue = clock.monotonic() + ORPHANS_MS;
    await alone('orphans', async () => {
      const missing = await archiveOrphans(deps, (await lost.list()).all, signal);
      if (missing > 0) lost.notice(false);
    });
  }

  return {
    start() {
      loop = (async () => {
        while (!signal.aborted) {
          await beat().catch(noAnswer);
          await delay(deps.beatMs, signal, clock).catch(() => undefined);
        }
      })();
    },
    missedSince(at) {
      log.warn({ since: at }, 'Slack delivers less than is written: the rest is looked for');
      owed = Math.min(owed ?? Number.POSITIVE_INFINITY, at - deps.gapMs - SKEW_MS);
    },
    async stop() {
      stopping.abort(new Error('the process is going'));
      await Promise.allSettled([loop, work]);
    },
  };
}

/** What runs first, then what is open, the newest first, then what was closed. */
function inOrderOfNeed({ byThread }: Found, blank: boolean): readonly KnownSession[] {
  const newest = [...byThread.values()].flatMap(([first]) => first ?? []);
  const runs = ({ status }: KnownSession): number => (status === 'idle' ? 0 : 1);
  const open = newest
    .filter(({ archivedAt }) => archivedAt === undefined)
    .sort((a, b) => runs(b) - runs(a) || b.updatedAt - a.updatedAt);
  const closed = newest
    .filter(({ archivedAt }) => archivedAt !== undefined)
    .sort((a, b) => b.updatedAt - a.updatedAt)
    .slice(0, CLOSED_AT_MOST);
  return blank ? [...open, ...closed] : open;
}
