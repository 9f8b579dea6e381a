/**
 * Slack's payloads, narrowed to `Incoming` or ignored with a reason. Pure and total: whatever arrives, also
 * what is no payload at all, gets an answer, and nothing throws. Unknown fields are dropped.
 *
 * Shapes: docs.slack.dev, "Events API", "message event" with its subtypes, "agent_session_stopped",
 * "reaction_added", "block_actions payload", "Slash command payload" and "Shortcuts payload";
 * types in `@slack/types/dist/events` and `@slack/bolt/dist/types`.
 */
import type { IncomingMessage, Surface } from '../../core/event.ts';
import type { BotIdentity } from '../../ports.ts';
import { fieldsOf, flag, number, object, objects, present, text, timestamp, type Fields } from './fields.ts';
import { fileFacts } from './file-facts.ts';
import { narrowAction, narrowCommand, narrowShortcut } from './narrow-ask.ts';
import {
  changedAt,
  narrowChanged,
  narrowDeleted,
  narrowForm,
  narrowGlobal,
  narrowHome,
} from './narrow-beside.ts';
import { ignored, type Narrowed } from './narrowed.ts';

export function narrow(body: unknown, bot: BotIdentity): Narrowed {
  const payload = fieldsOf(body);
  if (!payload) return ignored('malformed');
  const type = text(payload, 'type');
  if (type === 'event_callback') return narrowEvent(payload, bot);
  if (type === 'block_actions') return narrowAction(payload, bot);
  if (type === 'message_action') return narrowShortcut(payload, bot);
  if (type === 'shortcut') return narrowGlobal(payload, bot);
  if (type === 'view_submission') return narrowForm(payload, bot);
  if (type === undefined && text(payload, 'command') !== undefined) return narrowCommand(payload, bot);
  if (type === 'app_rate_limited') return narrowLimited(payload);
  return ignored(type === undefined ? 'malformed' : `payload ${type.slice(0, 40)}`);
}

/** `minute_rate_limited` is the minute in which it began, in seconds (docs.slack.dev/reference/events/app_rate_limited). */
function narrowLimited(payload: Fields): Narrowed {
  const since = number(payload, 'minute_rate_limited');
  if (since === undefined) return { is: 'ignored', why: 'app_rate_limited', notable: true };
  return { is: 'missed', since: since * 1000 };
}

function narrowEvent(payload: Fields, bot: BotIdentity): Narrowed {
  const event = object(payload, 'event');
  const type = text(event, 'type');
  if (!event || type === undefined) return ignored('malformed');
  const from = envelope(payload, bot);
  switch (type) {
    case 'message':
    case 'app_mention':
      return narrowMessage(event, type === 'app_mention', from, bot);
    case 'agent_session_stopped':
      return narrowStopped(event, from);
    case 'reaction_added':
      return narrowReaction(event, from, bot);
    case 'user_change':
      return narrowUserChange(event);
    case 'app_home_opened':
      return narrowHome(event, from);
    case 'app_uninstalled':
    case 'tokens_revoked':
      return { is: 'ignored', why: type, notable: true };
    default:
      return ignored(`event ${type.slice(0, 40)}`);
  }
}

interface From {
  readonly team: string;
  readonly eventId?: string;
  readonly shared: boolean;
}

/** The team is that of the installation the delivery is for, never the author's (`event.team`). */
function envelope(payload: Fields, bot: BotIdentity): From {
  const eventId = text(payload, 'event_id');
  const authorizations = objects(payload, 'authorizations');
  const ours = authorizations.find((one) => text(one, 'user_id') === bot.botUserId) ?? authorizations[0];
  return {
    team: text(ours, 'team_id') ?? bot.team,
    ...(eventId === undefined ? {} : { eventId }),
    shared: flag(payload, 'is_ext_shared_channel'),
  };
}

/** Subtypes of `message` that somebody's own words can have; all others are the system's. */
const WORDS: ReadonlySet<string> = new Set(['file_share', 'thread_broadcast', 'me_message', 'bot_message']);

/** Slackbot writes without being an app. */
const SLACKBOT = 'USLACKBOT';

