import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRedisServer, NoRedisError } from '../../../src/adapters/store/local-redis.ts';
import { ask } from '../../../src/adapters/store/redis-ask.ts';
import { startTestRedis, testCacheDir } from '../../support/redis.ts';

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'hdl-cache-'));
});
afterEach(async () => {
  await rm(cacheDir, { recursive: true, force: true });
});

/** Where one is installed nobody needs to fetch, and this machine may not be able to. */
const installed = (await findRedisServer({ cacheDir: testCacheDir })).how === 'path';

describe.skipIf(installed)('fetching a redis-server', () => {
  it('fetches once for several that ask at the same time, and finds it in the cache afterwards', async () => {
    const ask = () => findRedisServer({ cacheDir, usePath: false });
    const found = await Promise.all([ask(), ask(), ask()]);
    expect(found.map((server) => server.how).sort()).toEqual(['cache', 'cache', 'fetched']);
    expect((await ask()).how).toBe('cache');
    const left = (await readdir(cacheDir)).filter((name) => name !== 'redis.lock');
    expect(left).toEqual([`redis-${process.platform}-${process.arch}`]);
  }, 120_000);

  it('fetches again where the cached one does not run', async () => {
    const first = await findRedisServer({ cacheDir, usePath: false });
    await writeFile(first.file, 'broken');
    expect((await findRedisServer({ cacheDir, usePath: false })).how).toBe('fetched');
  }, 120_000);

  it('says in one sentence what is missing and how to cure it', async () => {
    const asked = findRedisServer({ cacheDir, usePath: false, packages: ['no-such-package-anywhere'] });
    await expect(asked).rejects.toBeInstanceOf(NoRedisError);
    await expect(asked).rejects.toThrow(/set REDIS_URL\.$/);
    expect((await readdir(cacheDir)).filter((name) => name !== 'redis.lock')).toEqual([]);
  }, 120_000);
});

describe('findRedisServer', () => {
  it('says what is wrong where the cache cannot be written', async () => {
    await writeFile(join(cacheDir, 'file'), 'not a directory');
    const asked = findRedisServer({ cacheDir: join(cacheDir, 'file', 'cache'), usePath: false });
    await expect(asked).rejects.toBeInstanceOf(NoRedisError);
  });

  it('ends with its signal', async () => {
    const reason = new Error('enough');
    const asked = findRedisServer({ cacheDir, usePath: false, signal: AbortSignal.abort(reason) });
    await expect(asked).rejects.toBe(reason);
  });
});

describe('startTestRedis', () => {
  it('keeps its data over kill -9 where asked to', async () => {
    const redis = await startTestRedis({ persist: true });
    const before = redis.pid();
    await ask(redis.path, ['SET', 'k', 'kept']);
    await redis.restart();
    expect(redis.pid()).not.toBe(before);
    expect(await ask(redis.path, ['GET', 'k'])).toBe('kept');
    await redis.stop();
    await expect(ask(redis.path, ['PING'])).rejects.toThrow();
  });
});
