import {
  isGuest,
  type ChannelRecord,
  type FileRecord,
  type Json,
  type MessageRecord,
  type UserRecord,
} from './records.ts';
import type { Workspace } from './workspace.ts';
import { ids, otherTeam, team } from './world.ts';

/** Records in the shape in which Slack's Web API and events show them. */

export interface Shape {
  /** `include_all_metadata`. */
  metadata?: boolean;
  /** Reactions and counts of replies: in reads, not in events. */
  counts?: boolean;
}

export function wireMessage(workspace: Workspace, message: MessageRecord, shape: Shape = {}): Json {
  const author = workspace.user(message.user);
  return {
    ...(message.subtype === undefined ? {} : { subtype: message.subtype }),
    user: message.tombstone ? 'USLACKBOT' : message.user,
    type: 'message',
    ts: message.ts,
    ...(message.client_msg_id === undefined ? {} : { client_msg_id: message.client_msg_id }),
    ...botFields(message, author),
    text: message.text,
    team: author?.team_id ?? team.id,
    ...(author?.kind === 'outsider' ? { user_team: author.team_id, source_team: author.team_id } : {}),
    ...(message.blocks ? { blocks: message.blocks } : {}),
    ...(message.attachments ? { attachments: message.attachments } : {}),
    ...(message.files ? { files: wireFiles(workspace, message), upload: false, display_as_bot: false } : {}),
    ...(message.edited ? { edited: message.edited } : {}),
    ...(message.tombstone ? { hidden: true } : {}),
    ...(message.stream ? { streaming_state: message.stream.state } : {}),
    ...threadFields(workspace, message, shape),
    ...(shape.counts && message.reactions?.length
      ? { reactions: message.reactions.map((one) => ({ ...one, count: one.users.length })) }
      : {}),
    ...(shape.metadata && message.metadata ? { metadata: message.metadata } : {}),
  };
}

function botFields(message: MessageRecord, author: UserRecord | undefined): Json {
  if (message.bot_id === undefined) return {};
  return {
    bot_id: message.bot_id,
    app_id: message.app_id,
    bot_profile: {
      id: message.bot_id,
      deleted: false,
      name: author?.real_name ?? '',
      updated: 1_760_000_000,
      app_id: message.app_id,
      user_id: message.user,
      icons: { image_36: '', image_48: '', image_72: '' },
      team_id: team.id,
    },
    ...(message.username === undefined ? {} : { username: message.username }),
    ...(message.icon_emoji === undefined ? {} : { icons: { emoji: message.icon_emoji } }),
    ...(message.icon_url === undefined ? {} : { icons: { image_48: message.icon_url } }),
  };
}

function threadFields(workspace: Workspace, message: MessageRecord, shape: Shape): Json {
  const log = workspace.log(message.channel);
  if (message.thread_ts !== undefined && message.thread_ts !== message.ts) {
    const root = log.get(message.thread_ts);
    return {
      thread_ts: message.thread_ts,
      ...(root ? { parent_user_id: root.tombstone ? 'USLACKBOT' : root.user } : {}),
    };
  }
  const replies = log.replies(message.ts);
  if (replies.length === 0) return {};
  if (!shape.counts) return { thread_ts: message.ts };
  const users = [...new Set(replies.map((reply) => reply.user))];
  return {
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    latest_reply: replies.at(-1)?.ts ?? '',
    reply_users: users.slice(0, 5),
    is_locked: false,
    subscribed: false,
  };
}

function wireFiles(workspace: Workspace, message: MessageRecord): Json[] {
  return (message.files ?? []).flatMap((id) => {
    const file = workspace.files.get(id);
    if (!file) return [];
    // Shared from another organisation: only the id, until files.info is asked (Slack Connect).
    if (workspace.user(file.user)?.kind === 'outsider') return [{ id, file_access: 'check_file_info' }];
    return [wireFile(file, workspace.fileBase)];
  });
}

