/**
 * Growing waits between attempts, with full jitter: each wait is a random part of a doubling span, so that
 * many clients that lost the same server do not come back in step.
 *
 * B1  A wait is never below `minMs` nor above `maxMs`.
 * B2  Only `reset` shortens the span again; call it after proven uptime, not after a bare success.
 */

import { randomFraction } from './random.ts';

/** Bounds of the waits, in milliseconds, and where chance comes from (0 <= n < 1). */
export interface BackoffOptions {
  readonly minMs: number;
  readonly maxMs: number;
  readonly random?: () => number;
}

/** A series of waits. */
export interface Backoff {
  /** How many waits were handed out since the last reset. */
  readonly attempts: number;
  /** The next wait in milliseconds. `atLeastMs` is a server's own wish (`Retry-After`), which is kept. */
  next(atLeastMs?: number): number;
  reset(): void;
}

export function backoff(options: BackoffOptions): Backoff {
  return new Waits(options);
}

/** A class: as an object with a getter of its own it takes a hash table, and each running session has some. */
class Waits implements Backoff {
  attempts = 0;
  readonly #options: BackoffOptions;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  next(atLeastMs = 0): number {
    const { minMs, maxMs, random = randomFraction } = this.#options;
    const span = Math.min(maxMs, minMs * 2 ** Math.min(this.attempts + 1, 30));
    this.attempts += 1;
    const wait = minMs + (span - minMs) * random();
    return Math.max(Math.min(wait, maxMs), atLeastMs);
  }

  reset(): void {
    this.attempts = 0;
  }
}
