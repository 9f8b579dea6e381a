/**
 * How a call to the Anthropic API is made: one attempt within one deadline, its failure told as `PortError`.
 *
 * The SDK's own timeout ends at the headers (`client.js` `fetchWithTimeout`); the deadline here covers the body
 * too, so that a call ends by itself whatever the service does.
 */
import { PortError } from '../../errors.ts';
import { backoff } from '../../lib/backoff.ts';
import type { SystemClock } from '../../lib/time.ts';
import { delay, withTimeout } from '../../lib/time.ts';
import { toPortError } from './failure.ts';
import type { CallFacts } from './failure.ts';

/** What every SDK method takes as its last argument. */
export interface RequestLimits {
  readonly signal: AbortSignal;
  readonly maxRetries: 0;
  readonly timeout: number;
}

export interface Calls {
  /** One attempt, at most `writeMs`. */
  write<T>(what: string, facts: CallFacts, work: (limits: RequestLimits) => Promise<T>): Promise<T>;
  /** At most `readMs` altogether; one more attempt where the first certainly found no answer. */
  read<T>(what: string, work: (limits: RequestLimits) => Promise<T>): Promise<T>;
}

export interface CallTimes {
  readonly clock: SystemClock;
  readonly writeMs: number;
  readonly readMs: number;
}

/** A read is worth a second attempt only while this much of its time is left, milliseconds. */
const WORTH_ANOTHER_MS = 2_000;

export function callsWithin({ clock, writeMs, readMs }: CallTimes): Calls {
  async function attempt<T>(
    what: string,
    ms: number,
    facts: CallFacts,
    work: (limits: RequestLimits) => Promise<T>,
  ): Promise<T> {
    try {
      return await withTimeout(
        what,
        ms,
        (signal) => work({ signal, maxRetries: 0, timeout: Math.ceil(ms) }),
        undefined,
        clock,
      );
    } catch (error) {
      throw toPortError(error, facts, clock.now());
    }
  }
  return {
    write: (what, facts, work) => attempt(what, writeMs, facts, work),
    async read(what, work) {
      const facts: CallFacts = { writes: false, names: 'resource' };
      const started = clock.monotonic();
      const left = (): number => readMs - (clock.monotonic() - started);
      try {
        return await attempt(what, readMs, facts, work);
      } catch (error) {
        const wait = backoff({ minMs: 100, maxMs: 500 }).next();
        if (!passesSoon(error) || left() - wait < WORTH_ANOTHER_MS) throw error;
        await delay(wait, undefined, clock);
        return attempt(what, left(), facts, work);
      }
    },
  };
}

/** A limit (429) is the caller's to wait for, a timeout has used the time up. */
function passesSoon(error: unknown): boolean {
  return (
    error instanceof PortError && error.kind === 'retry' && error.status !== 429 && error.code !== 'timeout'
  );
}

/** What a list endpoint answers with (`core/pagination.d.ts`). */
interface Page<T> {
  readonly data: readonly T[] | null | undefined;
  readonly next_page: string | null | undefined;
}

/** No listing of ours is longer; a service that goes on for ever is not followed for ever. */
const MAX_PAGES = 2_000;

/**
 * Every item of a listing, page by page. A page may be empty and still name a next one.
 * @throws PortError `retry` with code `endless_list` where the service repeats a cursor
 */
export async function* eachItem<T>(
  fetchPage: (page: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<T> {
  let cursor: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await fetchPage(cursor);
    yield* page.data ?? [];
    const next = page.next_page ?? undefined;
    if (!next) return;
    if (next === cursor) break;
    cursor = next;
  }
  throw new PortError({ kind: 'retry', code: 'endless_list', message: 'a listing does not end' });
}
