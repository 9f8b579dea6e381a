/** The platform's event types that Heddle passes over on purpose, so that a new one can be noticed. */
import type { Log } from '../../ports.ts';

/** Source: `BetaManagedAgentsSessionEventType` in the SDK's `resources/beta/sessions/events.d.ts`. */
const PASSED_OVER: ReadonlySet<string> = new Set([
  'agent.thread_context_compacted',
  'agent.thread_message_received',
  'agent.thread_message_sent',
  'session.thread_created',
  'session.thread_status_idle',
  'session.thread_status_rescheduled',
  'session.thread_status_running',
  'session.thread_status_terminated',
  'session.updated',
  'span.model_request_start',
  'span.outcome_evaluation_end',
  'span.outcome_evaluation_ongoing',
  'span.outcome_evaluation_start',
  'system.message',
  'user.define_outcome',
  'user.tool_result',
  'workflow_run.created',
  'workflow_run.error',
  'workflow_run.phase_ended',
  'workflow_run.phase_started',
  'workflow_run.status_ended',
  'workflow_run.status_idle',
  'workflow_run.status_running',
]);

/** How many unknown names are remembered; more than that is noise. */
const MAX_NAMES = 100;

/** Logs each type once that is neither read nor passed over. */
export function typeWatch(log: Log): (type: string) => void {
  const seen = new Set<string>();
  return (type) => {
    if (PASSED_OVER.has(type) || seen.has(type) || seen.size >= MAX_NAMES) return;
    seen.add(type);
    log.warn(
      { type: type.slice(0, 100) },
      'the agent service sends an event type this version does not know',
    );
  };
}
