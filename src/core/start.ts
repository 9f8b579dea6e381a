/**
 * A session for the thread: what was said before is read, the session is made once, doubt is looked up (I7).
 *
 * Creating has no idempotency key: the intent is saved first, the metadata carries thread and generation, and a
 * create whose outcome is unknown is found by them before it is repeated.
 */
import { withEarlierFiles, type EarlierFile } from './earlier-files.ts';
import { UNUSED } from './progress.ts';
import { GIVE_UP_MS, retryDelay, type StepContext } from './context.ts';
import { sessionCents } from './daily.ts';
import { lookSoon } from './doubt.ts';
import { heldBy } from './hold.ts';
import { formatBrief } from './mark.ts';
import { sessionOf } from './session-of.ts';
import {
  next,
  type Effect,
  type Failure,
  type Next,
  type Phase,
  type Previous,
  type Send,
  type ThreadState,
  type ProcessInput,
} from './state.ts';
import { booksOf } from './hold.ts';
import { requesterFor } from './owner.ts';
import { isReading, previousOf, recallOf, withoutResumed } from './resume.ts';
import { beginTurn, earlier, openTurnOf, shelve, withLastTurn } from './talk.ts';
import type { End, Intro } from './turn.ts';

type Starting = Extract<Phase, { is: 'starting' }>;

/** A quiet thread with waiting words gets a session. */
export function start(state: ThreadState, context: StepContext): Next {
  const first = state.sends.find((send) => send.status === 'waiting');
  const quiet = state.phase.is === 'none' || state.phase.is === 'closed' || state.phase.is === 'failed';
  if (!first || !quiet || heldBy(state)) return next(state);
  const previous = previousOf(state.phase);
  if (state.restarts > MAX_RESTARTS) return giveUpLost(state, previous);
  const turned = beginTurn(state, first.mark.user, first.mark.ts, context.now);
  const title = state.title ?? (first.words.trim() || (first.files?.list[0]?.name ?? '')).slice(0, 300);
  const calm = withoutRetry(isReading(turned) ? withoutResumed(turned) : turned);
  const begun: ThreadState = { ...calm, title, gen: state.gen + 1 };
  const phase: Starting = {
    is: 'starting',
    step: 'recall',
    at: context.now,
    cancelled: false,
    ...(previous ? { previous } : {}),
  };
  const until = readUntil(first);
  if (previous || until.before !== state.thread.ts)
    return next({ ...begun, phase }, recallOf(previous, until));
  return create({ ...begun, phase }, phase, context);
}

/** Up to where the thread is read before this message: one into which the mention was edited came after its replies. */
function readUntil({ mark, edited }: Send): { readonly before: string; readonly except?: string } {
  return edited === undefined ? { before: mark.ts } : { before: edited, except: mark.ts };
}

/** Sessions that are lost one after the other before they take anything: a person has to look. */
const MAX_RESTARTS = 3;

function giveUpLost(state: ThreadState, previous: Previous | undefined): Next {
  const { state: kept } = shelve({ ...withoutRetry(state), restarts: 0 }, () => true);
  const ended = endOpenTurn(kept, { is: 'unreachable', code: 'session_lost', final: false });
  return next({ ...ended, phase: { is: 'failed', previous: previous ?? { why: 'failed' } } });
}

function withoutRetry(state: ThreadState): ThreadState {
  const { retry: _, ...rest } = state;
  return rest;
}

function create(state: ThreadState, phase: Starting, context: StepContext): Next {
  const of = sessionOf(context.settings, state.thread);
  const first = state.sends.find((send) => send.status === 'waiting');
  const budgetCents = sessionCents(
    context.settings,
    first && booksOf(state, requesterFor(state, first.mark.user), context),
  );
  return next(
    { ...state, phase: { ...phase, step: 'create', at: context.now, of, budgetCents } },
    { do: 'create', gen: state.gen, title: state.title ?? '', of, budgetCents },
  );
}

