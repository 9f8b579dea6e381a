import { invalidArguments, SlackApiError, type Args, type Method, type Slack } from '../call.ts';
import type { ChannelRecord, Json, MessageRecord } from '../records.ts';
import { wireChannel, wireMessage } from '../wire-objects.ts';
import { ids } from '../world.ts';
import { joinedChannel, missingScope, needScope, visibleChannel } from './shared.ts';

/** conversations.* as far as a bot reads them (docs.slack.dev/reference/methods). */
export const conversationMethods: Record<string, Method> = {
  'conversations.info': { tier: 3, formOnly: true, run: info },
  'conversations.history': { tier: 3, formOnly: true, run: history },
  'conversations.replies': { tier: 3, formOnly: true, run: replies },
  'conversations.list': { tier: 2, formOnly: true, run: list },
  'conversations.members': { tier: 4, formOnly: true, run: members },
  'conversations.join': { tier: 3, scope: 'channels:join', run: join },
  'conversations.open': { tier: 3, scope: 'im:write', run: open },
  'users.conversations': { tier: 3, formOnly: true, run: usersConversations },
};

function info(slack: Slack, args: Args): Json {
  const channel = visibleChannel(slack, args.need('channel'));
  needScope(slack, channel, 'read');
  const { num_members, ...shown } = wireChannel(channel, ids.bot);
  return { channel: args.flag('include_num_members') ? { ...shown, num_members } : shown };
}

/** The smaller page that commercially distributed apps outside the Marketplace get. */
function pageSize(slack: Slack, args: Args, fallback: number): number {
  const limit = args.number('limit', 0);
  if (limit < 0) throw new SlackApiError('invalid_limit');
  const most = slack.options.appDistribution === 'commercial' ? 15 : 1000;
  return Math.min(limit === 0 ? fallback : limit, most);
}

function readable(slack: Slack, args: Args): ChannelRecord {
  const channel = joinedChannel(slack, args.need('channel'));
  needScope(slack, channel, 'history');
  return channel;
}

/** Between `oldest` and `latest`; both exclusive unless `inclusive`. */
function inRange(args: Args): (message: MessageRecord) => boolean {
  const oldest = args.string('oldest') ?? '';
  const latest = args.string('latest') ?? '';
  for (const ts of [oldest, latest]) {
    if (ts !== '' && !/^\d+(\.\d+)?$/.test(ts))
      throw new SlackApiError(ts === oldest ? 'invalid_ts_oldest' : 'invalid_ts_latest');
  }
  const inclusive = args.flag('inclusive');
  return ({ ts }) => {
    if (inclusive && (ts === oldest || ts === latest)) return true;
    return (oldest === '' || ts > oldest) && (latest === '' || ts < latest);
  };
}

interface Page<T> {
  items: T[];
  next: string;
}

/** Cursors are opaque; here a position under a prefix that no other method accepts. */
function page<T>(all: T[], args: Args, size: number, prefix: string): Page<T> {
  const cursor = args.string('cursor') ?? '';
  const start = cursor === '' ? 0 : readCursor(cursor, prefix);
  const end = start + size;
  const next = end < all.length ? Buffer.from(`${prefix}:${end}`).toString('base64') : '';
  return { items: all.slice(start, end), next };
}

function readCursor(cursor: string, prefix: string): number {
  const [kind, position] = Buffer.from(cursor, 'base64').toString().split(':');
  const start = Number(position);
  if (kind !== prefix || !Number.isInteger(start)) throw new SlackApiError('invalid_cursor');
  return start;
}

function messagePage(slack: Slack, args: Args, found: Page<MessageRecord>): Json {
  const shape = { metadata: args.flag('include_all_metadata'), counts: true };
  return {
    messages: found.items.map((message) => wireMessage(slack.workspace, message, shape)),
    has_more: found.next !== '',
    response_metadata: { next_cursor: found.next },
  };
}

function history(slack: Slack, args: Args): Json {
  const channel = readable(slack, args);
  const all = slack.workspace.log(channel.id).top().filter(inRange(args)).reverse();
  return {
    ...messagePage(slack, args, page(all, args, pageSize(slack, args, 100), 'history')),
    pin_count: 0,
  };
}

