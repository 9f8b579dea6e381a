/** What Redis knows of its own life: whether it was filled, who fills it, and since when somebody listens. */
import type { Beat, StoreMemory } from '../../ports-recovery.ts';
import type { Keys } from './keys.ts';
import type { ScriptName } from './scripts.ts';

interface Scripts {
  script(name: ScriptName, base: string, args: readonly (string | number)[]): Promise<unknown>;
}

export function redisMemory(redis: Scripts, keys: Keys): StoreMemory {
  async function marks(set: '' | '1'): Promise<boolean> {
    const standing = await Promise.all(keys.shards().map((base) => redis.script('fill', base, [set])));
    return standing.every((mark) => mark === 1);
  }

  async function beat(graceMs: number, at: string): Promise<Beat> {
    const answer = await redis.script('beat', keys.beat(), [Math.ceil(graceMs), at]);
    const [now, last, count, life] = answer as [string, string, number, string];
    return { now: Number(now), last: last === '' ? undefined : Number(last), count, life };
  }

  return {
    filled: () => marks(''),
    async fill() {
      await marks('1');
    },
    async hold(name, owner, ttlMs) {
      return (await redis.script('hold', keys.hold(name), [owner, Math.max(0, Math.ceil(ttlMs))])) === 1;
    },
    beat: (graceMs) => beat(graceMs, ''),
    async caughtUp(at) {
      await beat(0, String(Math.round(at)));
    },
  };
}