function narrowMessage(event: Fields, mentionEvent: boolean, from: From, bot: BotIdentity): Narrowed {
  const subtype = text(event, 'subtype');
  if (subtype === 'message_changed') return narrowChanged(event, from, bot);
  if (subtype === 'message_deleted') return narrowDeleted(event, from, bot);
  if (subtype !== undefined && !WORDS.has(subtype)) return ignored(`subtype ${subtype.slice(0, 40)}`);
  if (flag(event, 'hidden')) return ignored('hidden');
  const channel = text(event, 'channel');
  const ts = timestamp(event, 'ts');
  const author = authorOf(event);
  if (channel === undefined || ts === undefined || author === undefined) return ignored('malformed');
  if (isOwn(author, bot)) return ignored('own message');
  if (author.user === SLACKBOT) return ignored('system message');
  const incoming: IncomingMessage = {
    kind: 'message',
    mentionEvent,
    team: from.team,
    channel,
    surface: text(event, 'channel_type') === 'im' || channel.startsWith('D') ? 'im' : 'channel',
    ts,
    text: text(event, 'text') ?? '',
    files: fileFacts(event),
    shared: from.shared,
    ...author,
    ...present({
      eventId: from.eventId,
      userTeam: text(event, 'user_team') ?? text(event, 'team'),
      threadTs: replyIn(event, ts),
      clientMsgId: text(event, 'client_msg_id'),
      edited: changedAt(event, ts),
      subtype,
    }),
  };
  return { is: 'event', incoming };
}

/**
 * A message as history gives it (`conversations.history`, `conversations.replies`), as if it were delivered now.
 * Undefined where it is not a person's words for anybody.
 */
export function narrowEarlier(
  message: Fields,
  channel: string,
  surface: Surface,
  bot: BotIdentity,
): IncomingMessage | undefined {
  const event = { ...message, channel, channel_type: surface === 'im' ? 'im' : 'channel' };
  const narrowed = narrowMessage(event, false, { team: bot.team, shared: false }, bot);
  return narrowed.is === 'event' && narrowed.incoming.kind === 'message' ? narrowed.incoming : undefined;
}

/** The thread that a reply stands in. A root that was replied to carries its own `ts` and is no reply. */
function replyIn(event: Fields, ts: string): string | undefined {
  const threadTs = timestamp(event, 'thread_ts');
  return threadTs === ts ? undefined : threadTs;
}

interface Author {
  readonly user: string;
  readonly botId?: string;
  readonly appId?: string;
}

/** Who wrote it. A bot's message may have no `user`, and usually has no subtype either, but has a `bot_id`. */
function authorOf(event: Fields): Author | undefined {
  const botId = text(event, 'bot_id') ?? text(object(event, 'bot_profile'), 'id');
  const user = text(event, 'user') ?? botId;
  if (user === undefined) return undefined;
  const appId = text(event, 'app_id') ?? text(object(event, 'bot_profile'), 'app_id');
  return { user, ...present({ botId, appId }) };
}

/** An app's id alone does not make it our message: people who post through an app carry that app's id too. */
function isOwn(author: Author, bot: BotIdentity): boolean {
  if (author.user === bot.botUserId || author.botId === bot.botId) return true;
  return author.botId !== undefined && author.appId === bot.appId;
}

function narrowStopped(event: Fields, from: From): Narrowed {
  const channel = text(event, 'channel') ?? text(event, 'channel_id');
  const user = text(event, 'user') ?? text(event, 'user_id');
  const threadTs = timestamp(event, 'thread_ts');
  if (channel === undefined || user === undefined || threadTs === undefined) return ignored('malformed');
  const base = { team: from.team, channel, user, ...present({ eventId: from.eventId }) };
  return { is: 'event', incoming: { kind: 'agent_session_stopped', ...base, threadTs } };
}

function narrowReaction(event: Fields, from: From, bot: BotIdentity): Narrowed {
  const item = object(event, 'item');
  if (text(item, 'type') !== 'message') return ignored('reaction on something else');
  const user = text(event, 'user');
  const name = text(event, 'reaction');
  const channel = text(item, 'channel');
  const itemTs = timestamp(item, 'ts');
  if (user === undefined || name === undefined || channel === undefined || itemTs === undefined) {
    return ignored('malformed');
  }
  if (user === bot.botUserId) return ignored('own reaction');
  const base = { team: from.team, channel, user, ...present({ eventId: from.eventId }) };
  return { is: 'event', incoming: { kind: 'reaction', ...base, name, itemTs } };
}

function narrowUserChange(event: Fields): Narrowed {
  const user = text(object(event, 'user'), 'id');
  return user === undefined ? ignored('malformed') : { is: 'person-changed', user };
}
