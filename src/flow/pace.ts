/** The organization's read limit, shared by all replicas: every read waits here but the first attaching of a stream. */
import { delay } from '../lib/time.ts';
import type { Clock, RateRule, StorePort } from '../ports.ts';

/** Managed Agents allow 1,200 reads a minute and organization; some are left for attaching streams. */
const READS: RateRule = { limit: 1_000, windowMs: 60_000, share: 1 };
/** Streams that are attached again, each with a listing behind it, leave room to those that begin. */
const AGAIN: RateRule = { ...READS, share: 0.6 };
/** When the network drops all streams at once they come back some a second, however many processes hold them. */
const ONE_BY_ONE: RateRule = { limit: 30, windowMs: 60_000, share: 1, bucket: { everyMs: 150, lagMs: 0 } };

/**
 * Waits for a place among the organization's reads.
 * @param again what is read is a stream that was attached before
 * @throws the signal's reason as soon as it fires
 */
export type Pace = (signal: AbortSignal, again?: 'again') => Promise<void>;

export function readPace(store: Pick<StorePort, 'take'>, clock: Clock): Pace {
  async function take(lane: string, rule: RateRule, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      // Where the store is away its own limits have to do.
      const grant = await store.take(lane, rule).catch(() => ({ granted: true }) as const);
      if (grant.granted) return;
      await delay(grant.retryInMs, signal, clock);
    }
  }

  async function takeAgain(signal: AbortSignal): Promise<void> {
    await take('agents:again', ONE_BY_ONE, signal);
    await take('agents:reads', AGAIN, signal);
  }

  // Two lines: who reads for a first time does not stand behind those that come back.
  const [returning, reading] = [waitingLine(), waitingLine()];
  return (signal, again) =>
    again ? returning(takeAgain, signal) : reading((ending) => take('agents:reads', READS, ending), signal);
}

/** One after the other: only who is first asks the store, however many wait. Who gives up leaves at once. */
function waitingLine(): (work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (work, signal) =>
    new Promise((resolve, reject) => {
      const leave = (): void => reject(signal.reason);
      if (signal.aborted) return leave();
      signal.addEventListener('abort', leave, { once: true });
      last = last
        .then(() => (signal.aborted ? undefined : work(signal)))
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', leave));
    });
}
