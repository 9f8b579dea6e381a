/** What stands in Slack, in this model. */
import type { Departure } from './network.ts';

export const BOT = { team: 'T0HEDDLE', botUserId: 'U0BOT', botId: 'B0BOT', appId: 'A0HEDDLE' } as const;

export interface Block {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Message {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | undefined;
  readonly user: string;
  readonly own: boolean;
  text: string;
  blocks: readonly Block[];
  /** By which the bot finds it again, and which message of its thread it is; a stream says so when it ends. */
  key: string | undefined;
  slot: string | undefined;
  stream: StreamState | undefined;
  deleted: boolean;
  /** How often it was written. */
  writes: number;
  /** When it was written last, ms of the run. */
  at: number;
  /** The calls of the bot that posted it and wrote it last. */
  posted: Departure | undefined;
  written: Departure | undefined;
  /** The bot's reactions, with the call that left each. */
  readonly reactions: Map<string, Departure>;
}

/** What only one person sees: beside a thread, or in their direct messages. */
export interface Aside {
  readonly user: string;
  readonly channel: string;
  readonly at: number;
  readonly text: string;
}

export interface Somebody {
  readonly id: string;
  readonly name: string;
  readonly role: 'member' | 'guest' | 'outsider';
}

export type StreamState = 'in_progress' | 'completed' | 'stopped' | 'errored';

/** What the parts of the model ask of the whole. */
export interface World {
  readonly people: ReadonlyMap<string, Somebody>;
  readonly messages: readonly Message[];
  message(channel: string, ts: string): Message | undefined;
  thread(channel: string, root: string): readonly Message[];
  teamOf(person: Somebody): string;
  setSession(channel: string, root: string, status: string, left?: Departure): void;
}
