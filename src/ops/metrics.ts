/**
 * What is counted, for Prometheus. Labels are bounded: a name from outside becomes `other` once too many
 * different ones were seen, so that nothing a stranger sends can grow the process's memory.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Backlog, Meter } from '../ports.ts';

/** What became of a call to Slack or Managed Agents; the failures are the kinds of `PortError`. */
export type CallOutcome = 'ok' | 'limited' | 'retry' | 'gone' | 'refused' | 'fatal' | 'unknown';

/** Where the gauges read their values when somebody looks. */
export interface Gauges {
  readonly runningSessions: () => number;
  readonly heldLeases: () => number;
  /** Seconds since the oldest turn of this process began; 0 where none runs. */
  readonly oldestTurnSeconds: () => number;
  readonly backlog: () => Promise<Backlog>;
  readonly ready: () => Promise<boolean>;
  /** How many kinds of call Managed Agents refuse until an operator acts. */
  readonly refusals: () => number;
}

export interface Metrics extends Meter {
  /** A Web API call ended. A 429 is `limited`. */
  slackCall(method: string, outcome: CallOutcome): void;
  /** A Managed Agents call ended. */
  agentCall(operation: string, outcome: CallOutcome): void;
  /** A call of the store ended after so many seconds. */
  storeCall(operation: string, outcome: 'ok' | 'failed', seconds: number): void;
  /** A Slack call waited so many seconds for its lane. */
  laneWait(method: string, priority: string, seconds: number): void;
  /** Calls a minute that a lane allows, as learnt. */
  laneLimit(method: string, limit: number): void;
  watch(gauges: Gauges): void;
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

const WAITS = [0.05, 0.1, 0.25, 0.5, 0.75, 1, 2, 5, 10, 30];
const FAST = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const TURNS = [1, 2, 5, 10, 30, 60, 120, 300, 900, 1800, 3600];

/** @param version of the product, told as `heddle_build_info` */
export function createMetrics(version = 'unknown'): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, buckets: number[], labelNames: L[] = []) =>
    new Histogram({ name, help, buckets, labelNames, registers });

  const build = new Gauge({
    name: 'heddle_build_info',
    help: 'Always 1; the version is a label.',
    labelNames: ['version'],
    registers,
  });
  build.set({ version }, 1);
  const events = counter(
    'heddle_slack_events_total',
    'Deliveries from Slack, by type and what became of them.',
    ['type', 'outcome'],
  );
  const admission = histogram(
    'heddle_admission_seconds',
    'From the arrival of a delivery to its durable admission; then it is acknowledged.',
    FAST,
  );
  const firstSign = histogram(
    'heddle_first_sign_seconds',
    'From the admission of a message to the first sign of life in its thread.',
    WAITS,
  );
  const firstText = histogram(
    'heddle_first_text_seconds',
    'From the beginning of a turn to the first words of its answer in the thread.',
    [...WAITS, 60, 120],
  );
  const turns = histogram('heddle_turn_seconds', 'How long turns took, by how they ended.', TURNS, [
    'outcome',
  ]);
  const inboxAge = histogram(
    'heddle_inbox_age_seconds',
    'How long inputs waited before they were handled.',
    [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60],
  );
  const slackCalls = counter(
    'heddle_slack_calls_total',
    'Slack Web API calls, by method and outcome; limited is a 429.',
    ['method', 'outcome'],
  );
  const laneWait = histogram(
    'heddle_slack_lane_wait_seconds',
    'How long Slack calls waited for their rate lane, by method and priority.',
    WAITS,
    ['method', 'priority'],
  );
  const laneLimit = new Gauge({
    name: 'heddle_slack_lane_limit',
    help: 'Calls a minute that a rate lane allows, as learnt, by method.',
    labelNames: ['method'],
    registers,
  });
  const agentCalls = counter(
    'heddle_agent_calls_total',
    'Managed Agents calls, by operation and outcome; limited is a 429.',
    ['operation', 'outcome'],
  );
  const streams = counter(
    'heddle_agent_streams_lost_total',
    'Streams that ended while they were wanted, by why.',
    ['code'],
  );
  const tokens = counter(
    'heddle_model_tokens_total',
    'Tokens of model requests that this process followed.',
    ['direction'],
  );
  const dollars = counter(
    'heddle_spent_dollars_total',
    'US dollars at list prices that sessions were said to cost, as this process wrote them down.',
  );
  const storeCalls = histogram(
    'heddle_store_call_seconds',
    'How long calls of the store took, by operation and outcome.',
    FAST,
    ['operation', 'outcome'],
  );
  const feedback = counter('heddle_feedback_total', 'What people think of answers: up or down.', ['verdict']);
  const takeovers = counter(
    'heddle_takeovers_total',
    'Threads acquired in the middle of their work, after a crash or a hand-over.',
  );
  const leasesLost = counter(
    'heddle_leases_lost_total',
    'Leases that went to another process while this one held them.',
  );
  const label = {
    type: boundedLabel(),
    method: boundedLabel(),
    operation: boundedLabel(),
    code: boundedLabel(),
  };
  let hasProcessMetrics = false;
  let look: (() => Promise<void>) | undefined;
  return {
    event: (type, outcome) => events.inc({ type: label.type(type), outcome }),
    admission: (seconds) => admission.observe(seconds),
    firstSign: (seconds) => firstSign.observe(seconds),
    firstText: (seconds) => firstText.observe(seconds),
    turn: (seconds, outcome) => turns.observe({ outcome }, seconds),
    inboxAge: (seconds) => inboxAge.observe(seconds),
    slackCall: (method, outcome) => slackCalls.inc({ method: label.method(method), outcome }),
    laneWait: (method, priority, seconds) =>
      laneWait.observe({ method: label.method(method), priority }, seconds),
    laneLimit: (method, perMinute) => laneLimit.set({ method: label.method(method) }, perMinute),
    agentCall: (operation, outcome) => agentCalls.inc({ operation: label.operation(operation), outcome }),
    streamLost: (code) => streams.inc({ code: label.code(code) }),
    tokens({ inputTokens, outputTokens }) {
      tokens.inc({ direction: 'input' }, inputTokens);
      tokens.inc({ direction: 'output' }, outputTokens);
    },
    spent: (usd) => dollars.inc(usd),
    storeCall: (operation, outcome, seconds) =>
      storeCalls.observe({ operation: label.operation(operation), outcome }, seconds),
    feedback: (verdict) => feedback.inc({ verdict }),
    takeover: () => takeovers.inc(),
    leaseLost: () => leasesLost.inc(),
    watch(gauges) {
      look = watched(registers, gauges);
    },
    async scrape() {
      // Not before somebody looks: they start observers that cost a little all the time.
      if (!hasProcessMetrics) collectDefaultMetrics({ register: registry });
      hasProcessMetrics = true;
      await look?.();
      const body = await registry.metrics();
      return { contentType: registry.contentType, body };
    },
  };
}

