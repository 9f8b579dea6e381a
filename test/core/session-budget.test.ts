/** A session that has reached its budget: it is held, raised by who may, once, and nothing that was said is lost. */
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../src/core/agent-event.ts';
import type { Attributed, Person } from '../../src/core/event.ts';
import { heldBy } from '../../src/core/hold.ts';
import { DEFAULT_SETTINGS, type Budget } from '../../src/core/settings.ts';
import {
  ADA,
  commands,
  FATAL,
  GONE,
  GRACE,
  GUEST,
  markOf,
  NOBODY,
  refused,
  RETRY,
  says,
  stops,
  UNKNOWN,
} from './support/inputs.ts';
import { kinds, only, play, told, wordsOf, type Play } from './support/play.ts';

const ADMIN: Person = { user: 'UADMIN', name: 'Adele', role: 'admin' };

const usage = (cents: number, at: number): AgentEvent => ({
  type: 'session.usage',
  id: `sevt_usage_${at}`,
  at: null,
  usage: { inputTokens: at, outputTokens: 0, listCostCents: cents },
  budgetCents: 1_000,
});

const card = (p: Play) => heldBy(p.state);
const raises = (who: Person, token = ''): Attributed => ({
  input: { kind: 'raise', user: who.user, token },
  author: who,
});

/** Ada's request ran into the session's ten dollars. */
function spent(budget: Partial<Budget> = {}): Play {
  const p = play({ budget: { ...DEFAULT_SETTINGS.budget, ...budget } }).working();
  p.live(p.ev.text('half of it'), usage(1_004, 1), p.ev.idle({ type: 'budget_reached' }));
  return p;
}

function raised(p: Play, who: Person = ADMIN): readonly ReturnType<Play['give']>[number][] {
  return p.give(raises(who, card(p)?.token));
}

