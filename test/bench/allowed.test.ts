import { describe, expect, it } from 'vitest';
import { allowed } from '../../src/bench/allowed.ts';

const minute = { writtenMs: 60_000, roundTripMs: 60 };

describe('what the limits allow', () => {
  it('one reply waits for nothing but its calls', () => {
    expect(allowed({ replies: 1, channels: 1, ...minute })).toEqual({ firstMs: [120], finalMs: [60] });
  });

  it('posts to one channel come one a second after the third', () => {
    const { firstMs } = allowed({ replies: 6, channels: 1, ...minute });
    expect(firstMs).toEqual([120, 120, 120, 1120, 2120, 3120]);
    expect(allowed({ replies: 6, channels: 2, ...minute }).firstMs.at(-1)).toBe(120);
  });

  it('the fifty-first edit of a minute waits for the first one to be over', () => {
    const { firstMs } = allowed({ replies: 60, channels: 60, ...minute });
    expect([firstMs[49], firstMs[50]]).toEqual([120, 60_120]);
  });

  it('final texts find what the first ones left of the minute', () => {
    const few = allowed({ replies: 25, channels: 25, writtenMs: 10_000, roundTripMs: 60 });
    expect(few.finalMs.at(-1)).toBe(60);
    const many = allowed({ replies: 26, channels: 26, writtenMs: 10_000, roundTripMs: 60 });
    expect([many.finalMs[23], many.finalMs[24]]).toEqual([60, 50_120]);
  });
});