/** The earlier conversation, or that it could not be read: the turn says which. */
export function onRecalled(
  state: ThreadState,
  recalled: Omit<Extract<ProcessInput, { kind: 'recalled' }>, 'kind'>,
  context: StepContext,
): Next {
  const { phase } = state;
  if (phase.is !== 'starting' || phase.step !== 'recall') return next(state);
  if (phase.cancelled) return next({ ...state, phase: backTo(phase) });
  const { text, messages, leftOut, missing } = recalled;
  const told = withIntro(state, phase, { messages, leftOut, missing });
  if (text === '') return create(told, phase, context);
  const known = isFromSlack(phase) ? withoutRecalled(told, recalled.before) : told;
  return create({ ...withFilesOf(known, recalled.files), preface: text }, phase, context);
}

/** The first message that waits carries them. */
function withFilesOf(state: ThreadState, files: readonly EarlierFile[] = []): ThreadState {
  const first = state.sends.findIndex(({ status }) => status === 'waiting');
  const sends = state.sends.map((send, at) => (at === first ? withEarlierFiles(send, files) : send));
  return { ...state, sends };
}

/** What was read is the thread as Slack has it, not what an earlier session was given. */
function isFromSlack({ previous }: Starting): boolean {
  return previous?.session === undefined || previous.why === 'deleted';
}

/**
 * Words that were kept stand in the thread too: they are not given twice. What was written, and kept, while it was
 * read is not in it.
 */
function withoutRecalled(state: ThreadState, before: string): ThreadState {
  return { ...state, context: state.context.filter(({ ts }) => !earlier(ts, before)) };
}

/** Only a session that continues another one says so; joining people's thread needs no words, unless it failed. */
function withIntro(state: ThreadState, phase: Starting, intro: Omit<Intro, 'why'>): ThreadState {
  const turn = openTurnOf(state);
  if (!turn || (!phase.previous && !intro.missing && intro.leftOut === 0)) return state;
  // Who resumed it was told just this.
  if (phase.previous && isSame(state.resumed?.carries, intro)) return state;
  return withLastTurn(state, { ...turn, intro: { ...intro, why: phase.previous?.why ?? 'joined' } });
}

function isSame(
  told: Omit<Intro, 'why'> | undefined,
  { messages, leftOut, missing }: Omit<Intro, 'why'>,
): boolean {
  return told?.messages === messages && told.leftOut === leftOut && told.missing === missing;
}

/** Where a cancelled start leaves the thread. */
function backTo(phase: Starting): Phase {
  return phase.previous ? { is: 'failed', previous: phase.previous } : { is: 'none' };
}

/** The session exists: made now, or found after doubt. */
export function onSession(state: ThreadState, gen: number, id: string, context: StepContext): Next {
  const { phase } = state;
  if (phase.is !== 'starting' || gen !== state.gen) return next(state);
  const session = { id, createdAt: context.now };
  const {
    boundary: _boundary,
    seen: _seen,
    subagents: _subagents,
    brief: _brief,
    budgetCents: _budget,
    missed: _missed,
    resumed: _resumed,
    ...fresh
  } = withoutRetry(state);
  return next({
    ...fresh,
    ...briefed(context.settings.instructions),
    usage: UNUSED,
    ...(phase.budgetCents ? { budgetCents: phase.budgetCents } : {}),
    sessions: { ...newest(state.sessions), [gen]: id },
    phase: phase.cancelled
      ? { is: 'resting', session, since: context.now }
      : { is: 'working', session, run: false },
  });
}

/** How many earlier sessions are remembered: what they did can be looked up. */
const SESSIONS_KEPT = 19;

function newest(sessions: ThreadState['sessions'] = {}): Readonly<Record<number, string>> {
  return Object.fromEntries(
    Object.entries(sessions)
      .sort(([a], [b]) => Number(a) - Number(b))
      .slice(-SESSIONS_KEPT),
  );
}

