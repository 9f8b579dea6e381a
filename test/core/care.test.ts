/** Commands with something behind them, as people type them, and requests that only begin like them. */
import { describe, expect, it } from 'vitest';
import { careIn, careOf } from '../../src/core/care.ts';
import { slashCommand } from '../../src/core/commands.ts';
import type { Incoming, IncomingMessage } from '../../src/core/event.ts';
import { route } from '../../src/core/route.ts';

const BOT = { botUserId: 'UBOT', botId: 'BBOT', appId: 'A', allowBots: false };
const said = (text: string, over: Partial<IncomingMessage> = {}): Incoming => ({
  kind: 'message',
  team: 'T1',
  channel: 'C1',
  user: 'UADA',
  mentionEvent: true,
  surface: 'channel',
  ts: '1790000000.000200',
  threadTs: '1790000000.000100',
  text: `<@UBOT> ${text}`,
  files: [],
  shared: false,
  ...over,
});
const input = (incoming: Incoming): unknown => {
  const to = route(incoming, BOT);
  return to.to === 'thread' ? to.input : to;
};

describe('handing over', () => {
  it.each([
    ['hand over to <@UBOB>', 'UBOB'],
    ['Hand over <@UBOB|bob>.', 'UBOB'],
    ['hand-over to <@W0BOB>!', 'W0BOB'],
    ['handover to <@UBOB>', 'UBOB'],
    ['hand over', undefined],
    ['Handover!', undefined],
  ])('%j in a thread names %s', (text, to) => {
    expect(careOf('handover', careIn(text)?.rest ?? '').to).toBe(to);
    expect(input(said(text))).toEqual({
      kind: 'command',
      name: 'handover',
      user: 'UADA',
      ts: '1790000000.000200',
      ...(to === undefined ? {} : { to }),
    });
  });

  it.each([
    'hand over to <@UBOB> the report',
    'hand over the keys',
    'handovers are hard',
    'please hand over to <@UBOB>',
    'hand over to <@UBOB> and <@UEVE>',
  ])('%j is a request', (text) => {
    expect(input(said(text))).toMatchObject({ kind: 'message' });
  });

  it('needs a mention, and carries no file away', () => {
    const plain = said('', { mentionEvent: false, text: 'hand over to <@UBOB>' });
    expect(input(plain)).toMatchObject({ kind: 'message' });
    const file = { id: 'F1', name: 'a.txt', mimetype: 'text/plain', size: 1 };
    expect(input(said('hand over to <@UBOB>', { files: [file] }))).toMatchObject({ kind: 'message' });
  });

  it.each([
    ['hand over <@UBOB|bob>', '<@UBOB|bob>'],
    ['handover to <@UBOB>', 'to <@UBOB>'],
    ['HAND OVER', ''],
  ])('/heddle %s', (text, rest) => {
    expect(slashCommand(text)).toEqual({ name: 'handover', rest });
  });
});
