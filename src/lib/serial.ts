/**
 * Order and width of asynchronous work.
 *
 * Q1  Work of one queue runs one at a time, in the order it was given.
 * Q2  A failing piece of work rejects its own promise only; what stands behind it runs all the same.
 * Q3  A semaphore never lets more than its width run, and gives a place to who waited longest.
 */

/** Runs pieces of work one after the other. */
export interface SerialQueue {
  /** Queues `work`; the promise is the work's own result (Q2). */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when everything queued so far has ended, however it ended. */
  idle(): Promise<void>;
  /** How many pieces are running or waiting. */
  readonly size: number;
}

export function serialQueue(): SerialQueue {
  return new Queue();
}

/** A class: as an object with a getter of its own it takes a hash table, and each held thread has one. */
class Queue implements SerialQueue {
  size = 0;
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    this.size += 1;
    const result = this.#tail.then(work).finally(() => {
      this.size -= 1;
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }

  idle(): Promise<void> {
    return this.#tail.then(() => undefined);
  }
}

/** Lets at most a fixed number of pieces of work run at once. */
export interface Semaphore {
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  readonly running: number;
  readonly waiting: number;
}

export function semaphore(width: number): Semaphore {
  let running = 0;
  const queue: (() => void)[] = [];

  function take(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (running < width) {
      running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        queue.splice(queue.indexOf(enter), 1);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', leave, { once: true });
      queue.push(enter);
    });
  }

  /** The place goes straight to the next in line, so that `running` never dips and lets a newcomer pass (Q3). */
  function give(): void {
    const next = queue.shift();
    if (next) next();
    else running -= 1;
  }

  return {
    async run(work, signal) {
      await take(signal);
      try {
        return await work();
      } finally {
        give();
      }
    },
    get running() {
      return running;
    },
    get waiting() {
      return queue.length;
    },
  };
}
