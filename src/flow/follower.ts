/**
 * Follows one session while it works: attaches the stream, lists what was missed, hands on events, and keeps the
 * growing text of the message that is being written.
 *
 * F1  Attach first, then list, then tail: nothing falls between history and stream.
 * F2  Any end of the stream while it is wanted means: again, after a pause with jitter, at its place among all that
 *     attach again, and with a listing.
 * F3  Previews are cosmetic: lost with the stream, replaced by the whole message, never a reason for an error.
 * F4  Where a run ends without a text, or with one that never came whole, the history is looked at before that is
 *     told: the text may have been overtaken on its way. Hardly any run ends with a tool, or before its stream has
 *     brought anything.
 * F5  Where streams bring nothing but garbage, one after the other, the history is listed instead for a while.
 * F6  A text that comes later than the end of its run is told from one that comes a second time.
 * F7  A stream that lives and keeps events back, as a listing shows, is opened again.
 */
import type { AgentEvent, FeedItem, PreviewEvent } from '../core/agent-event.ts';
import type { Preview } from '../core/state.ts';
import { PortError } from '../errors.ts';
import { backoff } from '../lib/backoff.ts';
import { deferred } from '../lib/deferred.ts';
import { failpoint } from '../lib/failpoint.ts';
import { delay, withTimeout } from '../lib/time.ts';
import type { AgentPort, Clock, Feed, Log, Meter, Random } from '../ports.ts';
import type { Pace } from './pace.ts';

/** Who is not waited for attaches again so much later, up to twice as much, ms. */
const PATIENT_MS = 5_000;

/** After these an agent goes on to write. */
const NO_LAST_WORD: ReadonlySet<string> = new Set([
  'session.status_running',
  'agent.tool_use',
  'agent.tool_result',
]);

/** How a bad stream ends: a proxy's page, broken frames, an event beyond all bounds. */
const GARBAGE: ReadonlySet<string> = new Set(['bad_json', 'not_a_stream', 'event_too_large']);
/** So many bad streams in a row, none of which brought anything, and no more are opened for a minute (F5). */
const BAD_STREAMS = 5;
const LISTINGS = 12;
const LISTING_MS = 5_000;

export interface FollowerSink {
  /** From when the history is to be listed (RFC 3339); undefined for all of it. */
  since(): string | undefined;
  /** `first`: texts among them that this follower has not handed on before. */
  events(
    events: readonly AgentEvent[],
    source: 'live' | 'history',
    previews: readonly Preview[],
    first?: readonly string[],
  ): void;
  /** The growing text has changed. */
  grown(): void;
  /** Something is being written whose beginning was missed: there is nothing to show of it yet. */
  writing(): void;
  /** Whether nobody waits for what the stream brings: it is attached again after those of others. */
  patient?(): boolean;
  /** The session is gone, or nobody may read it. The follower has ended. */
  failed(error: PortError): void;
}

export interface FollowerDeps {
  readonly agent: Pick<AgentPort, 'attach' | 'history'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Pick<Meter, 'streamLost'>;
  /** Waits for a place among the organization's reads. */
  readonly pace: Pace;
}

export interface Follower {
  readonly session: string;
  /** Resolves with true when the stream is attached, and the history listed where that was wanted; false: it ended. */
  readonly ready: Promise<boolean>;
  previews(): readonly Preview[];
  /** Lists the history now, for whatever was missed. Rejects as `history` does; does nothing once it has ended. */
  relist(): Promise<void>;
  stop(): void;
}

/** What was listed and has not come by the stream for so long, ms, is kept back by it (F7). */
const DEAF_MS = 1_000;

/** Ids of texts that one follower remembers. */
const HANDED_KEPT = 1_000;

/** So long a refusal is waited out before the thread is told, ms. */
const REFUSED_MS = 50_000;

/** The end of a run waits for such a listing no longer than this, and so long between two tries, ms. */
const CUT_MS = 8_000;
const CUT_PAUSE_MS = 300;

