/**
 * The outside as the flow sees it: four ports, small, plain data in and out, no SDK type.
 *
 * Every call that fails rejects with `PortError` (`errors.ts`), whose `kind` says what it means:
 * `retry` (certainly without effect), `gone`, `refused`, `fatal`, `unknown` (may have happened: look it up
 * before repeating it, I7). Each call ends by itself within its timeout; none retries a write.
 */
import type { AgentEvent, FeedItem, OutgoingEvent } from './core/agent-event.ts';
import type { Incoming, Person, ThreadInput, ThreadKey, ThreadRef, TimerName } from './core/event.ts';
import type { SystemClock } from './lib/time.ts';

export type Clock = SystemClock;

/** Structured log. Never a message's text, never a secret at `info` and above. */
export interface Log {
  debug(fields: object, msg: string): void;
  info(fields: object, msg: string): void;
  warn(fields: object, msg: string): void;
  error(fields: object, msg: string): void;
  child(fields: object): Log;
}

// ---------------------------------------------------------------------------------------------- Slack out

/** A Block Kit block, as JSON. */
export type Block = { readonly type: string } & { readonly [field: string]: unknown };

/** What one Slack message shows. `text` is the plain fallback, escaped, at most 3,900 characters. */
export interface Content {
  readonly text: string;
  readonly blocks: readonly Block[];
}

/**
 * Who goes first where a lane is scarce; the upper three have reserved room.
 * `delta` writes are the growth of a running answer: the only ones that may be skipped.
 */
export type Priority = 'final' | 'question' | 'first' | 'status' | 'delta';

interface SlackWrite {
  readonly team: string;
  readonly channel: string;
  readonly priority: Priority;
  /** Ends the wait for the lane; a call that has left is not cut by it. */
  readonly signal?: AbortSignal;
  /** Called when the lane opens, right before the request leaves: a throw rejects the call instead. */
  readonly guard?: () => void;
}

/**
 * Content as it is when the lane opens, not when the write was asked for: newest wins. `undefined` means that
 * nothing is to be written any more; the call then resolves with `undefined` and costs no rate token.
 * A throw rejects the call. The write starts right after it returns.
 */
export type Latest = () => Content | undefined;

export interface PostCall extends SlackWrite {
  readonly threadTs: string;
  /** Opaque key of the message, written to its metadata, by which `find` finds it again. */
  readonly key: string;
  /** Stable id sent as `client_msg_id`. Correctness does not rest on it. */
  readonly clientMsgId: string;
  readonly content: Latest;
}

export interface UpdateCall extends SlackWrite {
  readonly ts: string;
  readonly content: Latest;
}

/** A message of a thread, as history gives it. Texts are unescaped. */
export interface EarlierMessage {
  readonly ts: string;
  readonly user: string;
  readonly name: string;
  /** Written by this bot. */
  readonly own: boolean;
  readonly bot: boolean;
  readonly text: string;
}

export type SessionStatus = 'active' | 'processing' | 'suspended' | 'closed';

