/**
 * What may go wrong without a promise being broken, fact by fact: a call that left a machine which froze between its
 * last look and the socket, and what a store forgot of a thread together with who did it. Whatever follows from
 * another fact is not excused.
 */
import { LEASE_MS } from '../../src/ports.ts';
import type { Departure } from './network.ts';
import type { Forgotten } from './store-model.ts';

/** What one process did for a thread, and the thread's record knows nothing of. Milliseconds of the run. */
interface Gap {
  readonly key: string;
  readonly process: string;
  readonly from: number;
  until: number;
}

/** A lease that its holder believes in and the store forgot. */
interface Belief {
  readonly key: string;
  readonly process: string;
  readonly until: number;
}

export class Excuses {
  private gaps: Gap[] = [];
  private beliefs: Belief[] = [];

  /** The record went back to before this was written; nobody has taken the thread since. */
  forgot({ what, thread: key, at, process }: Forgotten, now: number): void {
    if (process === undefined) return;
    this.beliefs.push({ key, process, until: now + LEASE_MS });
    if (what !== 'commit' && what !== 'acquire') return;
    const known = this.gaps.some((gap) => gap.key === key && gap.process === process && gap.until > now);
    if (!known) this.gaps.push({ key, process, from: at, until: Number.POSITIVE_INFINITY });
  }

  /** A holder whose state was forgotten saved the next one: with it everything is known again. */
  saved(key: string, process: string): void {
    const isMade = (gap: Gap): boolean =>
      gap.key === key && gap.process === process && gap.until === Number.POSITIVE_INFINITY;
    if (this.gaps.some(isMade)) this.gaps = this.gaps.filter((gap) => !isMade(gap));
  }

  /** Somebody goes on from the older record; another holder of before may not have noticed yet. */
  acquired(key: string, process: string, now: number): void {
    for (const gap of this.gaps) {
      if (gap.key !== key) continue;
      gap.until = Math.min(gap.until, gap.process === process ? now : now + LEASE_MS);
    }
  }

  /** Nobody who takes this thread can know of this call. */
  readonly unknown = (key: string, left: Departure | undefined): boolean => {
    if (!left) return false;
    const inside = (gap: Gap): boolean =>
      gap.key === key && gap.process === left.host.name && gap.from <= left.at && left.at < gap.until;
    return left.forced || this.gaps.some(inside);
  };

  /** It holds a lease, as far as it can know. */
  believes(key: string, { host, at }: Departure): boolean {
    return this.beliefs.some(
      (belief) => belief.key === key && belief.process === host.name && at < belief.until,
    );
  }
}
