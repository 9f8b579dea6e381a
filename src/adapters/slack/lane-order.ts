/** Who is next in a rate lane: by urgency; among deltas the subject that was served longest ago; then by arrival. */
import type { Clock, Priority } from '../../ports.ts';
import { BY_URGENCY } from './limits.ts';

/** A place in the line. */
export interface Place {
  readonly priority: Priority;
  /** What is written again and again, such as a message's `ts`. */
  readonly subject: string | undefined;
  /** Grows with each arrival; kept by who comes back. */
  readonly arrival: number;
}

export interface LaneOrder<P extends Place> {
  readonly size: number;
  /** True where nobody in the line was as urgent. */
  add(place: P): boolean;
  remove(place: P): void;
  next(): P | undefined;
  all(): readonly P[];
  /** The subject was written just now. */
  served(subject: string | undefined): void;
}

const SUBJECTS_KEPT = 500;

export function laneOrder<P extends Place>(clock: Pick<Clock, 'monotonic'>): LaneOrder<P> {
  const line = new Set<P>();
  /** When a subject was served last; oldest first. */
  const lastServed = new Map<string, number>();

  function stale(place: P): number {
    return (place.subject === undefined ? undefined : lastServed.get(place.subject)) ?? -1;
  }

  function before(a: P, b: P): boolean {
    const urgency = urgencyOf(a) - urgencyOf(b);
    if (urgency !== 0) return urgency < 0;
    const staleness = a.priority === 'delta' ? stale(a) - stale(b) : 0;
    return staleness === 0 ? a.arrival < b.arrival : staleness < 0;
  }

  /** Looks no further than the first who is as urgent: thousands may stand here. */
  function isFirst(place: P): boolean {
    for (const other of line) if (urgencyOf(place) >= urgencyOf(other)) return false;
    return true;
  }

  return {
    get size() {
      return line.size;
    },
    add(place) {
      const first = isFirst(place);
      line.add(place);
      return first;
    },
    remove: (place) => {
      line.delete(place);
    },
    next() {
      let best: P | undefined;
      for (const place of line) if (best === undefined || before(place, best)) best = place;
      return best;
    },
    all: () => [...line],
    served(subject) {
      if (subject === undefined) return;
      lastServed.delete(subject);
      lastServed.set(subject, clock.monotonic());
      const [oldest] = lastServed.keys();
      if (lastServed.size > SUBJECTS_KEPT && oldest !== undefined) lastServed.delete(oldest);
    },
  };
}

function urgencyOf(place: Place): number {
  return BY_URGENCY.indexOf(place.priority);
}
