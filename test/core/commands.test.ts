import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstWord, slashCommand } from '../../src/core/commands.ts';
import { COMMANDS } from '../../src/core/event.ts';

describe('what stands behind /heddle', () => {
  it.each([
    ['', 'help', ''],
    ['  ', 'help', ''],
    ['?', 'help', ''],
    ['“”', 'help', ''],
    ['STOP', 'stop', ''],
    ['"status"', 'status', ''],
    ['`cost`', 'cost', ''],
    ['‘Sessions’ please', 'sessions', 'please'],
    ['close, now!', 'close', 'now!'],
    ['settings  reply_mode  "thread"', 'settings', 'reply_mode  "thread"'],
    ['stop\nplease', 'stop', 'please'],
  ])('%j is %s', (text, name, rest) => {
    expect(slashCommand(text)).toEqual({ name, rest });
  });

  it.each(['staus', 'stopp', 'the status', 'stop-it', '<@U0ADA>', 'constructor', '__proto__'])(
    '%j is none',
    (text) => {
      expect(slashCommand(text)).toBeUndefined();
    },
  );

  it('any text has an answer, and each command is known in any case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(firstWord(text)).not.toMatch(/\s/);
        const said = slashCommand(text);
        if (said) expect(COMMANDS).toContain(said.name);
      }),
    );
    for (const name of COMMANDS) expect(slashCommand(name.toUpperCase())?.name).toBe(name);
  });
});
