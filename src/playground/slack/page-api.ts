/**
 * What the playground's page and its Slack server say to each other, under `/__page/`.
 *
 * Types only: the page's client code imports this file, so nothing here may need Node.
 * Everything is JSON. Every request names the persona it acts as (`user`): as a query parameter on GET,
 * as a field of the body on POST. Texts are Slack's own wire format (escaped, `<@U…>`, `<url|label>`),
 * blocks are Block Kit as the bot sent them: drawing them is the page's business.
 *
 * | request | answer |
 * |---|---|
 * | `GET /__page/state?user=U` | {@link PageState} |
 * | `GET /__page/history?user=U&channel=C[&latest=ts][&limit=n]` | {@link HistoryPage}, top level, oldest first, the newest `limit` before `latest` |
 * | `GET /__page/thread?user=U&channel=C&thread_ts=ts[&latest=ts][&limit=n]` | {@link HistoryPage}, root first |
 * | `GET /__page/events?user=U` | server-sent events, each `data:` one {@link PageEvent}; on reconnect read the state again |
 * | `GET /__page/calls[?after=seq]` | `{ calls: PageWireCall[] }`, newest last |
 * | `GET /__page/file?user=U&id=F` | the bytes of a file |
 * | `POST /__page/upload?user=U&name=n` with the bytes as body | {@link UploadAnswer}; then name the ids in `say` |
 * | `POST /__page/<action>` with {@link PageActions} | `{ ok: true, … }` or {@link PageError} |
 */

import type { WireCall } from '../wire.ts';

/** Who somebody is to the workspace; decides what Slack's user object says about them. */
export type PersonaKind =
  | 'owner'
  | 'admin'
  | 'member'
  /** Of some channels. */
  | 'guest'
  /** Of one channel only. */
  | 'single_guest'
  | 'outsider'
  | 'bot'
  | 'app';

/** Somebody in the workspace. `app` is the bot under test; every kind but `app` can be switched to. */
export interface PageUser {
  id: string;
  /** Handle, as after `@`. */
  name: string;
  real_name: string;
  kind: PersonaKind;
  team_id: string;
  team_name: string;
  /** One or two letters and a CSS colour to draw an avatar with. */
  initials: string;
  color: string;
  deleted?: boolean;
}

export interface PageGroup {
  id: string;
  /** As after `@`. */
  handle: string;
  name: string;
  users: string[];
}

/** A conversation the persona is a member of (or a public channel they could join). */
export interface PageChannel {
  id: string;
  /** `channel` public, `group` private, `im` direct message, `mpim` group direct message. */
  type: 'channel' | 'group' | 'im' | 'mpim';
  /** Name without `#`; for direct messages the name of the other one. */
  name: string;
  topic: string;
  is_ext_shared: boolean;
  is_archived: boolean;
  is_member: boolean;
  /** For `im`: the other one. */
  user?: string;
  members: string[];
  /** `ts` of the newest message, '' where there is none. */
  latest: string;
}

export interface PageReaction {
  name: string;
  users: string[];
}

export interface PageFile {
  id: string;
  name: string;
  title: string;
  mimetype: string;
  /** Bytes. */
  size: number;
  /** Path on this server that the page can load directly: `/__page/file?…` (add `&user=`). */
  url: string;
}

/** A message as a person sees it. Message metadata is never shown. */
export interface PageMessage {
  channel: string;
  ts: string;
  /** Set on replies, and on a root once it was replied to (then equal to `ts`). */
  thread_ts?: string;
  /** Author. For apps the bot's user id; `username`/icons where the app set its own. */
  user: string;
  bot_id?: string;
  username?: string;
  icon_url?: string;
  icon_emoji?: string;
  subtype?: string;
  text: string;
  blocks?: PageBlock[];
  files?: PageFile[];
  reactions?: PageReaction[];
  /** Previews of links. */
  previews?: { url: string; title: string; text: string }[];
  /** Slack shows "(edited)": text changes without blocks, and people's own edits. */
  edited: boolean;
  /** Roots only. */
  reply_count?: number;
  reply_users?: string[];
  latest_reply?: string;
  /** Only the reader sees it. */
  ephemeral?: boolean;
  /** A native stream is still being written here. */
  streaming?: boolean;
  /** Root was deleted but has replies: draw "This message was deleted". */
  tombstone?: boolean;
}