/** The first page begins with the root, whatever the range; it counts towards `limit`. Later pages omit it. */
function replies(slack: Slack, args: Args): Json {
  const channel = readable(slack, args);
  const log = slack.workspace.log(channel.id);
  const message = log.get(args.need('ts'));
  if (!message) throw new SlackApiError('thread_not_found');
  const isReply = message.thread_ts !== undefined && message.thread_ts !== message.ts;
  const all = isReply ? [message] : [message, ...log.replies(message.ts).filter(inRange(args))];
  return messagePage(slack, args, page(all, args, pageSize(slack, args, 1000), 'replies'));
}

function ofTypes(slack: Slack, args: Args): ChannelRecord[] {
  const types = new Set((args.string('types') ?? 'public_channel').split(',').map((type) => type.trim()));
  const named = { channel: 'public_channel', group: 'private_channel', im: 'im', mpim: 'mpim' } as const;
  for (const type of types) {
    if (!(Object.values(named) as string[]).includes(type)) throw new SlackApiError('invalid_types');
  }
  const skipArchived = args.flag('exclude_archived');
  const found = [...slack.workspace.channels.values()].filter((channel) => types.has(named[channel.type]));
  for (const channel of found) needScope(slack, channel, 'read');
  return found.filter((channel) => !(skipArchived && channel.is_archived));
}

function list(slack: Slack, args: Args): Json {
  const seen = ofTypes(slack, args).filter((one) => one.type === 'channel' || one.members.includes(ids.bot));
  return channelPage(args, seen);
}

function usersConversations(slack: Slack, args: Args): Json {
  const user = args.string('user') ?? ids.bot;
  const known = slack.workspace.user(user);
  if (!known) throw new SlackApiError('user_not_found');
  const seen = ofTypes(slack, args).filter(
    (one) => one.members.includes(user) && one.members.includes(ids.bot),
  );
  return channelPage(args, seen);
}

function channelPage(args: Args, channels: ChannelRecord[]): Json {
  const found = page(channels, args, Math.min(args.number('limit', 100) || 100, 1000), 'channels');
  return {
    channels: found.items.map((channel) => wireChannel(channel, ids.bot)),
    response_metadata: { next_cursor: found.next },
  };
}

function members(slack: Slack, args: Args): Json {
  const channel = visibleChannel(slack, args.need('channel'));
  needScope(slack, channel, 'read');
  const found = page(channel.members, args, Math.min(args.number('limit', 100) || 100, 1000), 'members');
  return { members: found.items, response_metadata: { next_cursor: found.next } };
}

function join(slack: Slack, args: Args): Json {
  const channel = visibleChannel(slack, args.need('channel'));
  if (channel.type !== 'channel') throw new SlackApiError('method_not_supported_for_channel_type');
  if (channel.is_archived) throw new SlackApiError('is_archived');
  if (channel.members.includes(ids.bot)) {
    return { channel: wireChannel(channel, ids.bot), warning: 'already_in_channel' };
  }
  const joined = { ...channel, members: [...channel.members, ids.bot] };
  slack.workspace.putChannel(joined);
  slack.workspace.tell({ kind: 'joined', channel: joined, user: ids.bot });
  return { channel: wireChannel(joined, ids.bot) };
}

function open(slack: Slack, args: Args): Json {
  const id = args.string('channel');
  if (id !== undefined && id !== '') return opened(visibleChannel(slack, id), args);
  const users = (args.string('users') ?? '').split(',').filter((user) => user !== '');
  if (users.length === 0) throw new SlackApiError('users_list_not_supplied');
  const [user = '', ...more] = users;
  if (more.length > 0) {
    if (!slack.scopes.has('mpim:write')) throw missingScope(slack, 'mpim:write');
    throw invalidArguments('group direct messages are not emulated');
  }
  if (!slack.workspace.user(user)) throw new SlackApiError('user_not_found');
  return opened(slack.workspace.directMessage(ids.bot, user), args);
}

function opened(channel: ChannelRecord, args: Args): Json {
  return { channel: args.flag('return_im') ? wireChannel(channel, ids.bot) : { id: channel.id } };
}
