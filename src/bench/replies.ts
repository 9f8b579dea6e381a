/**
 * Replies as people see them: some agents are asked at once, each writes one text at an even pace, and what stands
 * in Slack is compared with what had been written, moment by moment.
 */
import { systemClock } from '../lib/time.ts';
import type { WireCall } from '../playground/wire.ts';
import { until, type Bench, type World } from './world.ts';

export interface Wanted {
  readonly replies: number;
  readonly channels: number;
  readonly chars: number;
  readonly seconds: number;
}

/** How many marks of a text there are so far, and when that was so (monotonic milliseconds). */
interface Mark {
  readonly at: number;
  readonly mark: number;
}

export interface Reply {
  readonly thread: string;
  readonly channel: string;
  readonly ts: string;
  /** What the agent had written. */
  readonly written: Mark[];
  /** What people could read. */
  readonly shown: Mark[];
  /** When the whole text stood and nothing looked busy any more. */
  finalAt: number;
}

export interface Replies {
  readonly all: readonly Reply[];
  /** Calls to Slack, by method. */
  readonly calls: ReadonlyMap<string, number>;
  readonly limited: number;
  /** Bodies of all calls to Slack. */
  readonly bytes: number;
  /** Marks that stand in Slack not at all, or more than once. */
  readonly lost: number;
  readonly doubled: number;
}

const MARK = /w(\d{4})/g;

/** Words in which every twentieth or so carries a number. */
export function markedText(chars: number): string {
  let text = '';
  for (let mark = 1; text.length < chars; mark += 1) {
    text += `w${String(mark).padStart(4, '0')} the warp is strung${mark % 12 === 0 ? '.\n\n' : '. '}`;
  }
  return text
    .slice(0, chars)
    .replace(/w\d{0,3}$/, '')
    .trimEnd()
    .padEnd(chars, '.');
}

/**
 * About so many characters, such that the playground's agent writes to the last moment: it says a piece every 90 ms,
 * all of one length, and where that does not come out even it is silent at the end.
 */
function evenly({ chars, seconds }: Pick<Wanted, 'chars' | 'seconds'>): number {
  const pieces = Math.round((seconds * 1000) / 90);
  return pieces * Math.max(1, Math.round(chars / pieces));
}

function highestMark(text: string): number {
  let highest = 0;
  for (const [, digits] of text.matchAll(MARK)) highest = Math.max(highest, Number(digits));
  return highest;
}

/** Asks, waits until every reply stands, and counts what it took. */
export async function collect(bench: Bench, world: World, wanted: Wanted): Promise<Replies> {
  const text = markedText(evenly(wanted));
  const last = highestMark(text);
  world.agents.control.script({ requests: [[{ op: 'say', text, ms: wanted.seconds * 1000 }]] });
  const channels = Array.from({ length: wanted.channels }, () => world.channel());
  const ear = listen(world, last);
  const { say, ids } = world.slack.control;
  for (let at = 0; at < wanted.replies; at += 1) {
    const channel = channels[at % channels.length] ?? '';
    const ts = say({ user: ids.ada, channel, text: '@heddle tell' });
    ear.add({ thread: `${world.slack.teamId}:${channel}:${ts}`, channel, ts });
  }
  const isDone = (): boolean => ear.all().every(({ finalAt }) => !Number.isNaN(finalAt));
  const timeoutMs = (wanted.seconds + 180) * 1000;
  await until(bench, 'every reply', isDone, { timeoutMs, everyMs: 100 });
  const { lost, doubled } = standing(world, ear.all(), last);
  return { all: ear.all(), ...ear.counts(), lost, doubled };
}

interface Ear {
  add(place: Pick<Reply, 'thread' | 'channel' | 'ts'>): void;
  all(): readonly Reply[];
  counts(): Pick<Replies, 'calls' | 'limited' | 'bytes'>;
}

