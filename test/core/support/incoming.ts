/** Messages as Slack's adapter hands them on, for the tables of where they go. */
import type { IncomingMessage } from '../../../src/core/event.ts';
import type { RouteContext } from '../../../src/core/route.ts';

export const bot: RouteContext = { botUserId: 'U0BOT', botId: 'B0BOT', appId: 'A0APP', allowBots: false };
export const ROOT = '1790000000.000100';
export const REPLY = '1790000000.000200';

export function said(over: Partial<IncomingMessage> = {}): IncomingMessage {
  return {
    kind: 'message',
    team: 'T1',
    eventId: 'Ev1',
    channel: 'C1',
    user: 'UADA',
    mentionEvent: false,
    surface: 'channel',
    ts: ROOT,
    text: 'hello',
    files: [],
    shared: false,
    ...over,
  };
}

export function reply(over: Partial<IncomingMessage> = {}): IncomingMessage {
  return said({ ts: REPLY, threadTs: ROOT, ...over });
}

export function mention(text: string, over: Partial<IncomingMessage> = {}): IncomingMessage {
  return said({ text: `<@U0BOT> ${text}`, ...over });
}

export function direct(over: Partial<IncomingMessage> = {}): IncomingMessage {
  return said({ channel: 'D1', surface: 'im', ...over });
}
