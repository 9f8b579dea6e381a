/**
 * Which threads this process holds: takes leases, renews them, takes over what others left, and hands over when
 * the process goes.
 *
 * S1  A thread with something to do and no holder is acquired by somebody: at once by who admitted it, else by
 *     the next sweep. A wake-up that meets a holder on its way out is not lost: the thread is acquired again.
 * S2  Who has no lease only admits.
 * S3  A failed renewal costs nothing while the lease lasts; a lease that is not ours any more ends its holder.
 */
import { parseThreadKey, threadKey, type ThreadKey, type ThreadRef } from '../core/event.ts';
import { around, failpoint } from '../lib/failpoint.ts';
import { clockOf, delay } from '../lib/time.ts';
import type { Clock, Held } from '../ports.ts';
import { rememberingSplit } from '../render/markdown.ts';
import { Conversation, type ConversationDeps } from './conversation.ts';
import { sharedLoad, type AtWork } from './load.ts';
import type { Lost } from './lost.ts';
import { isSuspect } from './poison.ts';
import { waitingIn, withWaitingSign } from './waiting-sign.ts';
import { Recalling } from './recalling.ts';

export interface SupervisorDeps extends Omit<ConversationDeps, 'crowded' | 'wake'> {
  /** Unique among processes, also after a restart. */
  readonly process: string;
  readonly renewMs: number;
  readonly sweepMs: number;
  /** Threads whose record may be lost; absent where the store is trusted whatever it says. */
  readonly lost?: Lost;
}

export interface Supervisor {
  start(): Promise<void>;
  /** Something was admitted for this thread: whoever holds it is told, or it is acquired here. */
  wake(thread: ThreadRef): void;
  /** Takes a thread, whether it has something to do or not. True where it is held then, here or elsewhere. */
  adopt(thread: ThreadRef): Promise<boolean>;
  /** Takes nothing new, and hands over everything within so many milliseconds (I10). */
  drain(withinMs: number): Promise<void>;
  readonly held: number;
  readonly working: number;
  /** How long the oldest turn that runs here has been running; 0 where none runs. */
  readonly oldestTurnSeconds: number;
}

