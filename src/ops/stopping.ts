/**
 * How the process is asked to stop: a signal, or the parent's end. Asked once it stops in an orderly way;
 * asked again it ends at once.
 */

import type { SystemClock } from '../lib/time.ts';

/** What this needs of Node's `process`. */
export interface Signals {
  on(signal: 'SIGTERM' | 'SIGINT', listener: (signal: NodeJS.Signals) => void): unknown;
  exit(code: number): void;
  readonly ppid: number;
  readonly stdin: {
    resume(): unknown;
    once(event: 'end' | 'close' | 'error', listener: () => void): unknown;
  };
}

export interface StopOptions {
  readonly process: Signals;
  readonly clock: Pick<SystemClock, 'monotonic' | 'setTimer'>;
  /** True where the end of standard input means that the parent is gone. */
  readonly hasParent: boolean;
  /**
   * Milliseconds within which the same signal again is an echo. Under npm, Ctrl-C arrives twice: from the
   * terminal, and passed on by npm (`@npmcli/run-script`, lib/signal-manager.js).
   */
  readonly echoMs: number;
}

/**
 * npm passes SIGTERM to the shell between it and this process (`@npmcli/promise-spawn`), which dies of it without
 * passing it on: under npm, a new parent means that npm was asked to stop.
 */
export function watchParent(
  process: Pick<Signals, 'ppid'>,
  clock: Pick<SystemClock, 'setTimer'>,
  gone: () => void,
): void {
  const parent = process.ppid;
  const look = (): void => {
    if (process.ppid !== parent) gone();
    else clock.setTimer(look, 500);
  };
  look();
}

/** 128 and the signal's number, as a shell reports it. */
const exitCodes = { SIGTERM: 143, SIGINT: 130 } as const;

/** A signal that fires when the process is asked to stop; its reason is a word for the log. */
export function stopSignal({ process, clock, hasParent, echoMs }: StopOptions): AbortSignal {
  const stop = new AbortController();
  let askedAt = 0;
  const ask = (why: 'SIGTERM' | 'SIGINT' | 'parent gone'): void => {
    if (!stop.signal.aborted) {
      askedAt = clock.monotonic();
      stop.abort(why);
    } else if (why !== 'parent gone' && clock.monotonic() - askedAt >= echoMs) {
      process.exit(exitCodes[why]);
    }
  };
  process.on('SIGTERM', () => ask('SIGTERM'));
  process.on('SIGINT', () => ask('SIGINT'));
  if (echoMs > 0) watchParent(process, clock, () => ask('parent gone'));
  if (hasParent) {
    for (const event of ['end', 'close', 'error'] as const)
      process.stdin.once(event, () => ask('parent gone'));
    process.stdin.resume();
  }
  return stop.signal;
}

/** Resolves when the signal fires. */
export function fired(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
