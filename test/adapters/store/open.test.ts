import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedRedis } from '../../../src/adapters/store/embedded.ts';
import { openStore } from '../../../src/adapters/store/open.ts';
import { ask } from '../../../src/adapters/store/redis-ask.ts';
import type { Log } from '../../../src/ports.ts';
import { commit, held, T1 } from '../../contract/store-world.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { startTestRedis, testCacheDir } from '../../support/redis.ts';

let checkoutDir: string;
beforeEach(async () => {
  checkoutDir = await mkdtemp(join(tmpdir(), 'hdl-open-'));
});
afterEach(async () => {
  await rm(checkoutDir, { recursive: true, force: true });
});

describe('openStore', () => {
  const options = () => ({
    appId: 'A1',
    checkoutDir,
    dataDir: '.heddle',
    cacheDir: testCacheDir,
    log: quietLog,
  });

  it('uses REDIS_URL where there is one', async () => {
    const redis = await startTestRedis();
    const { kind, store } = await openStore({ ...options(), redisUrl: redis.url });
    expect(kind).toBe('redis');
    await store.ping();
    await store.close();
    await redis.stop();
  });

  it('else the checkout’s own Redis, which keeps what it was told over a restart and ends with its last user', async () => {
    const first = await openStore(options());
    expect(first.kind).toBe('embedded');
    const { token } = await held(first.store, T1, 'p');
    await first.store.commit(commit(T1, token, { state: 'kept', then: 'release' }));
    await first.store.close();
    const second = await openStore(options());
    expect(await second.store.peek(T1)).toBe('kept');
    await second.store.close();
    const { path, leave } = await startEmbeddedRedis(options()).then((embedded) => ({
      path: embedded.path,
      leave: async () => embedded.leave(),
    }));
    await leave();
    await expect(ask(path, ['PING'])).rejects.toThrow();
    await rm(dirname(path), { recursive: true, force: true });
  });

  it('else its memory, and says what that costs', async () => {
    const warnings: string[] = [];
    const log: Log = { ...quietLog, warn: (_, text) => warnings.push(text) };
    const cacheDir = join(checkoutDir, 'file', 'cache');
    await writeFile(join(checkoutDir, 'file'), 'not a directory');
    const { kind, store } = await openStore({ ...options(), cacheDir, log, usePath: false });
    expect(kind).toBe('memory');
    expect(warnings).toEqual([expect.stringContaining('a restart forgets')]);
    await store.close();
  });
});