describe('a session at its budget', () => {
  it('rests with a card that says what was spent and what a raise makes of it (fault: budget-reached)', () => {
    const p = spent();
    expect(p.end).toEqual({ is: 'budget', held: true });
    expect(p.is).toBe('resting');
    expect(card(p)).toMatchObject({
      of: { is: 'session', session: 'sesn_1' },
      limitCents: 1_000,
      spentCents: 1_004,
      toCents: 1_500,
      requester: ADA.user,
      step: { is: 'open' },
    });
    p.settle();
    expect(card(p), 'an open card is not forgotten').toBeDefined();
    p.calm();
  });

  it('keeps what is said meanwhile, says so to who said it, and sends nothing', () => {
    const p = spent();
    const effects = p.give(says(2, 'go on', GRACE));
    expect(kinds(effects)).toEqual(['tell']);
    expect(told(effects)).toEqual([`${GRACE.user}: held`]);
    expect(p.state.sends.map(({ words, status }) => [words, status])).toEqual([['go on', 'waiting']]);
  });

  it.each<[string, Person | undefined, Partial<Budget>, string]>([
    ['a colleague', GRACE, {}, 'not-raiser'],
    ['who asked', ADA, {}, 'not-raiser'],
    ['a guest', GUEST, {}, 'refused'],
    ['a guest who is named', GUEST, { raisers: [GUEST.user] }, 'refused'],
    ['somebody unknown', NOBODY, { raisers: [NOBODY.user] }, 'unverified'],
    ['somebody of another organisation', { ...GRACE, role: 'outsider' }, {}, 'refused'],
    ['a member of no named group', { ...GRACE, groups: [] }, { raisers: ['SOPS'] }, 'not-raiser'],
    ['somebody whose groups are not known', GRACE, { raisers: ['SOPS'] }, 'unverified'],
  ])('is not raised by %s, and the card stays as it is', (_, who, budget, tell) => {
    const p = spent(budget);
    const before = card(p);
    const effects = raised(p, who);
    expect(told(effects)).toEqual([`${who?.user}: ${tell}`]);
    expect(kinds(effects)).toEqual(['tell']);
    expect(card(p)).toBe(before);
  });

  it.each<[string, Person, Partial<Budget>]>([
    ['an admin', ADMIN, {}],
    ['who is named', GRACE, { raisers: [GRACE.user] }],
    ['a member of a named group', { ...GRACE, groups: ['SOPS'] }, { raisers: ['SOPS'] }],
    ['who asked, where that is said', ADA, { raisers: ['requester'] }],
  ])('is raised by %s', (_, who, budget) => {
    const p = spent(budget);
    expect(only(raised(p, who), 'raise')).toEqual({ do: 'raise', session: 'sesn_1', cents: 1_500 });
  });

  it('goes on by itself once it is raised, in the name of who asked, and then takes what waited', () => {
    const p = spent();
    p.give(says(2, 'and this', GRACE));
    raised(p);
    expect(card(p)?.step).toMatchObject({ is: 'raising', by: ADMIN.user });
    expect(wordsOf(p.give({ kind: 'raised' }))).toEqual(['and this']);
    expect(card(p)).toBeUndefined();
    expect(p.state.notes.at(-1)?.text).toMatchObject({
      is: 'budget',
      step: { is: 'raised', by: ADMIN.user },
    });
    expect(p.turn).toMatchObject({ user: ADA.user, no: 2 });
    expect(p.state.budgetCents).toBe(1_500);
    p.acknowledge();
    p.live(p.ev.running(), p.ev.text('the other half'), p.ev.taken(markOf(2, GRACE)), p.ev.idle());
    expect(p.end).toEqual({ is: 'answered' });
    p.calm();
  });

  it('goes on as well where it runs before the answer to the raise is there', () => {
    const p = spent();
    raised(p);
    p.live(p.ev.running());
    expect(card(p)).toBeUndefined();
    expect(kinds(p.give({ kind: 'raised' }))).toEqual([]);
    p.live(p.ev.text('more'), p.ev.idle());
    expect(p.end).toEqual({ is: 'answered' });
  });

  it('goes on where somebody raised it elsewhere', () => {
    const p = spent();
    p.live(p.ev.running());
    expect(p.state.notes.at(-1)?.text).toMatchObject({ step: { is: 'over', why: 'elsewhere' } });
    expect(p.is).toBe('working');
  });

  it('is raised once, however often it is pressed', () => {
    const p = spent();
    const token = card(p)?.token;
    expect(kinds(p.give(raises(ADMIN, token)))).toEqual(['raise']);
    expect(told(p.give(raises({ ...ADMIN, user: 'UOTHER' }, token)))).toEqual(['UOTHER: raised-already']);
    p.give({ kind: 'raised' });
    expect(told(p.give(raises(ADMIN, token)))).toEqual([`${ADMIN.user}: raised-already`]);
    p.settle();
    expect(told(p.give(raises(ADMIN, token)))).toEqual([`${ADMIN.user}: raise-over`]);
    expect(told(p.give(raises(ADMIN, 'forged')))).toEqual([`${ADMIN.user}: raise-over`]);
  });

  it.each([RETRY, UNKNOWN])(
    'is told the same limit again after a failure that may pass ($kind)',
    (failure) => {
      const p = spent();
      raised(p);
      expect(kinds(p.give({ kind: 'raise-failed', failure }))).toEqual([]);
      expect(only(p.wait(40_000), 'raise').cents).toBe(1_500);
    },
  );

  it('is told again by who takes the thread over: nobody knows whether it was', () => {
    const p = spent();
    raised(p);
    const effects = p.give({ kind: 'taken-over' });
    expect(only(effects, 'raise').cents).toBe(1_500);
  });

  it('that has used up the raise as well is listed, and gets another card', () => {
    const p = spent();
    raised(p);
    expect(kinds(p.give({ kind: 'raise-failed', failure: refused('budget_not_raised') }))).toEqual([
      'relist',
    ]);
    p.history(p.ev.running(), usage(1_520, 2), p.ev.idle({ type: 'budget_reached' }));
    expect(card(p)).toMatchObject({ limitCents: 1_500, toCents: 2_000 });
  });

  it.each([FATAL, refused('budget_create_only')])('says so where it cannot be raised: $code', (failure) => {
    const p = spent();
    raised(p);
    expect(told(p.give({ kind: 'raise-failed', failure }))).toEqual([`${ADMIN.user}: raise-failed`]);
    expect(card(p)?.step).toEqual({ is: 'open' });
    expect(p.is).toBe('resting');
  });

  it('that is gone by then is looked at', () => {
    const p = spent();
    raised(p);
    expect(kinds(p.give({ kind: 'raise-failed', failure: GONE }))).toEqual(['check']);
    p.give({ kind: 'checked', status: 'terminated' });
    expect(card(p)).toBeUndefined();
    expect(p.is).toBe('closed');
  });
});

