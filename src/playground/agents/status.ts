/**
 * The status events of a session, in the orders the service emits them. "RUN" and "IDLE" in comments elsewhere
 * mean `run` and `idle` here.
 */
import { iso } from './clock.ts';
import type { Session } from './session.ts';
import type { Call, Json, StopReason } from './types.ts';

/** RUN: `session.status_running`, then the primary thread's. */
export function run(session: Session): void {
  session.state.stop = null;
  session.setStatus('running');
  session.emit('session.status_running');
  session.emit('session.thread_status_running', threadFields(session));
}

/**
 * IDLE: the primary thread's idle, `session.usage`, `session.status_idle`. The record's status follows a little
 * later (`Session.reportedStatus`).
 */
export function idle(
  session: Session,
  stop: StopReason,
  details: Json | null = null,
  threadStop: StopReason = stop,
): void {
  session.setStatus('idle');
  session.emit('session.thread_status_idle', {
    ...threadFields(session),
    stop_reason: threadStop,
    stop_details: details,
  });
  session.emit('session.usage', { usage: session.usageSnapshot(), budget: session.state.budget });
  stopped(session, stop, details);
}

/** `session.status_idle` alone: also re-emitted with what is left when a part of the calls was answered. */
export function stopped(session: Session, stop: StopReason, details: Json | null = null): void {
  session.state.stop = stop;
  session.state.idleAt = session.world.clock.now();
  session.touch('state');
  session.emit('session.status_idle', { stop_reason: stop, stop_details: details });
}

export function rescheduled(session: Session): void {
  session.setStatus('rescheduling');
  session.emit('session.thread_status_rescheduled', threadFields(session));
  session.emit('session.status_rescheduled');
}

/** The end of a session, by an unrecoverable error or by archiving; its streams are closed. */
export function terminated(session: Session): void {
  session.cancel();
  session.ops = null;
  session.state.calls = [];
  session.state.queue = [];
  session.state.interrupts = [];
  session.setStatus('terminated');
  session.touch('ops');
  session.emit('session.thread_status_terminated', threadFields(session));
  session.emit('session.status_terminated');
  session.endStreams();
}

export function archived(session: Session): void {
  session.state.archived_at = iso(session.world.clock.stamp());
  if (session.state.status === 'terminated') session.touch('state');
  else terminated(session);
}

export function threadFields(session: Session): Json {
  return { session_thread_id: session.fixed.primary, agent_name: session.agentName };
}

/** Calls that wait for a client. */
export function pending(session: Session): Call[] {
  return session.state.calls.filter((call) => call.needs !== 'nothing' && call.answer === null);
}

export function requiresAction(session: Session): StopReason {
  return { type: 'requires_action', event_ids: pending(session).map((call) => call.eventId) };
}
