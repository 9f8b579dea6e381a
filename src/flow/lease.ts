/**
 * The right to act for a thread, as this process sees it (I3). Expiry is the store's to judge; here only a lower
 * bound of what is left is kept, on the monotonic clock, counted from before the request that granted it.
 */
import { PortError } from '../errors.ts';
import type { Clock, LeaseToken } from '../ports.ts';

export interface Lease {
  readonly token: LeaseToken;
  /** A renewal that began then (monotonic ms) was granted. */
  renewed(beganAt: number): void;
  /** Milliseconds that are certainly left. */
  left(): number;
  /** Throws `lease_lapsed` where a call begun now might outlive the lease: no side effect may start then. */
  guard(): void;
}

export interface LeaseTimes {
  readonly leaseMs: number;
  /** Longest life of one call, ms. */
  readonly callMs: number;
}

/** Room between the end of the longest call and the end of the lease, ms. */
const ROOM_MS = 500;

export function heldLease(token: LeaseToken, beganAt: number, times: LeaseTimes, clock: Clock): Lease {
  let until = beganAt + times.leaseMs;
  const left = (): number => until - clock.monotonic();
  return {
    token,
    left,
    renewed: (at) => {
      until = Math.max(until, at + times.leaseMs);
    },
    guard: () => {
      if (left() > times.callMs + ROOM_MS) return;
      throw new PortError({
        kind: 'retry',
        code: 'lease_lapsed',
        message: 'the lease may end before the call would',
      });
    },
  };
}
