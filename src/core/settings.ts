/** What holds in a thread, once all layers are laid over each other (`layers.ts`). */

/**
 * How an answer grows: `edit` by editing the bot's message, `stream` by Slack's own streaming, `auto` by streaming
 * as long as Slack's limits leave room for it, else by edits.
 */
export type Output = 'edit' | 'stream' | 'auto';

/** What a reply does while the agent works. */
export type BusyMode = 'steer' | 'interrupt' | 'queue';

/** Which messages are for the agent besides mentions: none, replies in its threads, or every one in the channel. */
export type ReplyMode = 'mention_only' | 'thread' | 'every_message';

/** How much of what the agent does is shown beside what it says. */
export type Verbosity = 'quiet' | 'normal' | 'verbose';

/** Who may let a tool run. */
export interface Approval {
  /**
   * `requester`, people (`U…`) and user groups (`S…`). An empty list is nobody. Guests and bots never may, whoever
   * names them.
   */
  readonly approvers: readonly string[];
  /** Two of them are needed, and who asked for the turn is none of them. */
  readonly twoPersons: boolean;
  /** Milliseconds a card waits; 0 for ever. */
  readonly expiresMs: number;
  /** Where they are asked: with a card in the thread, or each with one in their direct messages. */
  readonly where: 'thread' | 'dm';
}

/** What may be spent besides a session's own budget, and who may raise any of them. US dollars; 0 is no limit. */
export interface Budget {
  /** In one day (UTC), by one person, in one channel, and in the workspace. */
  readonly userDailyUsd: number;
  readonly channelDailyUsd: number;
  readonly workspaceDailyUsd: number;
  /** What the button on the card of a reached budget adds; 0: there is none. */
  readonly raiseUsd: number;
  /** Besides admins and owners of the workspace: people (`U…`), user groups (`S…`), `requester`. */
  readonly raisers: readonly string[];
}

export interface Settings {
  /** Whether the agent works here at all. */
  readonly enabled: boolean;
  /** Name of an agent in `heddle.yaml`, or its id with or without a version (`agent_x@7`); empty is the default one. */
  readonly agent: string;
  /** Name of an environment in `heddle.yaml`, or its id; empty is the default one. */
  readonly environment: string;
  /** In place of the agent's own model; empty is the agent's. */
  readonly model: string;
  /** Another version of an agent (`coder@8`; empty: none) for so many of a hundred threads of that agent. */
  readonly trial: { readonly agent: string; readonly percent: number };
  /** Ids of vaults whose credentials a session may use (`vlt_…`). */
  readonly vaults: readonly string[];
  /** Ids of memory stores with their access (`memstore_…:read_only`, `:read_write`). */
  readonly memoryStores: readonly string[];
  /** On GitHub, each `owner/name` or `owner/name@branch`. */
  readonly repositories: readonly string[];
  /** What the agent is told of this place, each layer's own, from the outermost on. */
  readonly instructions: readonly string[];
  readonly replyMode: ReplyMode;
  readonly busyMode: BusyMode;
  readonly output: Output;
  readonly verbosity: Verbosity;
  /** Milliseconds a quiet session stays open; 0 is never closed. */
  readonly idleTimeoutMs: number;
  /** US dollars a session may cost; 0 is no budget. */
  readonly sessionBudgetUsd: number;
  readonly budget: Budget;
  readonly approval: Approval;
  /** Who else may start and steer besides members. */
  readonly allow: { readonly guests: boolean; readonly outsiders: boolean; readonly bots: boolean };
  /** Whether it works in channels that people of other organisations read (Slack Connect). */
  readonly sharedChannels: boolean;
  /** The reaction :thread: on a message starts a thread of the agent there. */
  readonly startByReaction: boolean;
  /** Characters of one Slack message that are taken; the rest is said to be left out. */
  readonly maxMessageChars: number;
  /** Characters of earlier conversation that a new session is given. */
  readonly maxContextChars: number;
  /** Messages one person may write to the bot in one minute and channel; what is above is not taken, and told once. */
  readonly messagesPerMinute: number;
  /** Threads that one person, and one workspace, may have at work at the same time. */
  readonly maxRunning: { readonly person: number; readonly workspace: number };
  /** Largest file in megabytes of 2^20 bytes: attached by people, and written by the agent. */
  readonly files: { readonly maxMb: number; readonly maxOutMb: number };
}

export const DEFAULT_SETTINGS: Settings = {
  enabled: true,
  agent: '',
  environment: '',
  model: '',
  trial: { agent: '', percent: 0 },
  vaults: [],
  memoryStores: [],
  repositories: [],
  instructions: [],
  replyMode: 'thread',
  busyMode: 'steer',
  output: 'edit',
  verbosity: 'normal',
  idleTimeoutMs: 30 * 60_000,
  sessionBudgetUsd: 10,
  budget: { userDailyUsd: 0, channelDailyUsd: 0, workspaceDailyUsd: 0, raiseUsd: 5, raisers: [] },
  approval: { approvers: ['requester'], twoPersons: false, expiresMs: 24 * 3_600_000, where: 'thread' },
  allow: { guests: false, outsiders: false, bots: false },
  sharedChannels: false,
  startByReaction: false,
  maxMessageChars: 64_000,
  maxContextChars: 32_000,
  messagesPerMinute: 100,
  maxRunning: { person: 100, workspace: 5_000 },
  files: { maxMb: 25, maxOutMb: 100 },
};
