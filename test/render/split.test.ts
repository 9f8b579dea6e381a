import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanLines } from '../../src/render/markdown-lines.ts';
import { LOOK_AHEAD, neutralise } from '../../src/render/safety.ts';
import { SPLIT_LOOK_AHEAD, splitPieces } from '../../src/render/split.ts';
import { dense, long, SLACK_TOKEN } from './markdown-fragments.ts';

const LIMIT = 1_000;

/** Whether a fence is open behind the text. */
function leavesOpen(markdown: string): boolean {
  const last = scanLines(markdown).at(-1);
  return last?.kind === 'open' || last?.kind === 'code';
}

const FENCE_LINE = /^[\s>]*(?:`{3,}|~{3,})/;

/** The lines of a part that are neither blank nor fences, each with whether it is code. */
function codeLines(markdown: string, from: number): [string, boolean][] {
  return scanLines(markdown)
    .filter(({ end }) => end > from)
    .map(({ start, end, fence }): [string, boolean] => [
      markdown.slice(Math.max(start, from), end),
      fence !== undefined,
    ])
    .filter(([line], index) => index === 0 || (line.trim() !== '' && !FENCE_LINE.test(line)))
    .map(([line, code]) => [line.trim(), code]);
}

function comparable(markdown: string): string {
  return markdown.replace(/[ \t]/g, '').replace(/^>*(?:`{3,}|~{3,})\n/gm, '');
}

function segments(text: string): Set<number> {
  const all = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text);
  return new Set([...all].map(({ index }) => index));
}

describe('splitPieces', () => {
  it('gives nothing for nothing and leaves short text alone', () => {
    expect(splitPieces('', LIMIT)).toEqual([]);
    expect(splitPieces('hello', LIMIT)).toEqual([{ body: 'hello', head: '', tail: '', markdown: 'hello' }]);
  });

  it('loses nothing, keeps the limit, whole clusters and entities, and no token at any seam (fault: text-odd)', () => {
    fc.assert(
      fc.property(fc.oneof(long, dense), (source) => {
        const text = neutralise(source);
        const pieces = splitPieces(text, LIMIT);
        expect(pieces.map(({ body }) => body).join('')).toBe(text);
        const whole = segments(text);
        let at = 0;
        for (const { body, head, tail, markdown } of pieces) {
          expect(markdown.length).toBeLessThanOrEqual(LIMIT);
          expect(markdown).not.toMatch(SLACK_TOKEN);
          expect(markdown).not.toMatch(/\p{Cs}/u);
          // Between the repairs stands the body, but for list indent and for fences that ended with their list.
          expect(markdown.startsWith(head) && markdown.endsWith(tail)).toBe(true);
          const shown = markdown.slice(head.length, markdown.length - tail.length);
          expect(comparable(shown)).toBe(comparable(body));
          expect(whole.has(at)).toBe(true);
          at += body.length;
        }
      }),
      { numRuns: 100 },
    );
  });

  it('leaves no fence open behind any part', () => {
    fc.assert(
      fc.property(fc.oneof(long, dense), (source) => {
        for (const { markdown } of splitPieces(neutralise(source), LIMIT))
          expect(leavesOpen(markdown)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('shows as code in each part what is code in the whole, and nothing else (fault: code-long)', () => {
    fc.assert(
      fc.property(long, (source) => {
        const text = neutralise(source);
        let at = 0;
        for (const { body, head, tail, markdown } of splitPieces(text, LIMIT)) {
          const [first, ...shown] = codeLines(markdown.slice(0, markdown.length - tail.length), head.length);
          const [start, ...whole] = codeLines(text.slice(0, at + body.length), at);
          expect(shown).toEqual(whole);
          expect(first?.[0]).toBe(start?.[0]);
          at += body.length;
        }
      }),
      { numRuns: 200 },
    );
  });

  it('keeps a piece for good once the text is long enough behind its beginning', () => {
    fc.assert(
      fc.property(long, long, long, fc.nat(), (a, b, c, cut) => {
        const source = a + b + c + a;
        const grown = splitPieces(neutralise(source), LIMIT);
        const shorter = neutralise(source.slice(0, cut % (source.length + 1)));
        let at = 0;
        splitPieces(shorter, LIMIT).forEach((piece, index) => {
          const stable = at + LIMIT + SPLIT_LOOK_AHEAD + LOOK_AHEAD <= shorter.length;
          if (stable) expect(grown[index]).toEqual(piece);
          at += piece.body.length;
        });
      }),
      { numRuns: 150 },
    );
  });
});