/** What the flow asks of Slack. Writes pass rate lanes shared by all replicas of a workspace. */
export interface SlackPort {
  /** `chat.postMessage` into a thread. Resolves with the new message's `ts`. Not idempotent: an intent first. */
  post(call: PostCall): Promise<string | undefined>;
  /**
   * A text as a Markdown file in the thread (`files.getUploadURLExternal`, `files.completeUploadExternal`). Its
   * name carries `key`, by which `find` finds the message that shares it. Resolves with the file's id. Not
   * idempotent: an intent first.
   */
  upload(
    call: SlackWrite & {
      readonly threadTs: string;
      readonly key: string;
      readonly title: string;
      readonly text: string;
    },
  ): Promise<string | undefined>;
  /** `chat.update`. Idempotent. Resolves with true when written, undefined when there was nothing to write. */
  update(call: UpdateCall): Promise<true | undefined>;
  /** `chat.delete`. `gone` counts as done. */
  remove(call: SlackWrite & { readonly ts: string }): Promise<void>;
  /** Own messages of the thread that carry one of the keys in metadata or file name: key to `ts` (`conversations.replies`). */
  find(thread: ThreadRef, keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** `chat.postEphemeral`. Best effort. */
  ephemeral(
    call: SlackWrite & { readonly threadTs?: string; readonly user: string; readonly content: Content },
  ): Promise<void>;
  /** A direct message to one person (`conversations.open`, `chat.postMessage`). Best effort. */
  direct(
    call: Pick<SlackWrite, 'team' | 'priority' | 'signal'> & {
      readonly user: string;
      readonly content: Content;
    },
  ): Promise<void>;
  /** `reactions.add`; already there is success. */
  react(call: SlackWrite & { readonly ts: string; readonly name: string }): Promise<void>;
  /** `reactions.remove`; not there is success. */
  unreact(call: SlackWrite & { readonly ts: string; readonly name: string }): Promise<void>;
  /**
   * `agents.sessions.setStatus`. Resolves with false where this workspace or surface does not have it
   * (`feature_disabled`, `unknown_method`, …); that answer is kept for a while, so asking again is free.
   */
  setStatus(
    call: SlackWrite & {
      readonly threadTs: string;
      readonly status: SessionStatus;
      /** At most 200 characters; only heeded when the session is new. */
      readonly title?: string;
      readonly user?: string;
    },
  ): Promise<boolean>;
  /**
   * Who this is (`users.info`), cached for at most ten minutes. Fails closed: where the facts cannot be had the
   * role is `unknown`, and that is not cached. `userTeam` other than the installation's makes an outsider.
   */
  person(team: string, user: string, userTeam?: string): Promise<Person>;
  /** The thread before `beforeTs`, oldest first, at most `limit` newest ones (`conversations.replies`). */
  earlier(thread: ThreadRef, beforeTs: string, limit: number): Promise<readonly EarlierMessage[]>;
  /** Root `ts` of the thread in which a message stands; undefined where there is no such message. */
  rootOf(team: string, channel: string, ts: string): Promise<string | undefined>;
}

// ---------------------------------------------------------------------------------------------- Slack in

/** What the bot is in a workspace. */
export interface BotIdentity {
  readonly team: string;
  readonly botUserId: string;
  readonly botId: string;
  readonly appId: string;
}

/** What the answer to a command, click or shortcut shows, only to who asked. */
export interface Reply {
  readonly content?: Content;
}

/**
 * What the Slack adapter calls. `event` resolves once the delivery is durably admitted or needs nothing; only
 * then is it acknowledged, and a rejection means no acknowledgement, so that Slack delivers again (I1).
 * `ask` is for commands, clicks and shortcuts, which Slack does not redeliver: its rejection is told to the person.
 */
export interface SlackIntake {
  event(incoming: Incoming, bot: BotIdentity): Promise<void>;
  ask(incoming: Incoming, bot: BotIdentity): Promise<Reply>;
}

/** A running connection to Slack (Socket Mode or HTTP). */
export interface SlackSource {
  /** Connects and begins to deliver. Rejects `fatal` where `auth.test` refuses, `retry` where it cannot be reached. */
  start(): Promise<BotIdentity>;
  /** Takes nothing new; resolves when what was being admitted has been. */
  stop(): Promise<void>;
  /** Whether events can arrive now; else why not. */
  health(): { readonly ok: true } | { readonly ok: false; readonly why: string };
}

// ---------------------------------------------------------------------------------------------- agent

export interface NewSession {
  readonly title: string;
  readonly thread: ThreadRef;
  /** Generation: 1 for the thread's first session, one more for each that follows. */
  readonly gen: number;
  /** US dollars; 0 for none. */
  readonly budgetUsd: number;
}

export type AgentSessionStatus = 'idle' | 'running' | 'rescheduling' | 'terminated';

/** A sent event as the service acknowledged it, in the order sent. */
export interface SentEvent {
  readonly id: string;
}

export interface HistoryQuery {
  /** Only events whose `processed_at` is at or after this (RFC 3339). Leaves out queued ones. */
  readonly since?: string;
  /** The platform's type names to narrow to. */
  readonly types?: readonly string[];
}

/**
 * A stream of one session. Iterating yields batches, each what one turn of the event loop brought; it ends
 * normally when the service or `close` ended it, and rejects with `PortError` on anything else (also after
 * 45 s without a byte, code `silent`). There is no replay: what came before it opened is only in the history.
 */
export interface Feed extends AsyncIterable<readonly FeedItem[]> {
  close(): void;
}

/** What the flow asks of Managed Agents. No call here is retried by the SDK. */
export interface AgentPort {
  /** `sessions.create` with agent, environment, metadata (app, team, thread, gen) and budget. Not idempotent. */
  create(session: NewSession): Promise<string>;
  /** The thread's session of that generation, by metadata; the oldest where there are several. */
  find(thread: ThreadRef, gen: number): Promise<string | undefined>;
  /** `events.send`. Not idempotent. All or nothing; the order is kept. */
  send(session: string, events: readonly OutgoingEvent[]): Promise<readonly SentEvent[]>;
  /** `sessions.retrieve`. Rejects `gone` where it was deleted; an archived one reports `terminated`. */
  status(session: string): Promise<AgentSessionStatus>;
  /** `sessions.archive`. Rejects `retry` with code `session_running` while the service says that it runs. */
  archive(session: string): Promise<void>;
  /** All events, oldest first, every page. */
  history(session: string, query: HistoryQuery): Promise<readonly AgentEvent[]>;
  /** Opens the stream with previews; resolves when the service has answered with headers. */
  attach(session: string, signal: AbortSignal): Promise<Feed>;
}

// ---------------------------------------------------------------------------------------------- store

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
}

