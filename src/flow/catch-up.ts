/**
 * What people wrote while nobody was connected: found in Slack and given to the intake as if it came now.
 *
 * C1  A message that a session has already is never given again, whatever the store remembers of it.
 * C2  The oldest first, so that replies come after what they reply to.
 * C3  Reads go behind live traffic, are bounded, and what they left out is said.
 */
import type { IncomingMessage, ThreadRef } from '../core/event.ts';
import { threadKey, type ThreadKey } from '../core/event.ts';
import { earlier } from '../core/talk.ts';
import { commandIn, isStop, withoutMention } from '../core/words.ts';
import { PortError } from '../errors.ts';
import type { Random } from '../lib/random.ts';
import type { AgentPort, BotIdentity, Clock, Log, SlackIntake } from '../ports.ts';
import type { ChannelLog, KnownSession, Place, SlackBacklog, ThreadRoot } from '../ports-recovery.ts';
import type { Found } from './lost.ts';
import { patiently } from './patient.ts';

export interface CatchUpDeps {
  readonly slack: SlackBacklog;
  readonly agent: Pick<AgentPort, 'history'>;
  readonly intake: Pick<SlackIntake, 'event'>;
  readonly bot: BotIdentity;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly pace: (signal: AbortSignal) => Promise<void>;
}

/** Unix milliseconds. */
export interface Missed {
  readonly from: number;
  readonly to: number;
  /**
   * The store remembers what it was given before. Where it does not, only what is certainly new counts: in a
   * session's thread what is younger than its newest message, elsewhere what the bot never replied to.
   */
  readonly remembered: boolean;
}

/** Nobody expects an answer to what is older, ms. */
export const FARTHEST_MS = 24 * 3_600_000;
/** Without a memory, a mention that has no session is taken up when it is no older, ms. */
const UNREMEMBERED_MS = 3_600_000;
/** Threads that began so long before are looked at for new replies, ms. */
const ROOTS_MS = 6 * 3_600_000;
const PLACES_AT_MOST = 200;
const THREADS_AT_MOST = 200;
/** Pages of a channel, 500 messages each. */
const PAGES_AT_MOST = 3;
/** Sessions of a thread whose messages are compared: older ones were over long before. */
const SESSIONS_AT_MOST = 3;

interface Harvest {
  readonly messages: IncomingMessage[];
  /** Threads to be read. */
  readonly threads: Map<ThreadKey, ThreadRef>;
  readonly roots: Map<ThreadKey, ThreadRoot>;
  /** Channels that people of another organisation read: history does not say so with each message. */
  readonly shared: Set<string>;
  leftOut: number;
}

export async function catchUp(
  deps: CatchUpDeps,
  missed: Missed,
  found: Found,
  signal: AbortSignal,
): Promise<void> {
  const began = deps.clock.monotonic();
  const from = Math.max(missed.from, missed.to - FARTHEST_MS);
  const harvest: Harvest = {
    messages: [],
    threads: new Map(),
    roots: new Map(),
    shared: new Set(),
    leftOut: 0,
  };
  const search: Search = { from, found, harvest, signal };
  const places = await placesToSearch(deps, search);
  for (const place of places) await reap(deps, place, search);
  await reapThreads(deps, search);
  const fresh = await freshOf(deps, missed, search);
  for (const message of fresh) await give(deps, message, search);
  deps.log.info(
    {
      missedMs: Math.round(missed.to - missed.from),
      tookMs: Math.round(deps.clock.monotonic() - began),
      places: places.length,
      threads: harvest.threads.size,
      messages: fresh.length,
      leftOut: harvest.leftOut,
    },
    'looked for what was written while nobody listened',
  );
}

/** The oldest first (C2). */
async function freshOf(
  deps: CatchUpDeps,
  missed: Missed,
  { found, harvest, signal }: Search,
): Promise<readonly IncomingMessage[]> {
  const fresh: IncomingMessage[] = [];
  for (const [key, messages] of byThread(harvest.messages, deps.bot.team)) {
    const known = found.byThread.get(key) ?? [];
    const unknown = await orLeftOut(harvest, () =>
      unknownTo(deps, messages, { known, missed, harvest, signal }),
    );
    fresh.push(...(unknown ?? []));
  }
  return fresh.sort((a, b) => (earlier(a.ts, b.ts) ? -1 : 1));
}