describe('a held session that ends without a raise', () => {
  it('by being closed: what waited goes along with the next message, in a new session', () => {
    const p = spent();
    p.give(says(2, 'go on', GRACE));
    expect(kinds(p.give(commands('close')))).toEqual(['archive']);
    p.give({ kind: 'archived' });
    expect(p.kept).toEqual(['go on']);
    expect(p.state.notes.map(({ text }) => text.is)).toEqual(['budget', 'unanswered', 'closed']);
    expect(told(raised(p))).toEqual([`${ADMIN.user}: raise-over`]);
    p.calm();
    expect(only(p.give(says(3, 'anew')), 'recall')).toMatchObject({ session: 'sesn_1' });
  });

  it('is not closed for being quiet before somebody could decide, and then is', () => {
    const p = spent();
    expect(kinds(p.wait(p.settings.idleTimeoutMs + 1_000))).toEqual([]);
    expect(kinds(p.wait(24 * 3_600_000))).toEqual(['archive']);
    expect(card(p)).toBeUndefined();
  });

  it('by being archived elsewhere: nothing is begun, and paid for, because of that', () => {
    const p = spent();
    p.give(says(2, 'go on', GRACE));
    expect(kinds(p.give({ kind: 'session-lost', how: 'archived' }))).toEqual([]);
    expect(p.kept).toEqual(['go on']);
    p.calm();
  });

  it('by a stop: what waits is given up, the card stays', () => {
    const p = spent();
    p.give(says(2, 'go on', GRACE));
    p.give(stops());
    expect(p.kept).toEqual(['go on']);
    expect(card(p)?.step).toEqual({ is: 'open' });
  });

  it('by a stop before the service was told: it is not raised', () => {
    const p = spent();
    raised(p);
    p.give({ kind: 'raise-failed', failure: RETRY });
    p.give(stops());
    expect(kinds(p.wait(60_000))).toEqual([]);
    expect(card(p)?.step).toEqual({ is: 'open' });
  });
});

describe('a message that a session at its budget refuses', () => {
  it('waits with the others, and is sent when the budget is raised', () => {
    const p = play().sending();
    expect(kinds(p.failSend(refused('budget_reached')))).toEqual(['relist']);
    expect(kinds(p.wait(5_000))).toEqual(['send']);
    expect(kinds(p.failSend(refused('budget_reached')))).toEqual([]);
    expect(p.end).toEqual({ is: 'budget', held: true });
    expect(p.state.sends.map(({ status }) => status)).toEqual(['waiting']);
    raised(p);
    expect(wordsOf(p.give({ kind: 'raised' }))).toEqual(['hello']);
  });

  it('from before the budget was raised is sent again, and holds nothing', () => {
    const p = spent();
    p.give(says(2, 'and this', GRACE));
    raised(p);
    p.give({ kind: 'raised' });
    expect(kinds(p.failSend(refused('budget_reached')))).toEqual(['relist']);
    expect(card(p)).toBeUndefined();
    expect(wordsOf(p.wait(5_000))).toEqual(['and this']);
  });

  it('that was on its way when the budget was reached waits with the others', () => {
    const p = play().working();
    p.give(says(2, 'and this', GRACE));
    p.live(usage(1_004, 1), p.ev.idle({ type: 'budget_reached' }));
    expect(kinds(p.failSend(refused('budget_reached')))).toEqual([]);
    expect(p.state.sends.map(({ status }) => status)).toEqual(['waiting']);
    raised(p);
    expect(wordsOf(p.give({ kind: 'raised' }))).toEqual(['and this']);
  });
});
