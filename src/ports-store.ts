/** The store as the flow sees it: the fourth of the ports in `ports.ts`, whose rules about errors hold here too. */
import type { AuditEntry } from './core/audit.ts';
import type { ThreadInput, ThreadKey, ThreadRef, TimerName } from './core/event.ts';
import type { StoreMemory } from './ports-recovery.ts';
import type { AuditStore, SettingsStore } from './ports-settings.ts';
import type { BooksStore } from './ports-usage.ts';
import type { RateRule } from './lib/rate.ts';

/** Process id plus fencing number; compared whole. */
export interface LeaseToken {
  readonly process: string;
  readonly fence: number;
}

export interface InboxItem {
  /** Opaque, unique in its thread. */
  readonly seq: string;
  readonly input: ThreadInput;
  /** Store time of admission, Unix milliseconds. */
  readonly at: number;
}

export interface Admission {
  readonly thread: ThreadRef;
  /** Identities of this delivery, as `claimKeys` makes them; any one known makes it a duplicate. */
  readonly claims: readonly string[];
  readonly input: ThreadInput;
  /**
   * `any`: take it. `followed`: only where the thread has state or waiting inputs; else it is remembered for
   * 60 s, without claiming anything, and taken up behind the message that starts this thread, if its `ts` is
   * later: what people said before they called the bot is not for it. A command or a stop starts nothing, and
   * takes up nothing. What has no `ts` counts by its arrival.
   */
  readonly when: 'any' | 'followed';
  /** How much of this kind one person may put in. What is not taken for another reason does not count. */
  readonly quota?: Quota;
}

/** At most `limit` in each span of `windowMs`, counted in the shard of the thread. */
export interface Quota {
  readonly member: string;
  readonly limit: number;
  readonly windowMs: number;
}

export type Admitted =
  /** `held` is true where some process has a live lease (it has been woken). */
  | { readonly outcome: 'admitted'; readonly held: boolean }
  | { readonly outcome: 'duplicate' }
  | { readonly outcome: 'unfollowed' }
  /** More than 100 inputs wait in this thread. Nothing was taken. */
  | { readonly outcome: 'full' }
  /** The quota is used up. Nothing was taken. */
  | { readonly outcome: 'flooded' };

/** The thread as its new holder finds it. */
export interface Held {
  readonly token: LeaseToken;
  /** The last committed state; undefined where there is none. */
  readonly state: string | undefined;
  readonly inbox: readonly InboxItem[];
  /**
   * How often in a row it was acquired, each time by another process than the time before, without one commit:
   * 1 is the first time. Forgotten after ten minutes. Processes that die of a thread make it grow.
   */
  readonly tries: number;
  /** Store time of the acquisition, Unix milliseconds: what is written into the state goes by it on every machine. */
  readonly now: number;
  /** The store has lost what it held, and not everything is found again: that there is no state says nothing. */
  readonly blank?: true;
  /**
   * The store was away until then (Unix milliseconds, its own time), and the last moments before it went may be
   * missing: a message of ours may stand in Slack that the state knows nothing of.
   */
  readonly behind?: number;
}

export interface Commit {
  readonly thread: ThreadRef;
  readonly token: LeaseToken;
  /** Repeating a commit with the same nonce answers `ok` and changes nothing. */
  readonly nonce: string;
  /** The whole new state as JSON; undefined leaves it; null deletes it. */
  readonly state?: string | null;
  /** How long the state is kept without another commit, milliseconds. */
  readonly keepMs: number;
  /** `seq` of the inputs that this state has seen. */
  readonly consumed: readonly string[];
  /** `seq` of consumed inputs that were not handled: they are set aside for an operator, with the reason. */
  readonly parked?: Readonly<Record<string, string>>;
  /** Timers to set (delay in ms and the arming's id) or to clear (null). One of each name a thread. */
  readonly timers: Readonly<
    Partial<Record<TimerName, { readonly inMs: number; readonly id: number } | null>>
  >;
  /** `ts` of bot messages of this thread, so that a reaction on one finds it, for an hour from the last commit. */
  readonly messages: readonly string[];
  /** What was done, written down in the same write as the doing of it: read by `audit`. */
  readonly trail?: readonly AuditEntry[];
  /** `release`: give the lease back, refused while the inbox holds more. `handover`: always, and others are called. */
  readonly then: 'keep' | 'release' | 'handover';
}

export type Committed =
  /** `inbox` is what waits beyond what was consumed. `released` is false where a release was refused for it. */
  | { readonly outcome: 'ok'; readonly released: boolean; readonly inbox: readonly InboxItem[] }
  /** The lease is not this token's any more: nothing was written (I3). */
  | { readonly outcome: 'stale' };

export interface Renewal {
  /** Threads whose lease is not ours any more. */
  readonly lost: readonly ThreadKey[];
  /** Held threads whose inbox is not empty. */
  readonly waiting: readonly ThreadKey[];
  /** Threads on a server that did not answer while others did: neither lost nor, as far as we know, renewed. */
  readonly failed: readonly ThreadKey[];
}

export type { RateRule };

