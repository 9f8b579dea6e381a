/** One stream of one session to one replica: in order, until it is cut, falls silent or is closed. */
import type { FeedItem } from '../../src/core/agent-event.ts';
import { PortError } from '../../src/errors.ts';
import { deferred } from '../../src/lib/deferred.ts';
import type { Feed } from '../../src/ports.ts';
import type { AgentSession } from './agent-session.ts';
import type { Chance } from './chance.ts';
import type { Host } from './host.ts';
import type { Timeline } from './timeline.ts';

/** How likely it is, for each thing that a stream brings. */
export interface StreamWeather {
  /** It ends, cleanly or not. */
  readonly cut: number;
  /** It stays open and brings nothing any more. */
  readonly silent: number;
  readonly doubled: number;
  /** The rest of a preview is left out. */
  readonly shed: number;
}

export interface StreamDeps {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly host: Host;
  readonly weather: () => StreamWeather;
  readonly model: { opened(host: Host, by: number): void; counted(what: string): void };
}

/** The adapter gives a stream up after so long without a byte, ms. */
const SILENT_MS = 45_000;
/** What is overtaken comes at most so much later, ms. */
const LATE_MS = 400;

export function openStream(deps: StreamDeps, session: AgentSession, signal: AbortSignal): Feed {
  const { timeline, chance, host, model } = deps;
  let batch: FeedItem[] = [];
  let end: { readonly error?: PortError } | undefined;
  let news = deferred();
  let silent = false;
  let arrives = 0;
  const shed = new Set<string>();
  model.opened(host, 1);

  const stir = (): void => {
    const previous = news;
    news = deferred();
    previous.resolve();
  };
  function finish(error?: PortError): void {
    if (end) return;
    end = error ? { error } : {};
    session.listeners.delete(hear);
    signal.removeEventListener('abort', close);
    model.opened(host, -1);
    stir();
  }
  const close = (): void => finish();

  /** Nothing overtakes anything on a connection. */
  function bring(items: readonly FeedItem[], ms: number): void {
    arrives = Math.max(arrives, timeline.elapsed + ms);
    timeline.at(arrives, () =>
      host.deliver(() => {
        if (end) return;
        batch.push(...items);
        stir();
      }),
    );
  }

  /** Whether this item still comes. */
  function survives(): boolean {
    const weather = deps.weather();
    if (silent) return false;
    if (chance.yes(weather.cut)) {
      model.counted('streams cut');
      const error = chance.yes(0.5) ? new PortError({ kind: 'retry', code: 'terminated' }) : undefined;
      timeline.after(chance.between(0, 50), () => host.deliver(() => finish(error)));
      silent = true;
      return false;
    }
    if (chance.yes(weather.silent)) {
      model.counted('streams silent');
      silent = true;
      const gone = new PortError({ kind: 'retry', code: 'silent' });
      timeline.after(SILENT_MS, () => host.deliver(() => finish(gone)));
      return false;
    }
    return true;
  }

  function isShed(item: FeedItem): boolean {
    if (item.type === 'event_delta' && !shed.has(item.eventId) && chance.yes(deps.weather().shed)) {
      model.counted('previews shed');
      shed.add(item.eventId);
    }
    return item.type === 'event_delta' && shed.has(item.eventId);
  }

  function hear(item: FeedItem, late: boolean): void {
    if (end || !survives() || isShed(item)) return;
    if (late) {
      model.counted('events late');
      timeline.after(chance.between(20, LATE_MS), () => {
        if (!silent && !end) bring([item], 5);
      });
      return;
    }
    const again =
      item.type !== 'event_start' && item.type !== 'event_delta' && chance.yes(deps.weather().doubled);
    if (again) model.counted('events doubled');
    bring(again ? [item, item] : [item], chance.between(5, 60));
    if (item.type === 'session.deleted' || item.type === 'session.status_terminated')
      timeline.after(200, () => host.deliver(() => finish()));
  }

  session.listeners.add(hear);
  if (session.over) timeline.after(50, () => host.deliver(() => finish()));
  if (signal.aborted) finish();
  else signal.addEventListener('abort', close, { once: true });

  async function* read(): AsyncGenerator<readonly FeedItem[]> {
    for (;;) {
      const heard = news.promise;
      if (batch.length > 0) {
        const items = batch;
        batch = [];
        yield items;
      } else if (end?.error) throw end.error;
      else if (end) return;
      else await heard;
    }
  }

  return { [Symbol.asyncIterator]: read, close };
}
