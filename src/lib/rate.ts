/**
 * Tokens of one rate lane, as a function of time: what the store's script `take` does, for whoever has no Redis.
 *
 * T1  No sliding window of `windowMs` ever holds more grants than the limit.
 * T2  A block (Slack's 429) refuses everybody until it is over, tokens taken before and not used yet included.
 * T3  Growth leaves room for the final text of each running reply.
 * T4  What may be used above the stated limit is learnt by growth alone, a twentieth at a time, and only where the
 *     limit has been in the way for minutes. A 429 halves it, never below what is stated, and is remembered.
 */

/**
 * A lane's name, the same on every replica.
 * @param method of the Web API
 * @param channel set where the limit is the channel's
 */
export function laneName(team: string, method: string, channel?: string): string {
  return channel === undefined ? `${team}:${method}` : `${team}:${method}:${channel}`;
}

/** How a lane may come to more than its stated limit ("50+ per minute", docs.slack.dev, "Rate limits"). */
export interface LearnRule {
  /** Whether this caller may try out more: who asks may be refused by Slack for it. */
  readonly tries: boolean;
  /** For so long the lane has been used up before more is tried, milliseconds. */
  readonly afterMs: number;
  /** A 429 is not provoked again within this, milliseconds. */
  readonly warnedMs: number;
  /** What was learnt is forgotten after this, milliseconds. */
  readonly keptMs: number;
}

export interface RateRule {
  /** Grants in each sliding window; 0 takes nothing and only counts. */
  readonly limit: number;
  readonly windowMs: number;
  /** How much of `limit` this caller may use up, 0 to 1: the rest is reserved for others. */
  readonly share: number;
  /** As many grants as replies run are left to others. */
  readonly keepsFinals?: boolean;
  /**
   * In place of a window: `limit` at once after a rest, then one every `everyMs`. Of a burst's tokens none grows
   * anew for `lagMs`, because calls that leave in a row do not arrive so.
   */
  readonly bucket?: { readonly everyMs: number; readonly lagMs: number };
  /** Above `limit`, where Slack lets more pass. */
  readonly learn?: LearnRule;
  /** A token was taken and not used: only asks whether the lane is blocked. */
  readonly held?: boolean;
}

/** An answer of a lane. */
export interface LaneAnswer {
  /** Milliseconds until it is worth asking again; 0 where granted. */
  readonly waitMs: number;
  /** Grants in the window; 0 where that was not looked at. */
  readonly used: number;
  /** What the window may hold at present: the stated limit, or what was learnt; 0 where that was not looked at. */
  readonly limit: number;
  /** More than is known to pass is tried out: growth may use all of it. */
  readonly isTrial: boolean;
}

export interface RateLane {
  take(rule: RateRule, now: number, running: number): LaneAnswer;
  /** Nobody gets a token for so long. A shorter block never shortens a longer one. */
  block(now: number, ms: number): void;
  /** A grant that somebody else gave. */
  note(rule: RateRule, now: number): void;
  /** Milliseconds left of a block. */
  blockedFor(now: number): number;
  /** Nothing of it matters any more. */
  idle(now: number): boolean;
}

/** Who is to keep more for others than there is asks again after this, milliseconds. */
export const NO_ROOM_MS = 2_000;
/** Growth that has used up so much of what it may use finds the limit in its way. */
const PRESSED = 0.9;
/** A limit that met a 429 is approached again up to here. */
const BELOW_CEILING = 0.9;
const STEP = 1.05;

/** What a caller may use up: never less than one, so that the smallest share still gets through. */
function allowance({ share, keepsFinals = false }: RateRule, limit: number, running: number): number {
  const allowed = Math.max(1, Math.floor(limit * Math.min(1, share)));
  return keepsFinals ? Math.min(allowed, limit - running) : allowed;
}

interface Learnt {
  /** Proven by use, and when. */
  limit: number;
  at: number;
  /** How many grants there were at the last 429, and when. */
  ceiling: number;
  ceilingAt: number;
  /** What is tried out, until when, and how far it has come. */
  target: number;
  until: number;
  peak: number;
  /** Since when, and when last, growth found the limit in its way. */
  pressedSince: number;
  pressedAt: number;
}

function nothingLearnt(): Learnt {
  const never = Number.NEGATIVE_INFINITY;
  return {
    limit: 0,
    at: never,
    ceiling: 0,
    ceilingAt: never,
    target: 0,
    until: 0,
    peak: 0,
    pressedSince: never,
    pressedAt: never,
  };
}

/** The limit that holds now. Ends a trial whose time is over. */
function limitNow(learnt: Learnt, rule: RateRule, now: number): number {
  if (!rule.learn) return rule.limit;
  if (now - learnt.at >= rule.learn.keptMs) learnt.limit = 0;
  if (learnt.target > 0 && now >= learnt.until) {
    learnt.target = 0;
    if (learnt.peak > Math.max(rule.limit, learnt.limit)) {
      learnt.limit = learnt.peak;
      learnt.at = now;
    } else learnt.pressedSince = now;
  }
  return Math.max(rule.limit, learnt.limit);
}

