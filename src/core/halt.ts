/**
 * Stop. One interrupt a run; stopped stays stopped.
 *
 * What was sent before the stop may still start a run of its own: that is interrupted again. What was not sent
 * is not a request any more, and goes along with the next message as context.
 */
import type { Mark } from './agent-event.ts';
import { stopHeld } from './budget.ts';
import type { Person, StopInput } from './event.ts';
import { heldBy } from './hold.ts';
import { mayStop } from './policy.ts';
import { DRAIN_PATIENCE_MS, retryDelay, type StepContext } from './context.ts';
import {
  next,
  type ProcessInput,
  type Next,
  type Phase,
  type Send,
  type Stop,
  type ThreadState,
} from './state.ts';
import { addNote, isOneOf, openTurnOf, shelve, withLastTurn } from './talk.ts';
import { endOpenTurn } from './start.ts';

/** Somebody wants it to stop. */
export function onStop(
  state: ThreadState,
  input: StopInput,
  author: Person | undefined,
  context: StepContext,
): Next {
  const may = mayStop(author, context.settings);
  if (may !== 'yes') {
    const tell =
      may === 'no'
        ? ({ is: 'refused', role: author?.role ?? 'unknown' } as const)
        : ({ is: 'unverified' } as const);
    return next(state, { do: 'tell', user: input.user, tell });
  }
  const held = stopHeld(state, input.user, context);
  if (held) return next(held);
  const { phase } = state;
  switch (phase.is) {
    case 'starting':
      return phase.cancelled ? next(state) : stopStarting(state, phase, input.user);
    case 'working':
    case 'asking':
      return phase.stop ? next(shelveWaiting(state, input.user)) : stopRun(state, phase, input.user, context);
    default:
      return openTurnOf(state) ? next(stopWaiting(state, input.user)) : quietly(state, input);
  }
}

/** A reaction or Slack's own Stop on something that is over needs no words. */
function quietly(state: ThreadState, input: StopInput): Next {
  if (input.via === 'reaction' || input.via === 'slack') return next(state);
  return next(state, { do: 'tell', user: input.user, tell: { is: 'nothing-running' } });
}

/**
 * Slack's own Stop ended the stream, and the event that says who pressed it has not come. People see that it has
 * stopped, so it stops: in the name of who asked, for whom the button is.
 */
export function onStoppedInSlack(state: ThreadState, context: StepContext): Next {
  const { phase } = state;
  const turn = openTurnOf(state);
  const live = phase.is === 'working' || phase.is === 'asking';
  return turn && live && !phase.stop ? stopRun(state, phase, turn.user, context) : next(state);
}

/** Nothing was sent yet: the turn is over at once, and what is being made is kept for later. */
function stopStarting(state: ThreadState, phase: Extract<Phase, { is: 'starting' }>, by: string): Next {
  return next(stopWaiting({ ...state, phase: { ...phase, cancelled: true } }, by));
}

function stopWaiting(state: ThreadState, by: string): ThreadState {
  const { state: kept, count } = shelve(state, (send) => send.status === 'waiting');
  return endOpenTurn(kept, { is: 'stopped', by, unanswered: Math.max(0, count - 1) });
}

/** Nobody could read the answer: what runs is stopped, and who asked is told where they can read it. */
export function onUnshowable(state: ThreadState, code: string, context: StepContext): Next {
  const turn = openTurnOf(state);
  if (!turn) return next(state);
  const { phase } = state;
  const tell = { do: 'tell-direct', user: turn.user, code } as const;
  const live = phase.is === 'working' || phase.is === 'asking';
  if (phase.is === 'starting' && !phase.cancelled) return next(stopStarting(state, phase, '').state, tell);
  return live && !phase.stop ? next(stopRun(state, phase, '', context).state, tell) : next(state);
}

function stopRun(
  state: ThreadState,
  phase: Extract<Phase, { is: 'working' | 'asking' }>,
  by: string,
  context: StepContext,
): Next {
  if (phase.is === 'working' && !phase.run && isNothingSent(state) && !heldBy(state)) {
    const { watch: _watch, retry: _retry, ...calm } = stopWaiting(state, by);
    return next({ ...calm, phase: { is: 'resting', session: phase.session, since: context.now } });
  }
  const stop: Stop = { by, asked: context.now, step: 'pending', at: 0 };
  const kept = shelveWaiting(state, by);
  return next({ ...kept, phase: { ...phase, stop }, watch: context.now + DRAIN_PATIENCE_MS });
}

/** All that could begin a run still waits, for its files or for another try: there is nothing to interrupt. */
function isNothingSent({ sends }: ThreadState): boolean {
  return sends.length > 0 && sends.every(({ status }) => status === 'waiting');
}

/** What was not sent when somebody stopped is not a request any more, also at a second stop. */
function shelveWaiting(state: ThreadState, by: string): ThreadState {
  return leaveUnanswered(state, by, (send) => send.status === 'waiting');
}

/** Sends the interrupt of a run, once, as soon as the run is open. */
export function sendInterrupt(state: ThreadState, context: StepContext): Next {
  const { phase } = state;
  if (phase.is !== 'working' && phase.is !== 'asking') return next(state);
  const open = phase.is === 'asking' || phase.run;
  if (phase.stop?.step === 'pending' && open && !blocked(state, context)) {
    const stop: Stop = { ...phase.stop, step: 'sending', at: context.now };
    return next({ ...state, phase: { ...phase, stop } }, { do: 'interrupt', session: phase.session.id });
  }
  return redirectAsking(state, context);
}

