/**
 * What is counted, for Prometheus. Labels are bounded: a name from outside becomes `other` once too many
 * different ones were seen, so that nothing a stranger sends can grow the process's memory.
 */

import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** What became of a delivery from Slack. */
export type EventOutcome = 'admitted' | 'duplicate' | 'ignored' | 'refused' | 'failed';

/** What became of a call to Slack or Managed Agents; the failures are the kinds of `PortError`. */
export type CallOutcome = 'ok' | 'limited' | 'retry' | 'gone' | 'refused' | 'fatal' | 'unknown';

/** How a turn ended. */
export type TurnOutcome = 'answered' | 'silent' | 'stopped' | 'refused' | 'failed' | 'budget' | 'lost';

export interface Metrics {
  /** A delivery was handled. `type` is Slack's name for it (`app_mention`, `block_actions`). */
  event(type: string, outcome: EventOutcome): void;
  /** A Web API call ended. A 429 is `limited`. */
  slackCall(method: string, outcome: CallOutcome): void;
  /** A Managed Agents call ended. */
  agentCall(operation: string, outcome: CallOutcome): void;
  /** Seconds from a message's arrival until its thread showed a sign of life. */
  firstSign(seconds: number): void;
  turn(seconds: number, outcome: TurnOutcome): void;
  /** Seconds an input waited in its inbox. */
  inboxAge(seconds: number): void;
  /** Where the gauges read their values when somebody looks. */
  watch(gauges: { readonly runningSessions: () => number; readonly heldLeases: () => number }): void;
  /** Everything in Prometheus' text format. */
  scrape(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** More different values of one label than this become `other`. */
const mostLabels = 100;

/** Passes a label through until too many different ones were seen. */
export function boundedLabel(most = mostLabels): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    const usable = /^[\w.:-]{1,64}$/.test(value) ? value : 'other';
    if (seen.has(usable)) return usable;
    if (seen.size >= most) return 'other';
    seen.add(usable);
    return usable;
  };
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const events = new Counter({
    name: 'heddle_slack_events_total',
    help: 'Deliveries from Slack, by type and what became of them.',
    labelNames: ['type', 'outcome'],
    registers,
  });
  const slackCalls = new Counter({
    name: 'heddle_slack_calls_total',
    help: 'Slack Web API calls, by method and outcome; limited is a 429.',
    labelNames: ['method', 'outcome'],
    registers,
  });
  const agentCalls = new Counter({
    name: 'heddle_agent_calls_total',
    help: 'Managed Agents calls, by operation and outcome; limited is a 429.',
    labelNames: ['operation', 'outcome'],
    registers,
  });
  const firstSign = new Histogram({
    name: 'heddle_first_sign_seconds',
    help: 'From the arrival of a message to the first sign of life in its thread.',
    buckets: [0.05, 0.1, 0.25, 0.5, 0.75, 1, 2, 5, 10],
    registers,
  });
  const turns = new Histogram({
    name: 'heddle_turn_seconds',
    help: 'How long turns took, by how they ended.',
    labelNames: ['outcome'],
    buckets: [1, 2, 5, 10, 30, 60, 120, 300, 900, 1800, 3600],
    registers,
  });
  const inboxAge = new Histogram({
    name: 'heddle_inbox_age_seconds',
    help: 'How long inputs waited before they were handled.',
    buckets: [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60],
    registers,
  });
  const labels = { type: boundedLabel(), method: boundedLabel(), operation: boundedLabel() };
  let hasProcessMetrics = false;
  return {
    event: (type, outcome) => events.inc({ type: labels.type(type), outcome }),
    slackCall: (method, outcome) => slackCalls.inc({ method: labels.method(method), outcome }),
    agentCall: (operation, outcome) => agentCalls.inc({ operation: labels.operation(operation), outcome }),
    firstSign: (seconds) => firstSign.observe(seconds),
    turn: (seconds, outcome) => turns.observe({ outcome }, seconds),
    inboxAge: (seconds) => inboxAge.observe(seconds),
    watch: ({ runningSessions, heldLeases }) => {
      gauge('heddle_sessions_running', 'Sessions whose agent is working, in this process.', runningSessions);
      gauge('heddle_leases_held', 'Threads this process holds.', heldLeases);
    },
    async scrape() {
      // Not before somebody looks: they start observers that cost a little all the time.
      if (!hasProcessMetrics) collectDefaultMetrics({ register: registry });
      hasProcessMetrics = true;
      const body = await registry.metrics();
      return { contentType: registry.contentType, body };
    },
  };

  function gauge(name: string, help: string, read: () => number): Gauge {
    return new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  }
}
