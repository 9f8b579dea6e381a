/**
 * Time for the playground's Slack server. Limits, stream ages, redeliveries and time-outs all ask one clock,
 * so that a test can move through five minutes without living them.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `task` once after `ms`; the returned function cancels it. Never keeps the process alive. */
  after(ms: number, task: () => void): () => void;
}

export const realClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

interface Planned {
  at: number;
  task: () => void;
}

/** A clock that stands still until told to move. */
export class ManualClock implements Clock {
  #now: number;
  readonly #planned = new Set<Planned>();

  constructor(start: number = Date.now()) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, task: () => void): () => void {
    const planned: Planned = { at: this.#now + ms, task };
    this.#planned.add(planned);
    return () => this.#planned.delete(planned);
  }

  /** Moves on by `ms`, running what falls due in its order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#planned.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.task();
    }
    this.#now = end;
  }

  #next(end: number): Planned | undefined {
    let first: Planned | undefined;
    for (const planned of this.#planned) {
      if (planned.at <= end && (first === undefined || planned.at < first.at)) first = planned;
    }
    return first;
  }
}
