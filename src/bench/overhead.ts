/**
 * What Heddle itself adds: from the moment Slack's server writes an event to the bot until the agent's server
 * has the headers of the `events.send` that follows from it. One turn at a time; each thread rests, held by
 * nobody, before its next one.
 *
 * Slack's limits are off here, and Heddle's own count of its calls is forgotten after each turn: they do not
 * touch what is measured, but would stretch some hundred turns, an edit or two each, to many minutes.
 */
import { systemClock } from '../lib/time.ts';
import type { Bot } from './bot.ts';
import type { Bench, World } from './world.ts';
import { inWorld, UNCAPPED, until } from './world.ts';
import { row, type Row } from './rows.ts';
import { isBusy } from './seen.ts';
import { percentile } from './stats.ts';

const ANSWER = 'Done.';

/** Housekeeping that goes on without any turn, and rate tokens. */
const NOT_OF_A_TURN: ReadonlySet<string> = new Set(
  'renew share beat sweep backlog take block ping info eval'.split(' '),
);

interface Place {
  readonly channel: string;
  /** Undefined until its first turn. */
  ts: string | undefined;
  turns: number;
}

interface Measured {
  readonly sendMs: number;
  readonly ackMs: number;
  /** Calls to Slack before the send that were no writes. */
  readonly reads: number;
}

export async function overhead(bench: Bench): Promise<readonly Row[]> {
  const [warmTurns, newThreads, counted] = bench.quick ? [40, 10, 5] : [400, 80, 20];
  return inWorld(bench, { slack: { limits: false }, agents: { pace: 0 } }, async (world) => {
    world.agents.control.script({ requests: [[ANSWER]] });
    const bot = await world.bot({ yaml: UNCAPPED });
    const channels = Array.from({ length: 20 }, () => world.channel());
    const places = channels.map((channel): Place => ({ channel, ts: undefined, turns: 0 }));
    // The first ones warm code and connections up, and let the bot learn who Ada is.
    for (const place of places) await turn(bench, world, place);
    bench.progress(`overhead: ${warmTurns} turns in warm threads`);
    const warm: Measured[] = [];
    for (let at = 0; at < warmTurns; at += 1) warm.push(await turn(bench, world, placeAt(places, at)));
    bench.progress(`overhead: ${newThreads} new threads`);
    const fresh: Measured[] = [];
    for (let at = 0; at < newThreads; at += 1) {
      fresh.push(await turn(bench, world, { channel: placeAt(places, at).channel, ts: undefined, turns: 0 }));
    }
    return [...timeRows(warm, fresh), ...(await countRows(bench, world, bot, places, counted))];
  });
}

function placeAt(places: readonly Place[], at: number): Place {
  const place = places[at % places.length];
  if (!place) throw new Error('no thread');
  return place;
}

function timeRows(warm: readonly Measured[], fresh: readonly Measured[]): readonly Row[] {
  const sends = (all: readonly Measured[]): number[] => all.map(({ sendMs }) => sendMs);
  const acks = [...warm, ...fresh].map(({ ackMs }) => ackMs);
  const reads = warm.reduce((sum, one) => sum + one.reads, 0);
  return [
    row('overhead: event to send, warm thread, p50', percentile(sends(warm), 0.5), 'ms', 5),
    row('overhead: event to send, warm thread, p99', percentile(sends(warm), 0.99), 'ms', 15),
    row('overhead: event to send, new thread, p50', percentile(sends(fresh), 0.5), 'ms'),
    row('overhead: event to send, new thread, p99', percentile(sends(fresh), 0.99), 'ms'),
    row('overhead: Slack asked before the send, warm', reads, 'calls', 0),
    row('overhead: acknowledgement, p50', percentile(acks, 0.5), 'ms', 20),
    row('overhead: acknowledgement, p99', percentile(acks, 0.99), 'ms', 500),
  ];
}

/** One message of Ada's and its answer. */
async function turn(bench: Bench, world: World, place: Place): Promise<Measured> {
  const { control } = world.slack;
  let sentAt = Number.NaN;
  let [sendMs, ackMs, reads] = [Number.NaN, Number.NaN, 0];
  world.onDelivery = (what) => {
    const at = systemClock.monotonic();
    if (what === 'sending' && Number.isNaN(sentAt)) sentAt = at;
    if (what === 'acknowledged' && Number.isNaN(ackMs)) ackMs = at - sentAt;
  };
  world.onReceipt = ({ at, side, method, path }) => {
    if (!Number.isNaN(sendMs)) return;
    if (side === 'slack' && !isWrite(path)) reads += 1;
    if (side === 'agents' && method === 'POST' && /\/events(\?|$)/.test(path)) sendMs = at - sentAt;
  };
  const { channel } = place;
  const user = control.ids.ada;
  const threadTs = place.ts;
  const text = threadTs === undefined ? '@heddle go on' : 'go on';
  const ts = control.say({ user, channel, text, ...(threadTs === undefined ? {} : { threadTs }) });
  place.ts ??= ts;
  place.turns += 1;
  // Reading the channel would take the two servers' processor, in which what is measured arrives.
  await until(bench, 'the send', () => !Number.isNaN(sendMs), { everyMs: 3 });
  await until(bench, 'the answer', () => isAnswered(world, place), { everyMs: 3 });
  await world.redis.forget(`${world.slack.appId}:lane:*`);
  return { sendMs, ackMs, reads };
}

function isWrite(path: string): boolean {
  return /^\/api\/(chat|reactions|agents\.sessions|assistant)\./.test(path);
}

function isAnswered({ slack }: World, { channel, ts, turns }: Place): boolean {
  const { messages, ids } = slack.control;
  const finished = messages(channel, ts).filter(
    (message) => message.botId === ids.botId && message.shown.includes(ANSWER) && !isBusy(message),
  );
  return finished.length >= turns;
}

/** What a plain turn in a warm thread asks of Redis and of Managed Agents: the turn in the middle of some. */
async function countRows(
  bench: Bench,
  world: World,
  bot: Bot,
  places: readonly Place[],
  turns: number,
): Promise<readonly Row[]> {
  const { control } = world.agents;
  const [trips, calls]: [number[], number[]] = [[], []];
  const counting = await world.redis.count();
  try {
    for (let at = 0; at < turns; at += 1) {
      await released(bench, bot);
      await counting.look();
      const before = sum(control.calls());
      await turn(bench, world, placeAt(places, at));
      await released(bench, bot);
      const asked = [...(await counting.look())].filter(([name]) => !NOT_OF_A_TURN.has(name));
      trips.push(asked.reduce((total, [, count]) => total + count, 0));
      calls.push(sum(control.calls()) - before);
      if (at === 0) bench.progress(`overhead: Redis is asked for ${asked.flat().join(' ')}`);
    }
  } finally {
    counting.stop();
  }
  return [
    row('overhead: Redis round trips, plain turn', percentile(trips, 0.5), 'commands', 5),
    row('overhead: Managed Agents calls, plain turn', percentile(calls, 0.5), 'calls', 2),
  ];
}

async function released(bench: Bench, bot: Bot): Promise<void> {
  await until(bench, 'every thread released', async () => {
    const [held] = await bot.metrics('heddle_leases_held');
    return held === 0;
  });
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
