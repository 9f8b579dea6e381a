/** Looks up posts whose outcome is not known. Nothing is posted again before that is settled (I7). */
import { parseTurnSlot } from '../core/shown.ts';
import type { OutboxDeps, OutboxHost } from './outbox-host.ts';
import { failureOf } from './calls.ts';
import type { Ledger } from './ledger.ts';

/** How far the store's clock and Slack's may differ, ms. */
const CLOCKS_MS = 10 * 60_000;

/** Where a message is to stand; at the top of its channel, where no thread is said. */
export interface MessagePlace {
  readonly team: string;
  readonly channel: string;
  readonly threadTs?: string;
}

export interface DoubtDeps {
  readonly deps: OutboxDeps;
  readonly host: OutboxHost;
  readonly ledger: Ledger;
  /** By which a message is found again. */
  readonly keyOf: (slot: string) => string;
  readonly placeOf: (slot: string) => MessagePlace;
}

export async function lookUp(
  { deps, host, ledger, keyOf, placeOf }: DoubtDeps,
  slots: readonly string[],
): Promise<void> {
  const keys = new Map(slots.map((slot) => [keyOf(slot), slot]));
  const lookedAt = deps.clock.now();
  const found = await look(() => everywhere(slots));
  const begun = slots.filter((slot) => ledger.posted.get(slot)?.stream && !found?.has(keyOf(slot)));
  const strays = found && begun.length > 0 ? await look(() => straysAfter(begun)) : [];
  if (!found || !strays) return;
  const unclaimed = [...strays];
  ledger.looked = true;
  for (const [key, slot] of keys) {
    const known = ledger.posted.get(slot);
    if (!known) continue;
    const ts = found.get(key);
    const { doubt: _, stream, ...sure } = known;
    const stray = ts === undefined && stream ? unclaimed.shift() : undefined;
    if (ts !== undefined) ledger.note(slot, { ...sure, ts });
    // What was appended to it nobody knows: it is ended, and an edit makes it right.
    else if (stray !== undefined) ledger.note(slot, { ...sure, ts: stray, stream: { is: 'open' } });
    // As it was when it was asked for: what is alive then may have arrived since.
    else if (lookedAt - known.intent >= deps.settleMs) ledger.note(slot, sure);
  }

  /** In the thread, at the top of its channel, and in direct messages: each where it was to stand. */
  async function everywhere(wanted: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const places = new Map<string, { readonly place: MessagePlace; readonly slots: string[] }>();
    for (const slot of wanted) {
      const place = placeOf(slot);
      const name = `${place.channel}:${place.threadTs ?? ''}`;
      const same = places.get(name) ?? { place, slots: [] };
      same.slots.push(slot);
      places.set(name, same);
    }
    const found = await Promise.all([...places.values()].map(({ place, slots: there }) => at(place, there)));
    return new Map(found.flatMap((each) => [...each]));
  }

  function at(
    { team, channel, threadTs }: MessagePlace,
    there: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    const wanted = there.map(keyOf);
    if (threadTs !== undefined) return deps.slack.find({ team, channel, ts: threadTs }, wanted);
    const since = Math.min(...there.map((slot) => ledger.posted.get(slot)?.intent ?? deps.clock.now()));
    const oldest = `${Math.max(0, Math.floor((since - CLOCKS_MS) / 1000))}.000000`;
    return deps.slack.findTop({ team, channel }, wanted, oldest);
  }

  /** A stream carries no key before it ends: it is ours, younger than the words that it answers, and not known. */
  function straysAfter(begun: readonly string[]): Promise<readonly string[]> {
    const { thread, turns } = host.state();
    const after = begun.map((slot) => {
      const place = parseTurnSlot(slot);
      const turn = turns.find(({ no }) => no === place?.turn);
      return (place && turn?.segments[place.segment]?.after) ?? thread.ts;
    });
    const known = new Set([...ledger.posted.values()].flatMap(({ ts }) => ts ?? []));
    return deps.slack.strays(thread, after[0] ?? thread.ts, known);
  }

  /** A failed look is not "not there" (I7): it is tried again after a pause, and nothing is posted before. */
  async function look<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      const { code, retryAfterMs } = failureOf(error);
      deps.log.info({ code }, 'own messages could not be looked up; trying again');
      ledger.backOff(retryAfterMs, 500);
      return undefined;
    }
  }
}
