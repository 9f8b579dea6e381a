import { afterAll, beforeAll } from 'vitest';
import { startRedisWorlds, type RedisWorlds } from './store-redis-world.ts';
import { storeContract } from './store.ts';

let worlds: RedisWorlds;
beforeAll(async () => {
  worlds = await startRedisWorlds();
});
afterAll(async () => worlds.end());

storeContract('redis', async () => worlds.make(), { runs: 40, lanes: 8 });
