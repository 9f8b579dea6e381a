import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../src/lib/duration.ts';
import { distance, nearest } from '../../src/lib/spelling.ts';

describe('parseDuration', () => {
  it.each([
    ['90s', 90_000],
    ['30m', 1_800_000],
    [' 8h ', 28_800_000],
    ['7d', 604_800_000],
    ['0', 0],
    ['0s', 0],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '90', '-1s', '1.5h', '1h30m', 's', '1 h', '30M', '1w', '00'])('%s is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('nearest', () => {
  it('counts letters added, dropped, replaced and swapped', () => {
    expect(distance('model', 'modle')).toBe(1);
    expect(distance('model', 'models')).toBe(1);
    expect(distance('kitten', 'sitting')).toBe(3);
    expect(distance('', 'abc')).toBe(3);
  });

  it('guesses what is near, and nothing else', () => {
    expect(nearest('systm', ['system', 'tools'])).toBe('system');
    expect(nearest('zzz', ['system', 'tools'])).toBeUndefined();
  });
});
