/**
 * Time: the only place where the product touches the machine's clock and timers. Everything else is given a
 * clock, so that a test can move time by hand.
 *
 * L1  Every wait takes a signal, ends promptly when it fires, and leaves no listener or timer behind.
 * L2  A timer longer than Node's limit of 2^31-1 ms is not cut to 1 ms; it is armed again until it is due.
 */

/** What time is, for whoever has to wait or to stamp something. All figures are milliseconds. */
export interface SystemClock {
  /** Wall time, milliseconds since 1970. May jump; never measure with it. */
  now(): number;
  /** Time since some fixed moment. Never jumps back. */
  monotonic(): number;
  /** Runs `fn` once after `ms`; the answer cancels it. A pending timer does not keep the process alive. */
  setTimer(fn: () => void, ms: number): () => void;
}

/** Node refuses delays above this and fires at once instead (Node documentation, `setTimeout`). */
const longestTimer = 2 ** 31 - 1;

function setLongTimer(fn: () => void, ms: number, keepAlive: boolean): () => void {
  let left = Math.max(0, ms);
  let handle: NodeJS.Timeout;
  const arm = (): void => {
    const step = Math.min(left, longestTimer);
    left -= step;
    handle = setTimeout(left > 0 ? arm : fn, step);
    if (!keepAlive) handle.unref();
  };
  arm();
  return () => clearTimeout(handle);
}

/** The machine's own clock. */
export const systemClock: SystemClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer: (fn, ms) => setLongTimer(fn, ms, false),
};

/**
 * The machine's own clock for a program that does one thing and ends: its pending timers keep the process alive,
 * which would else be over while a call waits to be repeated and nothing else is open.
 */
export const wakefulClock: SystemClock = {
  ...systemClock,
  setTimer: (fn, ms) => setLongTimer(fn, ms, true),
};

/** What a question to another machine may take without saying anything about its clock, ms. */
const WAY_MS = 2_000;

/**
 * The clock with the wall time of another machine, which said `now` in answer to a question asked at `since` by this
 * one. Machines whose clocks differ then mean the same by a moment. A difference that the way of question and answer
 * may explain is none.
 */
export function clockOf(clock: SystemClock, now: number, since: number): SystemClock {
  const here = clock.now();
  const ahead = now > here + WAY_MS ? now - here : now < since - WAY_MS ? now - since : 0;
  if (ahead === 0) return clock;
  return {
    now: () => clock.now() + ahead,
    monotonic: () => clock.monotonic(),
    setTimer: (fn, ms) => clock.setTimer(fn, ms),
  };
}

/**
 * Waits `ms` milliseconds. Rejects with the signal's reason as soon as it fires (L1).
 * With a clock of its own the wait follows that clock; without, it keeps the process alive.
 */
export function delay(
  ms: number,
  signal?: AbortSignal,
  clock?: Pick<SystemClock, 'setTimer'>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const cancel = clock ? clock.setTimer(done, ms) : setLongTimer(done, ms, true);
    function done(): void {
      signal?.removeEventListener('abort', stop);
      resolve();
    }
    function stop(): void {
      cancel();
      reject(signal?.reason as Error);
    }
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** A wait ran out. */
export class TimeoutError extends Error {
  readonly code = 'timeout';

  constructor(what: string, ms: number) {
    super(`${what} took longer than ${ms} ms`);
    this.name = 'TimeoutError';
  }
}

/**
 * Runs `work` with a signal that fires after `ms` or when the outer signal does, and rejects at that moment
 * even if the work ignores its signal. What ran out rejects with `TimeoutError`.
 */
export async function withTimeout<T>(
  what: string,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
  clock?: Pick<SystemClock, 'setTimer'>,
): Promise<T> {
  outer?.throwIfAborted();
  const inner = new AbortController();
  const forward = (): void => inner.abort(outer?.reason);
  const expire = (): void => inner.abort(new TimeoutError(what, ms));
  const cancel = clock ? clock.setTimer(expire, ms) : setLongTimer(expire, ms, true);
  outer?.addEventListener('abort', forward, { once: true });
  const aborted = new Promise<never>((_, reject) => {
    inner.signal.addEventListener('abort', () => reject(inner.signal.reason as Error), { once: true });
  });
  try {
    return await Promise.race([work(inner.signal), aborted]);
  } finally {
    cancel();
    outer?.removeEventListener('abort', forward);
  }
}
