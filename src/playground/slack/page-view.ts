import { stringOf } from './blocks.ts';
import type {
  PageChannel,
  PageFile,
  PageMessage,
  PageState,
  PageStatus,
  PageUser,
  PageView,
} from './page-api.ts';
import type {
  ChannelRecord,
  FileRecord,
  Json,
  MessageRecord,
  StatusRecord,
  UserRecord,
  ViewRecord,
} from './records.ts';
import type { AppDeclaration } from './manifest.ts';
import { threadKey, type Workspace } from './workspace.ts';
import { ids, otherTeam, team } from './world.ts';

/** Records in the shape in which the page draws them. */

export function pageUser(user: UserRecord): PageUser {
  const initials = user.real_name
    .split(/\s+/)
    .map((part) => part[0] ?? '')
    .slice(0, 2)
    .join('');
  return {
    id: user.id,
    name: user.name,
    real_name: user.real_name,
    kind: user.kind,
    team_id: user.team_id,
    team_name: user.team_id === team.id ? team.name : otherTeam.name,
    initials,
    color: user.color,
    ...(user.deleted ? { deleted: true } : {}),
  };
}

export function pageChannel(workspace: Workspace, channel: ChannelRecord, reader: string): PageChannel {
  const other =
    channel.type === 'im' ? (channel.members.find((member) => member !== reader) ?? reader) : undefined;
  return {
    id: channel.id,
    type: channel.type,
    name: other === undefined ? channel.name : (workspace.user(other)?.real_name ?? ''),
    topic: channel.topic,
    is_ext_shared: channel.is_ext_shared,
    is_archived: channel.is_archived,
    is_member: channel.members.includes(reader),
    ...(other === undefined ? {} : { user: other }),
    members: channel.members,
    latest: workspace.log(channel.id).latest(),
  };
}

export function pageFile(file: FileRecord): PageFile {
  const { id, name, title, mimetype, size } = file;
  return { id, name, title, mimetype, size, url: `/__page/file?id=${id}` };
}

export function pageMessage(workspace: Workspace, message: MessageRecord, ephemeral = false): PageMessage {
  const reply = message.thread_ts !== undefined && message.thread_ts !== message.ts;
  const replies = reply || ephemeral ? [] : workspace.log(message.channel).replies(message.ts);
  const files = (message.files ?? []).flatMap((id) => workspace.files.get(id) ?? []);
  const thread_ts = replies.length > 0 ? message.ts : message.thread_ts;
  return {
    channel: message.channel,
    ts: message.ts,
    ...(thread_ts === undefined ? {} : { thread_ts }),
    user: message.user,
    ...(message.bot_id === undefined ? {} : { bot_id: message.bot_id }),
    ...(message.username === undefined ? {} : { username: message.username }),
    ...(message.icon_url === undefined ? {} : { icon_url: message.icon_url }),
    ...(message.icon_emoji === undefined ? {} : { icon_emoji: message.icon_emoji }),
    ...(message.subtype === undefined ? {} : { subtype: message.subtype }),
    text: message.text,
    ...(message.blocks ? { blocks: message.blocks } : {}),
    ...(files.length > 0 ? { files: files.map(pageFile) } : {}),
    ...(message.reactions?.length ? { reactions: message.reactions } : {}),
    ...(message.attachments?.length ? { previews: message.attachments.map(preview) } : {}),
    edited: message.edited !== undefined,
    ...(replies.length > 0
      ? {
          reply_count: replies.length,
          reply_users: [...new Set(replies.map((one) => one.user))],
          latest_reply: replies.at(-1)?.ts ?? '',
        }
      : {}),
    ...(ephemeral ? { ephemeral } : {}),
    ...(message.stream?.state === 'in_progress' ? { streaming: true } : {}),
    ...(message.tombstone ? { tombstone: true } : {}),
  };
}

function preview(attachment: Json): { url: string; title: string; text: string } {
  const url = stringOf(attachment['title_link']) || stringOf(attachment['from_url']);
  const title = stringOf(attachment['title']) || stringOf(attachment['fallback']) || url;
  return { url, title, text: stringOf(attachment['text']) };
}

/**
 * The prompts of a direct message with the app: what its manifest offers, until the app sets its own. None elsewhere.
 */
export function manifestPrompts(
  workspace: Workspace,
  { prompts }: AppDeclaration,
  channel: ChannelRecord,
): PageState['prompts'] {
  const isDirect = channel.type === 'im' && channel.members.includes(ids.bot);
  const set = workspace.prompts.has(threadKey({ channel: channel.id, thread_ts: '' }));
  return isDirect && !set && prompts.length > 0 ? [{ channel: channel.id, thread_ts: '', prompts }] : [];
}

export function pageStatus(status: StatusRecord, hearsStop: boolean): PageStatus {
  return {
    channel: status.channel,
    thread_ts: status.thread_ts,
    ...(status.session === undefined ? {} : { session: status.session }),
    ...(status.title === undefined ? {} : { title: status.title }),
    stoppable: status.session === 'processing' && hearsStop,
    text: status.text,
    loading_messages: status.loading_messages,
  };
}

export function pageView(view: ViewRecord, errors?: Record<string, string>): PageView {
  return {
    id: view.id,
    type: view.type,
    callback_id: view.callback_id,
    ...(view.title === undefined ? {} : { title: view.title }),
    ...(view.submit === undefined ? {} : { submit: view.submit }),
    ...(view.close === undefined ? {} : { close: view.close }),
    blocks: view.blocks,
    private_metadata: view.private_metadata,
    hash: view.hash,
    root_view_id: view.root_view_id,
    previous_view_id: view.previous_view_id,
    notify_on_close: view.notify_on_close,
    ...(errors ? { errors } : {}),
  };
}
