/** Faults that the control plane can inject into any endpoint. */
import { Problem } from './problem.ts';
import { tooMany } from './limits.ts';

/**
 * `endpoint` is a name such as `events.send`, `sessions.create`, `events.stream`, or `*`. `commit` says whether
 * the request takes effect before it fails: `after` is what exposes clients that repeat a send blindly.
 */
export interface Fault {
  readonly endpoint: string;
  /** Only for this session. */
  readonly session?: string;
  readonly kind: 'status' | 'reset' | 'hang' | 'delay' | 'html' | 'cut';
  readonly commit?: 'before' | 'after';
  /** For `status`: 429, 500, 529 or any other. */
  readonly status?: number;
  /** For `status` 429, seconds; left out, no `retry-after` is sent (as with a spend limit). */
  readonly retryAfter?: number;
  /** For `status`: `error.details.error_code`. */
  readonly code?: string;
  /** For `delay`: how long the headers wait, ms. */
  readonly ms?: number;
  /** How many matching requests pass untouched first. Default 0. */
  readonly skip?: number;
  /** How many are hit. Default 1. */
  readonly times?: number;
}

interface Armed {
  readonly fault: Fault;
  skip: number;
  times: number;
}

export class Faults {
  #armed: Armed[] = [];

  add(fault: Fault): void {
    this.#armed.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 });
  }

  clear(): void {
    this.#armed = [];
  }

  /** The fault that hits this request, if any; uses it up. */
  take(endpoint: string, session: string | null): Fault | null {
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (fault.endpoint !== '*' && fault.endpoint !== endpoint) continue;
      if (fault.session !== undefined && fault.session !== session) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
        continue;
      }
      armed.times -= 1;
      if (armed.times <= 0) this.#armed = this.#armed.filter((other) => other !== armed);
      return fault;
    }
    return null;
  }
}

export function problemOf(fault: Fault): Problem {
  const status = fault.status ?? 500;
  if (status === 429 && fault.retryAfter !== undefined) return tooMany(fault.retryAfter);
  const words = status === 529 ? 'Overloaded' : status === 429 ? 'Rate limited' : 'Internal server error';
  return new Problem(status, words, fault.code === undefined ? {} : { code: fault.code });
}
