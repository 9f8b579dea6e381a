/** What processes tell each other of their load, and inputs that were set aside, in Redis. */
import { parseThreadKey, type ThreadInput } from '../../core/event.ts';
import type { ParkedInput, StorePort } from '../../ports.ts';
import type { Keys } from './keys.ts';
import { total } from './limits.ts';
import type { RedisConnection } from './redis-connection.ts';

type Guards = Pick<StorePort, 'share' | 'parked' | 'unpark'>;

export function redisGuards(redis: RedisConnection, keys: Keys): Guards {
  return {
    async share(process, load, ttlMs) {
      const args = [process, JSON.stringify(load), Math.ceil(ttlMs)];
      const others = (await redis.script('share', keys.load(), args)) as readonly string[];
      return total(others.map((json) => JSON.parse(json) as Record<string, number>));
    },
    async parked() {
      const shelves = await Promise.all(
        keys.shards().map((base) => redis.run((client) => client.hgetall(`${base}:parked`))),
      );
      const all = shelves.flatMap((shelf) => Object.entries(shelf).flatMap(([id, cell]) => read(id, cell)));
      return all.sort((a, b) => a.at - b.at);
    },
    async unpark(thread, id, then) {
      return (await redis.script('unpark', keys.shard(thread), [id, then])) === 1;
    },
  };
}

function read(id: string, json: string): ParkedInput[] {
  const [key, cell, why] = JSON.parse(json) as [string, string, string];
  const thread = parseThreadKey(key);
  const bar = cell.indexOf('|');
  const input = JSON.parse(cell.slice(bar + 1)) as ThreadInput;
  return thread ? [{ id, thread, input, at: Number(cell.slice(0, bar)), why }] : [];
}