/**
 * Whether growth may do without its reserve to try something out: a final text may then wait for as many grants as
 * replies end at once.
 */
function fewRun({ share }: RateRule, limit: number, running: number): boolean {
  return running <= limit - Math.floor(limit * share);
}

/** Growth finds the limit in its way: after a while more is tried out (T4). */
function press(learnt: Learnt, rule: RateRule, limit: number, now: number, running: number): void {
  const { learn, windowMs } = rule;
  if (!learn?.tries) return;
  if (now - learnt.pressedAt > windowMs) learnt.pressedSince = now;
  learnt.pressedAt = now;
  if (learnt.target > 0 || now - learnt.pressedSince < learn.afterMs) return;
  if (!fewRun(rule, limit, running)) return;
  const wanted = Math.max(limit + 1, Math.floor(limit * STEP));
  const isWarned = now - learnt.ceilingAt < learn.warnedMs;
  const target = isWarned ? Math.min(wanted, Math.floor(learnt.ceiling * BELOW_CEILING)) : wanted;
  if (target <= limit) return;
  learnt.target = target;
  learnt.until = now + windowMs;
  learnt.peak = 0;
}

/** A token bucket whose refill begins only a while after the first token of a full one is taken. */
function tokenBucket(): (rule: RateRule, bucket: { everyMs: number; lagMs: number }, now: number) => number {
  let tokens: number | undefined;
  let from = 0;
  return ({ limit }, { everyMs, lagMs }, now) => {
    const grown = (tokens ?? limit) + Math.max(0, now - from) / everyMs;
    const isFull = tokens === undefined || grown >= limit;
    tokens = Math.min(limit, grown);
    from = isFull ? now + lagMs : Math.max(from, now);
    if (tokens < 1) return from - now + (1 - tokens) * everyMs;
    tokens -= 1;
    return 0;
  };
}

export function rateLane(): RateLane {
  let grants: number[] = [];
  let span = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  let blockedUntil = 0;
  const learnt = nothingLearnt();
  const bucket = tokenBucket();

  function note(rule: RateRule, now: number): void {
    span = Math.max(span, rule.windowMs);
    lastAt = now;
    if (!rule.bucket) grants.push(now);
  }

  /** A grant that somebody else gave has its place here too. */
  function noteForeign(rule: RateRule, now: number): void {
    if (rule.bucket) bucket(rule, rule.bucket, now);
    else grants = grants.filter((at) => at > now - rule.windowMs);
    note(rule, now);
  }

  function windowed(rule: RateRule, now: number, running: number): LaneAnswer {
    grants = grants.filter((at) => at > now - rule.windowMs);
    const used = grants.length;
    const limit = limitNow(learnt, rule, now);
    if (used >= PRESSED * allowance(rule, limit, running)) press(learnt, rule, limit, now, running);
    const isTrial = learnt.target > 0;
    const most = isTrial ? learnt.target : limit;
    const fills = isTrial && rule.learn?.tries === true && fewRun(rule, limit, running);
    const allowed = fills ? most : allowance(rule, most, running);
    const seen = { limit: most, isTrial: fills };
    if (allowed < 1) return { waitMs: NO_ROOM_MS, used, ...seen };
    const freeing = grants[used - allowed];
    if (freeing !== undefined) return { waitMs: freeing + rule.windowMs - now, used, ...seen };
    note(rule, now);
    if (isTrial) learnt.peak = Math.max(learnt.peak, used + 1);
    return { waitMs: 0, used: used + 1, ...seen };
  }

  return {
    note: noteForeign,
    blockedFor: (now) => Math.max(0, blockedUntil - now),
    take(rule, now, running) {
      const unseen = { used: 0, limit: 0, isTrial: false };
      if (blockedUntil > now) return { waitMs: blockedUntil - now, ...unseen };
      if (rule.held) return { waitMs: 0, ...unseen };
      if (rule.limit < 1) return { waitMs: rule.windowMs, ...unseen };
      if (!rule.bucket) return windowed(rule, now, running);
      const waitMs = bucket(rule, rule.bucket, now);
      if (waitMs === 0) note(rule, now);
      return { waitMs, ...unseen };
    },
    block(now, ms) {
      // Calls that were under way together meet the same limit: the first of them tells.
      if (blockedUntil <= now) {
        learnt.ceiling = grants.filter((at) => at > now - span).length;
        learnt.ceilingAt = now;
        learnt.limit = Math.floor(learnt.limit / 2);
        learnt.target = 0;
        learnt.pressedAt = Number.NEGATIVE_INFINITY;
      }
      blockedUntil = Math.max(blockedUntil, now + ms);
    },
    idle: (now) => now >= blockedUntil && now >= lastAt + span,
  };
}
