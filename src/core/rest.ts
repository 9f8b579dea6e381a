/** The quiet end: the idle timeout, closing once, commands, and the thread's timers. */
import type { CommandInput, Person, TimerInput, TimerName } from './event.ts';
import { mayStop, mayTalk } from './policy.ts';
import { expire, nextExpiry } from './answering.ts';
import { endDay } from './budget.ts';
import { isSecondTry } from './changed.ts';
import { doubtsOf } from './doubt.ts';
import { lose, rest } from './feed.ts';
import { leaveUnanswered } from './halt.ts';
import { GIVE_UP_MS, REFUSED_MS, RUN_PATIENCE_MS, START_PATIENCE_MS } from './context.ts';
import { retryDelay, type StepContext } from './context.ts';
import { heldBy, holdEnds, isRaising, quietMs } from './hold.ts';
import { listOutputs } from './outputs.ts';
import { next, type Effect, type Failure, type Next, type Send, type ThreadState } from './state.ts';
import { resumeStart } from './start.ts';
import { onFork } from './fork.ts';
import { onHandover } from './owner.ts';
import { onMute } from './quiet.ts';
import { isResumed, onResume, withoutResumed } from './resume.ts';
import { addNote, openTurnOf, resend, shelve } from './talk.ts';
import { endOpenTurn } from './start.ts';
import { hasText } from './turn.ts';

// ------------------------------------------------------------------------------------------- timers

/** When each timer of this state is due (wall clock, ms). Derived: setting one is never an effect of its own. */
export function timersOf(
  state: ThreadState,
  context: Pick<StepContext, 'settings' | 'settleMs'>,
): Readonly<Partial<Record<TimerName, number>>> {
  const { phase } = state;
  const idleTimeoutMs = quietMs(state, context.settings.idleTimeoutMs);
  const timers: Partial<Record<TimerName, number>> = {};
  if (phase.is === 'resting' && idleTimeoutMs > 0) timers.idle = phase.since + idleTimeoutMs;
  const asked = phase.is === 'working' || phase.is === 'asking' ? nextExpiry(state) : undefined;
  const expiry = asked ?? holdEnds(state);
  if (expiry !== undefined) timers.expire = expiry;
  const doubts = doubtsOf(state);
  if (doubts.length > 0) {
    timers.doubt = Math.max(Math.min(...doubts) + context.settleMs, state.lookAgain ?? 0);
  }
  if (state.retry && state.retry.due > 0) timers.retry = state.retry.due;
  if (state.watch !== undefined && phase.is === 'working') timers.watch = state.watch;
  if (state.outputs?.due !== undefined) timers.outputs = state.outputs.due;
  return timers;
}

/** A timer proposes; what is true by now decides. */
export function onTimer(state: ThreadState, input: TimerInput, context: StepContext): Next {
  if (state.armed[input.name] !== input.id) return next(state);
  const { [input.name]: _, ...armed } = state.armed;
  const fired: ThreadState = { ...state, armed };
  switch (input.name) {
    case 'idle':
      return next(onQuiet(fired, input.id, context));
    case 'expire':
      return expire(endDay(fired, context), context);
    case 'doubt':
      return onSettled(fired, context);
    case 'retry':
      return onRetryDue(fired, context);
    case 'watch':
      // Moved on since it was set, which was not saved for itself: it is only set anew.
      return (state.watch ?? 0) > input.id ? next(fired) : onWatch(fired, context);
    case 'outputs':
      return listOutputs(fired, context);
  }
}

function onQuiet(state: ThreadState, due: number, context: StepContext): ThreadState {
  const { phase } = state;
  const wanted = timersOf(state, context).idle;
  if (phase.is !== 'resting' || wanted === undefined || wanted > due) return state;
  return { ...state, phase: { is: 'closing', session: phase.session, why: 'idle', step: 'due' } };
}