export function createSupervisor(deps: SupervisorDeps): Supervisor {
  const { store, clock, random, log } = deps;
  const holding = new Map<ThreadKey, Conversation>();
  const recalling = new Map<ThreadKey, Recalling>();
  const acquiring = new Set<ThreadKey>();
  const again = new Set<ThreadKey>();
  const stopping = new AbortController();
  let unsubscribe: (() => Promise<void>) | undefined;
  let clockTold = false;
  const loops: Promise<void>[] = [];

  function wake(thread: ThreadRef): void {
    const key = threadKey(thread);
    const holder = holding.get(key);
    if (holder?.wake()) return;
    if (holder || acquiring.has(key)) again.add(key);
    else acquire(thread, key);
  }

  function acquire(thread: ThreadRef, key: ThreadKey): void {
    taken(thread, key).catch((error: unknown) => log.error({ thread: key, err: error }, 'holder failed'));
  }

  /** True where it is held now, here or elsewhere. */
  function taken(thread: ThreadRef, key: ThreadKey): Promise<boolean> {
    if (stopping.signal.aborted) return Promise.resolve(false);
    acquiring.add(key);
    return take(thread, key)
      .then(() => true)
      .catch((error: unknown) => {
        log.warn({ thread: key, err: error }, 'thread could not be acquired');
        return false;
      })
      .finally(() => {
        acquiring.delete(key);
        if (again.delete(key) && !holding.get(key)?.wake()) wakeLater(thread, key);
      });
  }

  /** The holder is on its way out, or there is none: at its end the thread is acquired again. */
  function wakeLater(thread: ThreadRef, key: ThreadKey): void {
    if (holding.has(key)) again.add(key);
    else acquire(thread, key);
  }

  function* atWork(): Iterable<AtWork> {
    for (const { thread, turn } of holding.values()) {
      if (turn) yield { team: thread.team, user: turn.user };
    }
  }

  const { process, settings, leaseMs: keptMs } = deps;
  const load = sharedLoad({ store, process, settings, keptMs, atWork });
  const holderDeps: ConversationDeps = {
    ...deps,
    split: rememberingSplit(TEXTS_KEPT),
    crowded: (team, user) => load.crowded(team, user),
    wake,
  };

  async function take(thread: ThreadRef, key: ThreadKey): Promise<void> {
    const [beganAt, since] = [clock.monotonic(), clock.now()];
    await deps.tuning?.ready(thread.team);
    const held = await around('acquire', () => store.acquire(thread, deps.process));
    if (!held) return;
    const holderClock = clockOf(clock, held.now, since);
    if (holderClock !== clock && !clockTold) {
      clockTold = true;
      log.warn(
        { aheadMs: Math.round(clock.now() - holderClock.now()) },
        'this clock differs from that of Redis',
      );
    }
    if (isSuspect(held) && held.inbox.length === 0) {
      log.error({ thread: key, tries: held.tries }, 'thread left alone for a while: processes end of it');
      return;
    }
    failpoint(held.state === undefined ? 'on new thread' : 'on takeover');
    const known = await recalled(thread, held, beganAt, holderClock);
    if (!known) throw new Error('the lease was lost while the record was made anew');
    // Where somebody held it and died before anything was saved, they may have shown that these messages wait.
    const signs = held.tries > 1 ? waitingIn(held) : known.signs;
    const itsDeps = holderClock === clock ? holderDeps : { ...holderDeps, clock: holderClock };
    const conversation = new Conversation(itsDeps, thread, { ...known.held, signs }, known.beganAt);
    if (conversation.working) deps.meter.takeover();
    holding.set(key, conversation);
    conversation.ended
      .then(() => {
        holding.delete(key);
        if (again.delete(key)) acquire(thread, key);
      })
      .catch((error: unknown) => log.error({ thread: key, err: error }, 'holder failed'));
    if (stopping.signal.aborted) await conversation.drain();
  }

  /** What the thread was, where the store may have forgotten it (`lost`, L1). The lease goes on meanwhile. */
  async function recalled(
    thread: ThreadRef,
    held: Held,
    beganAt: number,
    holderClock: Clock,
  ): Promise<Recalled | undefined> {
    const asItIs = { held, beganAt, signs: [] };
    if (!deps.lost || (held.blank !== true && !deps.lost.noticed)) return asItIs;
    if (isBegun(thread, held, holderClock.now())) return asItIs;
    const key = threadKey(thread);
    const recall = new Recalling(thread, held, beganAt);
    recalling.set(key, recall);
    let known: Recalled | undefined;
    try {
      const outcome = recall.outcome(deps.lost, holderClock, store, stopping.signal);
      const signed = await withWaitingSign(deps, thread, held, outcome);
      if (signed && recall.isHeld)
        known = { held: signed.outcome, beganAt: recall.beganAt, signs: signed.signs };
      return known;
    } finally {
      // Not before the signs are gone: where this process ends before that, whoever takes the thread knows of them.
      if (!known) await recall.handOver(store);
      recalling.delete(key);
    }
  }

  function wakeKey(key: ThreadKey): void {
    const thread = parseThreadKey(key);
    if (thread) wake(thread);
  }

  async function shareLoad(): Promise<void> {
    await load.share().catch((error: unknown) => log.warn({ err: error }, 'load could not be shared'));
  }

  async function renew(): Promise<void> {
    const beganAt = clock.monotonic();
    const mine = [...holding.values(), ...recalling.values()];
    if (mine.length === 0) return;
    const held = mine.map(({ thread, token }) => ({ thread, token }));
    const renewal = await around('renew', () => store.renew(held));
    const lost = new Set(renewal.lost);
    const failed = new Set(renewal.failed);
    for (const conversation of mine) {
      const key = threadKey(conversation.thread);
      if (lost.has(key)) {
        deps.meter.leaseLost();
        conversation.abandon(new Error('the lease is not ours any more'));
      } else if (!failed.has(key)) conversation.renewed(beganAt);
    }
    for (const key of renewal.waiting) wakeKey(key);
  }

  async function sweep(): Promise<void> {
    for (const key of await around('sweep', () => store.sweep(SWEEP_MOST))) wakeKey(key);
  }

  /** Runs until the process goes; one failure is logged and the next round comes. */
  async function every(ms: number, what: string, work: () => Promise<void>, jitter: number): Promise<void> {
    const { signal } = stopping;
    while (!signal.aborted) {
      await work().catch((error: unknown) => log.warn({ err: error, what }, 'will be tried again'));
      await delay(ms * (1 - jitter * random.fraction()), signal, clock).catch(() => undefined);
    }
  }

  return {
    async start() {
      unsubscribe = await store.subscribe(deps.process, wakeKey);
      loops.push(every(deps.renewMs, 'renewal', renew, 0));
      loops.push(every(deps.renewMs, 'load', shareLoad, 0.2));
      loops.push(every(deps.sweepMs, 'sweep', sweep, 0.3));
    },
    wake,
    async adopt(thread) {
      const key = threadKey(thread);
      if (holding.has(key)) return true;
      if (!acquiring.has(key)) return taken(thread, key);
      again.add(key);
      return true;
    },
    async drain(withinMs) {
      stopping.abort(new Error('the process is going'));
      const renewing = new AbortController();
      const keep = keepRenewing(renewing.signal);
      const drained = Promise.allSettled([...holding.values()].map((conversation) => conversation.drain()));
      await Promise.race([drained, delay(withinMs, renewing.signal, clock).catch(() => undefined)]);
      renewing.abort(new Error('drained'));
      for (const conversation of holding.values()) conversation.abandon(new Error('the drain time is over'));
      await Promise.allSettled([keep, ...loops, unsubscribe?.().catch(() => undefined)]);
    },
    get held() {
      return holding.size;
    },
    get oldestTurnSeconds() {
      const begun = [...holding.values()].flatMap(({ turn }) => turn?.startedAt ?? []);
      return begun.length === 0 ? 0 : Math.max(0, clock.now() - Math.min(...begun)) / 1000;
    },
    get working() {
      return [...holding.values()].filter((conversation) => conversation.working).length;
    },
  };

  /** While threads are handed over their leases go on. */
  async function keepRenewing(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(deps.renewMs, signal, clock).catch(() => undefined);
      if (!signal.aborted) await renew().catch(() => undefined);
    }
  }
}

/** The thread as its holder goes on with it. */
interface Recalled {
  readonly held: Held;
  /** Monotonic ms of the request that granted the lease last. */
  readonly beganAt: number;
  /** Messages on which it may be shown that they wait. */
  readonly signs: readonly string[];
}

/**
 * The thread begins with the message that waits in it, which was written just now: no session can be older than it.
 * So a conversation begins also while sessions cannot be listed. Where the store went away after the message was
 * written, it may have been taken before that.
 */
function isBegun({ ts }: ThreadRef, { state, inbox, behind }: Held, now: number): boolean {
  const [first] = inbox;
  const isRoot = first?.input.kind === 'message' && first.input.ts === ts;
  const written = Number(ts) * 1000;
  const isAfter = behind === undefined || written > behind;
  return state === undefined && isRoot && isAfter && now - written < JUST_NOW_MS;
}

/** Slack repeats a delivery that was not acknowledged after a minute (docs.slack.dev, "The Events API"). */
const JUST_NOW_MS = 50_000;

/** Texts whose parts are kept: those of about as many answers as end, or are written, at one moment. */
const TEXTS_KEPT = 64;

/** Threads taken by one sweep. */
const SWEEP_MOST = 100;
