/**
 * How much a machine that does much else besides has kept us waiting. The services of a case answer from this
 * process: while it does not come to its turn, nobody gets an answer.
 */
import { setInterval } from 'node:timers';

const TICK_MS = 10;
/** Timers come a little late on any machine, ms. */
const USUAL_MS = 2;

export interface LagMeter {
  /** Milliseconds that this process came late between these moments (wall clock ms). */
  between(from: number, to: number): number;
  stop(): void;
}

export function lagMeter(): LagMeter {
  const late: { readonly at: number; readonly ms: number }[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const ms = now - last - TICK_MS;
    last = now;
    if (ms > USUAL_MS) late.push({ at: performance.timeOrigin + now, ms });
  }, TICK_MS);
  timer.unref();
  return {
    between: (from, to) =>
      late.filter(({ at, ms }) => at > from && at - ms < to).reduce((sum, { ms }) => sum + ms, 0),
    stop: () => clearInterval(timer),
  };
}