export function wireFile(file: FileRecord, base: string): Json {
  const filetype = /\.([A-Za-z0-9]+)$/.exec(file.name)?.[1]?.toLowerCase() ?? 'text';
  const path = `${team.id}-${file.id}`;
  const name = encodeURIComponent(file.name);
  return {
    id: file.id,
    created: file.created,
    timestamp: file.created,
    name: file.name,
    title: file.title,
    mimetype: file.mimetype,
    filetype,
    pretty_type: filetype.toUpperCase(),
    user: file.user,
    user_team: team.id,
    editable: false,
    size: file.size,
    mode: 'hosted',
    is_external: false,
    external_type: '',
    is_public: true,
    public_url_shared: false,
    display_as_bot: false,
    username: '',
    url_private: `${base}/files-pri/${path}/${name}`,
    url_private_download: `${base}/files-pri/${path}/download/${name}`,
    permalink: `https://${team.domain}.slack.com/files/${file.user}/${file.id}/${name}`,
    has_rich_preview: false,
    file_access: 'visible',
    ...(file.alt_text === undefined ? {} : { alt_txt: file.alt_text }),
    ...file.odd?.wire,
  };
}

/**
 * `is_stranger` only where somebody of another organisation shares no channel with the app: who is in a shared
 * channel differs by `team_id` alone (docs.slack.dev/reference/objects/user-object).
 */
export function wireUser(workspace: Workspace, user: UserRecord): Json {
  const outside = user.kind === 'outsider';
  return {
    id: user.id,
    team_id: user.team_id,
    name: user.name,
    deleted: user.deleted ?? false,
    color: user.color.replace('#', ''),
    real_name: user.real_name,
    tz: 'Europe/London',
    tz_label: 'Greenwich Mean Time',
    tz_offset: 0,
    profile: wireProfile(user),
    is_admin: user.kind === 'admin' || user.kind === 'owner',
    is_owner: user.kind === 'owner',
    is_primary_owner: false,
    is_restricted: isGuest(user),
    is_ultra_restricted: user.kind === 'single_guest',
    is_bot: user.kind === 'bot' || user.kind === 'app',
    is_app_user: false,
    ...(outside ? { is_stranger: !meetsApp(workspace, user.id) } : {}),
    updated: 1_760_000_000,
    is_email_confirmed: !outside,
    who_can_share_contact_card: 'EVERYONE',
  };
}

function meetsApp(workspace: Workspace, user: string): boolean {
  const both = (members: string[]): boolean => members.includes(user) && members.includes(ids.bot);
  return [...workspace.channels.values()].some((channel) => both(channel.members));
}

export function wireProfile(user: UserRecord): Json {
  return {
    title: '',
    phone: '',
    real_name: user.real_name,
    real_name_normalized: user.real_name,
    display_name: user.name,
    display_name_normalized: user.name,
    avatar_hash: 'g0000000000',
    image_72: '',
    team: user.team_id,
    ...(user.bot_id === undefined ? {} : { bot_id: user.bot_id, api_app_id: user.app_id }),
  };
}

export function wireChannel(channel: ChannelRecord, reader: string): Json {
  const base = { id: channel.id, created: channel.created, is_archived: channel.is_archived };
  if (channel.type === 'im') {
    const other = channel.members.find((member) => member !== reader) ?? reader;
    return {
      ...base,
      is_im: true,
      is_org_shared: false,
      context_team_id: team.id,
      user: other,
      is_open: true,
    };
  }
  return {
    ...base,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: channel.type === 'channel',
    is_group: false,
    is_im: false,
    is_mpim: channel.type === 'mpim',
    is_private: channel.type !== 'channel',
    is_general: channel.name === 'general',
    unlinked: 0,
    is_shared: channel.is_ext_shared,
    is_org_shared: false,
    is_ext_shared: channel.is_ext_shared,
    is_pending_ext_shared: false,
    pending_shared: [],
    context_team_id: team.id,
    shared_team_ids: channel.is_ext_shared ? [team.id, otherTeam.id] : [team.id],
    creator: channel.creator,
    is_member: channel.members.includes(reader),
    topic: { value: channel.topic, creator: channel.creator, last_set: channel.created },
    purpose: { value: '', creator: '', last_set: 0 },
    previous_names: [],
    num_members: channel.members.length,
  };
}
