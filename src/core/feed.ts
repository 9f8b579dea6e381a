/**
 * The session's events, folded into the thread. The same event may come twice (stream and history) and changes
 * nothing the second time; what an earlier turn ended with is old (the boundary).
 */
import type { AgentEvent, Mark, StopReason } from './agent-event.ts';
import { withoutMissed } from './again.ts';
import { askBlindly, askFor, settleAsk, voidAsks } from './asks.ts';
import { budgetEnd, goOn, overBudget } from './budget.ts';
import { isSecondTry } from './changed.ts';
import { RUN_PATIENCE_MS, START_PATIENCE_MS, type StepContext } from './context.ts';
import { reachedToday } from './hold.ts';
import { drain, leaveUnanswered, runDespiteStop, toldUnanswered } from './halt.ts';
import { isStep, progressed } from './progress.ts';
import { endOpenTurn } from './start.ts';
import {
  next,
  type CloseReason,
  type Effect,
  type Next,
  type Phase,
  type Preview,
  type ProcessInput,
  type Send,
  type Stop,
  type ThreadState,
} from './state.ts';
import {
  addNote,
  beginTurn,
  changeSends,
  earlier,
  isOneOf,
  markSent,
  markTaken,
  openTurnOf,
  resend,
  shelve,
  unsent,
  withLastTurn,
} from './talk.ts';
import { before, fold, hasText, itemsOf, keepPartial, type End, type Turn } from './turn.ts';

type Live = Extract<Phase, { is: 'working' | 'asking' }>;

export function live(phase: Phase): Live | undefined {
  return phase.is === 'working' || phase.is === 'asking' ? phase : undefined;
}

/** Events of the stream, or of the history after the stream was lost or the thread taken over. */
export function onEvents(
  state: ThreadState,
  input: Extract<ProcessInput, { kind: 'events' }>,
  context: StepContext,
): Next {
  const { events, source, previews = [], first = [] } = input;
  const fresh = source === 'history' ? afterBoundary(events, state.boundary) : events;
  const effects: Effect[] = [];
  let folded = source === 'history' ? withoutMissed(state) : state;
  for (const event of fresh) {
    // The session was lost: what is still to come of it concerns nobody.
    if (!('session' in folded.phase)) break;
    if (isOld(folded, event)) {
      folded = completeTurn(folded, event, first.includes(event.id));
      continue;
    }
    const step = apply(keepPreviews(folded, event, previews), event, source, context);
    folded = seen(step.state, event);
    effects.push(...step.effects);
  }
  const running = folded.phase.is === 'working' && folded.phase.run && !folded.phase.stop;
  return { state: running ? { ...folded, watch: context.now + RUN_PATIENCE_MS } : folded, effects };
}

/** An interrupted run ends without the message it was writing: what people had read of it stays. */
function keepPreviews(state: ThreadState, event: AgentEvent, previews: readonly Preview[]): ThreadState {
  const phase = live(state.phase);
  const turn = openTurnOf(state);
  if (event.type !== 'session.status_idle' || !turn || !phase) return state;
  if (!phase.stop && phase.redirect === undefined) return state;
  const kept = previews.reduce((known, { id, text }) => keepPartial(known, id, text, event.at ?? ''), turn);
  return kept === turn ? state : withLastTurn(state, kept);
}

/** Leaves out everything up to the idle that ended the last turn. */
function afterBoundary(
  events: readonly AgentEvent[],
  boundary: ThreadState['boundary'],
): readonly AgentEvent[] {
  if (!boundary) return events;
  const at = events.findIndex((event) => event.id === boundary.id);
  if (at !== -1) return events.slice(at + 1);
  return events.filter((event) => event.at === null || before(boundary.at, event.at));
}

/** The stream brings again what a listing brought already, also the end of the last turn. */
function isOld({ boundary }: ThreadState, event: AgentEvent): boolean {
  if (!boundary) return false;
  if (event.id === boundary.id || boundary.same?.includes(event.id)) return true;
  return event.at !== null && before(event.at, boundary.at);
}

/**
 * An event of a turn that is over may still complete what that turn shows; it begins and ends nothing. A text that
 * comes for the first time is shown with the next turn where its own is finished: late, but not lost.
 */