/** Looks again for whatever is in doubt, and once more later where that brings no answer. */
function onSettled(state: ThreadState, context: StepContext): Next {
  const again: ThreadState = { ...state, lookAgain: context.now + context.settleMs };
  const { phase } = state;
  if (phase.is === 'starting') return resumeStart(again, context);
  // Also where a budget holds what was sent: it may have been taken before.
  const live = phase.is === 'working' || phase.is === 'asking' || (phase.is === 'resting' && heldBy(state));
  return live && doubtsOf(state).length > 0
    ? next(again, { do: 'look', session: phase.session.id })
    : next(state);
}

function onRetryDue(state: ThreadState, context: StepContext): Next {
  const due: ThreadState = state.retry ? { ...state, retry: { ...state.retry, due: 0 } } : state;
  return state.phase.is === 'starting' ? resumeStart(due, context) : next(due);
}

function onWatch(state: ThreadState, context: StepContext): Next {
  const { phase } = state;
  if (phase.is !== 'working') return next(state);
  return next(
    { ...state, watch: context.now + START_PATIENCE_MS },
    { do: 'check', session: phase.session.id },
  );
}

/** The session's status, after its history has been folded in. */
export function onChecked(
  state: ThreadState,
  status: 'idle' | 'running' | 'rescheduling' | 'terminated',
  context: StepContext,
): Next {
  const { phase } = state;
  if (phase.is !== 'working' && phase.is !== 'asking') return next(state);
  if (status === 'terminated') return next(lose(state, 'terminated'));
  if (status !== 'idle' || phase.is === 'asking')
    return next({ ...state, watch: context.now + RUN_PATIENCE_MS });
  if (isRaising(state)) return next({ ...state, watch: context.now + START_PATIENCE_MS });
  // The end of the run has been listed before, or comes with the stream; where it does not, the next look ends it.
  if (phase.run) return next({ ...state, phase: { ...phase, run: false } });
  return next(afterSilence(state, phase, context));
}

/** The session is idle, and what was sent never started a run: it was dropped there. */
function afterSilence(
  state: ThreadState,
  phase: Extract<ThreadState['phase'], { is: 'working' }>,
  context: StepContext,
): ThreadState {
  const overdue = state.sends.filter(
    (send) => send.status === 'sent' && context.now - send.at >= context.settleMs,
  );
  if (phase.stop) {
    const { by } = phase.stop;
    const mayStillCome = (send: Send): boolean => send.status !== 'waiting' && !overdue.includes(send);
    if (state.sends.some(mayStillCome)) return state;
    const left = leaveUnanswered(stopTurn(state, by), by, (send) => send.status !== 'waiting');
    return rest(left, phase.session, context);
  }
  const again = resend(state, (send) => overdue.includes(send) && !isSecondTry(send));
  const given = shelve(again, (send) => overdue.includes(send));
  if (again.sends.length === 0) return rest(endQuietly(again), phase.session, context);
  if (given.count === 0) return again;
  const told = endOpenTurn(given.state, { is: 'unreachable', code: 'message_not_taken', final: false });
  return told.sends.length === 0 ? rest(told, phase.session, context) : told;
}

/** Everything was taken, and the run is over without a word about it. */
function endQuietly(state: ThreadState): ThreadState {
  const turn = openTurnOf(state);
  return turn ? endOpenTurn(state, { is: hasText(turn) ? 'answered' : 'silent' }) : state;
}

function stopTurn(state: ThreadState, by: string): ThreadState {
  return openTurnOf(state) ? endOpenTurn(state, { is: 'stopped', by, unanswered: 0 }) : state;
}

// ------------------------------------------------------------------------------------------- closing

/** Asks for archiving; the adapter looks at the status first, so that nothing that runs is closed. */
export function closeIfDue(state: ThreadState, context: StepContext): Next {
  const { phase } = state;
  if (phase.is !== 'closing' || phase.step !== 'due') return next(state);
  if (state.retry && state.retry.due > context.now) return next(state);
  return next(
    { ...state, phase: { ...phase, step: 'archiving' } },
    { do: 'archive', session: phase.session.id },
  );
}