function blocked(state: ThreadState, context: StepContext): boolean {
  return state.retry !== undefined && state.retry.due > context.now;
}

/** `!` while it asks: the session takes no message then, so the interrupt goes alone and the message follows it. */
function redirectAsking(state: ThreadState, context: StepContext): Next {
  const { phase } = state;
  if (phase.is !== 'asking' || phase.stop || phase.redirect !== undefined || blocked(state, context))
    return next(state);
  const urgent = state.sends.find((send) => send.urgent && send.status === 'waiting');
  if (!urgent) return next(state);
  return next(
    { ...state, phase: { ...phase, redirect: urgent.mark.user } },
    { do: 'interrupt', session: phase.session.id },
  );
}

/** Whether the interrupt of `!` went out is not known: it goes once more, where the session still asks. */
export function againRedirecting(state: ThreadState): ThreadState {
  return state.phase.is === 'asking' ? withoutRedirect(state) : state;
}

/** The request that was to interrupt did not happen. */
export function withoutRedirect(state: ThreadState): ThreadState {
  const { phase } = state;
  if ((phase.is !== 'working' && phase.is !== 'asking') || phase.redirect === undefined) return state;
  const { redirect: _, ...plain } = phase;
  return { ...state, phase: plain };
}

export function withStep(state: ThreadState, step: Stop['step']): ThreadState {
  const { phase } = state;
  if ((phase.is !== 'working' && phase.is !== 'asking') || !phase.stop) return state;
  return { ...state, phase: { ...phase, stop: { ...phase.stop, step } } };
}

function stepOf(state: ThreadState): Stop['step'] | undefined {
  const { phase } = state;
  return phase.is === 'working' || phase.is === 'asking' ? phase.stop?.step : undefined;
}

export function onInterrupted(state: ThreadState): Next {
  const step = stepOf(state);
  return next(step === 'sending' || step === 'doubt' ? withStep(state, 'sent') : state);
}

export function onInterruptFailed(
  state: ThreadState,
  { failure, at }: Extract<ProcessInput, { kind: 'interrupt-failed' }>,
  context: StepContext,
): Next {
  const { phase } = state;
  if (phase.is !== 'working' && phase.is !== 'asking') return next(state);
  // The run that it was for is over: what comes next has an interrupt of its own.
  if (phase.stop && phase.stop.step !== 'sending') return next(state);
  if (failure.kind === 'unknown' && phase.stop) {
    const stop: Stop = { ...phase.stop, step: 'doubt', at: Math.max(phase.stop.at, at) };
    return next({ ...state, phase: { ...phase, stop } }, { do: 'look', session: phase.session.id });
  }
  if (failure.kind === 'gone') return next(state, { do: 'check', session: phase.session.id });
  const tries = (state.retry?.tries ?? 0) + 1;
  const due = context.now + retryDelay(tries, failure.retryAfterMs);
  const again = {
    ...state,
    retry: { tries, due, since: state.retry?.since ?? context.now, code: failure.code },
  };
  if (phase.stop) return next(withStep(again, 'pending'));
  return next(withoutRedirect(again));
}

/** Looking found the interrupt, or not: not there after settling means that it is sent again, if the run still runs. */
export function lookedForInterrupt(state: ThreadState, found: boolean, context: StepContext): ThreadState {
  const { phase } = state;
  if ((phase.is !== 'working' && phase.is !== 'asking') || phase.stop?.step !== 'doubt') return state;
  if (found) return withStep(state, 'sent');
  return context.now - phase.stop.at < context.settleMs ? state : withStep(state, 'pending');
}

/** A run that what was sent before the stop has started: interrupted again. */
export function runDespiteStop(state: ThreadState): ThreadState {
  return stepOf(state) === 'draining' ? withStep(state, 'pending') : state;
}

/** The stopped run is over. What was sent before it and not taken may still come. */
export function drain(state: ThreadState, context: StepContext): ThreadState {
  return { ...withStep(state, 'draining'), watch: context.now + DRAIN_PATIENCE_MS };
}

/** These go unanswered, and the thread is told; the words go along with the next message. */
export function leaveUnanswered(state: ThreadState, by: string, pick: (send: Send) => boolean): ThreadState {
  const { state: kept, count } = shelve(state, pick);
  return count > 0 ? addNote(kept, { is: 'unanswered', by, count }) : kept;
}

/** How many people's messages the stop leaves without an answer, said where the turn ends. */
export function markStopped(state: ThreadState, by: string): ThreadState {
  const turn = openTurnOf(state);
  if (!turn) return state;
  return withLastTurn(state, { ...turn, end: { is: 'stopped', by, unanswered: 0 } });
}

/** Sent before a stop and taken up after it: its run is interrupted too, and the thread is told. */
export function toldUnanswered(state: ThreadState, mark: Pick<Mark, 'ts' | 'n'>): ThreadState {
  const stop = 'stop' in state.phase ? state.phase.stop : undefined;
  if (!stop || openTurnOf(state) || !state.sends.some(isOneOf([mark]))) return state;
  return addNote(state, { is: 'unanswered', by: stop.by, count: 1 });
}