function completeTurn(state: ThreadState, event: AgentEvent, isFirst: boolean): ThreadState {
  if (event.type.startsWith('session.thread_')) return state;
  const id = event.type === 'agent.tool_result' ? event.toolUseId : event.id;
  const known = state.turns.findLastIndex((turn) => itemsOf(turn).some((item) => item.id === id));
  const open = openTurnOf(state) !== undefined;
  const newest = state.turns.length - 1;
  const before = open && newest > 0 ? newest - 1 : newest;
  const last = !open || isFirst ? before : -1;
  const at = known === -1 ? last : known;
  return { ...state, turns: state.turns.map((turn, index) => (index === at ? fold(turn, event) : turn)) };
}

function seen(state: ThreadState, event: AgentEvent): ThreadState {
  if (event.at === null || (state.seen !== undefined && !before(state.seen, event.at))) return state;
  return { ...state, seen: event.at };
}

function apply(
  state: ThreadState,
  event: AgentEvent,
  source: 'live' | 'history',
  context: StepContext,
): Next {
  switch (event.type) {
    case 'user.message':
      return next(onEcho(state, event, context, source));
    case 'session.status_running':
      return next(onRunning(state, context));
    case 'session.status_idle':
      return onIdle(state, event, source, context);
    case 'session.status_terminated':
      return next(lose(state, 'terminated'));
    case 'session.deleted':
      return next(lose(state, 'deleted'));
    case 'agent.tool_use':
      return next(askFor(folded(state, event), event, context));
    default:
      return next(settleAsk(folded(state, event), event));
  }
}

/** Into the newest turn, also when it has ended: what the agent wrote is shown (nothing is lost). */
function folded(state: ThreadState, event: AgentEvent): ThreadState {
  const known = progressed(state, event);
  const turn = known.turns.at(-1);
  return turn && isStep(known, event) ? withLastTurn(known, fold(turn, event)) : known;
}

/** Known by its mark; an echo whose mark cannot be read, by the id that the send was answered with. */
function onEcho(
  state: ThreadState,
  event: Extract<AgentEvent, { type: 'user.message' }>,
  context: StepContext,
  source: 'live' | 'history',
): ThreadState {
  const mark = event.mark ?? state.sends.find((send) => send.eventId === event.id)?.mark;
  if (!mark) return state;
  if (event.at !== null) return markTaken(toldUnanswered(behindOf(state, mark, context), mark), mark);
  const sent = markSent(state, mark, event.id, context.now);
  // Only the stream says what was queued before what: a listing has it at its end.
  return source === 'live' ? changeSends(sent, isOneOf([mark]), (send) => ({ ...send, queued: true })) : sent;
}

/**
 * What this record does not know of was sent by an earlier holder: the record is older than that, and what was shown
 * of it may stand there already.
 */
function behindOf(state: ThreadState, { ts }: Mark, context: StepContext): ThreadState {
  const { sends, lastSent } = state;
  const isKnown =
    lastSent === undefined || !earlier(lastSent, ts) || sends.some(({ mark }) => mark.ts === ts);
  return isKnown ? state : { ...state, lastSent: ts, behind: context.now };
}

function onRunning(quiet: ThreadState, context: StepContext): ThreadState {
  const state = rouse(goOn(quiet, context), context);
  const phase = live(state.phase);
  if (!phase) return state;
  const { session, stop, redirect } = phase;
  const running = runDespiteStop({
    ...state,
    phase: {
      is: 'working',
      session,
      run: true,
      ...(stop ? { stop } : {}),
      ...(redirect === undefined || phase.is === 'asking' ? {} : { redirect }),
    },
  });
  return { ...running, watch: context.now + RUN_PATIENCE_MS };
}

/** One more run after what was believed to be the last: a look had found taken what was queued behind that. */
function rouse(state: ThreadState, context: StepContext): ThreadState {
  const last = state.turns.at(-1);
  if (state.phase.is !== 'resting' || !last) return state;
  const { session } = state.phase;
  const opened = beginTurn(state, last.user, state.lastSent ?? state.thread.ts, context.now);
  return { ...opened, phase: { is: 'working', session, run: true } };
}

