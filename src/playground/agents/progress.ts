/** Subagent threads and outcome evaluations, as they show on the session's stream. */
import { iso } from './clock.ts';
import { newId } from './ids.ts';
import type { Session } from './session.ts';
import type { Op, Outcome } from './types.ts';

type OpOf<K extends Op['op']> = Extract<Op, { op: K }>;

export function spawn(session: Session, op: OpOf<'spawn'>): void {
  const id = newId('sthr');
  session.state.threads.push({
    id,
    key: op.key,
    name: op.name,
    parent: session.fixed.primary,
    created_at: iso(session.world.clock.stamp()),
    status: 'running',
    archived_at: null,
  });
  session.touch('state');
  const named = { session_thread_id: id, agent_name: op.name };
  session.emit('session.thread_created', { ...named, workflow_run_id: null });
  session.emit('agent.thread_message_sent', {
    to_session_thread_id: id,
    to_agent_name: op.name,
    content: [{ type: 'text', text: op.text }],
  });
  session.emit('session.thread_status_running', named);
}

export function report(session: Session, op: OpOf<'report'>): void {
  const thread = session.state.threads.findLast((other) => other.key === op.key);
  if (!thread) return;
  thread.status = 'idle';
  session.touch('state');
  session.emit('agent.thread_message_received', {
    from_session_thread_id: thread.id,
    from_agent_name: thread.name,
    content: [{ type: 'text', text: op.text }],
  });
  session.emit('session.thread_status_idle', {
    session_thread_id: thread.id,
    agent_name: thread.name,
    stop_reason: { type: 'end_turn' },
    stop_details: null,
  });
}

export function evaluate(session: Session, op: OpOf<'evaluate'>): void {
  const outcome = openOutcome(session);
  if (!outcome) return;
  outcome.iteration = op.iteration;
  outcome.result = op.phase === 'end' ? (op.result ?? 'satisfied') : 'evaluating';
  const common = { outcome_id: outcome.outcome_id, iteration: op.iteration };
  if (op.phase === 'end') {
    closeEvaluation(session, outcome, op);
  } else {
    const id = op.phase === 'start' ? evaluationId(outcome, op.iteration) : undefined;
    session.emit(
      op.phase === 'start' ? 'span.outcome_evaluation_start' : 'span.outcome_evaluation_ongoing',
      common,
      id,
    );
  }
  session.touch('state');
}

function closeEvaluation(session: Session, outcome: Outcome, op: OpOf<'evaluate'>): void {
  outcome.explanation = op.explanation ?? null;
  if (outcome.result !== 'needs_revision') outcome.completed_at = iso(session.world.clock.stamp());
  session.emit('span.outcome_evaluation_end', {
    outcome_evaluation_start_id: evaluationId(outcome, op.iteration),
    outcome_id: outcome.outcome_id,
    iteration: op.iteration,
    result: outcome.result,
    explanation: op.explanation ?? '',
    usage: {
      input_tokens: 2400,
      output_tokens: 350,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 1800,
    },
  });
}

/** An interrupt ends an open outcome. */
export function interruptOutcome(session: Session): void {
  const outcome = openOutcome(session);
  if (!outcome) return;
  const evaluating = outcome.result === 'evaluating';
  outcome.result = 'interrupted';
  outcome.completed_at = iso(session.world.clock.stamp());
  session.touch('state');
  if (evaluating)
    closeEvaluation(session, outcome, { op: 'evaluate', phase: 'end', iteration: outcome.iteration });
}

export function openOutcome(session: Session): Outcome | undefined {
  return session.state.outcomes.find((outcome) => outcome.completed_at === null);
}

/** The start's event id, derivable, so that the end can name it after a restart. */
function evaluationId(outcome: Outcome, iteration: number): string {
  return `sevt_${outcome.outcome_id.slice('outc_'.length)}e${iteration}`;
}
