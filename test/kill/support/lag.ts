/**
 * How much a machine that does much else besides has kept us waiting. The services of a case answer from this
 * process: while it does not come to its turn, nobody gets an answer.
 */
import { setInterval } from 'node:timers';

const TICK_MS = 10;
/** Timers come a little late on any machine, ms. */
const USUAL_MS = 2;

/** When somebody did not come to their turn, wall clock ms. */
export interface Late {
  readonly from: number;
  readonly to: number;
}

export interface LagMeter {
  readonly late: readonly Late[];
  stop(): void;
}

export function lagMeter(): LagMeter {
  const late: Late[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const ms = now - last - TICK_MS;
    last = now;
    const to = performance.timeOrigin + now;
    if (ms > USUAL_MS) late.push({ from: to - ms, to });
  }, TICK_MS);
  timer.unref();
  return { late, stop: () => clearInterval(timer) };
}

/** Milliseconds between these moments in which at least one of them was late. */
export function lateBetween(all: readonly Late[], from: number, to: number): number {
  let [sum, until] = [0, from];
  for (const one of [...all].sort((a, b) => a.from - b.from)) {
    const end = Math.min(one.to, to);
    if (end <= until) continue;
    sum += end - Math.max(one.from, until);
    until = end;
  }
  return sum;
}