/** A new session is told once what holds where it works. */
function briefed(instructions: readonly string[]): Pick<ThreadState, 'brief'> {
  return instructions.length === 0 ? {} : { brief: formatBrief(instructions) };
}

export function onCreateFailed(
  state: ThreadState,
  { gen, failure, at }: Pick<Extract<ProcessInput, { kind: 'create-failed' }>, 'gen' | 'failure' | 'at'>,
  context: StepContext,
): Next {
  const { phase } = state;
  if (phase.is !== 'starting' || gen !== state.gen) return next(state);
  if (failure.kind === 'unknown') {
    const doubt: Starting = { ...phase, step: 'doubt', at: Math.max(phase.at, at ?? context.now) };
    return next({ ...state, phase: doubt }, find(gen, doubt));
  }
  if (phase.cancelled) return next({ ...state, phase: backTo(phase) });
  if (failure.kind === 'retry') return waitAndRetry(state, phase, failure, context);
  return giveUp(state, phase, failure.code, true);
}

function waitAndRetry(state: ThreadState, phase: Starting, failure: Failure, context: StepContext): Next {
  const since = state.retry?.since ?? context.now;
  if (context.now - since > GIVE_UP_MS) return giveUp(state, phase, failure.code, false);
  const tries = (state.retry?.tries ?? 0) + 1;
  const due = context.now + retryDelay(tries, failure.retryAfterMs);
  return next({
    ...state,
    phase: { ...phase, step: 'wait' },
    retry: { tries, due, since, code: failure.code },
  });
}

/** The person is told; the words are kept and go along with the next message. */
function giveUp(state: ThreadState, phase: Starting, code: string, final: boolean): Next {
  const { state: kept } = shelve(withoutRetry(state), () => true);
  const previous: Previous = phase.previous ?? { why: 'failed' };
  return next(
    endOpenTurn({ ...kept, phase: { is: 'failed', previous } }, { is: 'unreachable', code, final }),
  );
}

/** Ends the running turn; one that has ended stays as it ended. */
export function endOpenTurn(state: ThreadState, end: End): ThreadState {
  const turn = openTurnOf(state);
  return turn ? withLastTurn(state, { ...turn, end }) : state;
}

/** The answer to looking for a session whose creation is in doubt. */
export function onFound(
  state: ThreadState,
  { gen, session, at }: Extract<ProcessInput, { kind: 'found' }>,
  context: StepContext,
): Next {
  const { phase } = state;
  if (phase.is !== 'starting' || phase.step !== 'doubt' || gen !== state.gen) return next(state);
  if (session !== undefined) return onSession(state, gen, session, context);
  if ((at ?? context.now) - phase.at < context.settleMs) return next(lookSoon(state, context));
  if (phase.cancelled) return next({ ...state, phase: backTo(phase) });
  return create(state, phase, context);
}

function find(gen: number, { of }: Starting): Effect {
  return { do: 'find', gen, ...(of ? { of } : {}) };
}

/** A timer says that doubt has settled, or that it is time to try again. */
export function resumeStart(state: ThreadState, context: StepContext): Next {
  const { phase } = state;
  if (phase.is !== 'starting') return next(state);
  if (phase.step === 'doubt') return next(state, find(state.gen, phase));
  if (phase.step === 'wait' && (state.retry?.due ?? 0) <= context.now) {
    return phase.cancelled ? next({ ...state, phase: backTo(phase) }) : create(state, phase, context);
  }
  return next(state);
}

/** After a crash: what was under way is in doubt, and what only reads is done again. */
export function recoverStart(state: ThreadState): Next {
  const { phase } = state;
  if (phase.is !== 'starting') return next(state);
  const first = state.sends.find((send) => send.status === 'waiting');
  const until = first ? readUntil(first) : { before: state.thread.ts };
  if (phase.step === 'recall') return next(state, recallOf(phase.previous, until));
  if (phase.step === 'wait') return next(state);
  return next({ ...state, phase: { ...phase, step: 'doubt' } }, find(state.gen, phase));
}