export type Admitted =
  /** `held` is true where some process has a live lease (it has been woken). */
  | { readonly outcome: 'admitted'; readonly held: boolean }
  | { readonly outcome: 'duplicate' }
  | { readonly outcome: 'unfollowed' }
  /** More than 100 inputs wait in this thread. Nothing was taken. */
  | { readonly outcome: 'full' };

/** The thread as its new holder finds it. */
export interface Held {
  readonly token: LeaseToken;
  /** The last committed state; undefined where there is none. */
  readonly state: string | undefined;
  readonly inbox: readonly InboxItem[];
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
  /** Timers to set (delay in ms and the arming's id) or to clear (null). One of each name a thread. */
  readonly timers: Readonly<
    Partial<Record<TimerName, { readonly inMs: number; readonly id: number } | null>>
  >;
  /** `ts` of bot messages of this thread, so that a reaction on one finds it. */
  readonly messages: readonly string[];
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
}

export interface RateRule {
  /** Grants in each sliding window. */
  readonly limit: number;
  readonly windowMs: number;
  /** How much of `limit` this caller may use up, 0 to 1: the rest is reserved for others. */
  readonly share: number;
}

export type RateGrant =
  | { readonly granted: true }
  /** Try again after this many milliseconds. */
  | { readonly granted: false; readonly retryInMs: number };

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
  /** Remembers that this person takes part in the thread; kept 30 days. An index: may lag, can be rebuilt. */
  noteSession(team: string, user: string, note: SessionNote): Promise<void>;
  /** Newest first. */
  sessionsOf(team: string, user: string, limit: number): Promise<readonly SessionNote[]>;
  /** One token from a sliding window shared by all replicas. Refused until a block on the lane has passed. */
  take(lane: string, rule: RateRule): Promise<RateGrant>;
  /** Nobody gets a token of this lane for so long (a 429's `Retry-After`). */
  block(lane: string, ms: number): Promise<void>;
  /** Marks a reply of the group as running for `ttlMs` (0: no longer), and answers how many run. */
  running(group: string, member: string, ttlMs: number): Promise<number>;
  /** Rejects where the store cannot be reached. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** How long a lease lives without renewal, milliseconds, and how often it is renewed. */
export const LEASE_MS = 10_000;
export const RENEW_MS = 3_300;
/** No call lives longer than this after its intent, milliseconds: only then is "absent" believed. */
export const SETTLE_MS = 8_000;
/** Timeout of one call to Slack or Managed Agents that writes, milliseconds. */
export const CALL_MS = 4_000;

/** What the flow counts. Labels are few and fixed. */
export interface Meter {
  /** Seconds from a message's admission to the first sign of life in its thread. */
  firstSign(seconds: number): void;
  turn(
    seconds: number,
    outcome: 'answered' | 'silent' | 'stopped' | 'refused' | 'failed' | 'budget' | 'lost',
  ): void;
  /** Seconds an input waited in its inbox. */
  inboxAge(seconds: number): void;
  event(type: string, outcome: 'admitted' | 'duplicate' | 'ignored' | 'refused' | 'failed'): void;
}
