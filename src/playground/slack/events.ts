import type { Change } from './changes.ts';
import type { ChannelRecord, Json, MessageRecord } from './records.ts';
import { mentionedUsers } from './text.ts';
import { wireMessage } from './wire-objects.ts';
import type { Workspace } from './workspace.ts';
import { ids, team } from './world.ts';

/** Turns what happens into the events that the app hears (docs.slack.dev/reference/events). */
export interface EventSource {
  /** Sends an event if the app subscribed to `subscription`. */
  emit(subscription: string, event: Json, shared?: boolean): void;
  /** For a channel the app is in. */
  hear(change: Change): void;
}

export interface EventSink {
  subscribed(name: string): boolean;
  post(event_id: string, body: Json): void;
}

export function createEventSource(workspace: Workspace, sink: EventSink): EventSource {
  const emit = (subscription: string, event: Json, shared = false): void => {
    if (!sink.subscribed(subscription)) return;
    const { event_id, body } = envelope(workspace, event, shared);
    sink.post(event_id, body);
  };

  const messageEvent = (channel: ChannelRecord, event: Json): void => {
    const plural =
      channel.type === 'channel' ? 'channels' : channel.type === 'group' ? 'groups' : channel.type;
    emit(
      `message.${plural}`,
      { ...event, channel: channel.id, channel_type: channel.type },
      channel.is_ext_shared,
    );
  };

  const posted = (channel: ChannelRecord, message: MessageRecord): void => {
    const shown = wireMessage(workspace, message);
    const extra = message.subtype === 'thread_broadcast' ? { root: rootOf(workspace, message) } : {};
    if (channel.members.includes(ids.bot))
      messageEvent(channel, { ...shown, ...extra, event_ts: message.ts });
    const mentioned = mentionedUsers(message.text).includes(ids.bot);
    if (!mentioned || message.user === ids.bot || channel.type === 'im') return;
    const { subtype: _subtype, upload: _upload, display_as_bot: _display, ...rest } = shown;
    const mention = { ...rest, type: 'app_mention', channel: channel.id, event_ts: message.ts };
    emit('app_mention', { ...mention, ...foreignProfile(workspace, message) }, channel.is_ext_shared);
  };

  const edited = (channel: ChannelRecord, change: Extract<Change, { kind: 'edited' }>): void => {
    const ts = workspace.nextTs();
    messageEvent(channel, {
      type: 'message',
      subtype: 'message_changed',
      message: wireMessage(workspace, change.message),
      previous_message: wireMessage(workspace, change.previous),
      hidden: true,
      ts,
      event_ts: ts,
    });
  };

  const deleted = (channel: ChannelRecord, message: MessageRecord): void => {
    const ts = workspace.nextTs();
    messageEvent(channel, {
      type: 'message',
      subtype: 'message_deleted',
      previous_message: wireMessage(workspace, message),
      hidden: true,
      deleted_ts: message.ts,
      ts,
      event_ts: ts,
    });
  };

  const reaction = (change: Extract<Change, { kind: 'reaction' }>): void => {
    const type = change.added ? 'reaction_added' : 'reaction_removed';
    emit(type, {
      type,
      user: change.user,
      reaction: change.name,
      item: { type: 'message', channel: change.message.channel, ts: change.message.ts },
      item_user: change.message.user,
      event_ts: workspace.nextTs(),
    });
  };

  const joined = (change: Extract<Change, { kind: 'joined' }>): void => {
    emit('member_joined_channel', {
      type: 'member_joined_channel',
      user: change.user,
      channel: change.channel.id,
      channel_type: change.channel.type === 'channel' ? 'C' : 'G',
      team: team.id,
      ...(change.inviter === undefined ? {} : { inviter: change.inviter }),
      event_ts: workspace.nextTs(),
    });
  };

  const hear = (change: Change): void => {
    if (change.kind === 'posted') {
      const channel = workspace.channels.get(change.message.channel);
      if (channel) posted(channel, change.message);
      return;
    }
    const channel = joinedChannelOf(workspace, change);
    if (!channel) return;
    if (change.kind === 'edited') edited(channel, change);
    else if (change.kind === 'deleted') deleted(channel, change.message);
    else if (change.kind === 'reaction') reaction(change);
    else if (change.kind === 'joined') joined(change);
    else if (change.kind === 'archived') archived(channel, change.by);
    else if (change.kind === 'title' && change.by !== ids.bot) retitled(change);
  };

  const archived = (channel: ChannelRecord, user: string): void => {
    const type = channel.type === 'group' ? 'group_archive' : 'channel_archive';
    emit(type, { type, channel: channel.id, user, event_ts: workspace.nextTs() });
  };

  const retitled = ({ status, by, previous }: Extract<Change, { kind: 'title' }>): void => {
    emit('agent_session_title_changed', {
      type: 'agent_session_title_changed',
      channel: status.channel,
      user: by,
      team_id: team.id,
      thread_ts: status.thread_ts,
      title: status.title ?? '',
      ...(previous === undefined ? {} : { previous_title: previous }),
      event_ts: workspace.nextTs(),
    });
  };

  return { emit, hear };
}

function joinedChannelOf(workspace: Workspace, change: Change): ChannelRecord | undefined {
  const id =
    'message' in change
      ? change.message.channel
      : change.kind === 'joined' || change.kind === 'archived'
        ? change.channel.id
        : change.kind === 'title'
          ? change.status.channel
          : undefined;
  const channel = id === undefined ? undefined : workspace.channels.get(id);
  return channel?.members.includes(ids.bot) ? channel : undefined;
}

function rootOf(workspace: Workspace, message: MessageRecord): Json | undefined {
  const root = workspace.message(message.channel, message.thread_ts ?? '');
  return root ? wireMessage(workspace, root, { counts: true }) : undefined;
}

/** Slack adds a profile where the author is not of this workspace. */
function foreignProfile(workspace: Workspace, message: MessageRecord): Json {
  const author = workspace.user(message.user);
  if (author?.kind !== 'outsider') return {};
  return {
    user_profile: {
      name: author.name,
      first_name: author.real_name.split(' ')[0] ?? '',
      real_name: author.real_name,
      display_name: author.name,
      team: author.team_id,
      is_restricted: false,
      is_ultra_restricted: false,
      avatar_hash: 'g0000000000',
      image_72: '',
    },
  };
}

/** The outer event: who receives it, and whether the channel is shared with another organisation. */
export function envelope(
  workspace: Workspace,
  event: Json,
  shared: boolean,
): { event_id: string; body: Json } {
  const event_id = `Ev${workspace.newId('').slice(0, 9)}`;
  const body: Json = {
    token: 'verification-token-of-the-playground',
    team_id: team.id,
    context_team_id: team.id,
    context_enterprise_id: null,
    api_app_id: workspace.appId,
    event,
    type: 'event_callback',
    event_id,
    event_time: Math.floor(workspace.clock.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: team.id,
        user_id: ids.bot,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: shared,
    event_context: `4-${event_id}`,
  };
  return { event_id, body };
}
