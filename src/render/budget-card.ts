/** The card of a budget that is reached: what is held, what was spent, and the button that raises it. */
import type { DayScope } from '../core/daily.ts';
import { dayAfter } from '../core/daily.ts';
import { threadKey } from '../core/event.ts';
import type { BudgetCard } from '../core/hold.ts';
import type { ThreadState } from '../core/state.ts';
import type { Block, Content } from '../ports.ts';
import { raisersOf } from './budget-words.ts';
import { cents } from './money.ts';
import { contextBlock, lineBlock } from './message.ts';
import { moment } from './phrases.ts';

export function budgetCard(state: ThreadState, card: BudgetCard): Content {
  const head = `:moneybag: ${headOf(card)}`;
  const result = outcome(card);
  const isOpen = card.step.is === 'open';
  const blocks: readonly Block[] = [
    lineBlock(isOpen ? `${head} ${keptOf(card)}` : head),
    ...(isOpen && card.toCents !== undefined ? [button(state, card, card.toCents)] : []),
    contextBlock(result ?? terms(card)),
  ];
  return { text: result === undefined ? `${head} ${keptOf(card)}` : `${head} ${result}`, blocks };
}

const WHOSE: Readonly<Record<DayScope, (requester: string) => string>> = {
  person: (requester) => `<@${requester}>’s budget`,
  channel: () => 'This channel’s budget',
  workspace: () => 'This workspace’s budget',
};

function headOf({ of, limitCents, spentCents, requester }: BudgetCard): string {
  const amounts = `${cents(limitCents)} (${cents(spentCents)} spent)`;
  if (of.is === 'session') return `This session has reached its budget of ${amounts}.`;
  return `${WHOSE[of.scope](requester)} for today is used up: ${amounts}.`;
}

function keptOf({ of }: BudgetCard): string {
  return of.is === 'session'
    ? 'What was done so far is kept, and what you write now waits.'
    : 'So nothing was begun. What was asked is kept and waits.';
}

/** Who may raise it, and what can be done besides. */
function terms(card: BudgetCard): string {
  const { of, toCents } = card;
  const who = `${raisersOf(card)} can raise it${toCents === undefined ? ' in the settings' : ''}.`;
  if (of.is === 'session') {
    return `${who} Or write \`@Heddle close\` and ask again: a new session knows what was said here.`;
  }
  const begins = `It begins anew ${moment(dayAfter(of.day))}; what waits then goes along with your next message.`;
  return `${who} ${begins}`;
}

function button(state: ThreadState, { token, limitCents, of }: BudgetCard, toCents: number): Block {
  const label = `Raise by ${cents(toCents - limitCents)}${of.is === 'day' ? ' today' : ''}`;
  return {
    type: 'actions',
    block_id: `heddle.budget.${token}`.slice(0, 255),
    elements: [
      {
        type: 'button',
        action_id: 'heddle.raise_budget',
        text: { type: 'plain_text', text: label, emoji: true },
        style: 'primary',
        value: `${threadKey(state.thread)}|${token}`,
        accessibility_label: `${label}, to ${cents(toCents)}`,
      },
    ],
  };
}

/** What became of it; undefined while it is open. */
function outcome({ step, toCents, of }: BudgetCard): string | undefined {
  const to = toCents === undefined ? '' : ` to ${cents(toCents)}`;
  switch (step.is) {
    case 'open':
      return undefined;
    case 'raising':
      return `:hourglass_flowing_sand: <@${step.by}> raises it${to}…`;
    case 'raised':
      return `:white_check_mark: Raised${to} by <@${step.by}>${of.is === 'day' ? ', for today' : ''}; it goes on.`;
    case 'over':
      return OVER[step.why];
  }
}

const OVER = {
  closed: ':heavy_minus_sign: Not raised: the session is closed. Reply to go on in a new one.',
  stopped: ':octagonal_sign: Not raised: this was stopped.',
  day: ':heavy_minus_sign: Not raised: the day is over. Write again to begin.',
  elsewhere: ':white_check_mark: There is room again; it goes on.',
} as const;
