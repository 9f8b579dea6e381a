/**
 * The life of a turn: it starts when something is queued on an idle session, walks through its script step by
 * step, waits for answers, and ends in an idle.
 *
 * Invariants
 * - A session has at most one timer (`session.cancel`); a step's effect runs once and then the position moves.
 * - The journal holds script and position, so `resume` after a restart goes on with the step that was open. Its
 *   preview is lost, as for any stream opened in the middle of a model request.
 */
import { after } from './clock.ts';
import { emitResult, perform, type After } from './effects.ts';
import { newId } from './ids.ts';
import { revealOutputs } from './outputs.ts';
import { interruptOutcome } from './progress.ts';
import { heard, takeQueued } from './queue.ts';
import { answer, pursue } from './script.ts';
import type { Session } from './session.ts';
import { duration, startPreview } from './speech.ts';
import { idle, pending, requiresAction, run, stopped } from './status.ts';
import type { Json, Op, StopReason } from './types.ts';

const INTERRUPTED = 'Tool execution was interrupted before completion. Please retry.';

/** Starts a turn if the session rests and something is queued. */
export function wake(session: Session): void {
  if (!rests(session) || session.state.queue.length === 0) return;
  session.cancel();
  session.cancel = after(session.world.real(session.world.settings.startMs), () => begin(session));
}

function rests(session: Session): boolean {
  return session.state.status === 'idle' && session.ops === null && !session.deleted;
}

/** RUN, then the queued events are processed, then the script. */
export function begin(session: Session): void {
  run(session);
  const events = takeQueued(session);
  session.state.answers = {};
  session.ops = session.world.scripts.take(session.id) ?? scriptFor(session, events);
  session.touch('ops');
  moveTo(session, 0);
}

function scriptFor(session: Session, events: ReturnType<typeof takeQueued>): readonly Op[] {
  const outcome = events.find((event) => event.type === 'user.define_outcome');
  if (outcome) return pursue(String(outcome['description']));
  const messages = events
    .filter((event) => event.type === 'user.message')
    .map((event) => heard(session, event));
  return answer(messages);
}

function moveTo(session: Session, at: number): void {
  session.position.at = at;
  session.position.since = session.world.clock.now();
  session.position.openId = null;
  session.touch('position');
  const op = session.ops?.[at];
  if (op) enter(session, op, duration(op));
  else finish(session, { type: 'end_turn' }, null);
}

/** Waits for the step's time (or its gate), then does it. */
function enter(session: Session, op: Op, ms: number): void {
  if (op.op === 'gate' && !session.world.scripts.isOpen(op.name)) {
    session.cancel = session.world.scripts.waitFor(op.name, () => go(session));
    return;
  }
  if (op.op === 'say' || op.op === 'think') {
    session.position.openId = newId('sevt');
    session.touch('position');
    startPreview(session, op, () => go(session));
    return;
  }
  session.cancel = after(session.world.real(ms), () => go(session));
}

function go(session: Session): void {
  session.cancel = () => {};
  const op = session.ops?.[session.position.at];
  if (op) proceed(session, perform(session, op));
}

function proceed(session: Session, then: After): void {
  const { at } = session.position;
  if (then === 'next') moveTo(session, at + 1);
  else if (then === 'again') moveTo(session, at);
  else if (then === 'paused') hold(session, at + 1);
  else if (then === 'waiting') hold(session, at);
  else if (then !== 'over') finish(session, then.finish, then.details);
}

function hold(session: Session, at: number): void {
  session.position.at = at;
  session.touch('position');
}

/** IDLE, and on to what was queued meanwhile. */
function finish(session: Session, stop: StopReason, details: Json | null): void {
  closeTurn(session);
  idle(session, stop, details);
  revealOutputs(session);
  wake(session);
}

function closeTurn(session: Session): void {
  session.cancel();
  session.cancel = () => {};
  session.ops = null;
  session.audience = [];
  session.position.requestId = null;
  session.position.openId = null;
  session.state.calls = [];
  session.touch('ops', 'position', 'state');
}

/** After answers were recorded: re-emit the idle with the remainder, or RUN and go on. */
export function answered(session: Session): void {
  if (session.state.stop?.type !== 'requires_action') return;
  if (pending(session).length > 0) {
    stopped(session, requiresAction(session));
    return;
  }
  session.cancel();
  run(session);
  for (const thread of session.state.threads) resumeChild(session, thread);
  moveTo(session, session.position.at);
}

function resumeChild(session: Session, thread: Session['primary']): void {
  const waits = session.state.calls.some((call) => call.thread === thread.id);
  if (!waits || thread.status !== 'idle') return;
  thread.status = 'running';
  session.emit('session.thread_status_running', { session_thread_id: thread.id, agent_name: thread.name });
}

/** After the budget was raised or removed: RUN, and the script goes on where it was held. */
export function budgetRaised(session: Session): void {
  if (session.state.stop?.type !== 'budget_reached') return;
  run(session);
  if (session.ops) moveTo(session, session.position.at);
  else finish(session, { type: 'end_turn' }, null);
}

/** An accepted interrupt: output stops at once, the rest follows a little later. */
export function interrupt(session: Session, id: string): void {
  const { state } = session;
  const waiting = state.stop?.type === 'requires_action' && state.status === 'idle';
  if (state.status === 'idle' && !waiting) {
    session.settle(id);
    return;
  }
  state.interrupts.push(id);
  session.touch('state');
  session.cancel();
  session.cancel = after(session.world.real(session.world.settings.interruptMs), () =>
    applyInterrupt(session),
  );
}

function applyInterrupt(session: Session): void {
  const { requestId } = session.position;
  if (requestId !== null) {
    session.emit('span.model_request_end', {
      model_request_start_id: requestId,
      is_error: true,
      model_usage: {
        input_tokens: 0,
        output_tokens: 0,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
      },
    });
  }
  for (const call of session.state.calls) emitResult(session, call.kind, call.eventId, INTERRUPTED, true);
  for (const id of session.state.interrupts) session.settle(id);
  session.state.interrupts = [];
  interruptOutcome(session);
  finish(session, { type: 'end_turn' }, null);
}

/** After a restart: go on with what was open. */
export function resume(session: Session): void {
  const { state, position, world } = session;
  if (state.status === 'terminated') return;
  if (state.interrupts.length > 0) {
    session.cancel = after(0, () => applyInterrupt(session));
  } else if (state.status !== 'idle') {
    continueStep(session);
  } else if (session.ops === null) {
    wake(session);
  } else if (state.stop?.type === 'requires_action' && pending(session).length === 0) {
    answered(session);
  }
  world.clock.notBefore(position.since * 1000);
}

function continueStep(session: Session): void {
  const op = session.ops?.[session.position.at];
  if (!op) {
    finish(session, { type: 'end_turn' }, null);
    return;
  }
  const gone = session.world.clock.now() - session.position.since;
  const left = Math.max(0, session.world.real(duration(op)) - gone);
  if (op.op === 'gate') enter(session, op, 0);
  else session.cancel = after(left, () => go(session));
}
