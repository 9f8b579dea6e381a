/** A server with an append-only file that is killed, again and again, under load. */
import { afterEach, describe, expect, it } from 'vitest';
import { commit, held, inboxOf, post, T2 } from '../contract/store-world.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { outcome, stores, untilItWorks } from './support/stores.ts';

let server: TestRedis | undefined;
const opened = stores();
afterEach(async () => {
  await opened.close();
  await server?.stop();
});

describe('a Redis that is killed and started again', () => {
  it('has everything that was acknowledged, and nothing that was refused (fault: redis-away)', async () => {
    const redis = await startTestRedis({ persist: true });
    server = redis;
    const store = await opened.open(redis.url);
    const { token } = await held(store, T2, 'p');
    await store.commit(commit(T2, token, { state: 'kept', then: 'release' }));
    const acknowledged: string[] = [];
    const doubtful: string[] = [];
    let n = 0;
    const write = async (): Promise<void> => {
      n += 1;
      const mine = n;
      const { error } = await outcome(store.admit(post(mine)));
      if (!error) acknowledged.push(String(mine));
      else if (error.kind === 'unknown') doubtful.push(String(mine));
      else expect(error.kind).toBe('retry');
    };
    for (let round = 0; round < 3; round += 1) {
      const writing = Array.from({ length: 25 }, async () => write());
      await new Promise((resolve) => setTimeout(resolve, 5));
      await redis.kill9();
      await Promise.all(writing);
      await redis.restart();
      await untilItWorks(async () => store.ping());
    }
    const kept = await inboxOf(store);
    const sure = kept.filter((one) => !doubtful.includes(one));
    expect(new Set(sure)).toEqual(new Set(acknowledged));
    expect(sure).toHaveLength(acknowledged.length);
    expect(await store.peek(T2)).toBe('kept');
    expect(acknowledged.length).toBeGreaterThan(0);
  });
});
