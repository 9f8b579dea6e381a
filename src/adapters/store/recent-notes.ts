/** Which notes this process wrote a short while ago, so that a person who goes on talking costs no further write. */

/** How far the index of sessions may lag, milliseconds. */
export const NOTE_LAG_MS = 5 * 60_000;
/** Notes remembered: what is forgotten is only written once more. */
const KEPT = 10_000;

export interface RecentNotes {
  /** Whether this was noted less than five minutes before `at` (Unix milliseconds), or later than it. */
  isFresh(name: string, at: number): boolean;
  remember(name: string, at: number): void;
}

export function recentNotes(): RecentNotes {
  // In the order of writing: the first one is the oldest.
  const written = new Map<string, number>();
  return {
    isFresh(name, at) {
      const last = written.get(name);
      return last !== undefined && at < last + NOTE_LAG_MS;
    },
    remember(name, at) {
      written.delete(name);
      written.set(name, at);
      if (written.size <= KEPT) return;
      for (const oldest of written.keys()) {
        written.delete(oldest);
        break;
      }
    },
  };
}
