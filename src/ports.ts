/**
 * The outside as the flow sees it: four ports, small, plain data in and out, no SDK type.
 *
 * Every call that fails rejects with `PortError` (`errors.ts`), whose `kind` says what it means:
 * `retry` (certainly without effect), `gone`, `refused`, `fatal`, `unknown` (may have happened: look it up
 * before repeating it, I7). Each call ends by itself within its timeout; none retries a write.
 */
import type { AgentEvent, FeedItem, OutgoingEvent, Usage } from './core/agent-event.ts';
import type { FileFact, Incoming, Person, ThreadRef } from './core/event.ts';
import type { SessionOf } from './core/state.ts';
import type { Random } from './lib/random.ts';
import type { SystemClock } from './lib/time.ts';
import type { SlackDirect } from './ports-direct.ts';
import type { Form, SlackForms } from './ports-forms.ts';
import type { AgentFiles, SlackFiles } from './ports-files.ts';
import type { SlackStreams } from './ports-stream.ts';
import type { AgentUsage } from './ports-usage.ts';

export type Clock = SystemClock;
export type { Random };

/** Structured log. Never a message's text, never a secret at `info` and above. */
export interface Log {
  debug(fields: object, msg: string): void;
  info(fields: object, msg: string): void;
  warn(fields: object, msg: string): void;
  error(fields: object, msg: string): void;
  /** Written as `info` at every level but `silent`: what whoever started the process waits for. */
  notice(fields: object, msg: string): void;
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

export interface SlackWrite {
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
  /** Absent: at the top of the channel. */
  readonly threadTs?: string;
  /** Opaque key of the message, written to its metadata, by which `find` finds it again. */
  readonly key: string;
  /** Which message of its thread it is: into the metadata too, so that a lost record can be made again. */
  readonly slot?: string;
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
  /** What is attached to it. */
  readonly files?: readonly FileFact[];
}

export type SessionStatus = 'active' | 'processing' | 'suspended' | 'closed';

/** What the flow asks of Slack. Writes pass rate lanes shared by all replicas of a workspace. */
export interface SlackPort extends SlackStreams, SlackForms, SlackFiles, SlackDirect {
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
  /** `chat.delete`. `gone` counts as done, unless Slack says that it must not be deleted (`cant_delete_message`). */
  remove(call: SlackWrite & { readonly ts: string }): Promise<void>;
  /** Own messages of the thread that carry one of the keys in metadata or file name: key to `ts` (`conversations.replies`). */
  find(thread: ThreadRef, keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The same at the top of the channel, among messages after `oldest` (`conversations.history`). */
  findTop(
    channel: Pick<ThreadRef, 'team' | 'channel'>,
    keys: readonly string[],
    oldest: string,
  ): Promise<ReadonlyMap<string, string>>;
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
  /**
   * Those of these user groups in which the person is, cached for at most ten minutes (`usergroups.users.list`). Fails
   * closed: rejects where it cannot be found out.
   */
  groupsOf(team: string, user: string, groups: readonly string[]): Promise<readonly string[]>;
  /**
   * Whether people of another organisation read this channel (`conversations.info`), cached for at most ten minutes.
   * Fails closed: rejects where it cannot be found out.
   */
  isShared(team: string, channel: string): Promise<boolean>;
  /** Whether this person can see the channel: it is public, or they are in it. Fails closed as {@link isShared}. */
  isOpenTo(team: string, channel: string, user: string): Promise<boolean>;
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

/** What a command, click, shortcut or form is answered with, only to who asked. */
export interface Reply {
  readonly content?: Content;
  /** Opened at once, in place of the form that was sent where it was one. Needs what was asked to carry a trigger. */
  readonly form?: Form;
  /** The form stays open, with a sentence at each of these fields (by `block_id`). */
  readonly errors?: Readonly<Record<string, string>>;
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
  /** Absent: of what new sessions are made of where nothing else is said. */
  readonly of?: SessionOf;
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
export interface AgentPort extends AgentFiles, AgentUsage {
  /** `sessions.create` with agent, environment, metadata (app, team, thread, gen) and budget. Not idempotent. */
  create(session: NewSession): Promise<string>;
  /** The thread's session of that generation, made of this, by metadata; the oldest where there are several. */
  find(thread: ThreadRef, gen: number, of?: SessionOf): Promise<string | undefined>;
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

export type * from './ports-store.ts';

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
  /** Seconds from the beginning of a turn to the first words of its answer in the thread. */
  firstText(seconds: number): void;
  /** Seconds from a delivery's arrival to its durable admission: then it is acknowledged. */
  admission(seconds: number): void;
  /** A thread was acquired in the middle of its work: from a process that died, or one that handed over. */
  takeover(): void;
  /** A lease went to somebody else, or could not be renewed in time. */
  leaseLost(): void;
  /** A stream ended while it was wanted. */
  streamLost(code: string): void;
  /** Tokens of a model request, as the agent's stream reported them. */
  tokens(usage: Usage): void;
  /** US dollars at list prices, as they are written into the day's books. */
  spent(usd: number): void;
  turn(
    seconds: number,
    outcome: 'answered' | 'silent' | 'stopped' | 'refused' | 'failed' | 'budget' | 'lost',
  ): void;
  /** Seconds an input waited in its inbox. */
  inboxAge(seconds: number): void;
  /** What somebody thinks of an answer; each person counts once an answer. */
  feedback(verdict: 'up' | 'down'): void;
  event(type: string, outcome: 'admitted' | 'duplicate' | 'ignored' | 'refused' | 'failed'): void;
}