/** Block Kit, passed through as it came. */
export type PageBlock = { type: string; block_id?: string } & Record<string, unknown>;

/** Session status and status line of one thread; Slack draws both in one place. */
export interface PageStatus {
  channel: string;
  thread_ts: string;
  /** `agents.sessions.setStatus`; undefined where no session was declared. */
  session?: 'active' | 'processing' | 'suspended' | 'closed';
  title?: string;
  /** A Stop button is to be drawn: processing, and the app hears `agent_session_stopped`. */
  stoppable: boolean;
  /** `assistant.threads.setStatus`; '' where cleared. */
  text: string;
  loading_messages: string[];
}

/** A form or the Home tab. `hash` must come back unchanged with a submission. */
export interface PageView {
  id: string;
  type: 'modal' | 'home';
  callback_id: string;
  title?: unknown;
  submit?: unknown;
  close?: unknown;
  blocks: PageBlock[];
  private_metadata: string;
  hash: string;
  root_view_id: string;
  previous_view_id: string | null;
  notify_on_close: boolean;
  /** Set after a submission was refused: message by block id. */
  errors?: Record<string, string>;
}

/** What the composer and the message menu offer. */
export interface PageCommand {
  command: string;
  description: string;
  usage_hint: string;
}
export interface PageShortcut {
  callback_id: string;
  name: string;
  description: string;
  type: 'message' | 'global';
}
export interface PagePrompt {
  title: string;
  message: string;
}

/** Everything a page needs to draw itself for one persona. */
export interface PageState {
  team: { id: string; name: string; domain: string };
  me: PageUser;
  /** The bot under test. */
  bot: PageUser & { bot_id: string; app_id: string };
  /** Is the bot connected (a socket is open, or its HTTP address answered last)? */
  bot_present: boolean;
  users: PageUser[];
  groups: PageGroup[];
  channels: PageChannel[];
  commands: PageCommand[];
  shortcuts: PageShortcut[];
  statuses: PageStatus[];
  home: PageView | null;
  /** The app has a Home tab. */
  home_enabled: boolean;
  /** What only this persona sees, until it is dismissed or the server ends; Slack's client forgets it on reload. */
  ephemerals: PageMessage[];
  /** Open forms, bottom first. */
  views: PageView[];
  /** Set by the app for its direct messages with this persona; `thread_ts` '' for the whole conversation. */
  prompts: { channel: string; thread_ts: string; title?: string; prompts: PagePrompt[] }[];
  /** Custom and known emoji names that `reactions.add` accepts here. */
  emoji: string[];
  /** Where Slack's rate limits are enforced. */
  limits: boolean;
}

export interface HistoryPage {
  messages: PageMessage[];
  has_more: boolean;
}

/** One call between the bot and a playground server, with a running number. */
export interface PageWireCall extends WireCall {
  readonly seq: number;
}

