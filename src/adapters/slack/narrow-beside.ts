/**
 * What people do beside messages, narrowed: forms, App Home, global shortcuts, edits and deletions of messages.
 *
 * Shapes: docs.slack.dev, "view_submission payload", "Shortcuts payload", "app_home_opened event",
 * "message_changed event", "message_deleted event".
 */
import type { FieldValue } from '../../core/event-forms.ts';
import type { BotIdentity } from '../../ports.ts';
import { fieldsOf, flag, object, objects, present, text, timestamp, type Fields } from './fields.ts';
import { fileFacts } from './file-facts.ts';
import { ignored, type Narrowed } from './narrowed.ts';
import { isLaterTs } from './reads.ts';

/** Only forms whose `callback_id` begins so are ours. */
const FORM_PREFIX = 'heddle.';

export interface Person {
  readonly user: string;
  readonly userTeam?: string;
}

/** Who clicked, sent or called: `user` with a team of its own where it is another one. */
export function personOf(payload: Fields): Person | undefined {
  const person = object(payload, 'user');
  const user = text(person, 'id');
  if (user === undefined) return undefined;
  const userTeam = text(person, 'team_id') ?? text(object(payload, 'team'), 'id');
  return { user, ...present({ userTeam }) };
}

/** `view_submission`. */
export function narrowForm(payload: Fields, bot: BotIdentity): Narrowed {
  const view = object(payload, 'view');
  const callbackId = text(view, 'callback_id');
  const from = personOf(payload);
  if (callbackId === undefined || from === undefined) return ignored('malformed');
  if (!callbackId.startsWith(FORM_PREFIX)) return ignored('form of somebody else');
  const data = text(view, 'private_metadata') ?? '';
  const values = valuesOf(object(object(view, 'state'), 'values'));
  const base = { team: bot.team, channel: '', ...from };
  return { is: 'ask', incoming: { kind: 'form', ...base, callbackId, data, values } };
}

/** `state.values`: one element a block; what was left empty is left out. */
function valuesOf(blocks: Fields | undefined): Readonly<Record<string, FieldValue>> {
  const values: [string, FieldValue][] = [];
  for (const [block, elements] of Object.entries(blocks ?? {})) {
    for (const element of Object.values(fieldsOf(elements) ?? {})) {
      const value = valueOf(fieldsOf(element));
      if (value !== undefined) values.push([block, value]);
    }
  }
  return Object.fromEntries(values);
}

const LISTS = ['selected_users', 'selected_conversations', 'selected_channels'] as const;
const SINGLES = [
  'value',
  'selected_user',
  'selected_conversation',
  'selected_channel',
  'selected_date',
] as const;