// ------------------------------------------------------------------------------------------- the run ends

function onIdle(
  state: ThreadState,
  event: Extract<AgentEvent, { type: 'session.status_idle' }>,
  source: 'live' | 'history',
  context: StepContext,
): Next {
  const phase = live(state.phase);
  if (!phase) return next(state);
  if (event.reason.type === 'requires_action')
    return onRequiresAction(state, phase, event.reason, source, context);
  return next(endRun(state, phase, event, context));
}

function onRequiresAction(
  state: ThreadState,
  phase: Live,
  reason: Extract<StopReason, { type: 'requires_action' }>,
  source: 'live' | 'history',
  context: StepContext,
): Next {
  const turn = state.turns.at(-1);
  const known = (id: string): boolean =>
    state.asks.some((ask) => ask.toolUseId === id) || (turn?.settled.includes(id) ?? false);
  const missing = reason.eventIds.filter((id) => !known(id));
  const asking: ThreadState = {
    ...state,
    phase: { is: 'asking', session: phase.session, ...(phase.stop ? { stop: phase.stop } : {}) },
  };
  if (missing.length === 0) return next(asking);
  if (source === 'live') return next(asking, { do: 'relist', session: phase.session.id });
  return next(missing.reduce((asked, id) => askBlindly(asked, id, context), asking));
}

function endOf(state: ThreadState, phase: Live, reason: StopReason, context: StepContext): End {
  if (phase.stop && phase.stop.step !== 'pending') return { is: 'stopped', by: phase.stop.by, unanswered: 0 };
  const turn = openTurnOf(state);
  switch (reason.type) {
    case 'refusal':
      return { is: 'refused', category: reason.category, explanation: reason.explanation };
    case 'budget_reached':
      return budgetEnd(context);
    case 'retries_exhausted': {
      const error = turn?.trouble;
      return { is: 'failed', ...(error ? { error } : {}), unanswered: 0 };
    }
    default:
      if (phase.redirect !== undefined) return { is: 'interrupted', by: phase.redirect };
      return turn && hasText(turn) ? { is: 'answered' } : { is: 'silent' };
  }
}

function endRun(
  state: ThreadState,
  phase: Live,
  event: Extract<AgentEvent, { type: 'session.status_idle' }>,
  context: StepContext,
): ThreadState {
  if (!phase.stop && openTurnOf(state) === undefined && phase.is === 'working' && !phase.run) return state;
  const ended = voidAsks(endOpenTurn(state, endOf(state, phase, event.reason, context)));
  const bounded = event.at === null ? ended : { ...ended, boundary: boundaryAt(ended, event.id, event.at) };
  if (event.reason.type === 'budget_reached') {
    const left = phase.stop
      ? leaveUnanswered(bounded, phase.stop.by, (send) => send.status !== 'waiting')
      : bounded;
    return overBudget(left, phase.session, context);
  }
  const flushed = event.reason.type === 'retries_exhausted';
  if (phase.stop) {
    const { by } = phase.stop;
    const left = flushed ? leaveUnanswered(bounded, by, isFlushed) : bounded;
    return afterStop(left, phase, context);
  }
  return afterRun(flushed ? sendFlushedAgain(bounded) : bounded, phase, context);
}

/** Times may be the same for several events: what the turn shows with the time of its end is remembered by id. */
function boundaryAt(state: ThreadState, id: string, at: string): NonNullable<ThreadState['boundary']> {
  const turn = state.turns.at(-1);
  const same = turn ? itemsOf(turn).flatMap((item) => (item.at === at ? [item.id] : [])) : [];
  return same.length === 0 ? { at, id } : { at, id, same };
}

/** Queued when the run died. What was accepted after that is not seen queued yet, and still has its turn. */
function isFlushed(send: Send): boolean {
  return send.status === 'sent' && send.queued === true;
}

