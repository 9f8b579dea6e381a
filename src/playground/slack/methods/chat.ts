import { invalidArguments, SlackApiError, type Args, type Method, type Slack } from '../call.ts';
import type { Block, Json, MessageRecord } from '../records.ts';
import { wireMessage } from '../wire-objects.ts';
import { ids, team } from '../world.ts';
import { clearAssistantStatus } from './sessions.ts';
import {
  botAuthor,
  joinedChannel,
  ownMessage,
  readAuthorship,
  readContent,
  readMetadata,
  threadRoot,
  writableChannel,
} from './shared.ts';

/** chat.postMessage, .update, .delete, .postEphemeral, .getPermalink (docs.slack.dev/reference/methods). */
export const chatMethods: Record<string, Method> = {
  'chat.postMessage': { tier: 'post', scope: 'chat:write', run: postMessage },
  'chat.update': { tier: 3, scope: 'chat:write', run: update },
  'chat.delete': { tier: 3, scope: 'chat:write', run: remove },
  'chat.postEphemeral': { tier: 4, scope: 'chat:write', run: postEphemeral },
  'chat.getPermalink': { tier: 'free', formOnly: true, run: getPermalink },
};

function postMessage(slack: Slack, args: Args): Json {
  const id = args.need('channel');
  const content = readContent(slack, args, false);
  const channel = writableChannel(slack, id);
  const metadata = readMetadata(args);
  const { workspace } = slack;
  const thread_ts = threadRoot(slack, channel.id, threadTs(args));
  const message: MessageRecord = {
    ...botAuthor(slack.workspace),
    ...readAuthorship(slack, args),
    channel: channel.id,
    ts: workspace.nextTs(),
    text: content.text,
    ...(content.blocks ? { blocks: content.blocks } : {}),
    ...(content.attachments ? { attachments: content.attachments } : {}),
    ...(thread_ts === undefined ? {} : { thread_ts }),
    ...(thread_ts !== undefined && args.flag('reply_broadcast') ? { subtype: 'thread_broadcast' } : {}),
    ...(metadata ? { metadata } : {}),
  };
  workspace.add(message);
  if (thread_ts !== undefined) clearAssistantStatus(slack, channel.id, thread_ts);
  return {
    channel: channel.id,
    ts: message.ts,
    message: wireMessage(workspace, message, { metadata: true }),
    ...warned(content.warning),
  };
}

/** Time stamps are strings with six decimals; a number would lose its last zeros. */
function threadTs(args: Args): string | undefined {
  const ts = args.string('thread_ts');
  if (ts === undefined || ts === '') return undefined;
  if (!/^\d{9,11}\.\d{6}$/.test(ts)) throw new SlackApiError('invalid_thread_ts');
  return ts;
}

function warned(warning: string | undefined): Json {
  return warning === undefined ? {} : { warning, response_metadata: { warnings: [warning] } };
}

function update(slack: Slack, args: Args): Json {
  const id = args.need('channel');
  const ts = args.need('ts');
  const channel = joinedChannel(slack, id);
  if (channel.is_archived) throw new SlackApiError('is_inactive');
  const previous = ownMessage(slack, channel.id, ts, 'cant_update_message');
  if (previous.stream?.state === 'in_progress') throw new SlackApiError('streaming_state_conflict');
  const content = readContent(slack, args, true);
  if (richTextLost(previous.blocks, content.blocks)) throw new SlackApiError('block_mismatch');
  const metadata = readMetadata(args);
  const { workspace } = slack;
  const message = workspace.change(
    previous,
    {
      text: content.hasText ? content.text : '',
      blocks: content.blocks,
      ...(content.attachments ? { attachments: content.attachments } : {}),
      ...(metadata ? { metadata } : {}),
      // Slack marks a message "(edited)" only where its text was changed without blocks.
      ...(content.blocks ? {} : { edited: { user: ids.bot, ts: workspace.nextTs() } }),
    },
    ids.bot,
    'edit',
  );
  return {
    channel: channel.id,
    ts,
    text: message.text,
    message: wireMessage(workspace, message, { metadata: true }),
    ...warned(content.warning),
  };
}

/** Rich text cannot become something else by an edit. */
function richTextLost(before: Block[] | undefined, after: Block[] | undefined): boolean {
  const rich = (blocks: Block[]): boolean => blocks.some((block) => block.type === 'rich_text');
  return before !== undefined && after !== undefined && after.length > 0 && rich(before) && !rich(after);
}

function remove(slack: Slack, args: Args): Json {
  const channel = joinedChannel(slack, args.need('channel'));
  const ts = args.need('ts');
  const message = ownMessage(slack, channel.id, ts, 'cant_delete_message');
  if (message.stream?.state === 'in_progress') throw new SlackApiError('cant_delete_message');
  slack.workspace.remove(message, ids.bot);
  return { channel: channel.id, ts };
}

function postEphemeral(slack: Slack, args: Args): Json {
  const id = args.need('channel');
  const user = args.need('user');
  const content = readContent(slack, args, false);
  const channel = joinedChannel(slack, id);
  if (channel.is_archived) throw new SlackApiError('is_archived');
  if (!slack.workspace.user(user)) throw new SlackApiError('user_not_found');
  if (!channel.members.includes(user)) throw new SlackApiError('user_not_in_channel');
  const thread_ts = threadRoot(slack, channel.id, args.string('thread_ts'));
  const ts = slack.workspace.nextTs();
  slack.workspace.showEphemeral(user, {
    ...botAuthor(slack.workspace),
    ...readAuthorship(slack, args),
    channel: channel.id,
    ts,
    text: content.text,
    ...(content.blocks ? { blocks: content.blocks } : {}),
    ...(thread_ts === undefined ? {} : { thread_ts }),
  });
  return { message_ts: ts };
}

function getPermalink(slack: Slack, args: Args): Json {
  const channel = joinedChannel(slack, args.need('channel'));
  const ts = args.need('message_ts');
  const message = slack.workspace.message(channel.id, ts);
  if (!message) throw new SlackApiError('message_not_found');
  const path = `https://${team.domain}.slack.com/archives/${channel.id}/p${ts.replace('.', '')}`;
  const reply = message.thread_ts !== undefined && message.thread_ts !== ts;
  return {
    channel: channel.id,
    permalink: reply ? `${path}?thread_ts=${message.thread_ts}&cid=${channel.id}` : path,
  };
}

/** Shared by the methods that check a payload without sending it. */
export function validateOnly(slack: Slack, args: Args): Json {
  if (!args.has('blocks')) throw invalidArguments('missing required field: blocks');
  readContent(slack, args, false);
  return {};
}
