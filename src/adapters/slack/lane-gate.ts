/**
 * Where a lane's tokens come from: the limiter that all replicas share, and a window of our own that knows what
 * this process was granted and serves alone while the shared one cannot be reached.
 */
import { sayFailure } from './failures.ts';
import type { Clock, Log, RateGrant, RateRule, StorePort } from '../../ports.ts';
import { withTimeout } from '../../lib/time.ts';

/** What of the store the lanes need. */
export type LaneLimiter = Pick<StorePort, 'take' | 'block'>;

/** How long the shared limiter may take to answer, and how long it is left alone after it did not, milliseconds. */
const LIMITER_TIMEOUT_MS = 1_000;
const LIMITER_REST_MS = 2_000;

/** Tokens of one lane. */
export interface LaneGate {
  /** Never rejects: without the shared limiter the local window decides. */
  take(rule: RateRule): Promise<RateGrant>;
  /** Slack said 429: no token here or on any replica for so long. */
  block(ms: number): void;
  /** Nothing of it matters any more. */
  idle(): boolean;
}

export interface GateOptions {
  readonly lane: string;
  readonly limiter: LaneLimiter;
  readonly clock: Clock;
  readonly log: Log;
}

export function laneGate({ lane, limiter, clock, log }: GateOptions): LaneGate {
  const own = slidingWindow();
  let blockedUntil = 0;
  let alone: { readonly until: number } | undefined;

  async function shared(rule: RateRule): Promise<RateGrant | undefined> {
    if (alone && clock.monotonic() < alone.until) return undefined;
    try {
      const ask = (): Promise<RateGrant> => limiter.take(lane, rule);
      const grant = await withTimeout('a rate token', LIMITER_TIMEOUT_MS, ask, undefined, clock);
      if (alone) log.info({ lane }, 'rate limits are shared again');
      alone = undefined;
      return grant;
    } catch (error) {
      if (!alone)
        log.warn({ lane, code: sayFailure(error) }, 'rate limits are counted by this process alone');
      alone = { until: clock.monotonic() + LIMITER_REST_MS };
      return undefined;
    }
  }

  return {
    async take(rule) {
      const left = blockedUntil - clock.monotonic();
      if (left > 0) return { granted: false, retryInMs: left };
      const grant = await shared(rule);
      if (grant === undefined) return own.take(rule, clock.monotonic());
      if (grant.granted) own.note(rule, clock.monotonic());
      return grant;
    },
    block(ms) {
      blockedUntil = Math.max(blockedUntil, clock.monotonic() + ms);
      limiter.block(lane, ms).catch((error: unknown) => {
        log.warn({ lane, code: sayFailure(error) }, 'other replicas were not told of a 429');
      });
    },
    idle: () => clock.monotonic() >= blockedUntil && own.emptyAt(clock.monotonic()),
  };
}

interface SlidingWindow {
  take(rule: RateRule, now: number): RateGrant;
  /** A grant that somebody else gave. */
  note(rule: RateRule, now: number): void;
  emptyAt(now: number): boolean;
}

function slidingWindow(): SlidingWindow {
  let grants: number[] = [];
  let span = 0;
  const forget = (now: number): void => {
    grants = grants.filter((at) => at > now - span);
  };
  return {
    take(rule, now) {
      span = rule.windowMs;
      forget(now);
      const room = Math.max(1, Math.floor(rule.limit * rule.share));
      const freeing = grants[grants.length - room];
      if (freeing !== undefined) return { granted: false, retryInMs: freeing + span - now };
      grants.push(now);
      return { granted: true };
    },
    note(rule, now) {
      span = rule.windowMs;
      forget(now);
      grants.push(now);
    },
    emptyAt(now) {
      forget(now);
      return grants.length === 0;
    },
  };
}
