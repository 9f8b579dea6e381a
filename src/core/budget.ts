/**
 * A budget that is reached: what runs into it is held, and the thread says so on a card, until somebody who may
 * raises it, the session is closed, or the day is over.
 *
 * B1  What is held is not lost: words wait, or are kept as context and counted.
 * B2  A raise counts once, from who may. The new limit is fixed on the card, so that telling the service twice is
 *     telling it once.
 * B3  Nobody is stuck: a session can be closed, and what does not wait for a card goes on.
 */
import { refusalOf } from './approvals.ts';
import { retryDelay, GIVE_UP_MS, START_PATIENCE_MS, type StepContext } from './context.ts';
import { centsOf, raisedLimit, reachedOf, type Reached } from './daily.ts';
import type { Person, RaiseInput } from './event.ts';
import {
  heldBy,
  holdEnds,
  isBudget,
  isOverToday,
  reachedToday,
  type BudgetCard,
  type BudgetNote,
  type BudgetOf,
  type BudgetStep,
  type HoldEnd,
} from './hold.ts';
import { addNote, type Tell } from './note.ts';
import { requesterFor } from './owner.ts';
import { mayTalk } from './policy.ts';
import type { Settings } from './settings.ts';
import { next, type Failure, type Next, type Send, type SessionRef, type ThreadState } from './state.ts';
import { beginTurn, shelve, wake } from './talk.ts';
import type { End } from './turn.ts';

function withStep(state: ThreadState, token: string, step: BudgetStep): ThreadState {
  const notes = state.notes.map((note) =>
    isBudget(note) && note.text.token === token ? { ...note, text: { ...note.text, step } } : note,
  );
  return { ...state, notes };
}

// ------------------------------------------------------------------------------------------- it is reached

/** Whether a session's budget can be raised here at all. */
function isRaisable({ budget }: Settings): boolean {
  return budget.raiseUsd > 0;
}

function cardOf(
  of: BudgetOf,
  { limitCents, spentCents }: Pick<Reached, 'limitCents' | 'spentCents'>,
  { requester, after }: Pick<BudgetCard, 'requester' | 'after'>,
  { settings, token }: StepContext,
): BudgetCard {
  const { raiseUsd, raisers } = settings.budget;
  const stepCents = centsOf(raiseUsd);
  return {
    token,
    of,
    limitCents,
    spentCents,
    ...(stepCents > 0 ? { toCents: raisedLimit(limitCents, spentCents, stepCents) } : {}),
    raisers,
    requester,
    after,
    step: { is: 'open' },
  };
}

/** The session's own budget is used up. Its turn has ended; the session keeps what it knows, and rests. */
function holdSession(state: ThreadState, session: SessionRef, context: StepContext): ThreadState {
  const turn = state.turns.at(-1);
  const after = turn?.segments.at(-1)?.after ?? state.lastSent ?? state.thread.ts;
  const spentCents = Math.round(state.usage?.listCostCents ?? 0);
  const limitCents = state.budgetCents ?? centsOf(context.settings.sessionBudgetUsd);
  const card = cardOf(
    { is: 'session', session: session.id },
    { limitCents: limitCents || spentCents, spentCents },
    { requester: turn?.user ?? '', after },
    context,
  );
  const { watch: _watch, retry: _retry, ...calm } = state;
  return addNote(
    { ...calm, phase: { is: 'resting', session, since: context.now } },
    { is: 'budget', ...card },
  );
}

/** How a turn ends that ran into its session's budget. */
export function budgetEnd({ settings }: StepContext): End {
  return isRaisable(settings) ? { is: 'budget', held: true } : { is: 'budget' };
}

/**
 * The session takes nothing more until its budget is raised. Where that cannot be done here it is closed, and a later
 * reply begins a new one that knows this one.
 */
export function overBudget(state: ThreadState, session: SessionRef, context: StepContext): ThreadState {
  if (isRaisable(context.settings)) return holdSession(state, session, context);
  const kept = leaveUnanswered(state, '', () => true);
  return { ...kept, phase: { is: 'closing', session, why: 'budget', step: 'due' } };
}

/** Words that wait to begin something are held where the day's budget is used up. */
export function holdDay(state: ThreadState, context: StepContext): ThreadState {
  const first = state.sends.find(({ status }) => status === 'waiting');
  if (!first || heldBy(state) || state.phase.is === 'closing') return state;
  const { user, ts: after } = first.mark;
  const requester = requesterFor(state, user);
  if (!isOverToday(state, requester, context)) return state;
  const reached = reachedToday(requester, context);
  if (!reached) return state;
  const { scope, day } = reached;
  const card = cardOf({ is: 'day', scope, day }, reached, { requester, after }, context);
  return addNote(state, { is: 'budget', ...card });
}

