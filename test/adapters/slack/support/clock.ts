/** A clock that moves only when told, and a log that remembers. */
import type { Clock, Log } from '../../../../src/ports.ts';

export interface VirtualClock extends Clock {
  /** Moves time, fires what falls due in its order, and lets everything that follows settle. */
  advance(ms: number): Promise<void>;
  /** Lets what is pending without time settle. */
  settle(): Promise<void>;
  readonly timers: number;
}

export function virtualClock(start = 1_790_000_000_000): VirtualClock {
  let elapsed = 0;
  let timers: { readonly at: number; readonly fn: () => void }[] = [];
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    setTimer(fn, ms) {
      const timer = { at: elapsed + ms, fn };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    get timers() {
      return timers.length;
    },
    settle,
    async advance(ms) {
      const until = elapsed + ms;
      await settle();
      for (;;) {
        const next = timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers = timers.filter((timer) => timer !== next);
        elapsed = Math.max(elapsed, next.at);
        next.fn();
        await settle();
      }
      elapsed = until;
      await settle();
    },
  };
}

export interface Line {
  readonly level: string;
  readonly fields: object;
  readonly msg: string;
}

export interface MemoryLog extends Log {
  readonly lines: Line[];
  /** Everything said, as one text. */
  all(): string;
}

export function memoryLog(lines: Line[] = []): MemoryLog {
  const at = (level: string) => (fields: object, msg: string) => {
    lines.push({ level, fields, msg });
  };
  return {
    lines,
    all: () => JSON.stringify(lines),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    notice: at('info'),
    child: () => memoryLog(lines),
  };
}

/** Resolves once the condition holds; fails when it does not within `ms`. */
export async function until(what: string, holds: () => boolean, ms = 5_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`never came about: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