/** A reply that writes through a lane: it counts as running for `ttlMs` from now on, with 0 no longer. */
export interface RunningMark {
  readonly member: string;
  readonly ttlMs: number;
}

/** What a store says of a lane with each answer; absent where it did not say. */
interface LaneSeen {
  /** How many replies run in the lane, on all replicas. */
  readonly running?: number;
  /** Grants in the window, this one included. */
  readonly used?: number;
  /** What the window may hold at present. */
  readonly limit?: number;
  /** More than is known to pass is tried out: growth may use all of it. */
  readonly isTrial?: boolean;
}

export type RateGrant =
  | ({ readonly granted: true } & LaneSeen)
  /** Try again after this many milliseconds. */
  | ({ readonly granted: false; readonly retryInMs: number } & LaneSeen);

/** What waits for somebody. */
export interface Backlog {
  /** Threads with something to do and no live holder. */
  readonly threads: number;
  /** How long the oldest of them waits, milliseconds. */
  readonly oldestMs: number;
  /** Timers that are due and have not been moved into an inbox. */
  readonly overdue: number;
  /** Inputs that were set aside. */
  readonly parked: number;
}

/** An input that was not handled, because processes died of it or a bug of ours met it. */
export interface ParkedInput {
  readonly id: string;
  readonly thread: ThreadRef;
  readonly input: ThreadInput;
  /** Store time of its admission, Unix milliseconds. */
  readonly at: number;
  readonly why: string;
}

/** One line of `/heddle sessions`. */
export interface SessionNote {
  readonly thread: ThreadRef;
  /** Unix milliseconds of the last time this person took part. */
  readonly at: number;
}

/**
 * All state. Two implementations, one contract suite. Time inside it is the store's own (Redis `TIME`).
 * Every key begins with the Slack app id.
 */
export interface StorePort {
  /** I1: claim and content in one durable write; wakes who holds the thread, else marks it ready. */
  admit(admission: Admission): Promise<Admitted>;
  /** I3: the lease, if nobody else has a live one; our own is given again. Takes the thread out of `ready`. */
  acquire(thread: ThreadRef, process: string): Promise<Held | undefined>;
  /** What waits in a held thread's inbox. */
  inbox(thread: ThreadRef, token: LeaseToken): Promise<readonly InboxItem[]>;
  /** I4: state, consumed inputs and timers in one write, refused for a stale token. */
  commit(commit: Commit): Promise<Committed>;
  /** Extends these leases by their full time. */
  renew(held: readonly { readonly thread: ThreadRef; readonly token: LeaseToken }[]): Promise<Renewal>;
  /** Moves due timers into their inboxes; answers with threads that have something to do and no live holder. */
  sweep(limit: number): Promise<readonly ThreadKey[]>;
  /** Called for a held thread when something was admitted, and for any thread that was handed over. Answers how to stop. */
  subscribe(
    process: string,
    wake: (thread: ThreadKey, why: 'inbox' | 'ready') => void,
  ): Promise<() => Promise<void>>;
  /** The state without a lease, to show it. */
  peek(thread: ThreadRef): Promise<string | undefined>;
  /** The thread whose bot message has this `ts`. */
  threadOf(team: string, channel: string, ts: string): Promise<ThreadRef | undefined>;
  /** True the first time in `ttlMs` for this key. */
  once(key: string, ttlMs: number): Promise<boolean>;
  /**
   * Remembers that this person takes part in the thread; kept 30 days. An index: it may lag five minutes behind
   * who goes on in a thread, and can be rebuilt.
   */
  noteSession(team: string, user: string, note: SessionNote): Promise<void>;
  /** Newest first. */
  sessionsOf(team: string, user: string, limit: number): Promise<readonly SessionNote[]>;
  /**
   * One token of a lane shared by all replicas (`lib/rate.ts`). Refused until a block on the lane has passed.
   * The marks hold whether it is granted or not, and the answer counts them all, those of other replicas too.
   */
  take(lane: string, rule: RateRule, marks?: readonly RunningMark[]): Promise<RateGrant>;
  /** Nobody gets a token of this lane for so long (a 429's `Retry-After`). */
  block(lane: string, ms: number): Promise<void>;
  /**
   * Tells the other processes how much this one has at work, by member, for `ttlMs`, and answers how much all
   * others have.
   */
  share(
    process: string,
    load: Readonly<Record<string, number>>,
    ttlMs: number,
  ): Promise<Readonly<Record<string, number>>>;
  /** What waits for somebody, over all threads. */
  backlog(): Promise<Backlog>;
  /** Inputs that were set aside, in every thread, oldest first. */
  parked(): Promise<readonly ParkedInput[]>;
  /** Takes a parked input away; `resume` puts it into its thread's inbox again. False where it is not there. */
  unpark(thread: ThreadRef, id: string, then: 'resume' | 'drop'): Promise<boolean>;
  /** What the store knows of its own life. */
  readonly memory: StoreMemory;
  /** What was set in Slack. */
  readonly settings: SettingsStore;
  /** What is written down of who did what. */
  readonly audit: AuditStore;
  /** What was spent today. */
  readonly books: BooksStore;
  /** Rejects where the store cannot be reached. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
