/** A day's budget: nothing is begun beyond it; what was asked waits for a raise, and is not lost without one. */
import { describe, expect, it } from 'vitest';
import { dayAfter, dayOf, type Today } from '../../src/core/daily.ts';
import type { Person } from '../../src/core/event.ts';
import { heldBy } from '../../src/core/hold.ts';
import type { step, ActorInput } from '../../src/core/session.ts';
import { DEFAULT_SETTINGS, type Budget } from '../../src/core/settings.ts';
import type { Effect } from '../../src/core/state.ts';
import { ADA, GRACE, says, stops } from './support/inputs.ts';
import { kinds, only, Play, told, wordsOf } from './support/play.ts';

const ADMIN: Person = { user: 'UADMIN', name: 'Adele', role: 'admin' };

/** A play whose books can be set, US cents by person. */
class Days extends Play {
  spent: Record<string, number> = {};
  raisedBy: Record<string, number> = {};
  known = true;

  constructor(budget: Partial<Budget> = {}) {
    super({ budget: { ...DEFAULT_SETTINGS.budget, userDailyUsd: 5, ...budget } });
  }

  override get context(): Parameters<typeof step>[2] {
    const today = (user: string): Today | undefined =>
      this.known
        ? {
            day: dayOf(this.now),
            spent: { person: this.spent[user] ?? 0, channel: 0, workspace: 0 },
            raised: { person: this.raisedBy[user] ?? 0, channel: 0, workspace: 0 },
          }
        : undefined;
    return { ...super.context, today };
  }

  get card() {
    return heldBy(this.state);
  }

  raise(who: Person = ADMIN, token = this.card?.token ?? ''): readonly Effect[] {
    return this.give({ input: { kind: 'raise', user: who.user, token }, author: who });
  }
}

/** Ada has spent her five dollars. */
function over(budget: Partial<Budget> = {}): Days {
  const days = new Days(budget);
  days.spent = { [ADA.user]: 512 };
  return days;
}

const ask = (n: number, text: string, who: Person = ADA): ActorInput => says(n, text, who);

describe('a new thread of somebody whose day is used up', () => {
  it('begins nothing, says whose budget it is and when it begins anew, and keeps the words', () => {
    const days = over();
    expect(kinds(days.give(ask(1, 'hello')))).toEqual([]);
    expect(days.is).toBe('none');
    expect(days.state.turns).toEqual([]);
    expect(days.card).toMatchObject({
      of: { is: 'day', scope: 'person', day: dayOf(days.now) },
      limitCents: 500,
      spentCents: 512,
      toCents: 1_000,
      requester: ADA.user,
    });
    expect(days.state.sends.map(({ words }) => words)).toEqual(['hello']);
  });

  it('goes on with the request when an admin raises the day, and not when somebody else does', () => {
    const days = over();
    days.give(ask(1, 'hello'));
    expect(told(days.raise(ADA))).toEqual([`${ADA.user}: not-raiser`]);
    expect(told(days.raise(GRACE))).toEqual([`${GRACE.user}: not-raiser`]);
    const effects = days.raise();
    expect(only(effects, 'create')).toMatchObject({ budgetCents: 1_000 - 512 });
    expect(only(effects, 'create')).toMatchObject({ gen: 1 });
    expect(days.turn).toMatchObject({ user: ADA.user });
    expect(days.card).toBeUndefined();
    expect(days.trail.filter(({ what }) => what === 'raised')).toEqual([
      {
        what: 'raised',
        usd: 5,
        scope: 'person',
        of: ADA.user,
        day: dayOf(days.now),
        by: ADMIN.user,
        role: 'admin',
        channel: 'C1',
        thread: days.state.thread.ts,
      },
    ]);
    expect(told(days.raise(ADMIN, 'token1.'))).toEqual([`${ADMIN.user}: raised-already`]);
  });

  it('is not raised once more where somebody raised it meanwhile: it only goes on', () => {
    const days = over();
    days.give(ask(1, 'hello'));
    days.raisedBy = { [ADA.user]: 500 };
    expect(only(days.raise(), 'create').gen).toBe(1);
    expect(days.trail.filter(({ what }) => what === 'raised')).toEqual([]);
  });

  it('begins where nothing is known of the day: a session has a budget of its own', () => {
    const days = over();
    days.known = false;
    expect(only(days.give(ask(1, 'hello')), 'create').budgetCents).toBe(1_000);
  });

  it('has no button where nothing is set to raise by', () => {
    const days = over({ raiseUsd: 0 });
    days.give(ask(1, 'hello'));
    expect(days.card).not.toHaveProperty('toCents');
    expect(told(days.raise())).toEqual([`${ADMIN.user}: raise-over`]);
  });
});

