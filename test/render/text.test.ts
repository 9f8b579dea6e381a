import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  escapeSlack,
  escapeWithin,
  oneLine,
  truncateGraphemes,
  unescapeSlack,
} from '../../src/render/text.ts';
import { plainText, readable } from '../../src/render/text-plain.ts';
import { dense, SLACK_TOKEN } from './markdown-fragments.ts';

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), dense);
const FAMILY = '👩‍👩‍👧‍👦';

function clusters(value: string): string[] {
  return [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(value)].map(
    ({ segment }) => segment,
  );
}

describe('escapeSlack', () => {
  it('escapes the three characters, once, and back', () => {
    expect(escapeSlack('a & <b> &lt;')).toBe('a &amp; &lt;b&gt; &amp;lt;');
    fc.assert(
      fc.property(text, (value) => {
        expect(unescapeSlack(escapeSlack(value))).toBe(value);
      }),
    );
  });
});

describe('truncateGraphemes', () => {
  it.each([
    ['short', 5, '…', 'short'],
    ['longer', 5, '…', 'long…'],
    ['a word', 3, '…', 'a…'],
    [`ab${FAMILY}`, 12, '…', 'ab…'],
    [FAMILY.repeat(2), 12, '', FAMILY],
    [FAMILY, 3, '…', '…'],
    ['abc', 1, '...', 'a'],
    ['e\u0301e\u0301', 3, '', 'e\u0301'],
  ])('%j within %d', (value, max, ellipsis, expected) => {
    expect(truncateGraphemes(value, max, ellipsis)).toBe(expected);
  });

  it('keeps the limit and whole clusters', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 60 }), (value, max) => {
        const cut = truncateGraphemes(value, max, '');
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(clusters(value).slice(0, clusters(cut).length).join('').trimEnd()).toBe(
          cut.length === value.length ? value.trimEnd() : cut,
        );
      }),
    );
  });
});

describe('escapeWithin', () => {
  it('cuts no entity and no cluster', () => {
    expect(escapeWithin('a<<<', 20)).toBe('a&lt;&lt;&lt;');
    expect(escapeWithin('a<<<', 10)).toBe('a&lt;&lt;…');
    expect(escapeWithin(`<${FAMILY}`, 10)).toBe('&lt;…');
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 60 }), (value, max) => {
        const escaped = escapeWithin(value, max);
        expect(escaped.length).toBeLessThanOrEqual(max);
        expect(escaped).not.toMatch(SLACK_TOKEN);
      }),
    );
  });
});

describe('oneLine', () => {
  it.each([
    ['  a\n\tb \u2028 c  ', 20, 'a b c'],
    ['a\u0000b\u202ec\u200bd\ufeff', 20, 'a bcd'],
    ['gnp.\u202eexe', 20, 'gnp.exe'],
    ['\ud83dx', 20, 'x'],
    ['abcdef', 4, 'abc…'],
    ['\u3000 \u00a0', 4, ''],
  ])('%j within %d', (value, max, expected) => {
    expect(oneLine(value, max)).toBe(expected);
  });

  it('is one line of visible characters, whatever comes in', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 60 }), (value, max) => {
        const line = oneLine(value, max);
        expect(line.length).toBeLessThanOrEqual(max);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|\s\s|^\s|\s$/u);
      }),
    );
  });

  it('costs nothing for very long names', () => {
    const start = performance.now();
    oneLine('a\u202e '.repeat(2_000_000), 80);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('plainText', () => {
  it.each([
    ['# Title #\n\ntext', 'Title\n\ntext'],
    ['**bold** __b__ *i* _i_ ~~gone~~ snake_case_name 2 * 3', 'bold b i i gone snake_case_name 2 * 3'],
    ['- one\n  * two\n1. three\n- [x] done\n- [ ] open', '• one\n  • two\n1. three\n• ☑ done\n• ☐ open'],
    ['```ts\nif (a < b) **x**\n```', 'if (a &lt; b) **x**'],
    ['see `a **b**` here', 'see a **b** here'],
    [
      '[docs](https://a.example/b "t") [https://a.example](https://a.example)',
      'docs (https://a.example/b) https://a.example',
    ],
    ['![cat](https://a.example/c.png)', 'cat (https://a.example/c.png)'],
    ['[wiki](https://a.example/A_(b))', 'wiki (https://a.example/A_(b))'],
    ['| a | b |\n|---|---|\n| 1 | `2` |', 'a | b\n1 | 2'],
    ['> quote', '&gt; quote'],
    ['<!channel> & co', '&lt;!channel&gt; &amp; co'],
    ['[bank.example](https://evil.example)', 'bank.example (https://evil.example) (evil.example)'],
  ])('%j', (markdown, expected) => {
    expect(plainText(markdown)).toBe(expected);
  });

  it('holds no token and keeps the words', () => {
    fc.assert(
      fc.property(dense, (markdown) => {
        expect(plainText(markdown)).not.toMatch(SLACK_TOKEN);
      }),
    );
    const words = fc.array(fc.constantFrom('alpha', 'beta', '**gamma**', '`delta`', '\n', '- ', '# '), {
      minLength: 1,
    });
    fc.assert(
      fc.property(words, (parts) => {
        const kept = parts.join(' ').match(/[a-z]+/g) ?? [];
        expect(readable(parts.join(' ')).match(/[a-z]+/g) ?? []).toEqual(kept);
      }),
    );
  });
});
