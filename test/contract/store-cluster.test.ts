/** Three masters: what belongs together lies on one of them, and nothing else is taken for granted. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKeys } from '../../src/adapters/store/keys.ts';
import { startTestCluster, type TestCluster } from '../redis/support/cluster.ts';
import { redisWorlds, type RedisWorlds } from './store-redis-world.ts';
import { storeContract } from './store.ts';

let cluster: TestCluster;
let worlds: RedisWorlds;
beforeAll(async () => {
  cluster = await startTestCluster();
  const control = cluster.masters[0]?.control;
  if (!control) throw new Error('no master');
  worlds = redisWorlds({ url: cluster.url }, control, async () => cluster.stop());
});
afterAll(async () => worlds.end());

it('refuses a script of two slots (fault: redis-forgets-scripts)', async () => {
  const script = "#!lua\nredis.call('SET', 'a', '1') redis.call('SET', 'b', '1')";
  await expect(worlds.control.eval(script, 1, '{s00}')).rejects.toThrow(/slot|MOVED/);
});

it('has shards on every master', async () => {
  const slots = await Promise.all(
    createKeys('A1')
      .shards()
      .map(async (base) => worlds.control.cluster('KEYSLOT', base)),
  );
  const masters = new Set(slots.map((slot) => Math.min(2, Math.floor(slot / 5461))));
  expect(masters).toEqual(new Set([0, 1, 2]));
});

storeContract('redis cluster', async () => worlds.make(), { runs: 16, lanes: 8 });
