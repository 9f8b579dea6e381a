/** A rate limiter as the store has it: sliding windows and blocks, on a clock of the test. */
import type { LaneLimiter } from '../../../../src/adapters/slack/lane-gate.ts';
import type { Clock } from '../../../../src/ports.ts';

export interface TestLimiter extends LaneLimiter {
  /** Grants by lane. */
  readonly grants: Map<string, number[]>;
  readonly blocks: { readonly lane: string; readonly ms: number }[];
  broken: boolean;
}

export function testLimiter(clock: Clock): TestLimiter {
  const grants = new Map<string, number[]>();
  const blockedUntil = new Map<string, number>();
  const blocks: { lane: string; ms: number }[] = [];
  return {
    grants,
    blocks,
    broken: false,
    take(lane, rule) {
      if (this.broken) return Promise.reject(new Error('the store is away'));
      const now = clock.monotonic();
      const blocked = (blockedUntil.get(lane) ?? 0) - now;
      if (blocked > 0) return Promise.resolve({ granted: false, retryInMs: blocked });
      const all = grants.get(lane) ?? [];
      const live = all.filter((at) => at > now - rule.windowMs);
      const room = Math.max(1, Math.floor(rule.limit * rule.share));
      const freeing = live[live.length - room];
      if (freeing !== undefined) {
        return Promise.resolve({ granted: false, retryInMs: freeing + rule.windowMs - now });
      }
      grants.set(lane, [...all, now]);
      return Promise.resolve({ granted: true });
    },
    block(lane, ms) {
      if (this.broken) return Promise.reject(new Error('the store is away'));
      blocks.push({ lane, ms });
      blockedUntil.set(lane, clock.monotonic() + ms);
      return Promise.resolve();
    },
  };
}

/** Grants everything at once. */
export const openLimiter: LaneLimiter = {
  take: () => Promise.resolve({ granted: true }),
  block: () => Promise.resolve(),
};
