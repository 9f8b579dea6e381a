/** Opaque cursors and the two page shapes of the API (`core/pagination.ts` of @anthropic-ai/sdk 1.10.0). */
import { invalid } from './problem.ts';

export interface Page<T> {
  readonly data: readonly T[];
  readonly next_page: string | null;
}

export interface TwoWayPage<T> extends Page<T> {
  readonly prev_page: string | null;
}

export function cursor(place: Record<string, unknown>): string {
  return `page_${Buffer.from(JSON.stringify(place)).toString('base64url')}`;
}

/** @throws Problem 400 for anything this server did not issue. */
export function readCursor(text: string): Record<string, unknown> {
  try {
    const place: unknown = JSON.parse(Buffer.from(text.replace(/^page_/, ''), 'base64url').toString());
    if (typeof place === 'object' && place !== null) return place as Record<string, unknown>;
  } catch {
    // Falls through: whatever it was, it is no cursor.
  }
  throw invalid('page: invalid cursor');
}

/** One page of an in-memory list whose items carry a growing number. */
export function pageOf<T>(
  items: readonly T[],
  number: (item: T) => number,
  query: { order: 'asc' | 'desc'; limit: number; page: string | null },
): TwoWayPage<T> {
  const sorted = query.order === 'asc' ? [...items] : [...items].reverse();
  const place = query.page === null ? null : readCursor(query.page);
  if (place && place['o'] !== query.order) throw invalid('page: cursor was issued for another order');
  const start = place ? startOf(sorted, number, place, query) : 0;
  const data = sorted.slice(start, start + query.limit);
  const last = data.at(-1);
  const first = data[0];
  const more = start + data.length < sorted.length;
  return {
    data,
    next_page: last !== undefined && more ? cursor({ o: query.order, n: number(last) }) : null,
    prev_page:
      first !== undefined && start > 0 ? cursor({ o: query.order, n: number(first), d: 'prev' }) : null,
  };
}

function startOf<T>(
  sorted: readonly T[],
  number: (item: T) => number,
  place: Record<string, unknown>,
  query: { order: 'asc' | 'desc'; limit: number },
): number {
  const at = Number(place['n']);
  const beyond = (item: T): boolean => (query.order === 'asc' ? number(item) > at : number(item) < at);
  if (place['d'] === 'prev') {
    const here = sorted.findIndex((item) => beyond(item) || number(item) === at);
    return Math.max(0, (here === -1 ? sorted.length : here) - query.limit);
  }
  const found = sorted.findIndex(beyond);
  return found === -1 ? sorted.length : found;
}
