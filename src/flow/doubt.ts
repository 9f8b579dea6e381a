/** Looks up posts whose outcome is not known. Nothing is posted again before that is settled (I7). */
import type { OutboxDeps, OutboxHost } from './outbox-host.ts';
import { failureOf } from './calls.ts';
import type { Ledger } from './ledger.ts';

export interface DoubtDeps {
  readonly deps: OutboxDeps;
  readonly host: OutboxHost;
  readonly ledger: Ledger;
  /** By which a message is found again. */
  readonly keyOf: (slot: string) => string;
}

export async function lookUp(
  { deps, host, ledger, keyOf }: DoubtDeps,
  slots: readonly string[],
): Promise<void> {
  const keys = new Map(slots.map((slot) => [keyOf(slot), slot]));
  const found = await look([...keys.keys()]);
  if (!found) return;
  ledger.looked = true;
  for (const [key, slot] of keys) {
    const known = ledger.posted.get(slot);
    if (!known) continue;
    const ts = found.get(key);
    const { doubt: _, ...sure } = known;
    if (ts !== undefined) ledger.note(slot, { ...sure, ts });
    else if (deps.clock.now() - known.intent >= deps.settleMs) ledger.note(slot, sure);
  }

  /** A failed look is not "not there" (I7): it is tried again after a pause, and nothing is posted before. */
  async function look(wanted: readonly string[]): Promise<ReadonlyMap<string, string> | undefined> {
    try {
      return await deps.slack.find(host.state().thread, wanted);
    } catch (error) {
      const { code, retryAfterMs } = failureOf(error);
      deps.log.info({ code }, 'own messages could not be looked up; trying again');
      ledger.backOff(retryAfterMs, 500);
      return undefined;
    }
  }
}
