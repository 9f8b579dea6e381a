/**
 * What holds a thread that ran into a budget: an open card. There is at most one, and while there is, nothing is begun
 * and nothing is sent.
 */
import type { StepContext } from './context.ts';
import { dayAfter, limitsOf, reachedOf, type DayScope, type Reached, type Today } from './daily.ts';
import type { Note } from './note.ts';
import type { Phase, ThreadState } from './state.ts';

export type BudgetOf =
  | { readonly is: 'session'; readonly session: string }
  | { readonly is: 'day'; readonly scope: DayScope; readonly day: string };

export type BudgetStep =
  | { readonly is: 'open' }
  /** Decided, and the service is told so: `at` is when (wall clock, ms), 0 while it is not under way. */
  | { readonly is: 'raising'; readonly by: string; readonly at: number }
  | { readonly is: 'raised'; readonly by: string }
  | { readonly is: 'over'; readonly why: HoldEnd };

/** Why nothing is held any more, besides that it was raised. */
export type HoldEnd = 'closed' | 'stopped' | 'day' | 'elsewhere';

/** What the card says, and what its button does. Amounts are US cents. The new limit is fixed with the card. */
export interface BudgetCard {
  readonly token: string;
  readonly of: BudgetOf;
  readonly limitCents: number;
  readonly spentCents: number;
  /** The limit that its button makes it; absent where it has none. */
  readonly toCents?: number;
  /** People (`U…`), user groups (`S…`), `requester`; besides admins. */
  readonly raisers: readonly string[];
  /** Who asked for what is held, and the `ts` of their message. */
  readonly requester: string;
  readonly after: string;
  readonly step: BudgetStep;
}

export interface BudgetNote {
  readonly no: number;
  readonly text: { readonly is: 'budget' } & BudgetCard;
}

export function isBudget(note: Note): note is BudgetNote {
  return note.text.is === 'budget';
}

export function isOpenCard({ text }: Note): boolean {
  return text.is === 'budget' && (text.step.is === 'open' || text.step.is === 'raising');
}

/** What holds the thread. */
export function heldBy({ notes }: Pick<ThreadState, 'notes'>): BudgetCard | undefined {
  return notes.find((note): note is BudgetNote => isBudget(note) && isOpenCard(note))?.text;
}

/** The service is being told of a raise: what comes of that decides whether the session works or rests. */
export function isRaising(state: Pick<ThreadState, 'notes'>): boolean {
  return heldBy(state)?.step.is === 'raising';
}

/** When the hold ends by itself (wall clock, ms): a day's with the day. */
export function holdEnds(state: Pick<ThreadState, 'notes'>): number | undefined {
  const held = heldBy(state);
  return held?.of.is === 'day' ? dayAfter(held.of.day) : undefined;
}

/** A session that waits to be raised is not closed before this, however short it may be quiet, ms. */
export const RAISE_WAIT_MS = 24 * 3_600_000;

/** How long a resting session may be quiet, ms; 0 is for ever. */
export function quietMs(state: Pick<ThreadState, 'notes'>, idleTimeoutMs: number): number {
  const held = heldBy(state);
  return held?.of.is === 'session' && idleTimeoutMs > 0
    ? Math.max(idleTimeoutMs, RAISE_WAIT_MS)
    : idleTimeoutMs;
}

/**
 * The day's books with what was raised in this thread: a raise stands in the books only once the step that it comes
 * with is saved, and that step goes on with what was held.
 */
export function booksOf(
  { notes }: Pick<ThreadState, 'notes'>,
  user: string,
  context: StepContext,
): Today | undefined {
  const today = context.today?.(user);
  if (!today) return undefined;
  const limits = limitsOf(context.settings);
  const raised: Record<DayScope, number> = { ...today.raised };
  for (const note of notes) {
    if (!isBudget(note)) continue;
    const { of, step, toCents = 0, requester } = note.text;
    if (of.is !== 'day' || of.day !== today.day || step.is !== 'raised') continue;
    if (of.scope === 'person' && requester !== user) continue;
    raised[of.scope] = Math.max(raised[of.scope], toCents - limits[of.scope]);
  }
  return { ...today, raised };
}

/** The day's budget that keeps this person from beginning something; undefined where none does. */
export function reachedToday(user: string, context: StepContext): Reached | undefined {
  const today = context.today?.(user);
  return today && reachedOf(context.settings, today);
}

const QUIET: ReadonlySet<Phase['is']> = new Set(['none', 'failed', 'closed', 'resting', 'closing']);

/** Whether this person's message would begin something that the day's budget does not allow. */
export function isOverToday({ phase, turns }: ThreadState, user: string, context: StepContext): boolean {
  const last = turns.at(-1);
  const isOpen = last !== undefined && !last.end;
  return QUIET.has(phase.is) && !isOpen && reachedToday(user, context) !== undefined;
}

/** User groups that decide about the open card. */
export function raiserGroups(state: Pick<ThreadState, 'notes'>): readonly string[] {
  return (heldBy(state)?.raisers ?? []).filter((each) => each.startsWith('S'));
}

/** Whether nothing is left to be done in a thread that rests: what a budget holds waits for somebody. */
export function isDone({ sends, turns, notes }: Pick<ThreadState, 'sends' | 'turns' | 'notes'>): boolean {
  const held = heldBy({ notes }) !== undefined;
  return turns.length === 0 && (held || sends.length === 0) && notes.every(isOpenCard);
}

/** Whether the session has cost as much as it may, as far as the platform has said it. */
export function isUsedUp({ usage, budgetCents }: Pick<ThreadState, 'usage' | 'budgetCents'>): boolean {
  return budgetCents !== undefined && (usage?.listCostCents ?? 0) >= budgetCents;
}
