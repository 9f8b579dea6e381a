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
  /** By urgency, each in the order of arrival: thousands may stand here, and each token asks who is next. */
  const lines = BY_URGENCY.map((): Line<P> => ({ places: new Set(), newest: 0 }));
  /** When a subject was served last; oldest first. */
  const lastServed = new Map<string, number>();

  function lineOf({ priority }: Place): Line<P> | undefined {
    return lines[BY_URGENCY.indexOf(priority)];
  }

  function stalest(places: Iterable<P>): P | undefined {
    let best: P | undefined;
    let longest = Infinity;
    for (const place of places) {
      const at = place.subject === undefined ? undefined : lastServed.get(place.subject);
      // Never served, or longer ago than is remembered.
      if (at === undefined) return place;
      if (at >= longest) continue;
      best = place;
      longest = at;
    }
    return best;
  }

  return {
    get size() {
      return lines.reduce((sum, { places }) => sum + places.size, 0);
    },
    add(place) {
      const upTo = BY_URGENCY.indexOf(place.priority);
      const isFirst = lines.every(({ places }, urgency) => urgency > upTo || places.size === 0);
      const line = lineOf(place);
      if (line) stand(line, place);
      return isFirst;
    },
    remove: (place) => {
      lineOf(place)?.places.delete(place);
    },
    next() {
      const { places } = lines.find((line) => line.places.size > 0) ?? {};
      const [first] = places ?? [];
      return places && first?.priority === 'delta' ? stalest(places) : first;
    },
    all: () => lines.flatMap(({ places }) => [...places]),
    served(subject) {
      if (subject === undefined) return;
      lastServed.delete(subject);
      lastServed.set(subject, clock.monotonic());
      const [oldest] = lastServed.keys();
      if (lastServed.size > SUBJECTS_KEPT && oldest !== undefined) lastServed.delete(oldest);
    },
  };
}

/** Those of one urgency, in the order of arrival. */
interface Line<P> {
  places: Set<P>;
  /** The highest arrival that was ever added. */
  newest: number;
}

/** Who comes back after a 429 has an old arrival, and its old place. */
function stand<P extends Place>(line: Line<P>, place: P): void {
  line.places.add(place);
  if (place.arrival < line.newest) {
    line.places = new Set([...line.places].sort((a, b) => a.arrival - b.arrival));
  }
  line.newest = Math.max(line.newest, place.arrival);
}
