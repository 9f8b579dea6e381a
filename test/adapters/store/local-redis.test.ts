import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findRedisServer, NoRedisError } from '../../../src/adapters/store/local-redis.ts';
import { ask } from '../../../src/adapters/store/redis-ask.ts';
import { startTestRedis, testCacheDir } from '../../support/redis.ts';

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'hdl-cache-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cacheDir, { recursive: true, force: true });
});

/** This machine's server: installed, or fetched for real, which the first tests of a checkout do. */
const here = await findRedisServer({ cacheDir: testCacheDir });

/**
 * An `apt-get` that stands first on PATH and gives out one package, made of the server that is here. Its lists
 * are as empty as those of a fresh container, until it is told to fetch private ones.
 */
async function mirror(): Promise<{ calls(): Promise<string[]>; end(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'hdl-mirror-'));
  const tree = join(dir, 'tree');
  await cp(join(dirname(here.file), '../..'), tree, { recursive: true, verbatimSymlinks: true });
  await mkdir(join(tree, 'DEBIAN'));
  const control = 'Package: redis-server\nVersion: 7\nArchitecture: all\nMaintainer: x\nDescription: x\n';
  await writeFile(join(tree, 'DEBIAN/control'), control);
  await promisify(execFile)('dpkg-deb', ['-Znone', '--root-owner-group', '-b', tree, join(dir, 'x.deb')]);
  const script = `#!/bin/sh
    echo "$*" >>${dir}/calls
    case "$*" in
      *'no-such-package'*) ;;
      *'Dir::State::lists='*update) exit 0 ;;
      *'Dir::State::lists='*download*) cp ${dir}/x.deb . && exit 0 ;;
    esac
    echo 'E: Unable to locate package' >&2
    exit 100`;
  await mkdir(join(dir, 'bin'));
  await writeFile(join(dir, 'bin/apt-get'), script, { mode: 0o755 });
  vi.stubEnv('PATH', `${join(dir, 'bin')}:${process.env.PATH}`);
  return {
    calls: async () => (await readFile(join(dir, 'calls'), 'utf8')).trim().split('\n'),
    end: async () => rm(dir, { recursive: true, force: true }),
  };
}

describe.skipIf(here.how === 'path')('fetching a redis-server', () => {
  let packages: Awaited<ReturnType<typeof mirror>>;
  beforeEach(async () => {
    packages = await mirror();
  });
  afterEach(async () => packages.end());

  it('fetches once for several that ask at the same time, and finds it in the cache afterwards', async () => {
    const ask = () => findRedisServer({ cacheDir, usePath: false });
    const found = await Promise.all([ask(), ask(), ask()]);
    expect(found.map((server) => server.how).sort()).toEqual(['cache', 'cache', 'fetched']);
    expect((await ask()).how).toBe('cache');
    const left = (await readdir(cacheDir)).filter((name) => name !== 'redis.lock');
    expect(left).toEqual([`redis-${process.platform}-${process.arch}`]);
    expect(await packages.calls()).toEqual([
      expect.stringMatching(/^download redis-server /),
      expect.stringMatching(/update$/),
      expect.stringMatching(/ download redis-server /),
    ]);
  });

  it('fetches again where the cached one does not run', async () => {
    const first = await findRedisServer({ cacheDir, usePath: false });
    await writeFile(first.file, 'broken');
    expect((await findRedisServer({ cacheDir, usePath: false })).how).toBe('fetched');
  });

  it('says in one sentence what is missing and how to cure it', async () => {
    const asked = findRedisServer({ cacheDir, usePath: false, packages: ['no-such-package'] });
    await expect(asked).rejects.toBeInstanceOf(NoRedisError);
    await expect(asked).rejects.toThrow(/\(Unable to locate package\).* set REDIS_URL\.$/);
    expect((await readdir(cacheDir)).filter((name) => name !== 'redis.lock')).toEqual([]);
  });
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
