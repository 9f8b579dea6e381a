/**
 * Clicks, commands and shortcuts, narrowed. They carry no `authorizations`: the installation is the one whose
 * token this process holds.
 */
import type { BotIdentity } from '../../ports.ts';
import { object, objects, present, text, timestamp, type Fields } from './fields.ts';
import { personOf } from './narrow-beside.ts';
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
  const viewId = text(container, 'view_id') ?? text(object(payload, 'view'), 'id');
  const channel = text(object(payload, 'channel'), 'id') ?? text(container, 'channel_id');
  const messageTs = timestamp(container, 'message_ts') ?? timestamp(message, 'ts');
  const from = personOf(payload);
  const stands = viewId !== undefined || (channel !== undefined && messageTs !== undefined);
  if (!stands || from === undefined) return ignored('malformed');
  const threadTs = timestamp(container, 'thread_ts') ?? timestamp(message, 'thread_ts');
  const value = text(action, 'value') ?? text(object(action, 'selected_option'), 'value') ?? '';
  const trigger = text(payload, 'trigger_id');
  const place = present({ threadTs, messageTs, viewId, trigger });
  const base = { team: bot.team, channel: channel ?? '', ...from, ...place };
  return { is: 'ask', incoming: { kind: 'action', ...base, actionId, value } };
}

/** A message shortcut (`message_action`). */
export function narrowShortcut(payload: Fields, bot: BotIdentity): Narrowed {
  const message = object(payload, 'message');
  const channel = text(object(payload, 'channel'), 'id');
  const callbackId = text(payload, 'callback_id');
  const messageTs = timestamp(message, 'ts') ?? timestamp(payload, 'message_ts');
  const from = personOf(payload);
  if (channel === undefined || callbackId === undefined || messageTs === undefined || from === undefined) {
    return ignored('malformed');
  }
  const threadTs = timestamp(message, 'thread_ts');
  const trigger = text(payload, 'trigger_id');
  const base = { team: bot.team, channel, ...from, ...present({ threadTs, trigger }) };
  const said = { text: text(message, 'text') ?? '', ...present({ user: text(message, 'user') }) };
  return { is: 'ask', incoming: { kind: 'shortcut', ...base, callbackId, messageTs, message: said } };
}

/** A slash command. Its `team_id` is the person's. */
export function narrowCommand(payload: Fields, bot: BotIdentity): Narrowed {
  const channel = text(payload, 'channel_id');
  const user = text(payload, 'user_id');
  if (channel === undefined || user === undefined) return ignored('malformed');
  const particulars = present({ userTeam: text(payload, 'team_id'), trigger: text(payload, 'trigger_id') });
  const base = { team: bot.team, channel, user, ...particulars };
  return { is: 'ask', incoming: { kind: 'command', ...base, text: text(payload, 'text') ?? '' } };
}