/** One that cannot be taken must not keep the others from being taken. */
async function give(deps: CatchUpDeps, message: IncomingMessage, { harvest, signal }: Search): Promise<void> {
  const said = harvest.shared.has(message.channel) ? { ...message, shared: true } : message;
  try {
    await patiently(deps, signal, () => deps.intake.event(said, deps.bot));
  } catch (error) {
    signal.throwIfAborted();
    harvest.leftOut += 1;
    deps.log.error(
      { err: error, channel: message.channel, ts: message.ts },
      'a missed message was not taken',
    );
  }
}

// ------------------------------------------------------------------------------------------- where to look

/** Where the bot is; where that is not to be had, at least the threads that have a session. */
async function placesToSearch(
  deps: CatchUpDeps,
  { from, found, harvest, signal }: Search,
): Promise<readonly Place[]> {
  const all = await orLeftOut(harvest, () => patiently(deps, signal, () => deps.slack.places()));
  if (!all) {
    for (const { thread } of openThreads(found, from)) harvest.threads.set(threadKey(thread), thread);
    return [];
  }
  harvest.leftOut += Math.max(0, all.length - PLACES_AT_MOST);
  for (const { channel, shared } of all) if (shared) harvest.shared.add(channel);
  return inOrderOfNeed(all, found, from).slice(0, PLACES_AT_MOST);
}

/** Channels with sessions first, newest first, then direct messages, then the others. */
function inOrderOfNeed(places: readonly Place[], { all }: Found, from: number): readonly Place[] {
  const active = new Map<string, number>();
  for (const { thread, updatedAt, archivedAt } of all) {
    if (archivedAt !== undefined && archivedAt < from) continue;
    active.set(thread.channel, Math.max(updatedAt, active.get(thread.channel) ?? 0));
  }
  const need = ({ channel, surface }: Place): number => active.get(channel) ?? (surface === 'im' ? 1 : 0);
  return [...places].sort((a, b) => need(b) - need(a));
}

interface Search {
  readonly from: number;
  readonly found: Found;
  readonly harvest: Harvest;
  readonly signal: AbortSignal;
}

/** Messages of one channel, and its threads that have grown. */
async function reap(deps: CatchUpDeps, place: Place, search: Search): Promise<void> {
  const { from, found, harvest, signal } = search;
  const own = openThreads(found, from).filter(({ thread }) => thread.channel === place.channel);
  const first = Math.min(from - ROOTS_MS, ...own.map(({ thread }) => Number(thread.ts) * 1000 - 1));
  const oldest = Math.max(first, from - FARTHEST_MS);
  const log = await orLeftOut(harvest, () =>
    patiently(deps, signal, () => deps.slack.channel(place, tsOf(oldest), PAGES_AT_MOST)),
  );
  if (!log) return;
  if (log.cut) harvest.leftOut += 1;
  const { team } = deps.bot;
  const since = tsOf(from);
  harvest.messages.push(...log.messages.filter(({ ts }) => earlier(since, ts)));
  for (const root of log.roots) {
    const thread = { team, channel: place.channel, ts: root.ts };
    harvest.roots.set(threadKey(thread), root);
    if (earlier(since, root.latestReply)) harvest.threads.set(threadKey(thread), thread);
  }
  for (const { thread } of own) {
    if (isUnseen(thread, log, oldest)) harvest.threads.set(threadKey(thread), thread);
  }
}

/** Threads that people may be writing in: their session is open, or was until shortly before. */
function openThreads({ byThread }: Found, from: number): readonly KnownSession[] {
  return [...byThread.values()].flatMap(([newest]) =>
    newest && (newest.archivedAt === undefined || newest.archivedAt > from - FARTHEST_MS) ? [newest] : [],
  );
}

/** The channel's log did not reach back to its root, which would say whether it has grown. */
function isUnseen({ ts }: ThreadRef, { cut }: ChannelLog, oldest: number): boolean {
  return cut || Number(ts) * 1000 < oldest;
}

