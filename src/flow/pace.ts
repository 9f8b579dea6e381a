/** The organization's read limit, shared by all replicas: listings and look-ups wait here, a first attach does not. */
import { delay } from '../lib/time.ts';
import type { Clock, StorePort } from '../ports.ts';

/** Managed Agents allow 1,200 reads a minute and organization; some are left for attaching streams. */
const READS_A_MINUTE = 1_000;

export function readPace(
  store: Pick<StorePort, 'take'>,
  clock: Clock,
): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    for (;;) {
      signal.throwIfAborted();
      const grant = await store
        .take('agents:reads', { limit: READS_A_MINUTE, windowMs: 60_000, share: 1 })
        .catch(() => ({ granted: true }) as const);
      if (grant.granted) return;
      await delay(grant.retryInMs, signal, clock);
    }
  };
}