export function onArchived(state: ThreadState, context: StepContext): Next {
  const { phase } = state;
  if (phase.is !== 'closing') return next(state);
  const { retry: _r, boundary: _b, seen: _s, redo: _d, ...calm } = state;
  const closed: ThreadState = {
    ...calm,
    phase: { is: 'closed', previous: { session: phase.session.id, why: phase.why } },
  };
  if (phase.why !== 'idle' && phase.why !== 'asked') return next(closed);
  const by = phase.by === undefined ? {} : { by: phase.by };
  return next(
    addNote(closed, { is: 'closed', why: phase.why, ...by, idleMs: context.settings.idleTimeoutMs }),
  );
}

export function onArchiveFailed(state: ThreadState, failure: Failure, context: StepContext): Next {
  const { phase } = state;
  if (phase.is !== 'closing') return next(state);
  if (failure.code === 'session_running') {
    const { session, by } = phase;
    const told: readonly Effect[] = by ? [{ do: 'tell', user: by, tell: { is: 'still-working' } }] : [];
    return next(
      {
        ...state,
        phase: { is: 'working', session, run: true },
        watch: context.now + START_PATIENCE_MS,
      },
      { do: 'check', session: session.id },
      ...told,
    );
  }
  const since = state.retry?.since ?? context.now;
  const mayPass = failure.kind === 'retry' || failure.kind === 'unknown';
  if (!mayPass && !isWaitedOut(state, failure, context.now - since)) return onArchived(state, context);
  const tries = (state.retry?.tries ?? 0) + 1;
  const due = context.now + retryDelay(tries, failure.retryAfterMs);
  return next({
    ...state,
    phase: { ...phase, step: 'due' },
    retry: { tries, due, since, code: failure.code },
  });
}

/**
 * A refusal that only an operator can lift may be lifted soon: until then the session stays open, and this thread's.
 * Who waits for the next one does not wait for that as long.
 */
function isWaitedOut({ sends }: ThreadState, { kind }: Failure, lastedMs: number): boolean {
  return kind === 'fatal' && lastedMs < (sends.length > 0 ? REFUSED_MS : GIVE_UP_MS);
}

// ------------------------------------------------------------------------------------------- commands

export function onCommand(
  state: ThreadState,
  input: CommandInput,
  author: Person | undefined,
  context: StepContext,
  other?: Person,
): Next {
  const { user } = input;
  const tell = (what: Extract<Effect, { do: 'tell' }>['tell']): Next =>
    next(state, { do: 'tell', user, tell: what });
  switch (input.name) {
    case 'help':
    case 'status':
    case 'sessions':
      return tell({ is: input.name });
    case 'settings':
    case 'cost':
    case 'agents': {
      const may = mayTalk(author, context.settings);
      if (may === 'yes') return tell({ is: input.name });
      return tell(may === 'no' ? { is: 'refused', role: author?.role ?? 'unknown' } : { is: 'unverified' });
    }
    case 'fork':
      return onFork(state, input, author, context);
    case 'handover':
      return onHandover(state, input, author, other, context);
    case 'resume':
      return onResume(state, input, author, context);
    case 'close':
      break;
    case 'mute':
    case 'unmute':
      return onMute(state, input, author, context);
    default:
      return tell({ is: 'later', what: input.name });
  }
  const may = mayStop(author, context.settings);
  if (may === 'no') return tell({ is: 'refused', role: author?.role ?? 'unknown' });
  if (may === 'unverified') return tell({ is: 'unverified' });
  const { phase } = state;
  if (phase.is === 'working' || phase.is === 'asking' || phase.is === 'starting')
    return tell({ is: 'still-working' });
  if (phase.is === 'closing') return tell({ is: 'closing' });
  if (isResumed(state)) {
    const { idleTimeoutMs: idleMs } = context.settings;
    return next(addNote(withoutResumed(state), { is: 'closed', why: 'asked', by: user, idleMs }));
  }
  if (phase.is !== 'resting') return tell({ is: 'nothing-open' });
  return next({
    ...state,
    phase: { is: 'closing', session: phase.session, why: 'asked', by: user, step: 'due' },
  });
}
