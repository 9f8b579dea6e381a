/** Ground for losses: a product whose looks for them are quick, and a Redis that can be emptied. */
import { Redis } from 'ioredis';
import type { AppTimes } from '../../src/app.ts';
import { onGround } from '../trace/support/ground.ts';
import type { Thread } from '../trace/support/thread.ts';
import { SHORT, until, type Whole, type WholeOptions } from '../support/whole.ts';

export const QUICK: Partial<AppTimes> = { ...SHORT, beatMs: 60, gapMs: 400 };

export function onLossyGround(
  work: (whole: Whole) => Promise<void>,
  options: WholeOptions = {},
): () => Promise<void> {
  return onGround(work, { times: QUICK, ...options });
}

async function redis<T>(whole: Whole, work: (control: Redis) => Promise<T>): Promise<T> {
  const control = new Redis(whole.redis.path);
  try {
    return await work(control);
  } finally {
    control.disconnect();
  }
}

/** The store forgets everything. */
export async function flush(whole: Whole): Promise<void> {
  await redis(whole, (control) => control.flushall());
}

/** How many threads have a record. */
export async function records(whole: Whole): Promise<number> {
  return redis(whole, async (control) => (await control.keys('*:s:*')).length);
}

/** The store is marked as complete. */
export async function filled(whole: Whole): Promise<void> {
  for (;;) {
    const marks = await redis(whole, (control) => control.keys('*:filled'));
    if (marks.length === 64) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** No process is connected any more, and Slack delivers nothing of what is written from now on. */
export async function down(whole: Whole): Promise<void> {
  await whole.app.stop(2_000);
  await until(() => whole.slack.control.sockets.count === 0, 'no connection');
  whole.slack.control.deliveries.addFault({ kind: 'lose', times: Infinity });
}

/** A process comes up, and Slack delivers again what is written from now on. */
export async function up(whole: Whole): Promise<void> {
  whole.slack.control.deliveries.clearFaults();
  await whole.replica();
}

/** Who asked approves what the thread asks; a process that has just found the thread may ask anew before. */
export async function approve(thread: Thread, user: string, timeoutMs = 30_000): Promise<void> {
  const { control } = thread.whole.slack;
  const end = performance.now() + timeoutMs;
  while (thread.events('user.tool_confirmation').length === 0) {
    if (performance.now() > end)
      throw new Error(`nothing was approved in ${timeoutMs} ms: ${thread.words()}`);
    const [channel, ts] = [thread.channel, thread.cards() > 0 ? thread.card().ts : undefined];
    if (ts !== undefined) await control.click({ user, channel, ts, actionId: 'heddle.approve' });
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
