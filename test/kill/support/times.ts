/** How long others took to take over, and whoever was asked to stop to go; and what of that is too long. */
import { SHORT } from '../../support/whole.ts';
import type { Case } from './cases.ts';
import { departures } from './departures.ts';
import { lateBetween, type Late } from './lag.ts';
import { blows, isLost, takenOver, type Passage } from './trace.ts';

export interface Times {
  /**
   * Milliseconds from a kill or freeze to the first act of who took over, without what the machine kept them
   * waiting. Only where somebody was there all the while, and the store knew of the thread.
   */
  readonly takeover?: number;
  /** The same from SIGTERM. */
  readonly handover?: number;
  /** Milliseconds from hearing SIGTERM to the exit, without what the machine kept it waiting; the longest. */
  readonly departure?: number;
}

export interface Timed extends Times {
  /** What took too long, in words. */
  readonly late: readonly string[];
}

/** Takeover within the lease and so much, ms. */
const TAKEN_MS = 2_000;

export function timesOf(
  played: Case | { readonly is: 'calm' },
  trace: readonly Passage[],
  machine: readonly Late[],
): Timed {
  const gone = departures(trace, machine);
  const late = gone
    .filter(({ ms, allowed }) => ms > allowed)
    .map(({ pid, ms, allowed }) => `process ${pid} was gone only after ${ms} ms instead of ${allowed}`);
  const [from, ...others] = blows(trace);
  const taken = from && others.length === 0 && isWatched(played) ? takenOver(trace, from) : undefined;
  const departure = gone.length === 0 ? {} : { departure: Math.max(...gone.map(({ ms }) => ms)) };
  if (!from || taken === undefined || isLost(trace, from.at, from.at + taken)) return { ...departure, late };

  const took = Math.round(Math.max(0, taken - lateBetween(machine, from.at, from.at + taken)));
  const isAsked = from.what === '!SIGTERM';
  const leaving = gone.find(({ pid }) => pid === from.pid)?.allowed ?? 0;
  const allowed = isAsked ? leaving + SHORT.sweepMs : SHORT.leaseMs + TAKEN_MS;
  return {
    ...departure,
    ...(isAsked ? { handover: took } : { takeover: took }),
    late: took > allowed ? [...late, `taken over after ${took} ms instead of ${allowed}`] : late,
  };
}

/** Somebody else is there all the while, and nothing happens to it. */
function isWatched(played: Case | { readonly is: 'calm' }): boolean {
  return played.is !== 'calm' && played.replicas - 1 - (played.scenario.leaves ?? 0) > 0;
}
