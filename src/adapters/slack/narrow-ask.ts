/**
 * Clicks, commands and shortcuts, narrowed. They carry no `authorizations`: the installation is the one whose
 * token this process holds.
 */
import type { BotIdentity } from '../../ports.ts';
import { object, objects, present, text, timestamp, type Fields } from './fields.ts';
import { ignored, type Narrowed } from './narrowed.ts';

/** Only buttons whose `action_id` begins so are ours. */
export const ACTION_PREFIX = 'heddle.';

/** `block_actions`. A link button sends one too; its `action_id` tells. */
export function narrowAction(payload: Fields, bot: BotIdentity): Narrowed {
  const action = objects(payload, 'actions')[0];
  const actionId = text(action, 'action_id');
  if (actionId === undefined) return ignored('malformed');
  if (!actionId.startsWith(ACTION_PREFIX)) return ignored('action of somebody else');
  const container = object(payload, 'container');
  const message = object(payload, 'message');
  const channel = text(object(payload, 'channel'), 'id') ?? text(container, 'channel_id');
  const messageTs = timestamp(container, 'message_ts') ?? timestamp(message, 'ts');
  const from = author(payload);
  if (channel === undefined || messageTs === undefined || from === undefined) return ignored('malformed');
  const threadTs = timestamp(container, 'thread_ts') ?? timestamp(message, 'thread_ts');
  const value = text(action, 'value') ?? text(object(action, 'selected_option'), 'value') ?? '';
  const base = { team: bot.team, channel, ...from, ...present({ threadTs }) };
  return { is: 'ask', incoming: { kind: 'action', ...base, actionId, value, messageTs } };
}

/** A message shortcut (`message_action`). */
export function narrowShortcut(payload: Fields, bot: BotIdentity): Narrowed {
  const message = object(payload, 'message');
  const channel = text(object(payload, 'channel'), 'id');
  const callbackId = text(payload, 'callback_id');
  const messageTs = timestamp(message, 'ts') ?? timestamp(payload, 'message_ts');
  const from = author(payload);
  if (channel === undefined || callbackId === undefined || messageTs === undefined || from === undefined) {
    return ignored('malformed');
  }
  const threadTs = timestamp(message, 'thread_ts');
  const base = { team: bot.team, channel, ...from, ...present({ threadTs }) };
  return { is: 'ask', incoming: { kind: 'shortcut', ...base, callbackId, messageTs } };
}

/** A slash command. Its `team_id` is the person's. */
export function narrowCommand(payload: Fields, bot: BotIdentity): Narrowed {
  const channel = text(payload, 'channel_id');
  const user = text(payload, 'user_id');
  if (channel === undefined || user === undefined) return ignored('malformed');
  const base = { team: bot.team, channel, user, ...present({ userTeam: text(payload, 'team_id') }) };
  return { is: 'ask', incoming: { kind: 'command', ...base, text: text(payload, 'text') ?? '' } };
}

function author(payload: Fields): { readonly user: string; readonly userTeam?: string } | undefined {
  const person = object(payload, 'user');
  const user = text(person, 'id');
  if (user === undefined) return undefined;
  const userTeam = text(person, 'team_id') ?? text(object(payload, 'team'), 'id');
  return { user, ...present({ userTeam }) };
}
