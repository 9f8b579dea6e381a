import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAbout, writeAbout } from '../../src/core/route-beside.ts';
import { parseThreadKey, type Incoming } from '../../src/core/event.ts';
import { route } from '../../src/core/route.ts';

const thread = parseThreadKey('T1:C1:1790000000.000100') ?? { team: '', channel: '', ts: '' };
const about = (text: string) => ({ thread, quoted: { ts: '1790000000.000200', user: 'UADA', text } });

describe('what a form carries of a message', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        expect(readAbout(writeAbout(about(text)))).toEqual(about(text));
      }),
    );
  });

  it('fits, however long the message is and whatever stands in it', () => {
    for (const text of ['x'.repeat(50_000), '"\u0001'.repeat(20_000), '🧵'.repeat(9_000)]) {
      const data = writeAbout(about(text));
      expect(data.length).toBeLessThanOrEqual(3_000);
      const read = readAbout(data)?.quoted.text ?? '';
      expect(read.length).toBeGreaterThan(100);
      expect(read.endsWith('…')).toBe(true);
      expect(read).not.toMatch(/\p{Cs}/u);
    }
  });

  it.each([
    '',
    '{}',
    '[]',
    '["x"]',
    '[1,2,3,4]',
    '["T1:C1:no","1","U","t"]',
    'T1:C1:1790000000.000100|token',
  ])('is not read from %j', (data) => {
    expect(readAbout(data)).toBeUndefined();
  });
});

const ROOT = '1790000000.000100';
const REPLY = '1790000000.000200';
const base = { team: 'T1', user: 'UADA', channel: 'C1' };
const form = (
  callbackId: string,
  data: readonly string[],
  values: Readonly<Record<string, string>>,
): Incoming => ({
  kind: 'form',
  ...base,
  callbackId,
  data: JSON.stringify(data),
  values,
});
const bot = { botUserId: 'U0BOT', botId: 'B0BOT', appId: 'A0APP', allowBots: false };

describe('what is done beside messages', () => {
  it.each<[string, Incoming, object]>([
    ['App Home', { kind: 'home', ...base }, { to: 'home', user: 'UADA' }],
    [
      'App Home, with its direct message',
      { kind: 'home', ...base, channel: 'D1' },
      { to: 'home', user: 'UADA', channel: 'D1' },
    ],
    [
      'its button',
      { kind: 'action', ...base, actionId: 'heddle.home_refresh', value: 'refresh', viewId: 'V1' },
      { to: 'home', user: 'UADA' },
    ],
    [
      'Ask Heddle on a reply',
      { kind: 'shortcut', ...base, callbackId: 'ask_heddle', messageTs: REPLY, threadTs: ROOT },
      { to: 'ask-form', about: { thread: { ts: ROOT }, quoted: { ts: REPLY } } },
    ],
    ['Ask Heddle anywhere', { kind: 'global', ...base, callbackId: 'ask_heddle_global' }, { to: 'ask-form' }],
    ['another global shortcut', { kind: 'global', ...base, callbackId: 'x' }, { to: 'unknown', what: 'x' }],
    [
      'a request in a channel',
      form('heddle.ask_anywhere', [], { words: ' hi ', where: 'C7' }),
      { to: 'request', channel: 'C7', words: 'hi' },
    ],
    [
      'a request about a message, without words',
      form('heddle.ask', [`T1:C1:${ROOT}`, REPLY, 'UADA', 'words'], {}),
      { to: 'request', channel: 'C1', words: '' },
    ],
    [
      'a request about a message of another workspace',
      form('heddle.ask', [`T9:C1:${ROOT}`, REPLY, 'UADA', 'words'], { words: 'hi' }),
      { to: 'ignore' },
    ],
    [
      'the reaction that starts',
      { kind: 'reaction', ...base, eventId: 'Ev1', name: 'thread', itemTs: REPLY },
      { to: 'take-up', ts: REPLY, claims: ['event:Ev1', `ts:C1:${REPLY}`] },
    ],
  ])('%s', (_, incoming, expected) => {
    expect(route(incoming, bot)).toMatchObject(expected);
  });
});
