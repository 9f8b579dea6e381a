import { SlackApiError, type Slack } from './call.ts';
import { pressed, searchElement } from './elements.ts';
import type { Interaction } from './interactions.ts';
import { mimeOf, postShare } from './methods/files.ts';
import { emojiName, react, unreact } from './methods/people.ts';
import { retitle } from './methods/sessions.ts';
import { stopStreams } from './methods/streams.ts';
import type { ElementUse } from './page-api.ts';
import type { EventSource } from './events.ts';
import {
  isGuest,
  type ChannelRecord,
  type FileRecord,
  type OddFile,
  type Json,
  type MessageRecord,
  type UserRecord,
} from './records.ts';
import { richText, typedToWire, unescapeText } from './text.ts';
import { wireView } from './views.ts';
import { wireUser } from './wire-objects.ts';
import { ids } from './world.ts';

export interface Said {
  user: string;
  channel: string;
  text: string;
  threadTs?: string;
  /** Also send the reply to the channel. */
  broadcast?: boolean;
  /** Ids of uploaded files. */
  files?: string[];
  /** Take the text as wire format, without escaping or resolving anything. */
  raw?: boolean;
}

/** How long after a message Slack adds the previews of its links, milliseconds. */
const unfurlMs = 600;

/** What people do. Refusals are {@link SlackApiError}s, as the client would show them. */
export class Personas {
  readonly #slack: Slack;
  readonly #events: EventSource;

  constructor(slack: Slack, events: EventSource) {
    this.#slack = slack;
    this.#events = events;
  }

  person(id: string): UserRecord {
    const user = this.#slack.workspace.user(id);
    if (!user || user.kind === 'app') throw new SlackApiError('user_not_found');
    return user;
  }

