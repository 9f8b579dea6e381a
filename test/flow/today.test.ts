/** What a day cost, for somebody who asks; and the day's budget as this process knows it. */
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/core/audit.ts';
import { dayOf, type Today } from '../../src/core/daily.ts';
import { DEFAULT_SETTINGS, type Budget } from '../../src/core/settings.ts';
import { createSpending, type Spending } from '../../src/flow/spending.ts';
import { textContent } from '../../src/flow/tell.ts';
import { withToday } from '../../src/flow/today.ts';
import { readable } from '../render/slack-limits.ts';
import { quietLog } from '../support/quiet-log.ts';
import { virtualClock, type VirtualClock } from '../support/virtual-clock.ts';

const PLACE = { team: 'T1', channel: 'C1' };
const settings = (budget: Partial<Budget> = {}) => ({
  ...DEFAULT_SETTINGS,
  budget: { ...DEFAULT_SETTINGS.budget, ...budget },
});
const LIMITED = settings({ userDailyUsd: 5, workspaceDailyUsd: 100 });

interface Rig {
  readonly clock: VirtualClock;
  readonly spending: Spending;
  readonly counted: number[];
  /** How often the books were read. */
  reads: number;
  books: Today;
  fails: boolean;
}

function rig(): Rig {
  const clock = virtualClock();
  const counted: number[] = [];
  const it: Rig = {
    clock,
    counted,
    reads: 0,
    fails: false,
    books: {
      day: dayOf(clock.now()),
      spent: { person: 124, channel: 240, workspace: 1_210 },
      raised: { person: 0, channel: 0, workspace: 500 },
    },
    spending: createSpending({
      clock,
      log: quietLog,
      meter: { spent: (usd) => counted.push(usd) },
      store: {
        books: {
          today: async () => {
            it.reads += 1;
            if (it.fails) throw new Error('away');
            return it.books;
          },
        },
      },
    }),
  };
  return it;
}

const spent = (usd: number, by = 'U1'): AuditEntry => ({
  what: 'spent',
  usd,
  by,
  session: 'sesn_1',
  channel: 'C1',
});

describe('what is known of a day', () => {
  it('is not asked for where no day has a limit', async () => {
    const r = rig();
    await r.spending.ready(PLACE, ['U1'], settings());
    expect(r.reads).toBe(0);
    expect(r.spending.today(PLACE, 'U1', settings())).toBeUndefined();
  });

  it('is asked for once in a few seconds for each person and place', async () => {
    const r = rig();
    await Promise.all([1, 2, 3].map(() => r.spending.ready(PLACE, ['U1', 'U1'], LIMITED)));
    expect(r.reads).toBe(1);
    await r.clock.advance(2_000);
    await r.spending.ready(PLACE, ['U1'], LIMITED);
    expect(r.reads).toBe(1);
    await r.clock.advance(2_000);
    await r.spending.ready(PLACE, ['U1', 'U2'], LIMITED);
    expect(r.reads).toBe(3);
  });

  it('grows at once by what this process writes down, which is counted for the metrics', async () => {
    const r = rig();
    await r.spending.ready(PLACE, ['U1', 'U2'], LIMITED);
    r.spending.booked(PLACE, [spent(1.5), { what: 'stopped', by: 'U1' }]);
    r.spending.booked({ team: 'T1', channel: 'C2' }, [spent(2, 'U2')]);
    r.spending.booked({ team: 'T2', channel: 'C1' }, [spent(4)]);
    expect(r.spending.today(PLACE, 'U1', LIMITED)?.spent).toEqual({
      person: 274,
      channel: 390,
      workspace: 1_560,
    });
    expect(r.spending.today(PLACE, 'U2', LIMITED)?.spent).toEqual({
      person: 324,
      channel: 390,
      workspace: 1_560,
    });
    expect(r.counted).toEqual([1.5, 2, 4]);
  });

  it('knows at once what was raised here', async () => {
    const r = rig();
    await r.spending.ready(PLACE, ['U1'], LIMITED);
    const raised = { what: 'raised', usd: 5, by: 'UADMIN', day: r.books.day } as const;
    r.spending.booked(PLACE, [
      { ...raised, scope: 'person', of: 'U1' },
      { ...raised, scope: 'person', of: 'U2' },
      { ...raised, scope: 'workspace', of: 'T1' },
      { what: 'raised', usd: 9, by: 'UADMIN', session: 'sesn_1' },
    ]);
    expect(r.spending.today(PLACE, 'U1', LIMITED)?.raised).toEqual({
      person: 500,
      channel: 0,
      workspace: 1_000,
    });
  });

  it('is of no use on the day after, and kept where it cannot be read again', async () => {
    const r = rig();
    await r.spending.ready(PLACE, ['U1'], LIMITED);
    r.fails = true;
    await r.clock.advance(10_000);
    await r.spending.ready(PLACE, ['U1'], LIMITED);
    expect(r.spending.today(PLACE, 'U1', LIMITED)?.spent.person).toBe(124);
    await r.clock.advance(24 * 3_600_000);
    expect(r.spending.today(PLACE, 'U1', LIMITED)).toBeUndefined();
  });
});

describe('what somebody reads of a day', () => {
  const asked = async (r: Rig, channel?: string): Promise<string> =>
    readable(
      await withToday(
        r,
        LIMITED,
        { team: 'T1', user: 'U1', ...(channel ? { channel } : {}) },
        textContent('Costs.'),
      ),
    );

  it('is theirs, the channel’s and the workspace’s, of their limits with what they were raised by', async () => {
    expect(await asked(rig(), 'C1')).toMatch(
      /Costs\.[\s\S]*\*Today\* \(UTC\): you \$1\.24 of \$5, this channel \$2\.40, this workspace \$12\.10 of \$105\./,
    );
    expect(await asked(rig())).toMatch(/you \$1\.24 of \$5, this workspace/);
  });

  it('is left out where it cannot be read', async () => {
    const r = rig();
    r.fails = true;
    expect(await asked(r, 'C1')).not.toContain('Today');
  });
});
