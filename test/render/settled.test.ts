/** What may be appended to a stream: it stays, it is safe, and little is held back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitMarkdown } from '../../src/render/markdown.ts';
import { settled } from '../../src/render/settled.ts';
import { ATTACKS, BLOCKS, PROSE } from './markdown-fragments.ts';

const LIMIT = 11_000;
const soup = fc
  .array(fc.constantFrom(...ATTACKS, ...PROSE, ...PROSE, ...BLOCKS), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.join(''));
const runs = { numRuns: 250, seed: Number(process.env['FC_SEED'] ?? 3) };

function whole(source: string): string {
  return splitMarkdown(source, { limit: LIMIT })[0]?.markdown ?? '';
}

function soFar(source: string): string {
  return settled({ source, whole: false, limit: LIMIT, part: 0 });
}

describe('what is settled', () => {
  it('is the beginning of the whole, wherever the text is cut', () => {
    fc.assert(
      fc.property(soup, fc.integer({ min: 1, max: 9 }), (source, step) => {
        const end = whole(source);
        let before = '';
        for (let at = step; at < source.length; at += step) {
          const now = soFar(source.slice(0, at));
          expect(end.startsWith(now)).toBe(true);
          expect(now.startsWith(before) || before.startsWith(now)).toBe(true);
          before = now;
        }
      }),
      runs,
    );
  });

  it('behind a text that is whole is the beginning of that text with another one behind it', () => {
    fc.assert(
      fc.property(
        soup.filter((text) => text.trim() !== ''),
        soup,
        (first, next) => {
          const now = settled({ source: first, whole: true, limit: LIMIT, part: 0 });
          expect(whole(`${first}\n\n${next}`).startsWith(now)).toBe(true);
        },
      ),
      runs,
    );
  });

  it('never holds a token of Slack’s, whole or in pieces', () => {
    fc.assert(
      fc.property(soup, fc.nat(), (source, at) => {
        expect(soFar(source.slice(0, at % (source.length + 1)))).not.toContain('<');
      }),
      runs,
    );
  });

  it('ends behind white space and before something else, so that no chunk begins with white space', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('warp', 'weft ', '\n\n', '  ', '- '), { maxLength: 12 }),
        (parts) => {
          const now = soFar(parts.join(''));
          if (now === '') return;
          expect(now).toMatch(/\s$/);
          expect(whole(`${parts.join('')}x`).slice(now.length, now.length + 1)).toMatch(/^\S?$/);
        },
      ),
      runs,
    );
  });

  it.each([
    ['a word that is being written', 'The war', 'The '],
    ['a link', 'See [the docs](https://docs.exa', 'See [the '],
    ['a code span', 'Call `parse(x', 'Call '],
    ['a picture, of which only the link will be left', 'Look: ![a cat](https://x.exam', 'Look: [a '],
    ['what may become a token', 'Hello <!chan', 'Hello '],
    ['a secret', `The key is ${['xox', 'b-12345'].join('')}`, 'The key is '],
    ['a key’s first line', 'Use\n-----BEGIN RSA ', 'Use\n'],
    ['a fence', 'Code:\n\n``', 'Code:\n\n'],
    ['a backslash', 'One \\', 'One '],
    ['half a character', 'One two \ud83d', 'One '],
  ])('holds back %s', (_, source, expected) => {
    expect(expected.startsWith(soFar(source))).toBe(true);
    expect(soFar(source).length).toBeLessThanOrEqual(expected.length);
  });

  it('holds back no more than an unfinished word or construct', () => {
    const text =
      'Here is what I found. The function `parse(x)` in [the docs](https://docs.example.com/a) is **wrong**: 1 < 2.\n\n' +
      '- first item with `code`\n- second\n\n```ts\nconst a = 1;\nif (a < 2) return;\n```\n\n' +
      '日本語の文章はここで切れます。これも長い文です。';
    const held = Array.from(text, (_, at) => at + 1 - soFar(text.slice(0, at + 1)).length);
    expect(Math.max(...held)).toBeLessThan(40);
    expect(held.reduce((sum, each) => sum + each, 0) / held.length).toBeLessThan(6);
  });

  it('takes up a later part where an answer is split', () => {
    const source = 'The warp is strung and the weft goes over and under. '.repeat(60);
    const limit = 1_000;
    const parts = splitMarkdown(source, { limit });
    const second = settled({ source, whole: false, limit, part: 1 });
    expect(parts[1]?.markdown.startsWith(second)).toBe(true);
    expect(second.length).toBeGreaterThan(500);
  });
});
