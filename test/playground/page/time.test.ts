/** Dates as Slack formats them, for whoever reads. */
import { expect, it } from 'vitest';
import { dayKey, slackDate } from '../../../src/playground/page/client/time.ts';

const NOW = new Date(2026, 10, 20, 12, 30).getTime();
const DAY = 86_400_000;

it.each([
  ['{date_num}', NOW, '2026-11-20'],
  ['{date_num}', new Date(2026, 0, 5, 8).getTime(), '2026-01-05'],
  ['{date_short_pretty}', NOW, 'today'],
  ['on {date_pretty}', NOW + DAY, 'on tomorrow'],
  ['{date_long_pretty}', NOW - DAY, 'yesterday'],
  ['{ago}', NOW - 7_200_000, '2 hours ago'],
  ['no token', NOW, 'no token'],
  ['{date} {weather}', NOW, undefined],
  ['{constructor}', NOW, undefined],
])('%s', (format, at, expected) => {
  expect(slackDate(format, at, NOW)).toBe(expected);
});

it('names a day that is further away, and the time', () => {
  const text = slackDate('{date_short_pretty} {time}', NOW + 40 * DAY, NOW) ?? '';
  expect(text).toMatch(/30/);
  expect(text).toMatch(/2026/);
  expect(dayKey(NOW + 40 * DAY)).toBe('2026-12-30');
});
