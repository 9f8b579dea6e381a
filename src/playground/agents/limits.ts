/**
 * Requests a minute, for the whole organization: 300 create, 1,200 read (retrieve, list, stream), as the public
 * reference states. A window slides over the last 60 seconds; 429 carries `retry-after` in whole seconds.
 */
import { Problem } from './problem.ts';

const WINDOW_MS = 60_000;

export class Window {
  #times: number[] = [];
  #head = 0;

  /** Counts a request at `now`. @throws Problem 429 where the window is full. */
  take(now: number, limit: number): void {
    while (this.#head < this.#times.length && (this.#times[this.#head] ?? 0) <= now - WINDOW_MS)
      this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#head);
      this.#head = 0;
    }
    if (this.#times.length - this.#head >= limit) {
      const free = (this.#times[this.#head] ?? now) + WINDOW_MS - now;
      throw tooMany(Math.max(1, Math.ceil(free / 1000)));
    }
    this.#times.push(now);
  }
}

export function tooMany(retryAfterSeconds: number): Problem {
  return new Problem(
    429,
    'This request would exceed your organization’s rate limit. Please try again later.',
    {
      headers: { 'retry-after': String(retryAfterSeconds) },
    },
  );
}
