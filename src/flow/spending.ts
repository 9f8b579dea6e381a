/**
 * What today's books say, kept for a few seconds: nothing is begun where a day's budget is used up.
 *
 * S1  Where no day has a limit nothing is asked.
 * S2  What this process writes into the books counts here at once; what others write, some seconds later. A budget may
 *     be passed by what begins in between, and by what runs already.
 * S3  Books that cannot be read keep nobody from working: a session has a budget of its own.
 */
import type { AuditEntry } from '../core/audit.ts';
import { dayOf, hasLimit, type Today } from '../core/daily.ts';
import type { ThreadRef } from '../core/event.ts';
import type { Settings } from '../core/settings.ts';
import type { Clock, Log, Meter, StorePort } from '../ports.ts';

type Place = Pick<ThreadRef, 'team' | 'channel'>;

export interface Spending {
  /** Resolves when what is known of these people in this place is fresh. Never rejects. */
  ready(place: Place, users: readonly string[], settings: Settings): Promise<void>;
  /** As it was last known; undefined where no day has a limit, or nothing is known of today. */
  today(place: Place, user: string, settings: Settings): Today | undefined;
  /** What was spent and raised in a thread, once it is saved. */
  booked(place: Place, trail: readonly AuditEntry[]): void;
  /** Reads the books. Rejects with `PortError`. */
  read(place: Place, user: string): Promise<Today>;
}

export interface SpendingDeps {
  readonly store: Pick<StorePort, 'books'>;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly log: Log;
  readonly meter: Pick<Meter, 'spent'>;
}

/** So long a read holds, ms. */
const FRESH_MS = 3_000;
/** Who has not been asked about for so long is forgotten, ms. */
const FORGET_MS = 60_000;

interface Known {
  readonly place: Place;
  readonly user: string;
  today: Today;
  /** When it was asked for, monotonic ms. */
  at: number;
}

export function createSpending({ store, clock, log, meter }: SpendingDeps): Spending {
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<void>>();
  /** How often something was booked here: what was read before that is old. */
  let bookings = 0;

  function nameOf({ team, channel }: Place, user: string): string {
    return `${team}:${channel}:${user}`;
  }

  async function refresh(place: Place, user: string): Promise<void> {
    for (let before = -1; before !== bookings;) {
      before = bookings;
      const at = clock.monotonic();
      const today = await store.books.today(place.team, user, place.channel);
      known.set(nameOf(place, user), { place, user, today, at });
    }
  }

  function fresh(place: Place, user: string): Promise<void> {
    const name = nameOf(place, user);
    const age = clock.monotonic() - (known.get(name)?.at ?? -Infinity);
    if (age < FRESH_MS) return Promise.resolve();
    const under = asking.get(name) ?? refresh(place, user).finally(() => asking.delete(name));
    asking.set(name, under);
    return under.catch((error: unknown) =>
      log.warn({ err: error }, 'the day’s budget could not be looked at'),
    );
  }

  function forget(): void {
    const oldest = clock.monotonic() - FORGET_MS;
    for (const [name, { at }] of known) if (at < oldest) known.delete(name);
  }

  return {
    async ready(place, users, settings) {
      if (!hasLimit(settings)) return;
      forget();
      await Promise.all([...new Set(users)].map((user) => fresh(place, user)));
    },
    today(place, user, settings) {
      if (!hasLimit(settings)) return undefined;
      const today = known.get(nameOf(place, user))?.today;
      return today?.day === dayOf(clock.now()) ? today : undefined;
    },
    booked(place, trail) {
      for (const entry of trail) {
        if (entry.what === 'spent') meter.spent(entry.usd);
        if (entry.what !== 'spent' && entry.what !== 'raised') continue;
        bookings += 1;
        for (const one of known.values())
          if (one.place.team === place.team) one.today = withEntry(one, entry, place);
      }
    },
    read: (place, user) => store.books.today(place.team, user, place.channel),
  };
}

function withEntry({ place, user, today }: Known, entry: AuditEntry, where: Place): Today {
  if (entry.what === 'spent') {
    const cents = entry.usd * 100;
    const { person, channel, workspace } = today.spent;
    const spent = {
      person: person + (entry.by === user ? cents : 0),
      channel: channel + (where.channel === place.channel ? cents : 0),
      workspace: workspace + cents,
    };
    return { ...today, spent };
  }
  if (entry.what !== 'raised' || !('scope' in entry)) return today;
  const isOurs = { person: entry.of === user, channel: entry.of === place.channel, workspace: true };
  if (!isOurs[entry.scope]) return today;
  const raised = { ...today.raised, [entry.scope]: today.raised[entry.scope] + entry.usd * 100 };
  return { ...today, raised };
}