// ------------------------------------------------------------------------------------------- it is over

/**
 * A hold whose reason is gone: its session was closed or lost. The words that waited are context now, and who reads
 * the thread is told how many: nothing is begun, and paid for, only because something else ended (B1).
 */
export function settleHold(state: ThreadState): ThreadState {
  const held = heldBy(state);
  if (held?.of.is !== 'session') return state;
  const { phase } = state;
  const isThere = 'session' in phase && phase.session.id === held.of.session && phase.is !== 'closing';
  return isThere ? state : letGo(state, held, 'closed', () => true);
}

function letGo(
  state: ThreadState,
  { token }: BudgetCard,
  why: HoldEnd,
  pick: (send: Send) => boolean,
  by = '',
): ThreadState {
  return leaveUnanswered(withStep(state, token, { is: 'over', why }), by, pick);
}

/** Somebody stops a thread in which nothing runs yet: what is held is given up. Undefined where nothing is. */
export function stopHeld(
  state: ThreadState,
  by: string,
  { now }: Pick<StepContext, 'now'>,
): ThreadState | undefined {
  const held = heldBy(state);
  if (!held) return undefined;
  if (held.step.is === 'raising') {
    if (held.step.at > 0 || state.phase.is !== 'working') return undefined;
    const { retry: _, ...calm } = withStep(state, held.token, { is: 'open' });
    const { session } = state.phase;
    const resting: ThreadState = { ...calm, phase: { is: 'resting', session, since: now } };
    return leaveUnanswered(resting, by, () => true);
  }
  if (held.of.is === 'day') return letGo(state, held, 'stopped', isWaiting, by);
  // Also what may be with the session already: stopped stays stopped.
  return state.sends.length > 0 ? leaveUnanswered(state, by, () => true) : undefined;
}

/** These go unanswered, and the thread is told; the words go along with the next message. */
function leaveUnanswered(state: ThreadState, by: string, pick: (send: Send) => boolean): ThreadState {
  const { state: kept, count } = shelve(state, pick);
  return count > 0 ? addNote(kept, { is: 'unanswered', by, count }) : kept;
}

function isWaiting({ status }: Send): boolean {
  return status === 'waiting';
}

/** The day is over: the words that waited are context, and a new message begins anew. */
export function endDay(state: ThreadState, { now }: Pick<StepContext, 'now'>): ThreadState {
  const held = heldBy(state);
  const ends = holdEnds(state);
  if (!held || ends === undefined || ends > now) return state;
  return letGo(state, held, 'day', isWaiting);
}

/**
 * Somebody writes while words are held. A day's hold is looked at anew: where it does not hold this person any more,
 * what waits goes on, and what somebody else had asked for goes along as context.
 */
export function heldAgain(state: ThreadState, author: Person | undefined, context: StepContext): ThreadState {
  const held = heldBy(state);
  if (held?.of.is !== 'day' || !author || mayTalk(author, context.settings) !== 'yes') return state;
  const user = requesterFor(state, author.user);
  if (reachedToday(user, context)) return state;
  const isOthers = ({ status, mark }: ThreadState['sends'][number]): boolean =>
    status === 'waiting' && requesterFor(state, mark.user) !== user;
  const theirs = shelve(state, isOthers).state;
  const why = context.today?.(user)?.day === held.of.day ? 'elsewhere' : 'day';
  return withStep(theirs, held.token, { is: 'over', why });
}

// ------------------------------------------------------------------------------------------- it is raised

/** Why this person may not raise it; undefined where they may. */
function refusalToRaise(
  card: BudgetCard,
  person: Person | undefined,
  { settings }: StepContext,
): Tell | undefined {
  if (person?.role === 'admin') return undefined;
  const { requester, raisers } = card;
  const rule = { requester, approvers: raisers, twoPersons: false, gen: 0, expiresAt: 0, spanMs: 0 };
  const refusal = refusalOf(person, rule, [], { verdict: 'deny' }, settings);
  if (refusal?.is !== 'not-yours' && refusal?.is !== 'not-approver') return refusal;
  return { is: 'not-raiser', raisers, requester };
}

