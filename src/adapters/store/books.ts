/**
 * What each day (UTC, the store's own clock) cost, and by how much its limits were raised: added up from the entries
 * that a commit writes down, in the same write, so each counts once. Whole millionths of a US dollar.
 *
 * The books of a workspace lie in its threads' shards; a day is the sum over all of them.
 */
import type { AuditEntry } from '../../core/audit.ts';
import type { Today } from '../../core/daily.ts';
import type { BooksStore } from '../../ports-usage.ts';
import type { Keys } from './keys.ts';
import { DAY_MS } from './limits.ts';
import type { RedisLink } from './redis-link.ts';

/** Kept a while longer than the day lasts, ms. */
export const BOOKS_MS = 3 * DAY_MS;

const MICROS = 1_000_000;

/** What these entries add, by field. */
export function bookings(trail: readonly AuditEntry[]): readonly (readonly [field: string, by: number])[] {
  return trail.flatMap((entry): readonly (readonly [string, number])[] => {
    if (entry.what !== 'spent' && entry.what !== 'raised') return [];
    const by = Math.round(entry.usd * MICROS);
    if (entry.what === 'raised') {
      if (!('scope' in entry)) return [];
      return [[{ person: `ru:${entry.of}`, channel: `rc:${entry.of}`, workspace: 'rw' }[entry.scope], by]];
    }
    return [
      [`su:${entry.by}`, by],
      [`sc:${entry.channel ?? ''}`, by],
      ['sw', by],
    ];
  });
}

function fieldsOf(user: string, channel: string): readonly string[] {
  return [`su:${user}`, `sc:${channel}`, 'sw', `ru:${user}`, `rc:${channel}`, 'rw'];
}

/** @param day since the epoch @param sums in the order of `fieldsOf` */
function asToday(day: number, sums: readonly number[]): Today {
  const cents = sums.map((micros) => micros / (MICROS / 100));
  const [person = 0, channel = 0, workspace = 0, ofPerson = 0, ofChannel = 0, ofWorkspace = 0] = cents;
  return {
    day: new Date(day * DAY_MS).toISOString().slice(0, 10),
    spent: { person, channel, workspace },
    raised: { person: ofPerson, channel: ofChannel, workspace: ofWorkspace },
  };
}

export function redisBooks(redis: RedisLink, keys: Keys): BooksStore {
  return {
    async today(team, user, channel) {
      const fields = fieldsOf(user, channel);
      const calls = keys.shards().map((base) => ({ base, args: [team, ...fields] }));
      const answers = (await redis.scripts('books', calls)) as readonly (readonly (string | null)[])[];
      // Servers read their own clocks: around midnight the later day counts.
      const day = Math.max(...answers.map(([first]) => Number(first)));
      const of = answers.filter(([first]) => Number(first) === day);
      return asToday(
        day,
        fields.map((_, at) => of.reduce((sum, values) => sum + Number(values[at + 1] ?? 0), 0)),
      );
    },
  };
}

/** The same in memory. */
export class MemoryBooks implements BooksStore {
  readonly #now: () => number;
  readonly #days = new Map<string, Map<string, number>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  add(team: string, trail: readonly AuditEntry[]): void {
    const name = `${team}:${this.#day()}`;
    const book = this.#days.get(name) ?? new Map<string, number>();
    this.#days.set(name, book);
    for (const [field, by] of bookings(trail)) book.set(field, (book.get(field) ?? 0) + by);
  }

  async today(team: string, user: string, channel: string): Promise<Today> {
    const day = this.#day();
    const book = this.#days.get(`${team}:${day}`);
    return asToday(
      day,
      fieldsOf(user, channel).map((field) => book?.get(field) ?? 0),
    );
  }

  #day(): number {
    return Math.floor(this.#now() / DAY_MS);
  }
}
