/** What can be set for a thread, resolved once from built-in values and `heddle.yaml`. */

/**
 * How an answer grows: `edit` by editing the bot's message, `stream` by Slack's own streaming, `auto` by streaming
 * as long as Slack's limits leave room for it, else by edits.
 */
export type Output = 'edit' | 'stream' | 'auto';

/** What a reply does while the agent works. */
export type BusyMode = 'steer' | 'interrupt' | 'queue';

export interface Settings {
  readonly busyMode: BusyMode;
  readonly output: Output;
  /** Milliseconds a quiet session stays open; 0 is never closed. */
  readonly idleTimeoutMs: number;
  /** US dollars a session may cost; 0 is no budget. */
  readonly sessionBudgetUsd: number;
  /** Who else may start, steer, stop and approve besides members. */
  readonly allow: { readonly guests: boolean; readonly outsiders: boolean; readonly bots: boolean };
  /** Characters of one Slack message that are taken; the rest is said to be left out. */
  readonly maxMessageChars: number;
  /** Characters of earlier conversation that a new session is given. */
  readonly maxContextChars: number;
  /** Messages one person may write to the bot in one minute and channel; what is above is not taken, and told once. */
  readonly messagesPerMinute: number;
  /** Threads that one person, and one workspace, may have at work at the same time. */
  readonly maxRunning: { readonly person: number; readonly workspace: number };
}

export const DEFAULT_SETTINGS: Settings = {
  busyMode: 'steer',
  output: 'edit',
  idleTimeoutMs: 30 * 60_000,
  sessionBudgetUsd: 10,
  allow: { guests: false, outsiders: false, bots: false },
  maxMessageChars: 64_000,
  maxContextChars: 32_000,
  messagesPerMinute: 100,
  maxRunning: { person: 100, workspace: 5_000 },
};
