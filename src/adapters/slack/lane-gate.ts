/**
 * Where a lane's tokens come from: the limiter that all replicas share, and one of our own that knows what this
 * process was granted and serves alone while the shared one cannot be reached.
 */
import { rateLane } from '../../lib/rate.ts';
import { withTimeout } from '../../lib/time.ts';
import type { Clock, Log, RateGrant, RateRule, RunningMark, StorePort } from '../../ports.ts';
import { sayFailure } from './failures.ts';

/** What of the store the lanes need. */
export type LaneLimiter = Pick<StorePort, 'take' | 'block'>;

/** The replies that run in a lane: who is told of with its tokens, and who hears how many there are. */
export interface LaneCrowd {
  marks(lane: string): readonly RunningMark[];
  heard(lane: string, grant: RateGrant, marks: readonly RunningMark[]): void;
  count(lane: string): number;
}

/** How long the shared limiter may take to answer, and how long it is left alone after it did not, milliseconds. */
const LIMITER_TIMEOUT_MS = 1_000;
const LIMITER_REST_MS = 2_000;

/** Tokens of one lane. */
export interface LaneGate {
  /** Never rejects: without the shared limiter the local one decides. */
  take(rule: RateRule): Promise<RateGrant>;
  /** Slack said 429: no token here or on any replica for so long. */
  block(ms: number): void;
  /** Nothing of it matters any more. */
  idle(): boolean;
}

export interface GateOptions {
  readonly lane: string;
  readonly limiter: LaneLimiter;
  readonly crowd: LaneCrowd | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of the limit with each answer that states one. */
  readonly learnt?: (limit: number) => void;
}

export function laneGate({ lane, limiter, crowd, clock, log, learnt }: GateOptions): LaneGate {
  const own = rateLane();
  let alone: { readonly until: number } | undefined;

  async function shared(rule: RateRule): Promise<RateGrant | undefined> {
    if (alone && clock.monotonic() < alone.until) return undefined;
    try {
      const marks = crowd?.marks(lane) ?? [];
      const ask = (): Promise<RateGrant> => limiter.take(lane, rule, marks);
      const grant = await withTimeout('a rate token', LIMITER_TIMEOUT_MS, ask, undefined, clock);
      crowd?.heard(lane, grant, marks);
      if (grant.limit !== undefined) learnt?.(grant.limit);
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

  /** What is learnt is everybody's: alone, the stated limit holds. */
  function takeAlone(rule: RateRule): RateGrant {
    const { learn: _learnt, ...stated } = rule;
    const { waitMs } = own.take(stated, clock.monotonic(), crowd?.count(lane) ?? 0);
    return waitMs > 0 ? { granted: false, retryInMs: waitMs } : { granted: true };
  }

  return {
    async take(rule) {
      const blocked = own.blockedFor(clock.monotonic());
      if (blocked > 0) return { granted: false, retryInMs: blocked };
      const grant = await shared(rule);
      if (grant === undefined) return takeAlone(rule);
      if (grant.granted && !rule.held) own.note(rule, clock.monotonic());
      return grant;
    },
    block(ms) {
      own.block(clock.monotonic(), ms);
      limiter.block(lane, ms).catch((error: unknown) => {
        log.warn({ lane, code: sayFailure(error) }, 'other replicas were not told of a 429');
      });
    },
    idle: () => own.idle(clock.monotonic()),
  };
}
