/** How long the store keeps things and how much, and the few rules that both stores share. */
import { LEASE_MS } from '../../ports.ts';

const MINUTE_MS = 60_000;
export const DAY_MS = 24 * 60 * MINUTE_MS;

/** Milliseconds; tests shorten them. */
export interface StoreTimes {
  /** A lease without renewal. */
  readonly leaseMs: number;
  /** A claim of a Slack delivery: longer than Slack's redeliveries (about an hour, "The Events API"). */
  readonly claimMs: number;
  /** A reply in a thread that is not followed (yet). */
  readonly earlyMs: number;
  /** The last nonce of a lease: longer than anybody repeats a commit. */
  readonly nonceMs: number;
  /** To which thread a bot message belongs, after the last commit that named it: later Slack is asked. */
  readonly messageMs: number;
}

export const STORE_TIMES: StoreTimes = {
  leaseMs: LEASE_MS,
  claimMs: DAY_MS,
  earlyMs: MINUTE_MS,
  nonceMs: MINUTE_MS,
  messageMs: 60 * MINUTE_MS,
};

/** Inputs that wait in one thread; the next one is refused. Replies remembered for one unfollowed thread. */
export const INBOX_CAP = 100;
/** After so long without a try a thread that processes died of is tried again as if new, ms. */
export const TRIES_MS = 10 * MINUTE_MS;
/** Inputs that are set aside are kept for so long, ms; the oldest go first where there are too many. */
export const PARKED_CAP = 1000;
/** A person's remembered threads, and for how long. */
export const SESSIONS_CAP = 500;
export const SESSIONS_MS = 30 * DAY_MS;
/** How long what people did is kept written down, ms. */
export const AUDIT_MS = 365 * DAY_MS;
/** So much of it in one shard: at some 250 bytes an entry, all shards together stay below a gigabyte. */
export const AUDIT_CAP = 50_000;

/** Sums by name. */
export function total(loads: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const load of loads) {
    for (const [name, count] of Object.entries(load)) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}

/** Defaults with what is given on top. */
export function storeTimes(given: Partial<StoreTimes>): StoreTimes {
  return { ...STORE_TIMES, ...given };
}
