/** A node of a cluster refuses a script that touches keys of more than one slot. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/redis.ts';
import { startRedisWorlds, type RedisWorlds } from './store-redis-world.ts';
import { storeContract } from './store.ts';

let worlds: RedisWorlds;
beforeAll(async () => {
  const args = ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())];
  worlds = await startRedisWorlds({ args });
  const { control } = worlds;
  await control.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await eventually(async () => expect(await control.call('CLUSTER', 'INFO')).toContain('cluster_state:ok'));
});
afterAll(async () => worlds.end());

it('refuses a script of two slots (fault: redis-forgets-scripts)', async () => {
  const script = "#!lua\nredis.call('SET', 'a', '1') redis.call('SET', 'b', '1')";
  await expect(worlds.control.eval(script, 1, 'a')).rejects.toThrow(/slot/);
});

storeContract('redis cluster', async () => worlds.make(), { runs: 16, lanes: 8 });
