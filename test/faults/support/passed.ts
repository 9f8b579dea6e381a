/** Minutes that a test does not wait for: timers lie in Redis, and are due when their score says so. */
import { Redis } from 'ioredis';
import { createKeys } from '../../../src/adapters/store/keys.ts';
import { threadKey, type TimerName } from '../../../src/core/event.ts';
import type { Thread } from '../../trace/support/thread.ts';

/** This timer of the thread is due now, as if its time had passed. @throws where it is not set */
export async function passed({ whole, channel, ts }: Thread, timer: TimerName): Promise<void> {
  const thread = { team: whole.slack.teamId, channel, ts };
  const base = createKeys(whole.slack.appId).shard(thread);
  const control = new Redis(whole.redis.path);
  try {
    const changed = await control.zadd(`${base}:due`, 'XX', 'CH', 0, `${threadKey(thread)} ${timer}`);
    if (changed === 0) throw new Error(`the timer ${timer} is not set`);
  } finally {
    control.disconnect();
  }
}
