/** What a day may cost: whose limit is reached, what it leaves, and how far a raise goes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dayAfter,
  dayOf,
  leftOf,
  raisedLimit,
  reachedOf,
  sessionCents,
  type ByScope,
  type Today,
} from '../../src/core/daily.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/core/settings.ts';

const settings = (person: number, channel: number, workspace: number, session = 10): Settings => ({
  ...DEFAULT_SETTINGS,
  sessionBudgetUsd: session,
  budget: {
    ...DEFAULT_SETTINGS.budget,
    userDailyUsd: person,
    channelDailyUsd: channel,
    workspaceDailyUsd: workspace,
  },
});
const sums = (person: number, channel: number, workspace: number): ByScope => ({
  person,
  channel,
  workspace,
});
const today = (spent: ByScope, raised: ByScope = sums(0, 0, 0)): Today => ({
  day: '2026-11-20',
  spent,
  raised,
});

describe('a day', () => {
  it('is one of UTC, to the millisecond', () => {
    const next = Date.parse('2026-11-21T00:00:00Z');
    expect([next - 1, next].map(dayOf)).toEqual(['2026-11-20', '2026-11-21']);
    expect(dayAfter('2026-11-20')).toBe(next);
    expect(dayAfter('2026-12-31')).toBe(Date.parse('2027-01-01T00:00:00Z'));
  });

  it.each<[string, Settings, Today, object | undefined]>([
    ['no limits', settings(0, 0, 0), today(sums(1e6, 1e6, 1e6)), undefined],
    ['below all', settings(5, 20, 100), today(sums(499, 1_999, 9_999)), undefined],
    [
      'a person’s',
      settings(5, 20, 100),
      today(sums(500, 500, 500)),
      { scope: 'person', limitCents: 500, spentCents: 500 },
    ],
    [
      'a channel’s',
      settings(5, 20, 100),
      today(sums(0, 2_100, 2_100)),
      { scope: 'channel', limitCents: 2_000 },
    ],
    ['the widest of several', settings(5, 20, 100), today(sums(900, 2_100, 10_001)), { scope: 'workspace' }],
    ['a raised one', settings(5, 0, 0), today(sums(600, 0, 0), sums(200, 0, 0)), undefined],
    [
      'a raised one that is reached again',
      settings(5, 0, 0),
      today(sums(700, 0, 0), sums(200, 0, 0)),
      { limitCents: 700 },
    ],
  ])('reaches: %s', (_, set, books, reached) => {
    const found = reachedOf(set, books);
    if (reached) expect(found).toMatchObject(reached);
    else expect(found).toBeUndefined();
  });

  it.each<[string, Settings, Today | undefined, number]>([
    ['its own where no day has a limit', settings(0, 0, 0), today(sums(1, 1, 1)), 1_000],
    ['its own where nothing is known', settings(5, 0, 0), undefined, 1_000],
    ['what the narrowest leaves', settings(5, 20, 100), today(sums(100, 1_850, 0)), 150],
    ['what is left where it has none of its own', settings(5, 0, 0, 0), today(sums(100, 0, 0)), 400],
    ['never none', settings(5, 0, 0), today(sums(900, 0, 0)), 1],
  ])('gives a session %s', (_, set, books, cents) => {
    expect(sessionCents(set, books)).toBe(cents);
  });

  it('leaves nothing exactly where a limit is reached', () => {
    const amount = fc.nat(5_000);
    const three = fc.tuple(amount, amount, amount);
    fc.assert(
      fc.property(three, three, three, (limits, spent, raised) => {
        const set = settings(limits[0] / 100, limits[1] / 100, limits[2] / 100);
        const books = today(sums(...spent), sums(...raised));
        expect(leftOf(set, books) === 0).toBe(reachedOf(set, books) !== undefined);
      }),
    );
  });
});

describe('a raise', () => {
  it('leaves between half a step and one and a half, in whole steps', () => {
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.nat(100_000),
        fc.integer({ min: 1, max: 10_000 }),
        (limit, over, step) => {
          const to = raisedLimit(limit, limit + over, step);
          expect((to - limit) % step).toBe(0);
          expect(to - (limit + over)).toBeGreaterThanOrEqual(step / 2);
          expect(to - (limit + over)).toBeLessThan(step * 1.5);
        },
      ),
    );
  });

  it('is one step where the limit was hardly passed, and where less was spent', () => {
    expect(raisedLimit(1_000, 1_004, 500)).toBe(1_500);
    expect(raisedLimit(1_000, 200, 500)).toBe(1_500);
  });
});
