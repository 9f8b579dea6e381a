import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRedisStore } from '../../src/adapters/store/redis.ts';
import type { StorePort } from '../../src/ports.ts';
import { freePort, startTestRedis, type TestRedis } from '../support/redis.ts';
import { quietLog } from '../support/quiet-log.ts';
import { storeContract, type StoreWorld } from './store.ts';

let server: TestRedis;
let control: Redis;

async function serverTime(): Promise<number> {
  const [seconds, micros] = await control.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}

/** Every world has apps of its own on one server. */
async function redisWorld(): Promise<StoreWorld> {
  const appId = `A${randomUUID().slice(0, 8)}`;
  const opened: StorePort[] = [];
  const open = async (app: string, times = {}): Promise<StorePort> => {
    const store = await createRedisStore({ path: server.path, appId: app, log: quietLog, ...times });
    opened.push(store);
    return store;
  };
  return {
    open: async (times) => open(appId, times),
    openOtherApp: async () => open(`${appId}2`),
    async pass(ms) {
      const until = (await serverTime()) + ms;
      while ((await serverTime()) < until) await new Promise((resolve) => setTimeout(resolve, 2));
    },
    now: serverTime,
    end: async () => {
      await Promise.all(opened.map(async (store) => store.close()));
    },
  };
}

describe('on a Redis of its own', () => {
  beforeAll(async () => {
    server = await startTestRedis();
    control = new Redis(server.path);
  });
  afterAll(async () => {
    control.disconnect();
    await server.stop();
  });

  storeContract('redis', redisWorld, { runs: 40 });
});

/** A node of a cluster refuses a script that touches keys of more than one slot. */
describe('on a node of a cluster', () => {
  beforeAll(async () => {
    const args = ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())];
    server = await startTestRedis({ args });
    control = new Redis(server.path);
    await control.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    const isUp = async () => expect(await control.call('CLUSTER', 'INFO')).toContain('cluster_state:ok');
    await vi.waitFor(isUp, { timeout: 20_000 });
  });
  afterAll(async () => {
    control.disconnect();
    await server.stop();
  });

  it('refuses a script of two slots', async () => {
    const script = "#!lua\nredis.call('SET', 'a', '1') redis.call('SET', 'b', '1')";
    await expect(control.eval(script, 1, 'a')).rejects.toThrow(/slot/);
  });

  storeContract('redis cluster', redisWorld, { runs: 10 });
});
