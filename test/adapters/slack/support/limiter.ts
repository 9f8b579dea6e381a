/** A rate limiter as the store has it, on a clock of the test. */
import type { LaneLimiter } from '../../../../src/adapters/slack/lane-gate.ts';
import { rateLane, type RateLane } from '../../../../src/lib/rate.ts';
import type { Clock } from '../../../../src/ports.ts';

export interface TestLimiter extends LaneLimiter {
  /** Grants by lane. */
  readonly grants: Map<string, number[]>;
  readonly blocks: { readonly lane: string; readonly ms: number }[];
  broken: boolean;
}

export function testLimiter(clock: Clock): TestLimiter {
  const grants = new Map<string, number[]>();
  const lanes = new Map<string, RateLane>();
  const blocks: { lane: string; ms: number }[] = [];
  const laneOf = (name: string): RateLane => {
    const lane = lanes.get(name) ?? rateLane();
    lanes.set(name, lane);
    return lane;
  };
  return {
    grants,
    blocks,
    broken: false,
    take(lane, rule, marks = []) {
      if (this.broken) return Promise.reject(new Error('the store is away'));
      const now = clock.monotonic();
      const { waitMs, used, limit } = laneOf(lane).take(rule, now, marks.length);
      const seen = { running: marks.length, used, limit };
      if (waitMs > 0) return Promise.resolve({ granted: false, retryInMs: waitMs, ...seen });
      if (!rule.held) grants.set(lane, [...(grants.get(lane) ?? []), now]);
      return Promise.resolve({ granted: true, ...seen });
    },
    block(lane, ms) {
      if (this.broken) return Promise.reject(new Error('the store is away'));
      blocks.push({ lane, ms });
      laneOf(lane).block(clock.monotonic(), ms);
      return Promise.resolve();
    },
  };
}

/** Grants everything at once. */
export const openLimiter: LaneLimiter = {
  take: () => Promise.resolve({ granted: true }),
  block: () => Promise.resolve(),
};
