/** What conversations may do to the processes and to the store. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { waitUntil } from '../../crash/support/bot.ts';
import type { World } from '../../crash/support/world.ts';
import type { Crew } from './crew.ts';
import type { Stage } from './stage.ts';
import { holder, noteLoss, passages } from './trace.ts';

/** Every shard of the store is marked as complete. */
const SHARDS = 64;

export function onStage(world: World, crew: Crew, dir: string): Stage {
  async function redis<T>(work: (control: Redis) => Promise<T>): Promise<T> {
    const control = new Redis(world.env['REDIS_URL'] ?? '');
    try {
      return await work(control);
    } finally {
      control.disconnect();
    }
  }
  return {
    async end(signal) {
      const bot = await waitUntil(
        'somebody who holds the thread',
        () => crew.byPid(holder(passages(dir)) ?? 0),
        10_000,
      );
      if (!bot) return;
      bot.signal(signal);
      await crew.follow(bot, signal, Date.now());
    },
    endAll: (meanwhile) =>
      crew.withoutAny(async () => {
        await Promise.all(crew.running().map((bot) => bot.kill9()));
        await meanwhile();
      }),
    arm: () => writeFileSync(join(dir, 'armed'), ''),
    released: async () => {
      await waitUntil('nobody holds the thread', () => crew.isIdle());
    },
    filled: () =>
      redis(async (control) => {
        await waitUntil('a complete store', async () => (await control.keys('*:filled')).length === SHARDS);
      }),
    forget: () =>
      redis(async (control) => {
        noteLoss(dir);
        await control.flushall();
      }),
  };
}
