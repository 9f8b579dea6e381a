/** Rates: the arguments and the answer of the script `take`, and the same lanes in memory. */
import { rateLane, type LaneAnswer, type RateLane } from '../../lib/rate.ts';
import type { RateGrant, RateRule, RunningMark } from '../../ports.ts';
import { ExpiringMap } from './expiring-map.ts';

/** What a 429 is measured against where the rule is not at hand, and how long it is remembered, milliseconds. */
export const BLOCK_WINDOW_MS = 60_000;
export const LEARNT_KEPT_MS = 6 * 60 * 60_000;

function wholeMs(ms: number): number {
  return Math.max(1, Math.ceil(ms));
}

export function takeArgs(rule: RateRule, marks: readonly RunningMark[]): (string | number)[] {
  const { limit, windowMs, share, keepsFinals, held, bucket, learn } = rule;
  return [
    limit,
    wholeMs(windowMs),
    share,
    keepsFinals ? 1 : 0,
    held ? 1 : 0,
    bucket?.everyMs ?? 0,
    bucket?.lagMs ?? 0,
    learn ? (learn.tries ? 'tries' : 'on') : '',
    learn?.afterMs ?? 0,
    learn?.warnedMs ?? 0,
    learn?.keptMs ?? 0,
    ...marks.flatMap(({ member, ttlMs }) => [member, ttlMs > 0 ? wholeMs(ttlMs) : 0]),
  ];
}

export function readGrant(answer: unknown): RateGrant {
  const [waitMs, running, used, limit, trial] = answer as readonly [number, number, number, number, number];
  return grantOf({ waitMs, used, limit, isTrial: trial === 1 }, running);
}

function grantOf({ waitMs, used, limit, isTrial }: LaneAnswer, running: number): RateGrant {
  const seen = limit > 0 ? { running, used, limit, isTrial } : { running };
  return waitMs > 0 ? { granted: false, retryInMs: waitMs, ...seen } : { granted: true, ...seen };
}

/** Members of each group that are marked as running. */
class Running {
  readonly #now: () => number;
  readonly #groups = new Map<string, ExpiringMap<string, true>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  mark(group: string, member: string, ttlMs: number): void {
    const members = this.#groups.get(group) ?? new ExpiringMap<string, true>(this.#now);
    this.#groups.set(group, members);
    if (ttlMs > 0) members.set(member, true, ttlMs);
    else members.delete(member);
  }

  count(group: string): number {
    const count = [...(this.#groups.get(group)?.live() ?? [])].length;
    if (count === 0) this.#groups.delete(group);
    return count;
  }
}

/** Grants, blocks and running replies, by lane. */
export class Lanes {
  readonly #now: () => number;
  readonly #lanes = new Map<string, RateLane>();
  readonly #running: Running;

  constructor(now: () => number) {
    this.#now = now;
    this.#running = new Running(now);
  }

  take(lane: string, rule: RateRule, marks: readonly RunningMark[] = []): RateGrant {
    for (const { member, ttlMs } of marks) this.#running.mark(lane, member, ttlMs);
    const running = this.#running.count(lane);
    return grantOf(this.#lane(lane).take(rule, this.#now(), running), running);
  }

  block(lane: string, ms: number): void {
    this.#lane(lane).block(this.#now(), ms);
  }

  #lane(name: string): RateLane {
    const lane = this.#lanes.get(name) ?? rateLane();
    this.#lanes.set(name, lane);
    return lane;
  }
}