/** Somebody pressed "Raise by". */
export function onRaise(
  state: ThreadState,
  { user, token }: RaiseInput,
  author: Person | undefined,
  context: StepContext,
): Next {
  const told = (tell: Tell): Next => next(state, { do: 'tell', user, tell });
  const card = state.notes.find((note): note is BudgetNote => isBudget(note) && note.text.token === token);
  const { step } = card?.text ?? {};
  if (!card || !step || step.is === 'over' || card.text.toCents === undefined)
    return told({ is: 'raise-over' });
  if (step.is !== 'open') return told({ is: 'raised-already', by: step.by });
  const refusal = refusalToRaise(card.text, author, context);
  if (refusal) return told(refusal);
  const { phase } = state;
  if (card.text.of.is === 'session') {
    if (phase.is !== 'resting') return told({ is: 'raise-over' });
    const raising = withStep(state, token, { is: 'raising', by: user, at: 0 });
    const { session } = phase;
    return next({ ...raising, phase: { is: 'working', session, run: false } });
  }
  const over = endDay(state, context);
  if (over !== state) return next(over, { do: 'tell', user, tell: { is: 'raise-over' } });
  // Somebody else may have raised it meanwhile: then nothing is added to that.
  const today = context.today?.(card.text.requester);
  const isFree = today !== undefined && !reachedOf(context.settings, today);
  const outcome: BudgetStep = isFree ? { is: 'over', why: 'elsewhere' } : { is: 'raised', by: user };
  const freed = withStep(state, token, outcome);
  const first = state.sends.find(isWaiting);
  return next(first ? wake(freed, first.mark, context) : freed);
}

/** Tells the service, once the decision is saved with this step. */
export function sendRaise(state: ThreadState, context: StepContext): Next {
  const { phase, retry } = state;
  const held = heldBy(state);
  if (held?.of.is !== 'session' || held.step.is !== 'raising' || held.step.at > 0) return next(state);
  if (phase.is !== 'working' || held.toCents === undefined) return next(state);
  if (retry && retry.due > context.now) return next(state);
  const sent = withStep(state, held.token, { ...held.step, at: context.now });
  return next(sent, { do: 'raise', session: phase.session.id, cents: held.toCents });
}

/** The session has the new budget, or runs: what was held goes on. */
export function goOn(state: ThreadState, context: StepContext): ThreadState {
  const held = heldBy(state);
  if (held?.of.is !== 'session') return state;
  const { step, requester, after, token, toCents } = held;
  const { retry: _, ...calm } = state;
  const raised =
    step.is === 'raising'
      ? withStep({ ...calm, ...(toCents === undefined ? {} : { budgetCents: toCents }) }, token, {
          is: 'raised',
          by: step.by,
        })
      : withStep(calm, token, { is: 'over', why: 'elsewhere' });
  const { phase } = raised;
  if (phase.is !== 'resting' && phase.is !== 'working') return raised;
  const begun = beginTurn(raised, requester, after, context.now);
  const live =
    phase.is === 'working' ? phase : ({ is: 'working', session: phase.session, run: false } as const);
  return { ...begun, phase: live, watch: context.now + START_PATIENCE_MS };
}

/** It may have been raised, or could not be: repeating it is harmless (B2). */
export function onRaiseFailed(state: ThreadState, failure: Failure, context: StepContext): Next {
  const held = heldBy(state);
  const { phase } = state;
  if (held?.step.is !== 'raising') return next(state);
  const { step, token } = held;
  if (phase.is !== 'working') return next(withStep(state, token, { is: 'open' }));
  // What is asked for is less than it has cost: an earlier try had raised it, and that is used up too.
  if (failure.code === 'budget_not_raised')
    return next(goOn(state, context), { do: 'relist', session: phase.session.id });
  const since = state.retry?.since ?? context.now;
  const again = failure.kind === 'retry' || failure.kind === 'unknown';
  if (again && context.now - since < GIVE_UP_MS) {
    const tries = (state.retry?.tries ?? 0) + 1;
    const due = context.now + retryDelay(tries, failure.retryAfterMs);
    const waits = withStep(state, token, { ...step, at: 0 });
    return next({ ...waits, retry: { tries, due, since, code: failure.code } });
  }
  if (failure.kind === 'gone') return next(state, { do: 'check', session: phase.session.id });
  const { retry: _r, watch: _w, ...calm } = withStep(state, token, { is: 'open' });
  const resting = { is: 'resting', session: phase.session, since: context.now } as const;
  return next(
    { ...calm, phase: resting },
    { do: 'tell', user: step.by, tell: { is: 'raise-failed', code: failure.code } },
  );
}

/**
 * A new holder: whether the service was told is not known, and it is told again (B2). Where the session rests by now,
 * whoever may can press the button again (B3).
 */
export function raiseAgain(state: ThreadState): ThreadState {
  const held = heldBy(state);
  if (held?.step.is !== 'raising') return state;
  return withStep(state, held.token, state.phase.is === 'working' ? { ...held.step, at: 0 } : { is: 'open' });
}

/** Whoever writes while words are held is told that theirs wait too; the card says the rest. */
export function toldHeld(before: ThreadState, done: Next, user: string): Next {
  const held = heldBy(done.state);
  const waits = done.state.sends.length > before.sends.length;
  if (!held || !waits || heldBy(before)?.token !== held.token) return done;
  return { ...done, effects: [...done.effects, { do: 'tell', user, tell: { is: 'held' } }] };
}