  #in(user: UserRecord, id: string): ChannelRecord {
    const channel = this.#slack.workspace.channels.get(id);
    if (!channel) throw new SlackApiError('channel_not_found');
    if (!channel.members.includes(user.id)) throw new SlackApiError('not_in_channel');
    if (channel.is_archived) throw new SlackApiError('is_archived');
    return channel;
  }

  #message(user: UserRecord, channel: string, ts: string): MessageRecord {
    const message = this.#slack.workspace.message(this.#in(user, channel).id, ts);
    if (!message || message.tombstone) throw new SlackApiError('message_not_found');
    return message;
  }

  /** Says something; the answer is its `ts`. */
  say(said: Said): string {
    const { workspace } = this.#slack;
    const user = this.person(said.user);
    const channel = this.#in(user, said.channel);
    const root = said.threadTs === undefined ? undefined : workspace.message(channel.id, said.threadTs);
    if (said.threadTs !== undefined && !root) throw new SlackApiError('thread_not_found');
    const files = (said.files ?? []).map((id) => this.#file(id));
    if (said.text === '' && files.length === 0) throw new SlackApiError('no_text');
    const text = said.raw ? said.text : typedToWire(said.text, workspace);
    const message: Omit<MessageRecord, 'ts'> = {
      channel: channel.id,
      user: user.id,
      ...(user.bot_id === undefined ? {} : { bot_id: user.bot_id, app_id: user.app_id ?? '' }),
      ...(user.bot_id === undefined && files.length === 0 ? { client_msg_id: crypto.randomUUID() } : {}),
      ...(files.length > 0 ? { subtype: 'file_share', files: files.map((file) => file.id) } : {}),
      ...(said.broadcast && root ? { subtype: 'thread_broadcast' } : {}),
      ...(root ? { thread_ts: workspace.rootOf(root) } : {}),
      text,
      blocks: [richText(text, workspace.newId('').slice(0, 5))],
    };
    if (files.length > 0) return postShare(this.#slack, message, files);
    const ts = workspace.nextTs();
    workspace.add({ ...message, ts });
    this.#unfurlSoon(channel.id, ts, text);
    return ts;
  }

  #unfurlSoon(channel: string, ts: string, text: string): void {
    const { options, workspace } = this.#slack;
    const link = /<(https?:[^|>]+)/.exec(text)?.[1];
    if (options.unfurls !== true || link === undefined) return;
    workspace.clock.after(unfurlMs, () => {
      if (workspace.message(channel, ts)) this.unfurl(channel, ts, unescapeText(link));
    });
  }

  #file(id: string): FileRecord {
    const file = this.#slack.workspace.files.get(id);
    if (!file) throw new SlackApiError('file_not_found');
    return file;
  }

  upload(user: string, name: string, bytes: Uint8Array, odd?: OddFile): FileRecord {
    const { workspace } = this.#slack;
    const file: FileRecord = {
      id: workspace.newId('F'),
      name,
      title: name,
      mimetype: mimeOf(name),
      size: bytes.byteLength,
      user: this.person(user).id,
      created: Math.floor(workspace.clock.now() / 1000),
      shares: [],
      ...(odd ? { odd } : {}),
    };
    workspace.journal.putBytes(file.id, bytes);
    workspace.putFile(file);
    return file;
  }

  edit(by: string, channel: string, ts: string, text: string, raw = false): void {
    const { workspace } = this.#slack;
    const user = this.person(by);
    const message = this.#message(user, channel, ts);
    if (message.user !== user.id) throw new SlackApiError('cant_update_message');
    const wire = raw ? text : typedToWire(text, workspace);
    // Saving without a change is no edit: nobody hears of it.
    if (wire === message.text) return;
    if (wire === '' && message.files === undefined) throw new SlackApiError('no_text');
    const edited = { user: user.id, ts: workspace.nextTs() };
    const blocks = [richText(wire, workspace.newId('').slice(0, 5))];
    workspace.change(message, { text: wire, blocks, edited }, user.id, 'edit');
  }

  /** Slack adds previews to links a moment later: an edit that nobody made. */
  unfurl(channel: string, ts: string, link = 'https://example.com'): void {
    const message = this.#slack.workspace.message(channel, ts);
    if (!message) throw new SlackApiError('message_not_found');
    const host = URL.canParse(link) ? new URL(link).hostname : link;
    const attachments = [
      {
        from_url: link,
        original_url: link,
        title: host,
        title_link: link,
        text: 'A preview that Slack adds to links; the playground loads nothing.',
        fallback: host,
        id: 1,
        service_name: host,
      },
    ];
    this.#slack.workspace.change(message, { attachments }, message.user, 'unfurl');
  }

  delete(by: string, channel: string, ts: string): void {
    const user = this.person(by);
    const message = this.#message(user, channel, ts);
    const may = message.user === user.id || user.kind === 'admin' || user.kind === 'owner';
    if (!may) throw new SlackApiError('cant_delete_message');
    this.#slack.workspace.remove(message, user.id);
  }

  react(by: string, channel: string, ts: string, name: string): void {
    const user = this.person(by);
    react(this.#slack, this.#message(user, channel, ts), user.id, emojiName(name));
  }

  unreact(by: string, channel: string, ts: string, name: string): void {
    const user = this.person(by);
    unreact(this.#slack, this.#message(user, channel, ts), user.id, emojiName(name));
  }

  /** Joins, or is brought in by `inviter`; the app's own id is welcome here. */
  join(id: string, channelId: string, inviter?: string): ChannelRecord {
    const { workspace } = this.#slack;
    const channel = workspace.channels.get(channelId);
    if (!channel || !workspace.user(id)) throw new SlackApiError('channel_not_found');
    if (inviter !== undefined && !channel.members.includes(inviter))
      throw new SlackApiError('not_in_channel');
    if (inviter === undefined && channel.type !== 'channel') throw new SlackApiError('channel_not_found');
    if (channel.members.includes(id)) throw new SlackApiError('already_in_channel');
    const joined = { ...channel, members: [...channel.members, id] };
    workspace.putChannel(joined);
    workspace.tell({
      kind: 'joined',
      channel: joined,
      user: id,
      ...(inviter === undefined ? {} : { inviter }),
    });
    const text = `<@${id}> has joined the channel`;
    workspace.add({ channel: channel.id, ts: workspace.nextTs(), user: id, subtype: 'channel_join', text });
    return joined;
  }

  leave(id: string, channelId: string): void {
    const channel = this.#slack.workspace.channels.get(channelId);
    if (!channel?.members.includes(id)) throw new SlackApiError('not_in_channel');
    this.#slack.workspace.putChannel({
      ...channel,
      members: channel.members.filter((member) => member !== id),
    });
  }

  archive(by: string, id: string): void {
    const channel = this.#in(this.person(by), id);
    const archived = { ...channel, is_archived: true };
    this.#slack.workspace.putChannel(archived);
    this.#slack.workspace.tell({ kind: 'archived', channel: archived, by });
  }

  createChannel(by: string, name: string, isPrivate = false): ChannelRecord {
    const { workspace } = this.#slack;
    const user = this.person(by);
    if (isGuest(user) || user.kind === 'outsider') throw new SlackApiError('restricted_action');
    if (!/^[a-z0-9_-]{1,80}$/.test(name)) throw new SlackApiError('invalid_name_specials');
    if (workspace.channelByName(name) !== undefined) throw new SlackApiError('name_taken');
    const channel: ChannelRecord = {
      id: workspace.newId('C'),
      type: isPrivate ? 'group' : 'channel',
      name,
      topic: '',
      creator: user.id,
      created: Math.floor(workspace.clock.now() / 1000),
      members: [user.id],
      is_ext_shared: false,
      is_archived: false,
    };
    workspace.putChannel(channel);
    return channel;
  }

  openDm(by: string, other: string): ChannelRecord {
    if (!this.#slack.workspace.user(other)) throw new SlackApiError('user_not_found');
    return this.#slack.workspace.directMessage(this.person(by).id, other);
  }

  /** Slack's own Stop: it ends open streams itself and tells the app, which has to set the status. */
  stop(by: string, channel: string, threadTs: string): void {
    const user = this.person(by);
    this.#in(user, channel);
    const { workspace } = this.#slack;
    if (workspace.status(channel, threadTs).session !== 'processing')
      throw new SlackApiError('session_not_found');
    if (!this.#slack.events.has('agent_session_stopped')) throw new SlackApiError('not_stoppable');
    this.#events.emit('agent_session_stopped', {
      type: 'agent_session_stopped',
      channel,
      user: user.id,
      thread_ts: threadTs,
      streaming_message_ts: stopStreams(this.#slack, channel, threadTs),
      event_ts: workspace.nextTs(),
    });
  }

  rename(by: string, channel: string, threadTs: string, title: string): void {
    this.#in(this.person(by), channel);
    retitle(this.#slack, channel, threadTs, title, by);
  }

  /** Opens the app's Home or Messages tab. */
  appHome(by: string, tab: 'home' | 'messages'): void {
    const user = this.person(by);
    const { workspace } = this.#slack;
    const view = workspace.homes.get(user.id);
    this.#events.emit('app_home_opened', {
      type: 'app_home_opened',
      user: user.id,
      channel: workspace.directMessage(user.id, ids.bot).id,
      tab,
      ...(tab === 'home' && view ? { view: wireView(workspace, view) } : {}),
      event_ts: workspace.nextTs(),
    });
  }

  /** Something about a person changed: guest, deactivated, renamed. */
  changeUser(id: string, more: Partial<UserRecord>): void {
    const user = { ...this.person(id), ...more };
    this.#slack.workspace.putUser(user);
    this.#events.emit('user_change', {
      type: 'user_change',
      user: wireUser(this.#slack.workspace, user),
      cache_ts: Math.floor(this.#slack.workspace.clock.now() / 1000),
      event_ts: this.#slack.workspace.nextTs(),
    });
  }

  /** A shortcut of the message's menu, or without a message a global one. */
  async shortcut(by: string, callbackId: string, at?: { channel: string; ts: string }): Promise<Interaction> {
    const user = this.person(by);
    const message = at && this.#message(user, at.channel, at.ts);
    return this.#slack.interactions.shortcut(user, callbackId, message);
  }

  async command(by: string, channelId: string, command: string, text: string): Promise<Interaction> {
    const user = this.person(by);
    const channel = this.#in(user, channelId);
    const escaped = labelled(typedToWire(text, this.#slack.workspace), this.#slack);
    return this.#slack.interactions.command(user, channel, command, escaped);
  }

  /** Presses a button; without `block_id` the first element with that action id. */
  async click(
    by: string,
    use: Omit<ElementUse, 'block_id'> & { block_id?: string },
    value?: string,
  ): Promise<Interaction> {
    const user = this.person(by);
    const found = this.#element(user, use);
    if (!found) return { ok: false, error: 'element_not_found' };
    const full: ElementUse = { ...use, block_id: found.block_id };
    return this.#slack.interactions.act(user, full, pressed(found.element, value));
  }

  /** Chooses in a menu; `value` is the part of the action that Slack would send. */
  async select(
    by: string,
    use: Omit<ElementUse, 'block_id'> & { block_id?: string },
    value: Json,
  ): Promise<Interaction> {
    const user = this.person(by);
    const found = this.#element(user, use);
    if (!found) return { ok: false, error: 'element_not_found' };
    return this.#slack.interactions.act(user, { ...use, block_id: found.block_id }, value);
  }

  #element(
    user: UserRecord,
    use: Omit<ElementUse, 'block_id'> & { block_id?: string },
  ): { block_id: string; element: Json } | undefined {
    const { workspace, interactions } = this.#slack;
    const views = [
      ...interactions.views.stack(user.id),
      ...(workspace.homes.get(user.id) ? [workspace.homes.get(user.id)] : []),
    ];
    const own = workspace.ephemerals.find(({ to, message }) => to === user.id && message.ts === use.ts);
    const blocks =
      use.view_id === undefined
        ? (own?.message ?? workspace.message(use.channel ?? '', use.ts ?? ''))?.blocks
        : views.find((view) => view?.id === use.view_id)?.blocks;
    return searchElement(blocks ?? [], use.action_id, use.block_id);
  }
}

/** Commands with `should_escape` get ids with names: `<@U…|ada>`, `<#C…|general>`. */
function labelled(wire: string, { workspace }: Slack): string {
  return wire.replace(/<([@#])([A-Z][A-Z0-9]+)>/g, (_token, sign: string, id: string) => {
    const name = sign === '@' ? workspace.user(id)?.name : workspace.channels.get(id)?.name;
    return `<${sign}${id}|${name ?? ''}>`;
  });
}
