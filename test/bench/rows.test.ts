import { describe, expect, it } from 'vitest';
import { row, table } from '../../src/bench/rows.ts';
import { percentile } from '../../src/bench/stats.ts';

describe('a row', () => {
  it('has met its target up to the target itself', () => {
    expect(row('a', 5, 'ms', 5)).toEqual({ name: 'a', value: 5, unit: 'ms', target: 5, met: true });
    expect(row('a', 5.001, 'ms', 5).met).toBe(false);
    expect(row('a', 0, 'calls', 0).met).toBe(true);
  });

  it('without a target has met nothing and missed nothing', () => {
    expect(row('a', 1234.5678, 'ms')).toEqual({
      name: 'a',
      value: 1235,
      unit: 'ms',
      target: null,
      met: null,
    });
  });

  it('that could not be measured has no value, and misses its target', () => {
    expect(row('a', Number.NaN, 'ms', 5)).toMatchObject({ value: null, met: false });
    expect(row('a', Infinity, 'ms')).toMatchObject({ value: null, met: null });
  });
});

describe('the table', () => {
  it('shows figure and target side by side, and says what is missed', () => {
    const text = table([
      row('short', 4, 'ms', 5),
      row('a longer one', 1600, 'ms', 15),
      row('only told', 7, 'kB'),
    ]);
    expect(text.split('\n')).toEqual([
      '              measured  target  unit',
      'short                4     ≤ 5  ms    met',
      'a longer one     1,600    ≤ 15  ms    MISSED',
      'only told            7          kB',
      '',
      '1 of 2 targets missed',
      '',
    ]);
  });

  it('promises nothing where there is no target', () => {
    expect(table([row('only told', 7, 'kB')])).not.toContain('target met');
    expect(table([row('a', 1, 'ms', 2)])).toContain('all 1 targets met');
  });
});

it('percentiles are values that occurred', () => {
  const values = [5, 1, 4, 2, 3];
  expect([0, 0.5, 0.99, 1].map((part) => percentile(values, part))).toEqual([1, 3, 5, 5]);
  expect(percentile([], 0.5)).toBeNaN();
});