async function reapThreads(deps: CatchUpDeps, search: Search): Promise<void> {
  const { from, found, harvest, signal } = search;
  const updated = ({ ts }: ThreadRef, key: ThreadKey): number =>
    found.byThread.get(key)?.[0]?.updatedAt ?? Number(ts) * 1000;
  const threads = [...harvest.threads]
    .map(([key, thread]) => ({ thread, at: updated(thread, key) }))
    .sort((a, b) => b.at - a.at);
  harvest.leftOut += Math.max(0, threads.length - THREADS_AT_MOST);
  for (const { thread } of threads.slice(0, THREADS_AT_MOST)) {
    const replies = await orLeftOut(harvest, () =>
      patiently(deps, signal, () => deps.slack.replies(thread, tsOf(from))),
    );
    harvest.messages.push(...(replies ?? []));
  }
}

/** A place that cannot be read is passed over: the others are not to wait for it. */
async function orLeftOut<T>(harvest: Harvest, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    harvest.leftOut += 1;
    return undefined;
  }
}

// ------------------------------------------------------------------------------------------- what is new

function byThread(
  messages: readonly IncomingMessage[],
  team: string,
): ReadonlyMap<ThreadKey, readonly IncomingMessage[]> {
  const threads = new Map<ThreadKey, IncomingMessage[]>();
  for (const message of messages) {
    const key = threadKey({ team, channel: message.channel, ts: message.threadTs ?? message.ts });
    threads.set(key, [...(threads.get(key) ?? []), message]);
  }
  return threads;
}

interface Judging {
  readonly known: readonly KnownSession[];
  readonly missed: Missed;
  readonly harvest: Harvest;
  readonly signal: AbortSignal;
}

/** Messages of one thread that no session of it has (C1). */
async function unknownTo(
  deps: CatchUpDeps,
  messages: readonly IncomingMessage[],
  { known, missed, harvest, signal }: Judging,
): Promise<readonly IncomingMessage[]> {
  const [first] = messages;
  if (!first) return [];
  const { bot } = deps;
  if (known.length === 0) {
    if (missed.remembered) return messages;
    const root = harvest.roots.get(threadKey({ ...first, ts: first.threadTs ?? first.ts }));
    const since = tsOf(missed.to - UNREMEMBERED_MS);
    return root?.answered ? [] : messages.filter(({ ts }) => earlier(since, ts));
  }
  const given = await givenTo(deps, known, signal);
  const fresh = messages.filter(({ ts }) => !given.has(ts));
  if (missed.remembered) return fresh;
  const before = tsOf(missed.to);
  const newest = [...given].filter((ts) => earlier(ts, before)).reduce(later, '0.0');
  const words = ({ text }: IncomingMessage): string => withoutMention(text, bot.botUserId);
  // What somebody stopped is no request any more, whether it had been sent or not.
  const stops = messages.filter((message) => isStop(words(message)));
  const settled = stops.map(({ ts }) => ts).reduce(later, newest);
  // A command of before has been obeyed, and left no trace by which that could be told.
  return fresh.filter((message) => earlier(settled, message.ts) && !commandIn(words(message)));
}

function later(a: string, b: string): string {
  return earlier(a, b) ? b : a;
}

/** `ts` of every message that these sessions were sent. */
async function givenTo(
  deps: CatchUpDeps,
  sessions: readonly KnownSession[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const given = new Set<string>();
  for (const { id } of sessions.slice(0, SESSIONS_AT_MOST)) {
    const events = await patiently(deps, signal, async () => {
      await deps.pace(signal);
      return deps.agent.history(id, { types: ['user.message'] });
    }).catch((error: unknown) => {
      // Deleted since it was listed: what it was given, nobody has any more.
      if (error instanceof PortError && error.kind === 'gone') return [];
      throw error;
    });
    for (const event of events) if (event.type === 'user.message' && event.mark) given.add(event.mark.ts);
  }
  return given;
}

/** Slack's form of a moment, Unix milliseconds. */
export function tsOf(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(6);
}
