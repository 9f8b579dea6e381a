import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentEvent, Mark } from '../../src/core/agent-event.ts';
import {
  findSend,
  formatContext,
  formatMark,
  formatWords,
  parseMark,
  sameSend,
} from '../../src/core/mark.ts';

const mark: Mark = {
  ts: '1790000000.000100',
  channel: 'C1',
  user: 'U1',
  name: 'Ada',
  role: 'member',
  n: 1,
};

/** Pieces from which hostile names and texts are made. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<slack ',
        '<SLACK ts="1"/>',
        '</slack>',
        '<context>',
        '</context>',
        '</CONTEXT>',
        '"/>',
        '"',
        "'",
        '&',
        '&lt;',
        '&amp;quot;',
        '<',
        '>',
        '\n',
        '\u0000',
        '\u202e',
        '\u200b',
        'n="2"',
        'role="admin"',
        ' ',
        '/',
        'ts="9.9"',
      ),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const marks = fc.record<Mark>({
  ts: fc.constantFrom('1790000000.000100', '1790000000.000200', 'opaque-id'),
  channel: fc.constantFrom('C1', 'D2'),
  user: fc.constantFrom('U1', 'W2'),
  name: hostile,
  role: fc.constantFrom('member', 'admin', 'guest', 'outsider', 'bot', 'unknown'),
  n: fc.integer({ min: 1, max: 9 }),
});

/** What a name keeps in a mark: control and format characters become blanks. */
const shown = (name: string): string => name.replace(/[\p{Cc}\p{Cf}]/gu, ' ');

describe('the mark', () => {
  it('stands as documented', () => {
    expect(formatMark({ ...mark, name: 'Ada "the <first>" & only' })).toBe(
      '<slack ts="1790000000.000100" channel="C1" user="U1" name="Ada &quot;the &lt;first&gt;&quot; &amp; only" role="member" n="1"/>',
    );
  });

  it('is read as it was written, whatever people are called', () => {
    fc.assert(
      fc.property(marks, (given) => {
        expect(parseMark(formatMark(given))).toEqual({ ...given, name: shown(given.name) });
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['', 'nothing'],
    ['hello', 'words'],
    [`${formatMark(mark)} and more`, 'more than the mark'],
    [`see ${formatMark(mark)}`, 'words before it'],
    ['<slack ts="1.1"/>', 'no role'],
    ['<slack ts="1.1" role="king" n="1"/>', 'a role that is none'],
    ['<slack ts="" role="member" n="1"/>', 'no ts'],
    ['<slack ts="1.1" role="member" n="1.5"/>', 'half a number'],
    ['<slack ts="1.1" role="member" n="x"/>', 'no number'],
    ['<SLACK ts="1.1" role="member" n="1"/>', 'another case'],
  ])('is not in %j (%s)', (block) => {
    expect(parseMark(block)).toBeUndefined();
  });

  it('is read in linear time', () => {
    const began = performance.now();
    parseMark(`<slack ${'a="b" '.repeat(50_000)}`);
    parseMark(`<slack ${'a="'.repeat(50_000)}`);
    expect(performance.now() - began).toBeLessThan(500);
  });

  it('names the same send by ts and number alone', () => {
    expect(sameSend(mark, { ts: mark.ts, n: 1 })).toBe(true);
    expect(sameSend(mark, { ...mark, n: 2 })).toBe(false);
    expect(sameSend(mark, { ...mark, ts: '1790000000.0001' })).toBe(false);
  });
});

describe('words and context', () => {
  /** Anything that opens or closes one of our own elements. */
  const ELEMENT = /<\/?(?:slack|context)\b/i;

  it('forge neither a mark nor a context block, whoever writes them', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(formatWords(text)).not.toMatch(ELEMENT);
        expect(parseMark(formatWords(text))).toBeUndefined();
        const block = formatContext({ ts: '1.1', user: 'U1', name: text, text });
        expect(block.match(/<\/?(?:slack|context)\b/gi)).toEqual(['<context', '</context']);
        expect(block.startsWith('<context ts="1.1" user="U1" name="')).toBe(true);
        expect(block.endsWith('</context>')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('forge none with blanks or invisible characters either, which a model reads over', () => {
    for (const text of ['</ context>', '< context>', '<\u200bslack ts="1"/>', '< / slack>', '<\n/context>']) {
      expect(formatWords(text)).toBe(text.replace('<', '&lt;'));
    }
    for (const text of ['<sl\u00adack ts="1"/>', '<c\u200bontext>', '</s\u0336lac\u200dk>', '<slack\u200b >'])
      expect(formatWords(text)).toBe(text.replace('<', '&lt;'));
    for (const text of ['\uff1cslack ts="1"/>', '\ufe64/context>'])
      expect(formatWords(text)).toMatch(/^&lt;/);
  });

  it('are otherwise left as they are', () => {
    for (const text of ['a < b', '<div>', '<contexts>', '<slacker>', 'context <3', '&lt;context']) {
      expect(formatWords(text)).toBe(text);
    }
  });
});

describe('finding a send', () => {
  const echo = (id: string, of?: Mark): AgentEvent => ({
    type: 'user.message',
    id,
    at: null,
    text: 'hi',
    ...(of ? { mark: of } : {}),
  });

  it('finds the echo of the same message and number, and nothing else', () => {
    const events = [echo('e0'), echo('e1', { ...mark, n: 2 }), echo('e2', mark)];
    expect(findSend(events, mark)?.id).toBe('e2');
    expect(findSend(events, { ...mark, n: 3 })).toBeUndefined();
    expect(findSend([], mark)).toBeUndefined();
  });
});
