/**
 * Thousands of running sessions in one process of the bot, each of whose agents writes a piece of text a second.
 *
 * The limits of Managed Agents are off, since so many sessions could not be started in minutes; Slack's are off and
 * Heddle keeps its own count of them, so that nearly every reply waits for its turn to be edited, as it would.
 */
import { delay, systemClock } from '../lib/time.ts';
import type { Bot } from './bot.ts';
import { heapAfterCollection, WEIGHABLE } from './inspector.ts';
import { row, type Row } from './rows.ts';
import { inWorld, UNCAPPED, until, type Bench, type World } from './world.ts';

const MB = 1024 * 1024;
/** As the Dockerfile starts it. */
const AS_IN_IMAGE = ['--max-semi-space-size=8'];
/** What a process with 5,000 running sessions may take. */
const MOST = { sessions: 5000, rssMb: 500, core: 50 } as const;
/** About 250 bytes with everything around it. */
const PIECE =
  'The shuttle has passed, the cloth is beaten up, and the next row of it is begun with another thread. ';
const THREADS_A_CHANNEL = 20;
/** Mentions under way at once while the sessions are started. */
const AT_ONCE = 50;

export async function fleet(bench: Bench): Promise<readonly Row[]> {
  const sizes = bench.quick ? [200] : [1000, MOST.sessions];
  const rows: Row[] = [];
  for (const size of sizes) rows.push(...(await oneFleet(bench, size)));
  return rows;
}

async function oneFleet(bench: Bench, size: number): Promise<readonly Row[]> {
  const options = { slack: { limits: false }, agents: { pace: 0, settings: { limits: false } } };
  return inWorld(bench, options, async (world) => {
    world.agents.control.script({ requests: [[{ op: 'gate', name: 'end' }]] });
    const bot = await world.bot({ yaml: UNCAPPED, node: [...AS_IN_IMAGE, ...WEIGHABLE] });
    bench.progress(`fleet: starting ${size} sessions`);
    const idle = await weigh(bot);
    const sessions = await startAll(bench, world, size);
    const writing = new AbortController();
    const signal = AbortSignal.any([writing.signal, bench.signal]);
    const written = write(world, sessions, signal);
    const leases = watchLeases(world, size, signal);
    try {
      bench.progress(`fleet: ${size} sessions write`);
      await delay(bench.quick ? 2_000 : 10_000, bench.signal);
      return await measure(bench, { bot, size, idle, written, leases });
    } finally {
      writing.abort();
      await Promise.all([written.done, leases.done]);
    }
  });
}

interface Weight {
  readonly rss: number;
  readonly cpuSeconds: number;
  readonly delayP50: number;
  readonly delayP99: number;
  /** Threads that were taken in the middle of their work: they had been given up, or lost. */
  readonly takeovers: number;
}

/** The process's own word. The delays are those since it was asked before. */
async function weigh(bot: Bot): Promise<Weight> {
  const figures = await bot.metrics(
    'process_resident_memory_bytes',
    'process_cpu_seconds_total',
    'nodejs_eventloop_lag_p50_seconds',
    'nodejs_eventloop_lag_p99_seconds',
    'heddle_takeovers_total',
  );
  const [rss = NaN, cpuSeconds = NaN, delayP50 = NaN, delayP99 = NaN, takeovers = NaN] = figures;
  return { rss, cpuSeconds, delayP50, delayP99, takeovers };
}

/** Counts what stands in Redis: the process may believe that it holds what has lapsed. */
const LIVE_LEASES = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local live = 0
for _, key in ipairs(redis.call('KEYS', '*:leases')) do
  live = live + redis.call('ZCOUNT', key, '(' .. string.format('%.0f', now), '+inf')
