import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRedisServer, NoRedisError } from '../../../src/adapters/store/local-redis.ts';
import { startTestRedis } from '../../support/redis.ts';

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'hdl-cache-'));
});
afterEach(async () => {
  await rm(cacheDir, { recursive: true, force: true });
});

describe('findRedisServer', () => {
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

describe('startTestRedis', () => {
  it('keeps its data over kill -9 where asked to', async () => {
    const redis = await startTestRedis({ persist: true });
    const before = redis.pid();
    await redis.restart();
    expect(redis.pid()).not.toBe(before);
    await redis.stop();
  });
});
