/** Worlds for the contract suite on a real Redis: each has apps of its own on one server. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { createRedisStore } from '../../src/adapters/store/redis.ts';
import type { StorePort } from '../../src/ports.ts';
import { startTestRedis, type TestRedisOptions } from '../support/redis.ts';
import { quietLog } from '../support/quiet-log.ts';
import type { StoreWorld } from './store.ts';

export interface RedisWorlds {
  /** A connection to the server itself. */
  readonly control: Redis;
  make(): Promise<StoreWorld>;
  end(): Promise<void>;
}

/** A server of its own. */
export async function startRedisWorlds(options: TestRedisOptions = {}): Promise<RedisWorlds> {
  const server = await startTestRedis(options);
  return redisWorlds({ path: server.path }, new Redis(server.path), async () => server.stop());
}

/** `control` is asked for the time, and `stop` is called at the end. */
export function redisWorlds(
  at: { readonly path: string } | { readonly url: string },
  control: Redis,
  stop: () => Promise<void>,
): RedisWorlds {
  // The suite is about what the store does, not about how fast a busy machine is.
  const place = { ...at, commandMs: 20_000 };

  async function now(): Promise<number> {
    const [seconds, micros] = await control.time();
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  }

  /** Returns a little late rather than ever early; the server's clock has the word. */
  async function pass(ms: number): Promise<void> {
    const until = (await now()) + ms;
    for (let left = ms; left > 0; left = until - (await now())) {
      await new Promise((resolve) => setTimeout(resolve, left));
    }
  }

  return {
    control,
    async make() {
      const appId = `A${randomUUID().slice(0, 8)}`;
      const opened: StorePort[] = [];
      const open = async (app: string, times = {}): Promise<StorePort> => {
        const store = await createRedisStore({ ...place, appId: app, log: quietLog, ...times });
        opened.push(store);
        return store;
      };
      return {
        open: async (times) => open(appId, times),
        openOtherApp: async () => open(`${appId}2`),
        pass,
        now,
        end: async () => {
          await Promise.all(opened.map(async (store) => store.close()));
        },
      };
    },
    async end() {
      control.disconnect();
      await stop();
    },
  };
}