export function follow(deps: FollowerDeps, session: string, recover: boolean, sink: FollowerSink): Follower {
  const ending = new AbortController();
  const growing = new Map<string, string[]>();
  const ready = deferred<boolean>();
  /** This stream has brought no text since it was attached, the run began, or a tool was used: one may still come. */
  let silent = true;
  /** Texts that were handed on, the newest of them: what comes once more is told from what comes late (F6). */
  const handed = new Set<string>();
  /** A run has ended while this follower was there. */
  let ranHere = false;
  let cutShort = false;
  /** Newest time that the stream itself has brought. */
  let heardAt: string | undefined;
  /** Newest time that stream or listing have brought, and when the stream brought something last (monotonic ms). */
  let knownAt = '';
  let heardMs = deps.clock.monotonic();
  let attached: Feed | undefined;

  const previews = (): readonly Preview[] =>
    [...growing].map(([id, blocks]) => ({ id, text: blocks.join('') })).filter(({ text }) => text !== '');

  async function relist(growth = previews): Promise<void> {
    try {
      await deps.pace(ending.signal);
      const since = sink.since();
      const events = await deps.agent.history(session, since === undefined ? {} : { since });
      failpoint('on listing');
      if (ending.signal.aborted) return;
      if (hasNews(events) && deps.clock.monotonic() - heardMs > DEAF_MS) attached?.close();
      // What stands whole is not being written any more, though a stream that fell silent never said so.
      const whole = new Set(events.flatMap(({ type, id }) => (type === 'agent.message' ? [id] : [])));
      for (const id of whole) growing.delete(id);
      for (const id of whole) remember(id);
      const left = growth().filter(({ id }) => !whole.has(id));
      // Its run is over, which the stream has not come to say: it is not kept once more at the end of the next one.
      if (events.some(isEndUnheard)) growing.clear();
      sink.events(events, 'history', left);
    } catch (error) {
      if (!ending.signal.aborted) throw error;
    }
  }

  /** True where something happened that neither stream nor listing had brought before. */
  function hasNews(events: readonly AgentEvent[]): boolean {
    const before = knownAt;
    for (const { type, at } of events)
      if (!type.startsWith('user.') && at !== null && at > knownAt) knownAt = at;
    return knownAt > before;
  }

  /** True where this text is handed on for the first time. */
  function remember(id: string): boolean {
    if (handed.has(id)) return false;
    handed.add(id);
    for (const oldest of handed) if (handed.size > HANDED_KEPT) handed.delete(oldest);
    return true;
  }

  function isEndUnheard({ type, at }: AgentEvent): boolean {
    return type === 'session.status_idle' && at !== null && heardAt !== undefined && at > heardAt;
  }

  /** F4: only if it can be listed soon; a listing that failed is asked for again meanwhile. */
  async function lookFor(cut: readonly Preview[]): Promise<void> {
    const until = deps.clock.monotonic() + CUT_MS;
    const listing = (): Promise<void> => relist(() => cut);
    for (let left = CUT_MS; left > 0 && !ending.signal.aborted; left = until - deps.clock.monotonic()) {
      try {
        return await withTimeout('listing', left, listing, ending.signal, deps.clock);
      } catch {
        await delay(CUT_PAUSE_MS, ending.signal, deps.clock).catch(() => undefined);
      }
    }
  }

  /** Mostly there is nothing to wait for; a promise for each piece of text would cost more than the piece. */
  function take(batch: readonly FeedItem[]): Promise<void> | undefined {
    const events: AgentEvent[] = [];
    const first: string[] = [];
    // What was being written when a run ended: not what a next one, in the same batch, has begun to write.
    const cut: Preview[] = [];
    let grown = false;
    let lacks = false;
    heardMs = deps.clock.monotonic();
    for (const item of batch) {
      if (item.type === 'event_start' || item.type === 'event_delta') grown = grow(growing, item) || grown;
      else {
        events.push(item);
        if (item.at !== null && (heardAt === undefined || item.at > heardAt)) heardAt = item.at;
        if (NO_LAST_WORD.has(item.type)) silent = true;
        // A run that was interrupted has no last word.
        if (item.type === 'user.interrupt') cutShort = true;
        if (item.type === 'session.status_running') cutShort = false;
        if (item.type === 'agent.message') {
          // Of a run before this stream nobody can tell whether it was shown.
          if (remember(item.id) && ranHere) first.push(item.id);
          growing.delete(item.id);
          silent = false;
        }
        if (item.type === 'session.status_idle' || item.type === 'session.status_terminated') {
          ranHere = true;
          cut.push(...previews());
          growing.clear();
          lacks ||= isEnd(item) && !cutShort && (silent || cut.length > 0);
        }
      }
    }
    hasNews(events);
    failpoint(events.length > 0 ? 'on event' : 'on preview');
    if (lacks) return lookFor(cut).then(() => handOn(events, cut, first, grown));
    handOn(events, cut, first, grown);
    return undefined;
  }

  function handOn(
    events: readonly AgentEvent[],
    cut: readonly Preview[],
    first: readonly string[],
    grown: boolean,
  ): void {
    if (ending.signal.aborted) return;
    if (events.length > 0) sink.events(events, 'live', cut, first);
    else if (grown) sink.grown();
    else sink.writing();
  }

  let bad = 0;
  /** Something of the session may be known to the service alone. */
  let underWay = recover;
  let refusedSince: number | undefined;

  /** In place of a stream: what is written shows late and in whole texts, but it shows (F5). */
  async function listForAWhile(): Promise<void> {
    deps.log.warn({ session }, 'its streams cannot be read; its history is listed instead for a minute');
    for (let listed = 0; listed < LISTINGS && !ending.signal.aborted; listed += 1) {
      await relist();
      ready.resolve(true);
      await delay(LISTING_MS, ending.signal, deps.clock).catch(() => undefined);
    }
    // One more garbage stream, and it begins again.
    bad = BAD_STREAMS - 1;
  }

  async function tail(feed: Feed, pause: ReturnType<typeof backoff>): Promise<void> {
    try {
      for await (const batch of feed) {
        if (ending.signal.aborted) return;
        pause.reset();
        bad = 0;
        underWay = true;
        refusedSince = undefined;
        const looking = take(batch);
        if (looking) await looking;
      }
    } finally {
      feed.close();
    }
  }

  async function attachOnce(withHistory: boolean, pause: ReturnType<typeof backoff>): Promise<void> {
    const feed = await deps.agent.attach(session, ending.signal);
    failpoint('on attach');
    silent = true;
    heardMs = deps.clock.monotonic();
    try {
      if (withHistory) await relist();
      attached = feed;
      if (ending.signal.aborted) return;
      ready.resolve(true);
      await tail(feed, pause);
    } finally {
      feed.close();
    }
  }

  async function run(): Promise<void> {
    const pause = backoff({ minMs: 500, maxMs: 10_000, random: deps.random.fraction });
    let withHistory = recover;
    while (!ending.signal.aborted) {
      let wait: number | undefined;
      try {
        if (bad >= BAD_STREAMS) await listForAWhile();
        if (!ending.signal.aborted) await attachOnce(withHistory, pause);
      } catch (error) {
        if (ending.signal.aborted) return;
        const failure = asPortError(error);
        if (isOver(failure)) {
          sink.failed(failure);
          stop();
          return;
        }
        wait = failure.retryAfterMs;
        if (GARBAGE.has(failure.code)) bad += 1;
        deps.log.info({ session, code: failure.code }, 'stream lost');
        deps.meter.streamLost(failure.code);
      }
      // Who stopped it may still have to show what was being written: the last edit of a process that goes.
      if (ending.signal.aborted) return;
      growing.clear();
      withHistory = true;
      await comeAgain(pause.next(wait)).catch(() => undefined);
    }
  }

  /** A refusal that only an operator can lift may be lifted soon: what is under way is not given up for it at once. */
  function isOver({ kind }: PortError): boolean {
    if (kind !== 'fatal') return kind === 'gone' || kind === 'refused';
    const now = deps.clock.monotonic();
    refusedSince ??= now;
    return !underWay || now - refusedSince >= REFUSED_MS;
  }

  async function comeAgain(pauseMs: number): Promise<void> {
    const later = sink.patient?.() ? PATIENT_MS * (1 + deps.random.fraction()) : 0;
    await delay(pauseMs + later, ending.signal, deps.clock);
    await deps.pace(ending.signal, 'again');
  }

  function stop(): void {
    ending.abort(new Error('not followed any more'));
    ready.resolve(false);
  }

  run().catch((error: unknown) => deps.log.error({ session, err: error }, 'follower failed'));
  return { session, ready: ready.promise, previews, relist: () => relist(), stop };
}

/** Nobody is asked for anything: what was written has been written. */
function isEnd(event: AgentEvent): boolean {
  return event.type !== 'session.status_idle' || event.reason.type !== 'requires_action';
}

/** Adds a preview frame. A delta without its start (after a reconnect) shows nothing. */
function grow(growing: Map<string, string[]>, item: PreviewEvent): boolean {
  if (item.type === 'event_start') {
    growing.clear();
    if (item.of === 'agent.message') growing.set(item.eventId, []);
    return false;
  }
  const blocks = growing.get(item.eventId);
  if (!blocks || item.index > blocks.length) return false;
  blocks[item.index] = (blocks[item.index] ?? '') + item.text;
  return true;
}

function asPortError(error: unknown): PortError {
  if (error instanceof PortError) return error;
  return new PortError({ kind: 'retry', code: 'stream_failed', cause: error });
}
