/**
 * Writes down who did what, beside everything else: nobody waits for it, and what Redis does not take now is tried
 * again, in order, as long as this process lives. For what no thread's commit takes along.
 */
import type { AuditEntry } from '../core/audit.ts';
import { backoff } from '../lib/backoff.ts';
import { serialQueue } from '../lib/serial.ts';
import { delay } from '../lib/time.ts';
import type { Clock, Log, Random, StorePort } from '../ports.ts';

export interface Trail {
  note(team: string, entry: AuditEntry): void;
  /**
   * The process is going: resolves when everything is written, or after `withinMs`. What is left then is lost, which
   * the log says.
   */
  flush(withinMs: number): Promise<void>;
}

export interface TrailDeps {
  readonly store: { readonly audit: Pick<StorePort['audit'], 'note'> };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** So many wait at most: memory is not for years of them. */
const MOST = 10_000;

export function createTrail({ store, clock, random, log }: TrailDeps): Trail {
  const queue = serialQueue();
  const ending = new AbortController();

  async function write(team: string, nonce: string, entry: AuditEntry): Promise<void> {
    const pause = backoff({ minMs: 200, maxMs: 10_000, random: random.fraction });
    for (;;) {
      try {
        return await store.audit.note(team, nonce, entry);
      } catch (error) {
        if (ending.signal.aborted) throw error;
        log.info({ err: error, what: entry.what }, 'audit entry not written yet');
        await delay(pause.next(), ending.signal, clock).catch(() => undefined);
      }
    }
  }

  return {
    note(team, entry) {
      const lost = (error: unknown): void => log.error({ err: error, entry }, 'audit entry lost');
      if (queue.size >= MOST) return lost(new Error('too many wait'));
      const nonce = random.token();
      queue.run(() => write(team, nonce, entry)).catch(lost);
    },
    async flush(withinMs) {
      const over = new AbortController();
      await Promise.race([queue.idle(), delay(withinMs, over.signal, clock).catch(() => undefined)]);
      over.abort();
      ending.abort(new Error('the process is going'));
    },
  };
}
