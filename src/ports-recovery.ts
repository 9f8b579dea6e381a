/**
 * The ports of recovery: what is read back where the store has lost its memory, or where nobody was connected to
 * Slack for a while. The rules about errors of `ports.ts` hold here too.
 */
import type { IncomingMessage, Surface, ThreadRef } from './core/event.ts';
import type { OwnMessage } from './core/remains.ts';
import type { AgentSessionStatus } from './ports.ts';

// ---------------------------------------------------------------------------------------------- agent

/** A session that this app made, as its metadata and its own fields say. */
export interface KnownSession {
  readonly id: string;
  readonly thread: ThreadRef;
  /** 1 for the thread's first session, one more for each that followed. */
  readonly gen: number;
  readonly title: string;
  readonly status: AgentSessionStatus;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Unix milliseconds of the last change that the service states; never before `createdAt`. */
  readonly updatedAt: number;
  /** Unix milliseconds; undefined where it was not archived. */
  readonly archivedAt: number | undefined;
}

export interface SessionList {
  /**
   * This app's own sessions, by metadata, every page, oldest first. `since` (Unix milliseconds) leaves out those that
   * were created before it, and takes in those of agents that no file names; `archived` takes in archived ones. Deleted
   * ones are not listed. `pace` is waited for before each page.
   */
  sessions(query: {
    readonly since?: number;
    readonly archived: boolean;
    readonly pace?: () => Promise<void>;
  }): Promise<readonly KnownSession[]>;
}

// ---------------------------------------------------------------------------------------------- Slack

/** What a thread shows of ours. */
export interface ThreadShown {
  /** Messages of the bot's own, oldest first. */
  readonly own: readonly OwnMessage[];
  /** The bot's own reactions on other people's messages: `ts` to names. */
  readonly reactions: Readonly<Record<string, readonly string[]>>;
}

export interface Place {
  readonly channel: string;
  readonly surface: Surface;
  /** People of another organisation read it. */
  readonly shared?: true;
}

/** A thread's root as a channel's history shows it. */
export interface ThreadRoot {
  readonly ts: string;
  /** `ts` of the newest reply. */
  readonly latestReply: string;
  /** The bot has replied in it. */
  readonly answered: boolean;
}

/** What stands in a channel. */
export interface ChannelLog {
  /** People's messages beside the threads, oldest first. */
  readonly messages: readonly IncomingMessage[];
  readonly roots: readonly ThreadRoot[];
  /** There was more than was read; what is missing is older. */
  readonly cut: boolean;
}

/**
 * What was written while nobody listened. Reads go behind everything else that waits for the same lane. A place
 * that cannot be read any more, or not by this app, rejects `gone` or `fatal`.
 */
export interface SlackBacklog {
  /** Everything of ours in a thread (`conversations.replies`). `urgent` reads go before others. */
  shown(thread: ThreadRef, urgent: boolean): Promise<ThreadShown>;
  /** Where the bot is a member, direct messages included (`users.conversations`). */
  places(): Promise<readonly Place[]>;
  /** The channel after `oldest`, at most so many pages of the newest (`conversations.history`). */
  channel(place: Place, oldest: string, pages: number): Promise<ChannelLog>;
  /** People's messages in a thread after `oldest`, oldest first (`conversations.replies`). */
  replies(thread: ThreadRef, oldest: string): Promise<readonly IncomingMessage[]>;
}

// ---------------------------------------------------------------------------------------------- store

/** Times in Unix milliseconds of the store. */
export interface Beat {
  readonly now: number;
  /** The moment up to which nothing was missed, as it was before; undefined where it is not known. */
  readonly last: number | undefined;
  /** Grows with each beat. A store that answers with one that was there before is an older copy of itself. */
  readonly count: number;
  /** Another one after the store has lost everything. */
  readonly life: string;
}

/** What the store knows of its own life. */
export interface StoreMemory {
  /** Whether every part of the store carries the mark that `fill` leaves: else it has lost what it held. */
  filled(): Promise<boolean>;
  /** Everything that could be found has been put in. */
  fill(): Promise<void>;
  /**
   * One owner at a time for `ttlMs` from now; 0 gives it back. True where it is this owner's now.
   */
  hold(name: string, owner: string, ttlMs: number): Promise<boolean>;
  /**
   * Some process is connected to Slack now. Moves the moment up to which nothing was missed, unless that lies more
   * than `graceMs` back, or is not known: then it stays.
   */
  beat(graceMs: number): Promise<Beat>;
  /** Nothing was missed up to then (Unix milliseconds of the store). */
  caughtUp(at: number): Promise<void>;
}
