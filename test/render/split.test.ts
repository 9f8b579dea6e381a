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

/** Whether each line is code, by the offset at which it begins. */
function code(text: string): Map<number, boolean> {
  return new Map(scanLines(text).map(({ start, fence }) => [start, fence !== undefined]));
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

  it('loses nothing, keeps the limit, whole clusters and entities, and no token at any seam', () => {
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
      { numRuns: 400 },
    );
  });

  it('leaves no fence open behind any part', () => {
    fc.assert(
      fc.property(fc.oneof(long, dense), (source) => {
        for (const { markdown } of splitPieces(neutralise(source), LIMIT))
          expect(leavesOpen(markdown)).toBe(false);
      }),
      { numRuns: 400 },
    );
  });

  it('shows as code in each part what is code in the whole, and nothing else', () => {
    fc.assert(
      fc.property(long, (source) => {
        const text = neutralise(source);
        const whole = code(text);
        let at = 0;
        for (const { body, head, tail, markdown } of splitPieces(text, LIMIT)) {
          const lines = scanLines(markdown.slice(0, markdown.length - tail.length));
          const shown = lines.filter(({ start, end }) => start >= head.length || end > head.length);
          let start = at;
          const expected = body.match(/[^\n]*\n|[^\n]+$/g)?.map((line) => {
            const is = whole.get(start);
            start += line.length;
            return is;
          });
          shown.forEach(({ fence }, index) => {
            // The first may be the rest of a line; the head speaks for it.
            if (expected?.[index] !== undefined) expect(fence !== undefined).toBe(expected[index]);
          });
          at += body.length;
        }
      }),
      { numRuns: 400 },
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
      { numRuns: 300 },
    );
  });
});
