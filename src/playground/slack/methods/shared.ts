import { checkBlocks } from '../blocks.ts';
import { SlackApiError, type Args, type Slack } from '../call.ts';
import type { Block, ChannelRecord, Json, MessageRecord } from '../records.ts';
import type { Surface } from '../surfaces.ts';
import type { Workspace } from '../workspace.ts';
import { ids } from '../world.ts';

/** A conversation the app can see at all; private ones it is not in do not exist for it. */
export function visibleChannel(slack: Slack, id: string): ChannelRecord {
  const channel = slack.workspace.channels.get(id);
  if (!channel) throw new SlackApiError('channel_not_found');
  if (channel.type !== 'channel' && !channel.members.includes(ids.bot))
    throw new SlackApiError('channel_not_found');
  return channel;
}

export function joinedChannel(slack: Slack, id: string): ChannelRecord {
  const channel = visibleChannel(slack, id);
  if (!channel.members.includes(ids.bot)) throw new SlackApiError('not_in_channel');
  return channel;
}

/** Where the app may write. A user id names its direct message, as chat.postMessage takes it. */
export function writableChannel(slack: Slack, id: string): ChannelRecord {
  const person = slack.workspace.user(id);
  if (person && person.id !== ids.bot) return slack.workspace.directMessage(ids.bot, person.id);
  const channel = joinedChannel(slack, id);
  if (channel.is_archived) throw new SlackApiError('is_archived');
  return channel;
}

const scopeOf = { channel: 'channels', group: 'groups', im: 'im', mpim: 'mpim' } as const;

/** Reading needs the scope of the conversation's kind: `channels:history`, `im:read`, … */
export function needScope(slack: Slack, channel: ChannelRecord, what: 'history' | 'read'): void {
  const needed = `${scopeOf[channel.type]}:${what}`;
  if (slack.scopes.has(needed)) return;
  throw missingScope(slack, needed);
}

export function missingScope(slack: Slack, needed: string): SlackApiError {
  return new SlackApiError('missing_scope', { needed, provided: [...slack.scopes].join(',') });
}

export function checkedBlocks(slack: Slack, input: unknown, surface: Surface = 'message'): Block[] {
  const verdict = checkBlocks(input, surface, () => slack.workspace.newId('').slice(0, 5));
  if (verdict.ok) return verdict.blocks;
  throw new SlackApiError(verdict.error, {
    ...(verdict.messages.length > 0 ? { errors: verdict.messages } : {}),
    response_metadata: { messages: verdict.messages.map((message) => `[ERROR] ${message}`) },
  });
}

/** Text, blocks or Markdown of a message, checked; `warning` where Slack cut it. */
export interface Content {
  text: string;
  blocks?: Block[];
  attachments?: Json[];
  hasText: boolean;
  warning?: string;
}

const maxText = 40_000;
const maxUpdateText = 4000;
const maxMarkdown = 12_000;

export function readContent(slack: Slack, args: Args, forUpdate: boolean): Content {
  const blocks = args.json('blocks', 'invalid_blocks_format');
  const attachments = args.json('attachments', 'invalid_attachments');
  const markdown = args.string('markdown_text') ?? '';
  const text = args.string('text') ?? '';
  if (markdown !== '' && (args.has('text') || blocks !== undefined))
    throw new SlackApiError('markdown_text_conflict');
  if (markdown.length > maxMarkdown) throw new SlackApiError('msg_too_long');
  if (markdown !== '') return markdownContent(slack, markdown);
  const checked = blocks === undefined ? undefined : checkedBlocks(slack, blocks);
  if (attachments !== undefined && !Array.isArray(attachments))
    throw new SlackApiError('invalid_attachments');
  if (Array.isArray(attachments) && attachments.length > 100) throw new SlackApiError('too_many_attachments');
  const empty = (list: unknown): boolean => !Array.isArray(list) || list.length === 0;
  if (text === '' && empty(checked) && empty(attachments)) throw new SlackApiError('no_text');
  if (forUpdate && text.length > maxUpdateText) throw new SlackApiError('msg_too_long');
  return {
    text: text.slice(0, maxText),
    hasText: text !== '',
    ...(checked === undefined ? {} : { blocks: checked }),
    ...(attachments === undefined ? {} : { attachments: attachments as Json[] }),
    ...(text.length > maxText ? { warning: 'message_truncated' } : {}),
  };
}

function markdownContent(slack: Slack, markdown: string): Content {
  const block_id = slack.workspace.newId('').slice(0, 5);
  return { text: markdown, hasText: true, blocks: [{ type: 'markdown', block_id, text: markdown }] };
}

export function readMetadata(args: Args): MessageRecord['metadata'] {
  const metadata = args.json('metadata', 'invalid_metadata_format') as Json | undefined;
  if (metadata === undefined) return undefined;
  const { event_type, event_payload } = metadata;
  if (typeof event_type !== 'string' || typeof event_payload !== 'object' || event_payload === null) {
    throw new SlackApiError('invalid_metadata_format');
  }
  if (JSON.stringify(metadata).length > 16_000) throw new SlackApiError('metadata_too_large');
  return { event_type, event_payload: event_payload as Json };
}

/** Name and icon of its own, which need a scope of their own. */
export function readAuthorship(
  slack: Slack,
  args: Args,
): Pick<MessageRecord, 'username' | 'icon_emoji' | 'icon_url'> {
  const custom: Record<string, string> = {};
  for (const name of ['username', 'icon_emoji', 'icon_url']) {
    const value = args.string(name);
    if (value !== undefined && value !== '') custom[name] = value;
  }
  if (Object.keys(custom).length > 0 && !slack.scopes.has('chat:write.customize')) {
    throw missingScope(slack, 'chat:write.customize');
  }
  return custom;
}

/** A message by the app itself, and not being streamed. */
export function ownMessage(slack: Slack, channel: string, ts: string, otherwise: string): MessageRecord {
  const message = slack.workspace.message(channel, ts);
  if (!message || message.tombstone) throw new SlackApiError('message_not_found');
  if (message.user !== ids.bot) throw new SlackApiError(otherwise);
  return message;
}

/** Author of what the app says. */
export function botAuthor({ appId }: Workspace): Pick<MessageRecord, 'user' | 'bot_id' | 'app_id'> {
  return { user: ids.bot, bot_id: ids.botId, app_id: appId };
}

/** Root of the thread `ts` stands in; undefined where the message is gone (Slack then posts at top level). */
export function threadRoot(slack: Slack, channel: string, ts: string | undefined): string | undefined {
  if (ts === undefined || ts === '') return undefined;
  const message = slack.workspace.message(channel, ts);
  return message === undefined ? undefined : slack.workspace.rootOf(message);
}
