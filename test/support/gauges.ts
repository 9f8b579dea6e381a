/** What the gauges of `/metrics` are read from, where a test looks at the metrics alone. */
import type { Gauges } from '../../src/ops/metrics.ts';

export const GAUGES: Gauges = {
  runningSessions: () => 0,
  heldLeases: () => 0,
  oldestTurnSeconds: () => 61,
  backlog: () => Promise.resolve({ threads: 3, oldestMs: 1_500, overdue: 2, parked: 1 }),
  ready: () => Promise.resolve(true),
  refusals: () => 0,
};
