/** A clock that moves only when a test moves it. */
import type { Clock } from '../../src/ports.ts';

export interface VirtualClock extends Clock {
  /** Moves time on, fires what falls due in its order, and lets what follows settle. */
  advance(ms: number): Promise<void>;
  /** Lets what needs no time settle. */
  settle(): Promise<void>;
  /** Timers that are set. */
  readonly timers: number;
}

interface Timer {
  readonly at: number;
  readonly fn: () => void;
}

/**
 * @param start wall time at the beginning, Unix milliseconds; the monotonic clock begins at 0
 * @param turns of the event loop that settling takes: two where nothing reads files or sockets
 */
export function virtualClock(start = 1_790_000_000_000, turns = 20): VirtualClock {
  let elapsed = 0;
  const timers = new Set<Timer>();

  async function settle(): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  function nextDue(until: number): Timer | undefined {
    return [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
  }

  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    setTimer(fn, ms) {
      const timer = { at: elapsed + Math.max(0, ms), fn };
      timers.add(timer);
      return () => {
        timers.delete(timer);
      };
    },
    get timers() {
      return timers.size;
    },
    settle,
    async advance(ms) {
      const until = elapsed + ms;
      await settle();
      for (let timer = nextDue(until); timer; timer = nextDue(until)) {
        timers.delete(timer);
        elapsed = Math.max(elapsed, timer.at);
        timer.fn();
        await settle();
      }
      elapsed = until;
      await settle();
    },
  };
}
