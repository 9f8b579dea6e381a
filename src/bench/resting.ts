/**
 * Threads in which nothing happens: what they take in Redis, and what they take in a process, which is to be
 * nothing. One thread has a turn and comes to rest; its record, as the bot saved it, is then saved for as many more
 * threads, through the product's own store.
 */
import { threadKey, type ThreadRef } from '../core/event.ts';
import { createRedisStore } from '../adapters/store/redis.ts';
import { delay, systemClock } from '../lib/time.ts';
import type { Log, StorePort } from '../ports.ts';
import { heapAfterCollection, WEIGHABLE } from './inspector.ts';
import { row, type Row } from './rows.ts';
import { inWorld, until, type Bench, type World } from './world.ts';

/** What a resting thread may take in Redis. */
const MOST_BYTES = 2048;
/** Less than the smallest thing that could be kept of it: what remains is the heap's own noise. */
const NOTHING_BYTES = 20;
const THREADS_A_CHANNEL = 100;
/** Threads that are saved at once. */
const AT_ONCE = 50;
const KEEP_MS = 400 * 24 * 3_600_000;
const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  notice: () => undefined,
  child: () => SILENT,
};

export async function resting(bench: Bench): Promise<readonly Row[]> {
  const threads = bench.quick ? 5_000 : 100_000;
  return inWorld(bench, { slack: { limits: false }, agents: { pace: 0 } }, async (world) => {
    const { thread, state } = await oneResting(bench, world);
    const node = WEIGHABLE;
    const alone = await heapOf(bench, world, node);
    bench.progress(`resting: ${threads} threads`);
    const { appId } = world.slack;
    const store = await createRedisStore({ url: world.redis.url, appId, log: SILENT, commandMs: 10_000 });
    const before = await world.redis.usedMemory();
    try {
      await saveMany(store, thread, state, threads);
    } finally {
      await store.close();
    }
    const bytes = ((await world.redis.usedMemory()) - before) / threads;
    const among = await heapOf(bench, world, node);
    return [
      row(`resting: Redis, each of ${threads} threads`, bytes, 'bytes', MOST_BYTES),
      row(
        `resting: process, each of ${threads} threads`,
        Math.max(0, (among - alone) / threads),
        'bytes',
        bench.quick ? undefined : NOTHING_BYTES,
      ),
    ];
  });
}

/** A thread that had one turn, as the bot saved it when it came to rest. */
async function oneResting(
  bench: Bench,
  world: World,
): Promise<{ readonly thread: ThreadRef; readonly state: string }> {
  const { control, teamId, appId } = world.slack;
  world.agents.control.script({ requests: [['The warp is strung. '.repeat(20)]] });
  const bot = await world.bot();
  const channel = world.channel();
  const ts = control.say({
    user: control.ids.ada,
    channel,
    text: '@heddle string the warp for a towel, please',
  });
  const thread = { team: teamId, channel, ts };
  const store = await createRedisStore({ url: world.redis.url, appId, log: SILENT });
  try {
    const state = await until(bench, 'the thread at rest', async () => {
      const [held] = await bot.metrics('heddle_leases_held');
      return held === 0 ? store.peek(thread) : undefined;
    });
    return { thread, state };
  } finally {
    await store.close();
    await bot.stop();
  }
}

/** The collected heap of a bot that has been up for two sweeps and a renewal. */
async function heapOf(bench: Bench, world: World, node: readonly string[]): Promise<number> {
  const bot = await world.bot({ node });
  await delay(4_000, bench.signal);
  const heap = await heapAfterCollection(bot);
  await bot.stop();
  return heap;
}

async function saveMany(store: StorePort, like: ThreadRef, state: string, threads: number): Promise<void> {
  let next = 0;
  async function saveOn(): Promise<void> {
    for (let at = next++; at < threads; at = next++) {
      const channel = `C0BENCH${String(Math.floor(at / THREADS_A_CHANNEL)).padStart(4, '0')}`;
      const ts = `${Math.floor(systemClock.now() / 1000) - 86_400}.${String(at).padStart(6, '0')}`;
      await saveOne(store, { ...like, channel, ts }, state, threadKey(like), like);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, saveOn));
}

async function saveOne(
  store: StorePort,
  thread: ThreadRef,
  state: string,
  key: string,
  like: ThreadRef,
): Promise<void> {
  const held = await store.acquire(thread, 'bench');
  if (!held) throw new Error('a thread of the bench is held by somebody else');
  await store.commit({
    thread,
    token: held.token,
    nonce: thread.ts,
    state: state
      .replaceAll(key, threadKey(thread))
      .replaceAll(like.channel, thread.channel)
      .replaceAll(like.ts, thread.ts),
    keepMs: KEEP_MS,
    consumed: [],
    timers: { idle: { inMs: 1_800_000, id: 1 } },
    messages: [thread.ts.replace(/\d$/, '9')],
    then: 'release',
  });
}