describe('while words wait for the day', () => {
  it('more of them wait too, and a stop gives all of them up', () => {
    const days = over();
    days.give(ask(1, 'hello'));
    expect(told(days.give(ask(2, 'please')))).toEqual([`${ADA.user}: held`]);
    days.give(stops());
    expect(days.kept).toEqual(['hello', 'please']);
    expect(days.card).toBeUndefined();
    days.calm();
  });

  it('somebody whose day is not used up goes on, with the others’ words as context', () => {
    const days = over();
    days.give(ask(1, 'hello'));
    only(days.give(ask(2, 'me then', GRACE)), 'recall');
    expect(days.kept).toEqual(['hello']);
    expect(days.state.sends.map(({ words }) => words)).toEqual(['me then']);
    expect(days.turn).toMatchObject({ user: GRACE.user });
  });

  it('a guest’s words let nothing go', () => {
    const days = over();
    days.give(ask(1, 'hello'));
    expect(told(days.give(ask(2, 'now', { ...GRACE, role: 'guest' })))).toEqual([`${GRACE.user}: refused`]);
    expect(days.card).toBeDefined();
  });

  it('the end of the day makes them context, and the next message begins', () => {
    const days = over();
    days.give(ask(1, 'hello'));
    const token = days.card?.token;
    days.wait(dayAfter(dayOf(days.now)) - days.now);
    expect(days.card).toBeUndefined();
    expect(days.kept).toEqual(['hello']);
    expect(told(days.raise(ADMIN, token))).toEqual([`${ADMIN.user}: raise-over`]);
    days.spent = {};
    expect(kinds(days.give(ask(2, 'now')))).toContain('recall');
  });

  it('a takeover changes nothing, and the card still works after it', () => {
    const days = over();
    days.give(ask(1, 'hello'));
    const before = days.state;
    days.give({ kind: 'taken-over' });
    expect(days.state).toEqual(before);
    expect(only(days.raise(), 'create').gen).toBe(1);
  });
});

describe('an open session of somebody whose day is used up', () => {
  it('begins no further turn, and goes on with what was asked when the day is raised', () => {
    const days = new Days().resting();
    days.spent = { [ADA.user]: 700 };
    expect(kinds(days.give(ask(2, 'more')))).toEqual([]);
    expect(days.is).toBe('resting');
    expect(wordsOf(days.raise())).toEqual(['more']);
    expect(days.is).toBe('working');
  });

  it('takes what steers a turn that runs', () => {
    const days = new Days().working();
    days.spent = { [ADA.user]: 700 };
    expect(wordsOf(days.give(ask(2, 'rather this')))).toEqual(['rather this']);
  });

  it('holds what waited in a queue when the turn ends', () => {
    const days = new Days();
    days.settings = { ...days.settings, busyMode: 'queue' };
    days.working();
    days.give(ask(2, 'then that'));
    days.spent = { [ADA.user]: 700 };
    expect(kinds(days.live(days.ev.text('done'), days.ev.idle()))).toEqual([]);
    expect(days.end).toEqual({ is: 'answered' });
    expect(days.card).toMatchObject({ of: { is: 'day' } });
    expect(wordsOf(days.raise())).toEqual(['then that']);
  });

  it('is made with what the day leaves', () => {
    const days = new Days();
    days.spent = { [ADA.user]: 380 };
    expect(only(days.give(ask(1, 'hello')), 'create').budgetCents).toBe(120);
    days.give({ kind: 'created', gen: 1, session: 'sesn_1' });
    expect(days.state.budgetCents).toBe(120);
  });
});
