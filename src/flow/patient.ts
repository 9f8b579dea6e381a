/** Reads that must be answered before anything may be concluded (I7): repeated while they may still answer. */
import { classify, PortError } from '../errors.ts';
import { backoff } from '../lib/backoff.ts';
import type { Random } from '../lib/random.ts';
import { delay } from '../lib/time.ts';
import type { Clock } from '../ports.ts';

export interface PatientDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/** The answer of a read. Rejects where it is refused for good, with what it was refused with, or as the signal says. */
export async function patiently<T>(
  { clock, random }: PatientDeps,
  signal: AbortSignal,
  read: () => Promise<T>,
): Promise<T> {
  const pause = backoff({ minMs: 300, maxMs: 10_000, random: random.fraction });
  for (;;) {
    signal.throwIfAborted();
    try {
      return await read();
    } catch (error) {
      const kind = classify(error);
      if (kind !== 'retry' && kind !== 'unknown') throw error;
      const wished = error instanceof PortError ? error.retryAfterMs : undefined;
      await delay(pause.next(wished), signal, clock);
    }
  }
}