/** Hears what is written and what is shown, and knows which reply it belongs to. */
function listen(world: World, last: number): Ear {
  const replies = new Map<string, Reply>();
  const sessions = new Map<string, { readonly reply: Reply; text: string }>();
  const messages = new Map<string, Reply>();
  const calls = new Map<string, number>();
  let [limited, bytes] = [0, 0];

  world.onReceipt = (receipt) => {
    if (receipt.side === 'slack') bytes += receipt.bytes;
  };
  world.onText = (id, piece) => {
    const at = systemClock.monotonic();
    const session = sessions.get(id) ?? newSession(id);
    if (!session) return;
    session.text = `${session.text}${piece}`.slice(-40);
    const mark = Math.max(session.reply.written.at(-1)?.mark ?? 0, highestMark(session.text));
    session.reply.written.push({ at, mark });
  };
  world.onCall = (call) => {
    if (call.side !== 'slack') return;
    const method = call.path.replace('/api/', '');
    calls.set(method, (calls.get(method) ?? 0) + 1);
    if (call.status === 429) limited += 1;
    else show(call, method);
  };

  function newSession(id: string): { readonly reply: Reply; text: string } | undefined {
    const metadata = world.agents.control.session(id)?.record['metadata'] as { thread?: string } | undefined;
    const reply = replies.get(metadata?.thread ?? '');
    if (!reply) return undefined;
    const session = { reply, text: '' };
    sessions.set(id, session);
    return session;
  }
  function show(call: WireCall, method: string): void {
    const at = systemClock.monotonic();
    const { request, response } = call as { request: Fields; response: Fields };
    if (response?.['ok'] !== true || !method.startsWith('chat.')) return;
    const { channel, ts, thread_ts } = request;
    const reply =
      replies.get(`${world.slack.teamId}:${String(channel)}:${String(thread_ts)}`) ??
      messages.get(String(ts));
    if (!reply) return;
    messages.set(String(response['ts']), reply);
    const body = JSON.stringify(request);
    const mark = Math.max(reply.shown.at(-1)?.mark ?? 0, highestMark(body));
    if (mark > 0) reply.shown.push({ at, mark });
    const grows = method === 'chat.startStream' || method === 'chat.appendStream';
    if (mark === last && !grows && !body.includes('heddle.stop') && Number.isNaN(reply.finalAt)) {
      reply.finalAt = at;
    }
  }
  return {
    add(place) {
      replies.set(place.thread, { ...place, written: [], shown: [], finalAt: Number.NaN });
    },
    all: () => [...replies.values()],
    counts: () => ({ calls, limited, bytes }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Looks at what stands in the threads in the end. */
function standing(world: World, replies: readonly Reply[], last: number): Pick<Replies, 'lost' | 'doubled'> {
  const { messages, ids } = world.slack.control;
  let [lost, doubled] = [0, 0];
  for (const { channel, ts } of replies) {
    const counts = new Map<string, number>();
    for (const { botId, shown } of messages(channel, ts)) {
      if (botId !== ids.botId) continue;
      for (const [, mark = ''] of shown.matchAll(MARK)) counts.set(mark, (counts.get(mark) ?? 0) + 1);
    }
    lost += last - counts.size;
    doubled += [...counts.values()].filter((count) => count > 1).length;
  }
  return { lost, doubled };
}

/** From a reply's first piece of text until people could read any; milliseconds. */
export function firstMs({ written, shown }: Reply): number {
  return (shown[0]?.at ?? Number.NaN) - (written[0]?.at ?? Number.NaN);
}

/** From its last piece until all of it stood; milliseconds. */
export function finalMs({ written, finalAt }: Reply): number {
  return finalAt - (written.at(-1)?.at ?? Number.NaN);
}

/** How long each piece with a new mark took until people could read it; milliseconds. */
export function lags({ written, shown }: Reply): readonly number[] {
  let seen = 0;
  let show = 0;
  return written.flatMap(({ at, mark }) => {
    if (mark <= seen) return [];
    seen = mark;
    while ((shown[show]?.mark ?? Infinity) < mark) show += 1;
    return [(shown[show]?.at ?? Number.NaN) - at];
  });
}
