/**
 * A session's history.
 *
 * Invariant: `done` is in order of `processed_at`, because stamps never go back and an event enters `done` at
 * the moment it is stamped. So history can be paged by index, and a new event costs O(1).
 */
import { iso } from './clock.ts';
import { invalid } from './problem.ts';
import type { SessionEvent } from './types.ts';
import { cursor, readCursor, type Page } from './paging.ts';

export interface EventQuery {
  readonly types: ReadonlySet<string> | null;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly page: string | null;
  /** Bounds on `processed_at` in microseconds, inclusive. */
  readonly from: number;
  readonly to: number;
  readonly unprocessed: 'last' | 'first' | 'hidden';
  /** Further condition, for the events of one thread. */
  readonly where?: (event: SessionEvent) => boolean;
}

interface Place {
  /** Next index in `done` (descending: one past it). -1: not yet entered. */
  i: number;
  /** Sequence number of the last unprocessed event returned. */
  w: number;
}

export class EventLog {
  readonly done: SessionEvent[] = [];
  readonly #stamps: number[] = [];
  readonly #waiting = new Map<string, { seq: number; event: SessionEvent }>();
  readonly #byId = new Map<string, SessionEvent>();
  #seq = 0;

  get(id: string): SessionEvent | undefined {
    return this.#byId.get(id);
  }

  /** Everything, processed first. */
  all(): SessionEvent[] {
    return [...this.done, ...[...this.#waiting.values()].map((entry) => entry.event)];
  }

  get lastStamp(): number {
    return this.#stamps.at(-1) ?? 0;
  }

  stampAt(index: number): number {
    return this.#stamps[index] ?? 0;
  }

  waiting(): SessionEvent[] {
    return [...this.#waiting.values()].map((entry) => entry.event);
  }

  /** An event a client sent, not processed yet. */
  wait(event: SessionEvent): void {
    this.#seq += 1;
    this.#waiting.set(event.id, { seq: this.#seq, event });
    this.#byId.set(event.id, event);
  }

  /** A processed event; one that waited leaves the waiting ones. */
  settle(event: SessionEvent, stamp: number): void {
    this.#waiting.delete(event.id);
    this.done.push(event);
    this.#stamps.push(stamp);
    this.#byId.set(event.id, event);
  }

  page(query: EventQuery): Page<SessionEvent> {
    const place = this.#place(query);
    const data: SessionEvent[] = [];
    for (const found of this.#walk(query, place)) {
      if (data.length === query.limit) return { data, next_page: cursor({ ...place, o: query.order }) };
      data.push(found.event);
      place.i = found.i;
      place.w = found.w;
    }
    return { data, next_page: null };
  }

  #place(query: EventQuery): Place {
    const start = { i: -1, w: query.order === 'asc' ? 0 : Number.MAX_SAFE_INTEGER };
    if (query.page === null) return start;
    const read = readCursor(query.page);
    if (read['o'] !== query.order) throw invalid('page: cursor was issued for another order');
    return { i: Number(read['i']), w: Number(read['w']) };
  }

  *#walk(query: EventQuery, place: Place): Generator<{ event: SessionEvent; i: number; w: number }> {
    const waitingFirst = (query.unprocessed === 'first') === (query.order === 'asc');
    if (waitingFirst) {
      if (place.i === -1) yield* this.#walkWaiting(query, place);
      yield* this.#walkDone(query, place);
    } else {
      yield* this.#walkDone(query, place);
      yield* this.#walkWaiting(query, place);
    }
  }

  *#walkWaiting(query: EventQuery, place: Place): Generator<{ event: SessionEvent; i: number; w: number }> {
    // A bound on `processed_at` excludes what has none.
    if (query.unprocessed === 'hidden' || query.from > 0 || query.to < Infinity) return;
    const entries = [...this.#waiting.values()];
    const asc = query.order === 'asc';
    for (const { seq, event } of asc ? entries : entries.reverse()) {
      const seen = asc ? seq <= place.w : seq >= place.w;
      if (!seen && matches(query, event)) yield { event, i: place.i, w: seq };
    }
  }

  *#walkDone(query: EventQuery, place: Place): Generator<{ event: SessionEvent; i: number; w: number }> {
    const low = this.#firstAtOrAfter(query.from);
    const high = this.#firstAtOrAfter(query.to + 1);
    if (query.order === 'asc') {
      for (let i = Math.max(low, place.i); i < high; i += 1) {
        const event = this.done[i];
        if (event && matches(query, event)) yield { event, i: i + 1, w: place.w };
      }
      return;
    }
    for (let i = (place.i === -1 ? high : Math.min(high, place.i)) - 1; i >= low; i -= 1) {
      const event = this.done[i];
      if (event && matches(query, event)) yield { event, i, w: place.w };
    }
  }

  #firstAtOrAfter(stamp: number): number {
    let low = 0;
    let high = this.#stamps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#stamps[middle] ?? 0) < stamp) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function matches(query: EventQuery, event: SessionEvent): boolean {
  if (query.types && !query.types.has(event.type)) return false;
  return query.where ? query.where(event) : true;
}

/** The same event, processed at `stamp`. */
export function stamped(event: Record<string, unknown>, stamp: number): SessionEvent {
  return { ...event, processed_at: iso(stamp) } as unknown as SessionEvent;
}
