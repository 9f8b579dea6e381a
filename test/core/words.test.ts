import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/core/event.ts';
import { commandIn, isStop, names, unescape, urgency, withoutMention } from '../../src/core/words.ts';

const BOT = 'U0BOT';

describe('unescape', () => {
  it.each([
    ['a &lt;b&gt; &amp; c', 'a <b> & c'],
    ['&amp;lt;', '&lt;'],
    ['&amp;amp;', '&amp;'],
    ['&quot; stays, &LT; too', '&quot; stays, &LT; too'],
    ['', ''],
  ])('reads %j as %j, once', (text, read) => {
    expect(unescape(text)).toBe(read);
  });

  it('undoes what Slack escapes, for any text', () => {
    const escape = (text: string): string =>
      text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(unescape(escape(text))).toBe(text);
      }),
    );
  });
});

describe('mentions', () => {
  it.each([
    ['<@U0BOT> hi', true],
    ['hi <@U0BOT|heddle>', true],
    ['<@U0BOTX> hi', false],
    ['U0BOT', false],
    ['&lt;@U0BOT&gt;', false],
    ['@heddle', false],
  ])('finds the bot named in %j: %s', (text, found) => {
    expect(names(text, BOT)).toBe(found);
  });

  it.each([
    ['<@U0BOT> hi', 'hi'],
    ['<@U0BOT>, hi', 'hi'],
    ['<@U0BOT|heddle>: hi', 'hi'],
    ['please <@U0BOT> do it', 'please do it'],
    ['ask <@UADA> too, <@U0BOT>', 'ask <@UADA> too,'],
    ['first\n<@U0BOT>\nlast', 'first\n \nlast'],
    ['<@U0BOT>', ''],
    ['<@U0BOT><@U0BOT>', ''],
  ])('takes its own mention out of %j', (text, words) => {
    expect(withoutMention(text, BOT)).toBe(words);
  });
});

describe('stop', () => {
  it.each([
    'stop',
    'Stop',
    'STOP',
    ' stop ',
    'stop.',
    'stop!',
    'Stop!!!',
    '¡stop!',
    '*stop*',
    '"stop"',
    '(stop)',
    '…stop…',
  ])('is what %j says', (text) => expect(isStop(text)).toBe(true));

  it.each([
    'stop it',
    'please stop',
    'stopp',
    'stop now!',
    'non-stop',
    'stop-stop',
    'st op',
    '',
    '!',
    'ſtop',
  ])('is not what %j says', (text) => expect(isStop(text)).toBe(false));
});

describe('commands', () => {
  it.each(COMMANDS)('knows %s alone, in any case and punctuation', (name) => {
    expect(commandIn(name)).toBe(name);
    expect(commandIn(` ${name.toUpperCase()}. `)).toBe(name);
    expect(commandIn(`${name} please`)).toBeUndefined();
  });

  it.each(['', 'halp', 'help me', 'constructor', '__proto__'])('knows no command in %j', (text) => {
    expect(commandIn(text)).toBeUndefined();
  });
});

describe('urgency', () => {
  it.each([
    ['!do it', true, 'do it'],
    ['! do it', true, 'do it'],
    ['  !do\nit', true, 'do\nit'],
    ['!', false, '!'],
    ['! ', false, '! '],
    ['!!', false, '!!'],
    ['!!really', false, '!!really'],
    ['! !x', false, '! !x'],
    ['do it!', false, 'do it!'],
  ])('reads %j as urgent: %s', (text, urgent, rest) => {
    expect(urgency(text)).toEqual({ urgent, text: rest });
  });

  it('loses no words, whatever stands there', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = urgency(text);
        expect(read.urgent ? text.trimStart().replace(/^!\s*/, '') : text).toBe(read.text);
      }),
    );
  });
});