/** What is read when somebody looks. Resolves when all of it has been read; what cannot be read is `NaN`. */
function watched(registers: Registry[], gauges: Gauges): () => Promise<void> {
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
  const ready = gauge('heddle_ready', '1 while Slack and Redis are reachable, as /readyz says.');
  const running = gauge('heddle_sessions_running', 'Sessions whose agent is working, in this process.');
  const held = gauge('heddle_leases_held', 'Threads this process holds.');
  const oldestTurn = gauge(
    'heddle_oldest_turn_seconds',
    'How long the oldest turn of this process has been running.',
  );
  const refusals = gauge(
    'heddle_agent_refusals',
    'Kinds of call that Managed Agents refuse until an operator acts.',
  );
  const threads = gauge(
    'heddle_backlog_threads',
    'Threads with something to do and nobody doing it, in all replicas.',
  );
  const oldest = gauge('heddle_backlog_oldest_seconds', 'How long the oldest of those threads has waited.');
  const overdue = gauge(
    'heddle_backlog_overdue_timers',
    'Timers that are due and were not moved on, in all replicas.',
  );
  const parked = gauge('heddle_parked_inputs', 'Inputs set aside for an operator (`heddle parked`).');
  return async () => {
    running.set(gauges.runningSessions());
    held.set(gauges.heldLeases());
    oldestTurn.set(gauges.oldestTurnSeconds());
    refusals.set(gauges.refusals());
    const [isReady, backlog] = await Promise.all([
      gauges.ready(),
      gauges.backlog().catch(() => ({ threads: NaN, oldestMs: NaN, overdue: NaN, parked: NaN })),
    ]);
    ready.set(isReady ? 1 : 0);
    threads.set(backlog.threads);
    oldest.set(backlog.oldestMs / 1000);
    overdue.set(backlog.overdue);
    parked.set(backlog.parked);
  };
}
