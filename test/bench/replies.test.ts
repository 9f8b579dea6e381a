import { describe, expect, it } from 'vitest';
import { finalMs, firstMs, lags, markedText, type Reply } from '../../src/bench/replies.ts';

const reply: Reply = {
  thread: 'T1:C1:1.1',
  channel: 'C1',
  ts: '1.1',
  written: [
    { at: 100, mark: 1 },
    { at: 200, mark: 1 },
    { at: 300, mark: 3 },
    { at: 400, mark: 4 },
  ],
  shown: [
    { at: 150, mark: 1 },
    { at: 450, mark: 3 },
    { at: 500, mark: 4 },
  ],
  finalAt: 520,
};

describe('a reply as people saw it', () => {
  it('first text, final text, and each new piece in between', () => {
    expect([firstMs(reply), finalMs(reply), lags(reply)]).toEqual([50, 120, [50, 150, 100]]);
  });

  it('what was never shown is no number', () => {
    const unseen = { ...reply, shown: [], finalAt: Number.NaN };
    expect([firstMs(unseen), finalMs(unseen), ...lags(unseen)].every(Number.isNaN)).toBe(true);
  });
});

it('a marked text has the length that was asked for, its marks in order and whole', () => {
  for (const chars of [2000, 8000, 665]) {
    const text = markedText(chars);
    expect(text.length).toBeGreaterThan(chars - 10);
    expect(text.length).toBeLessThanOrEqual(chars);
    const marks = [...text.matchAll(/w(\d*)/g)].map(([, digits]) => Number(digits));
    expect(marks.filter((mark) => mark > 0)).toEqual(
      Array.from({ length: marks.filter((m) => m > 0).length }, (_, at) => at + 1),
    );
  }
});
