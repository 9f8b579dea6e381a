/** Minutes that a test does not wait for: timers lie in Redis, and are due when their score says so. */
import { Redis } from 'ioredis';
import { vi } from 'vitest';
import { createKeys } from '../../../src/adapters/store/keys.ts';
import { threadKey, type TimerName } from '../../../src/core/event.ts';
import type { Thread } from '../../trace/support/thread.ts';

/** One that is set anew for so much later was not due: it had moved on since it was set. */
const LATER_MS = 60_000;

/** This timer of the thread is due now, as if its time had passed. @throws where it is not set */
export async function passed({ whole, channel, ts }: Thread, timer: TimerName): Promise<void> {
  const thread = { team: whole.slack.teamId, channel, ts };
  const due = `${createKeys(whole.slack.appId).shard(thread)}:due`;
  const name = `${threadKey(thread)} ${timer}`;
  const control = new Redis(whole.redis.path);
  const pass = async (): Promise<number> => control.zadd(due, 'XX', 'CH', 0, name);
  try {
    if ((await pass()) === 0) throw new Error(`the timer ${timer} is not set`);
    if (timer !== 'watch') return;
    const anew = await vi.waitUntil(async () => Number(await control.zscore(due, name)), { timeout: 10_000 });
    if (anew - Date.now() > LATER_MS) await pass();
  } finally {
    control.disconnect();
  }
}
