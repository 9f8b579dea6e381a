/** What processes tell each other of their load, and inputs that were set aside, in Redis. */
import { parseThreadKey, type ThreadInput } from '../../core/event.ts';
import type { ParkedInput, StorePort } from '../../ports.ts';
import type { Keys } from './keys.ts';
import { total } from './limits.ts';
import type { RedisLink } from './redis-link.ts';

type Guards = Pick<StorePort, 'share' | 'parked' | 'unpark' | 'backlog'>;

export function redisGuards(redis: RedisLink, keys: Keys): Guards {
  return {
    async share(process, load, ttlMs) {
      const args = [process, JSON.stringify(load), Math.ceil(ttlMs)];
      const others = (await redis.script('share', keys.load(), args)) as readonly string[];
      return total(others.map((json) => JSON.parse(json) as Record<string, number>));
    },
    async parked() {
      const shelves = await Promise.all(
        keys.shards().map((base) => redis.run(base, (client) => client.hgetall(`${base}:parked`))),
      );
      const all = shelves.flatMap((shelf) => Object.entries(shelf).flatMap(([id, cell]) => read(id, cell)));
      return all.sort((a, b) => a.at - b.at || Number(a.id) - Number(b.id));
    },
    async backlog() {
      const calls = keys.shards().map((base) => ({ base, args: [] }));
      const shards = (await redis.scripts('backlog', calls)) as readonly (readonly number[])[];
      const sum = (at: number): number => shards.reduce((all, shard) => all + (shard[at] ?? 0), 0);
      const oldestMs = Math.max(0, ...shards.map((shard) => shard[1] ?? 0));
      return { threads: sum(0), oldestMs, overdue: sum(2), parked: sum(3) };
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
