import type { PersonaKind } from './page-api.ts';

/** What the workspace keeps; also the form in which the journal writes it. */

export type Json = Record<string, unknown>;
export type Block = { type: string; block_id?: string } & Json;

export interface TeamRecord {
  id: string;
  name: string;
  domain: string;
}

export interface UserRecord {
  id: string;
  name: string;
  real_name: string;
  kind: PersonaKind;
  team_id: string;
  color: string;
  bot_id?: string;
  app_id?: string;
  deleted?: boolean;
}

/** Somebody who may see only the channels they were invited to. */
export function isGuest({ kind }: UserRecord): boolean {
  return kind === 'guest' || kind === 'single_guest';
}

export interface GroupRecord {
  id: string;
  handle: string;
  name: string;
  users: string[];
}

export interface ChannelRecord {
  id: string;
  type: 'channel' | 'group' | 'im' | 'mpim';
  name: string;
  topic: string;
  creator: string;
  /** Unix seconds. */
  created: number;
  members: string[];
  is_ext_shared: boolean;
  is_archived: boolean;
}

export interface ReactionRecord {
  name: string;
  users: string[];
}

export interface FileRecord {
  id: string;
  name: string;
  title: string;
  mimetype: string;
  size: number;
  user: string;
  /** Unix seconds. */
  created: number;
  /** Where it was shared: channel id to message ts. */
  shares: { channel: string; ts: string }[];
  alt_text?: string;
  odd?: OddFile;
}

/** What is unusual about a file, or untrue. */
export interface OddFile {
  /** Fields of the file object in place of its own. */
  wire?: Json;
  /** How its bytes are answered: the page to log in on, another place, an error, or a body that ends or hangs half way. */
  download?:
    | 'login'
    | 'cut'
    | 'hang'
    | { readonly redirect: string }
    | { readonly status: number; readonly times: number };
}

export type StreamingState = 'in_progress' | 'completed' | 'errored' | 'stopped';

export interface MessageRecord {
  channel: string;
  ts: string;
  thread_ts?: string;
  user: string;
  bot_id?: string;
  app_id?: string;
  username?: string;
  icon_url?: string;
  icon_emoji?: string;
  subtype?: string;
  client_msg_id?: string;
  text: string;
  blocks?: Block[];
  attachments?: Json[];
  files?: string[];
  reactions?: ReactionRecord[];
  edited?: { user: string; ts: string };
  metadata?: { event_type: string; event_payload: Json };
  /** Chunks of a native stream, and how it stands. */
  stream?: { state: StreamingState; startedAt: number; display: string; tail: Block[]; recipient: string };
  /** Deleted, but kept as the root of its replies. */
  tombstone?: boolean;
  /** Number of changes so far. */
  edits?: number;
}

export type SessionStatus = 'active' | 'processing' | 'suspended' | 'closed';

/** Session and status line of one thread. */
export interface StatusRecord {
  channel: string;
  thread_ts: string;
  session?: SessionStatus;
  title?: string;
  /** Until when `processing` holds, Unix milliseconds. */
  processingUntil?: number;
  text: string;
  loading_messages: string[];
}

export interface ViewRecord {
  id: string;
  type: 'modal' | 'home';
  user: string;
  callback_id: string;
  external_id: string;
  title?: unknown;
  submit?: unknown;
  close?: unknown;
  blocks: Block[];
  private_metadata: string;
  clear_on_close: boolean;
  notify_on_close: boolean;
  hash: string;
  root_view_id: string;
  previous_view_id: string | null;
}

export interface PromptsRecord {
  channel: string;
  thread_ts: string;
  title?: string;
  prompts: { title: string; message: string }[];
}

/** Secrets of this workspace, made when it is first started. */
export interface SecretsRecord {
  botToken: string;
  appToken: string;
  signingSecret: string;
}

/** An event that the app has not acknowledged yet. */
export interface PendingRecord {
  event_id: string;
  body: Json;
  attempt: number;
}