function valueOf(element: Fields | undefined): FieldValue | undefined {
  const chosen = text(object(element, 'selected_option'), 'value');
  if (chosen !== undefined) return chosen;
  const type = text(element, 'type') ?? '';
  if (type === 'checkboxes' || type.startsWith('multi_')) return listOf(element);
  for (const name of SINGLES) {
    const value = text(element, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Nothing chosen is an answer too. */
function listOf(element: Fields | undefined): readonly string[] {
  for (const name of LISTS) {
    const value = element?.[name];
    if (Array.isArray(value)) return value.filter((each): each is string => typeof each === 'string');
  }
  return objects(element, 'selected_options').flatMap((option) => text(option, 'value') ?? []);
}

/** A global shortcut (`shortcut`). */
export function narrowGlobal(payload: Fields, bot: BotIdentity): Narrowed {
  const callbackId = text(payload, 'callback_id');
  const from = personOf(payload);
  if (callbackId === undefined || from === undefined) return ignored('malformed');
  const trigger = text(payload, 'trigger_id');
  const base = { team: bot.team, channel: '', ...from };
  return { is: 'ask', incoming: { kind: 'global', ...base, callbackId, ...present({ trigger }) } };
}

interface Delivery {
  readonly team: string;
  readonly eventId?: string;
  /** People of another organisation are in the channel. */
  readonly shared?: boolean;
}

/** `app_home_opened`: the Messages tab of the same bot sends one, too. */
export function narrowHome(event: Fields, { team, eventId }: Delivery): Narrowed {
  const user = text(event, 'user');
  if (user === undefined) return ignored('malformed');
  if (text(event, 'tab') !== 'home') return ignored('app_home_opened on another tab');
  const channel = text(event, 'channel') ?? '';
  return { is: 'event', incoming: { kind: 'home', team, channel, user, ...present({ eventId }) } };
}

/**
 * `message_changed`. Slack sends one for every unfurl and every edit of our own as well: somebody's edit is one whose
 * `edited` is new and whose words are others.
 */
export function narrowChanged(
  event: Fields,
  { team, eventId, shared }: Delivery,
  bot: BotIdentity,
): Narrowed {
  const [now, before] = [object(event, 'message'), object(event, 'previous_message')];
  const channel = text(event, 'channel');
  const ts = timestamp(now, 'ts');
  const user = text(now, 'user');
  if (channel === undefined || ts === undefined || user === undefined) return ignored('malformed');
  if (isBots(now, bot)) return ignored('a bot’s edit');
  if (text(now, 'subtype') === 'tombstone')
    return narrowDeleted(event, { team, ...present({ eventId }) }, bot);
  const same = (text(now, 'text') ?? '') === (text(before, 'text') ?? '');
  const edit = object(now, 'edited');
  if (same || timestamp(edit, 'ts') === undefined) return ignored('not somebody’s edit');
  if ((text(edit, 'user') ?? user) !== user) return ignored('not the author’s edit');
  const files = fileFacts(now);
  const threadTs = replyIn(now, ts);
  const surface = text(event, 'channel_type') === 'im' || channel.startsWith('D') ? 'im' : 'channel';
  const userTeam = text(now, 'user_team') ?? text(now, 'team');
  return {
    is: 'event',
    incoming: {
      kind: 'edited',
      team,
      channel,
      user,
      surface,
      ts,
      text: text(now, 'text') ?? '',
      ...present({ eventId, threadTs, userTeam }),
      ...present({ before: text(before, 'text'), edited: changedAt(now, ts) }),
      ...(files.length > 0 ? { files } : {}),
      ...(shared ? { shared: true } : {}),
    },
  };
}

/** When its author changed a message last; undefined where that was in the second in which it was written. */
export function changedAt(message: Fields | undefined, ts: string): string | undefined {
  const edited = timestamp(object(message, 'edited'), 'ts');
  return edited !== undefined && isLaterTs(edited, ts) ? edited : undefined;
}

/** `message_deleted`, and a root that has replies and becomes a tombstone. */
export function narrowDeleted(event: Fields, { team, eventId }: Delivery, bot: BotIdentity): Narrowed {
  const before = object(event, 'previous_message');
  const channel = text(event, 'channel');
  const ts = timestamp(event, 'deleted_ts') ?? timestamp(before, 'ts');
  const user = text(before, 'user') ?? text(before, 'bot_id');
  if (channel === undefined || ts === undefined || user === undefined) return ignored('malformed');
  const own = user === bot.botUserId || text(before, 'bot_id') === bot.botId;
  if (!own && isBots(before, bot)) return ignored('a bot’s deletion');
  const threadTs = replyIn(before, ts);
  const base = { team, channel, user, ...present({ eventId, threadTs }) };
  return { is: 'event', incoming: { kind: 'deleted', ...base, ts, own } };
}

function isBots(message: Fields | undefined, bot: BotIdentity): boolean {
  return (
    text(message, 'bot_id') !== undefined ||
    text(message, 'user') === bot.botUserId ||
    flag(message, 'is_bot')
  );
}

function replyIn(message: Fields | undefined, ts: string): string | undefined {
  const threadTs = timestamp(message, 'thread_ts');
  return threadTs === ts ? undefined : threadTs;
}
