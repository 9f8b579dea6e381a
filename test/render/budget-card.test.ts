/** What people read of a budget: the card in each of its steps, its button, and what a turn cost of it. */
import { describe, expect, it } from 'vitest';
import type { BudgetCard, BudgetStep } from '../../src/core/hold.ts';
import { budgetCard } from '../../src/render/budget-card.ts';
import { cents, spentOf } from '../../src/render/money.ts';
import { picture } from '../../src/render/picture.ts';
import { footerLine } from '../../src/render/steps.ts';
import { workingLine } from '../../src/render/message.ts';
import { play, type Play } from '../core/support/play.ts';
import { readable, refusals } from './slack-limits.ts';

const CARD: BudgetCard = {
  token: 'tok',
  of: { is: 'session', session: 'sesn_1' },
  limitCents: 1_000,
  spentCents: 1_004,
  toCents: 1_500,
  raisers: [],
  requester: 'UADA',
  after: '1790000000.000100',
  step: { is: 'open' },
};
const day = (scope: 'person' | 'channel' | 'workspace'): Partial<BudgetCard> => ({
  of: { is: 'day', scope, day: '2026-11-20' },
});
const shown = (over: Partial<BudgetCard>): ReturnType<typeof budgetCard> =>
  budgetCard(play().state, { ...CARD, ...over });

describe('the card of a budget', () => {
  it.each<[string, Partial<BudgetCard>, RegExp, string | undefined]>([
    [
      'a session',
      {},
      /session has reached its budget of \$10 \(\$10\.04 spent\).*kept, and what you write now waits/,
      'Raise by $5',
    ],
    [
      'a person’s day',
      day('person'),
      /<@UADA>’s budget for today is used up: \$10 \(\$10\.04 spent\)\. So nothing was begun/,
      'Raise by $5 today',
    ],
    ['a channel’s day', day('channel'), /This channel’s budget for today/, 'Raise by $5 today'],
    ['the workspace’s day', day('workspace'), /This workspace’s budget for today/, 'Raise by $5 today'],
  ])('of %s says what happened, what was kept, and offers to raise it', (_, over, head, label) => {
    const content = shown(over);
    expect(content.text).toMatch(head);
    const all = JSON.stringify(content.blocks);
    expect(all).toContain(`"text":"${label}"`);
    expect(all).toContain('"value":"T1:C1:1790000000.000100|tok"');
    expect(all).toMatch(/An admin of this workspace can raise it/);
    expect(refusals(content)).toEqual([]);
    expect(readable(content)).not.toBe('');
  });

  it('names who else may raise it, and has no button where nothing is raised here', () => {
    const { raisers } = { raisers: ['UGRACE', 'SOPS', 'requester'] };
    expect(JSON.stringify(shown({ raisers }).blocks)).toContain(
      'An admin of this workspace or <@UGRACE>, a member of <!subteam^SOPS> or <@UADA> can raise it.',
    );
    const { toCents: _, ...without } = CARD;
    const none = JSON.stringify(budgetCard(play().state, without).blocks);
    expect(none).not.toContain('heddle.raise_budget');
    expect(none).toContain('can raise it in the settings');
  });

  it.each<[BudgetStep, RegExp]>([
    [{ is: 'raising', by: 'UADMIN', at: 0 }, /<@UADMIN> raises it to \$15…/],
    [{ is: 'raised', by: 'UADMIN' }, /Raised to \$15 by <@UADMIN>; it goes on/],
    [{ is: 'over', why: 'closed' }, /Not raised: the session is closed/],
    [{ is: 'over', why: 'stopped' }, /Not raised: this was stopped/],
    [{ is: 'over', why: 'day' }, /Not raised: the day is over/],
    [{ is: 'over', why: 'elsewhere' }, /There is room again/],
  ])('has no button once it is decided: %o', (step, words) => {
    const content = shown({ step });
    expect(JSON.stringify(content.blocks)).not.toContain('heddle.raise_budget');
    expect(content.text).toMatch(words);
    expect(refusals(content)).toEqual([]);
  });

  it('stays in the picture while it is open, and is done with when it is decided', () => {
    const p = play().working();
    p.live(p.ev.text('half'), p.ev.idle({ type: 'budget_reached' }));
    const options = { previews: [], holdBack: false };
    const open = picture(p.state, options);
    expect(open.messages.at(-1)).toMatchObject({ slot: 'n1', standing: 'question' });
    expect(open.notes).toEqual([]);
    p.live(p.ev.running());
    expect(picture(p.state, options).notes).toEqual([1]);
  });
});

describe('money', () => {
  it.each([
    [1_000, '$10'],
    [1_050, '$10.50'],
    [1, '$0.01'],
    [123_456_700, '$1,234,567'],
  ])('%d cents are %s', (amount, words) => {
    expect(cents(amount)).toBe(words);
  });

  it('says what was spent of a budget, and alone where there is none', () => {
    expect(spentOf(124, 1_000)).toBe('$1.24 of $10');
    expect(spentOf(0.4, 1_000)).toBe('under $0.01 of $10');
    expect(spentOf(124, undefined)).toBe('$1.24');
  });
});

describe('below a turn', () => {
  function costing(verbosity: 'quiet' | 'normal'): Play {
    const p = play({ verbosity }).working();
    const usage = { inputTokens: 1_000, outputTokens: 200, listCostCents: 124 };
    p.live({ type: 'session.usage', id: 'sevt_u', at: null, usage, budgetCents: 1_000 });
    return p;
  }

  it('stands what the session has cost of its budget, while it works and when it is over', () => {
    const p = costing('normal');
    expect(p.turn && workingLine(p.state, p.turn)).toMatch(/Working… · \$1\.24 of \$10/);
    p.live(p.ev.text('done'), p.ev.idle());
    expect(p.turn && footerLine(p.turn)).toBe('1 s · 1.2k tokens · $1.24 ($1.24 of $10)');
  });

  it('stands nothing of it where little is to be shown', () => {
    const p = costing('quiet');
    expect(p.turn && workingLine(p.state, p.turn)).toMatch(/Working…$/);
    p.live(p.ev.text('done'), p.ev.idle());
    expect(p.turn && footerLine(p.turn)).toBeUndefined();
  });
});
