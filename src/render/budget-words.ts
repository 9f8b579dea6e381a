/** Words about a budget for the one person who pressed or wrote, and who may raise one. */
import type { BudgetCard } from '../core/hold.ts';
import type { Tell } from '../core/note.ts';
import { deciders, listed } from './phrases.ts';
import { escapeSlack, oneLine } from './text.ts';

/** Admins always may. */
export function raisersOf({ raisers, requester }: Pick<BudgetCard, 'raisers' | 'requester'>): string {
  const named = raisers.length === 0 ? [] : [deciders({ approvers: raisers, requester })];
  return listed(['An admin of this workspace', ...named], 'or');
}

type BudgetTell = Extract<
  Tell,
  { readonly is: 'not-raiser' | 'raised-already' | 'raise-over' | 'raise-failed' | 'held' }
>;

const TELLS: ReadonlySet<Tell['is']> = new Set<BudgetTell['is']>([
  'not-raiser',
  'raised-already',
  'raise-over',
  'raise-failed',
  'held',
]);

export function isBudgetTell(tell: Tell): tell is BudgetTell {
  return TELLS.has(tell.is);
}

/** What only the person who pressed or wrote reads. */
export function budgetLine(tell: BudgetTell): string {
  switch (tell.is) {
    case 'not-raiser':
      return `Only ${lowered(raisersOf(tell))} may raise this budget. Nothing was changed.`;
    case 'raised-already':
      return tell.by ? `<@${tell.by}> has already raised it.` : 'It has already been raised.';
    case 'raise-over':
      return 'This card is over: the budget was raised already, the session was closed, or the day has ended. Nothing was changed; write in the thread to go on.';
    case 'raise-failed':
      return `The budget could not be raised: Claude Managed Agents refused it (${escapeSlack(oneLine(tell.code, 60))}). Nothing was changed. Try again, or write \`@Heddle close\` and ask again in a new session; whoever runs Heddle can look at it.`;
    case 'held':
      return 'A budget is used up here, so your message waits, too. The card above says who can raise it; it is not lost.';
  }
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