end
return live`;

/** How often leases are counted, ms: often enough to see one that lapses and is taken again by a sweep. */
const COUNT_MS = 500;

interface Watching {
  /** How many leases were missing at the worst moment. */
  missing(): number;
  readonly done: Promise<void>;
}

function watchLeases({ redis }: World, size: number, signal: AbortSignal): Watching {
  let least = size;
  async function run(): Promise<void> {
    while (!signal.aborted) {
      const live = Number((await redis.ask('EVAL', LIVE_LEASES, '0')).slice(1));
      if (!signal.aborted) least = Math.min(least, live);
      await delay(COUNT_MS, signal).catch(() => undefined);
    }
  }
  const failed = (): void => {
    least = NaN;
  };
  return { missing: () => size - least, done: run().catch(failed) };
}

interface Measured {
  readonly bot: Bot;
  readonly size: number;
  /** Before any session was there. */
  readonly idle: Weight;
  readonly written: Writing;
  readonly leases: Watching;
}

async function measure(
  bench: Bench,
  { bot, size, idle, written, leases }: Measured,
): Promise<readonly Row[]> {
  const before = await weigh(bot);
  const [pieces, at] = [written.pieces(), systemClock.monotonic()];
  await delay(bench.quick ? 5_000 : 20_000, bench.signal);
  const after = await weigh(bot);
  const seconds = (systemClock.monotonic() - at) / 1000;
  const rate = (written.pieces() - pieces) / seconds / size;
  const heap = await heapAfterCollection(bot);
  const given = (await weigh(bot)).takeovers - before.takeovers;
  const share = ((after.cpuSeconds - before.cpuSeconds) / seconds) * 100;
  const isTarget = size === MOST.sessions;
  const name = `fleet of ${size}`;
  return [
    row(`${name}: sessions not held all the time`, leases.missing() + given, 'sessions', 0),
    row(`${name}: pieces of text a session`, rate, '1/s'),
    row(`${name}: RSS of the process`, after.rss / MB, 'MB', isTarget ? MOST.rssMb : undefined),
    row(`${name}: RSS a session`, (after.rss - idle.rss) / size / 1024, 'kB'),
    row(`${name}: heap a session, collected`, heap / size / 1024, 'kB'),
    row(`${name}: CPU of a core`, share, '%', isTarget ? MOST.core : undefined),
    row(`${name}: event-loop delay, p50`, after.delayP50 * 1000, 'ms'),
    row(`${name}: event-loop delay, p99`, after.delayP99 * 1000, 'ms'),
  ];
}

/** Resolves with the sessions once each of them is listened to. */
async function startAll(bench: Bench, world: World, size: number): Promise<readonly string[]> {
  const { say, ids } = world.slack.control;
  let listening = 0;
  world.onReceipt = ({ side, path }) => {
    if (side === 'agents' && path.includes('/events/stream')) listening += 1;
  };
  let channel = '';
  for (let at = 0; at < size; at += 1) {
    if (at % THREADS_A_CHANNEL === 0) channel = world.channel();
    say({ user: ids.ada, channel, text: '@heddle go on' });
    await until(bench, 'room for another session', () => at - listening < AT_ONCE, { timeoutMs: 60_000 });
  }
  const all = (): readonly string[] | undefined => {
    const running = world.agents.control
      .sessions()
      .filter(({ status, streams }) => status === 'running' && streams > 0);
    return running.length >= size ? running.map(({ id }) => id) : undefined;
  };
  return until(bench, 'every session running', all, { timeoutMs: 120_000, everyMs: 500 });
}

interface Writing {
  pieces(): number;
  readonly done: Promise<void>;
}

/** A piece of text a second and session, evenly spread. */
function write(world: World, sessions: readonly string[], signal: AbortSignal): Writing {
  let pieces = 0;
  const startedAt = systemClock.monotonic();
  async function run(): Promise<void> {
    while (!signal.aborted) {
      const due = ((systemClock.monotonic() - startedAt) / 1000) * sessions.length;
      for (; pieces < due; pieces += 1) {
        world.agents.control.preview(sessions[pieces % sessions.length] ?? '', PIECE);
      }
      await delay(10, signal).catch(() => undefined);
    }
  }
  return { pieces: () => pieces, done: run() };
}