/** What happens, told to every open page; private things only to the persona they are for. */
export type PageEvent =
  | { type: 'hello'; bot_present: boolean }
  | { type: 'message'; message: PageMessage }
  | { type: 'message_changed'; message: PageMessage }
  | { type: 'message_deleted'; channel: string; ts: string; thread_ts?: string }
  | { type: 'ephemeral'; message: PageMessage }
  /** An ephemeral message was replaced or removed over its `response_url`. */
  | { type: 'ephemeral_deleted'; channel: string; ts: string }
  | { type: 'reaction'; channel: string; ts: string; reactions: PageReaction[] }
  | { type: 'status'; status: PageStatus }
  | { type: 'prompts'; channel: string; thread_ts: string; title?: string; prompts: PagePrompt[] }
  | { type: 'view_opened'; view: PageView }
  | { type: 'view_updated'; view: PageView }
  | { type: 'view_closed'; view_id: string }
  | { type: 'home'; view: PageView }
  /** Somebody else was told something that this persona does not see; only the playground knows of that. */
  | { type: 'nudge'; user: string }
  | { type: 'channel'; channel: PageChannel }
  | { type: 'bot_presence'; present: boolean }
  /**
   * The app did not take a click, command or form in time (3 s), or answered it in a way that cannot be followed.
   * The request that caused it is answered with the same code; `detail` is for whoever writes the app.
   */
  | { type: 'interaction_failed'; what: string; reason: string; detail?: string }
  | { type: 'wire_call'; call: PageWireCall };

/** State of inputs as Slack sends it: block id, then action id. */
export type ViewValues = Record<string, Record<string, Record<string, unknown>>>;

/** Bodies of `POST /__page/<action>`; every one also has `user`. */
export interface PageActions {
  /** Plain typed text; `@handle` and `#channel` are resolved, and `&`, `<`, `>` escaped, by the server. */
  say: { channel: string; text: string; thread_ts?: string; broadcast?: boolean; files?: string[] };
  edit: { channel: string; ts: string; text: string };
  delete: { channel: string; ts: string };
  /** Takes an ephemeral message away; the app hears nothing of it. */
  dismiss: { channel: string; ts: string };
  react: { channel: string; ts: string; name: string };
  unreact: { channel: string; ts: string; name: string };
  /** A button, overflow entry, feedback button or icon button of a message or view. */
  click: ElementUse & { value?: string };
  /** A menu, radio, checkbox or date: `value` is Slack's own form, e.g. `{ selected_option: {…} }`. */
  select: ElementUse & { value: Record<string, unknown> };
  /** Choices of an external menu, asked of the app. Answer: `{ ok, options }`. */
  options: ElementUse & { query: string };
  /** Typed in the composer of a channel (never of a thread, as in Slack): `/heddle`, `status`. */
  command: { channel: string; command: string; text: string };
  shortcut: { callback_id: string; channel?: string; ts?: string };
  /** Answer: `{ ok, errors? }`; what else the app answers arrives as view events. */
  view_submit: { view_id: string; values: ViewValues };
  view_close: { view_id: string; is_cleared?: boolean };
  /** Slack's own Stop button. */
  stop: { channel: string; thread_ts: string };
  /** Answer: `{ ok, channel: PageChannel }`, made where it did not exist. */
  open_dm: { with: string };
  create_channel: { name: string; is_private?: boolean };
  invite: { channel: string; invitee: string };
  join: { channel: string };
  leave: { channel: string };
  /** The persona opened the app's Home or Messages tab. */
  app_home: { tab: 'home' | 'messages' };
  /** A prompt was pressed: its message is said in the direct message. */
  suggested_prompt: { channel: string; message: string; thread_ts?: string };
}

/** Which element was used. Of a message: channel and ts. Of a view: view_id. */
export interface ElementUse {
  channel?: string;
  ts?: string;
  view_id?: string;
  block_id: string;
  action_id: string;
  /** Current values of the inputs around it. */
  state?: ViewValues;
}

export interface PageError {
  ok: false;
  /** A code like Slack's own, e.g. `not_in_channel`, `command_in_thread`. */
  error: string;
}
export interface PageOk {
  ok: true;
  /** `ts` of a message that was said. */
  ts?: string;
  channel?: PageChannel;
  errors?: Record<string, string>;
  options?: unknown[];
}
export type PageAnswer = PageOk | PageError;
export type UploadAnswer = { ok: true; file: PageFile } | PageError;