/** Inputs queued behind a turn that died are flushed by the service: each is sent once more, then given up. */
function sendFlushedAgain(state: ThreadState): ThreadState {
  const lost = state.sends.filter((send) => isFlushed(send) && isSecondTry(send));
  const told = lost.length > 0 ? addNote(state, { is: 'unanswered', by: '', count: lost.length }) : state;
  const kept = shelve(told, (send) => lost.includes(send)).state;
  return resend(kept, isFlushed);
}

function afterStop(state: ThreadState, phase: Live, context: StepContext): ThreadState {
  const { session, stop } = phase;
  const underWay = state.sends.some((send) => send.status !== 'waiting');
  if (!underWay || !stop) return rest(state, session, context);
  return drain(
    { ...turnOfTheSent(state, context), phase: { is: 'working', session, run: false, stop } },
    context,
  );
}

/** The turn of what was sent comes only now, and so does the time after which it should have begun. */
function turnOfTheSent(state: ThreadState, context: StepContext): ThreadState {
  return changeSends(
    state,
    (send) => send.status === 'sent',
    (send) => ({ ...send, at: context.now }),
  );
}

/** That a message was taken back is no reason to begin anything: it goes along with the next request. */
function withoutWithdrawals(state: ThreadState, pick: (send: Send) => boolean): ThreadState {
  return shelve(state, (send) => send.change === 'withdrawn' && pick(send)).state;
}

/** On to what was sent meanwhile or waits; else to rest. */
function afterRun(state: ThreadState, phase: Live, context: StepContext): ThreadState {
  const known = withoutWithdrawals(state, (send) => send.status === 'waiting');
  const following = known.sends[0];
  if (!following) return rest(known, phase.session, context);
  const { user, ts } = following.mark;
  const isNew = known.sends.every((send) => send.status === 'waiting');
  if (isNew && reachedToday(user, context)) return rest(known, phase.session, context);
  const opened = turnOfTheSent(beginTurn(known, user, ts, context.now), context);
  const { session } = phase;
  return { ...opened, phase: { is: 'working', session, run: false }, watch: context.now + START_PATIENCE_MS };
}

/** Nothing runs and nobody is asked. */
export function rest(
  state: ThreadState,
  session: Extract<Phase, { is: 'resting' }>['session'],
  context: StepContext,
): ThreadState {
  const { watch: _watch, retry: _retry, ...calm } = voidAsks(state);
  return { ...calm, phase: { is: 'resting', session, since: context.now } };
}

/** The session is over, by whomever. A turn that had begun says so; words not taken start a new session. */
export function lose(
  before: ThreadState,
  why: Extract<CloseReason, 'archived' | 'deleted' | 'terminated'>,
): ThreadState {
  const state = withoutWithdrawals(before, () => true);
  const { phase } = state;
  if (phase.is !== 'working' && phase.is !== 'asking' && phase.is !== 'resting' && phase.is !== 'closing')
    return state;
  const turn = openTurnOf(state);
  const begun =
    turn && (turn.segments.some((segment) => segment.items.length > 0) || ('run' in phase && phase.run));
  const reason: CloseReason = phase.is === 'closing' ? phase.why : why;
  const stop = 'stop' in phase ? phase.stop : undefined;
  // What was written after the stop is a request all the same: the next session takes it.
  const kept = stop ? leaveUnanswered(state, stop.by, (send) => send.status !== 'waiting') : state;
  const over = begun || stop !== undefined || phase.is === 'asking' || kept.sends.length === 0;
  const again = changeSends(
    voidAsks(over ? endOpenTurn(kept, lostEnd(turn, why, begun ? undefined : stop)) : kept),
    (send) => send.status !== 'waiting',
    (send) => unsent(send),
  );
  const { boundary: _b, seen: _s, watch: _w, ...calm } = again;
  const previous = why === 'deleted' ? { why: reason } : { session: phase.session.id, why: reason };
  return { ...calm, restarts: state.restarts + 1, phase: { is: 'closed', previous } };
}

function lostEnd(
  turn: Turn | undefined,
  how: 'archived' | 'deleted' | 'terminated',
  stop: Stop | undefined,
): End {
  if (stop) return { is: 'stopped', by: stop.by, unanswered: 0 };
  const error = turn?.trouble;
  return { is: 'lost', how, ...(error ? { error } : {}) };
}
