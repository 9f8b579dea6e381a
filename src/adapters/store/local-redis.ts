/**
 * A redis-server on this machine: found on PATH, found in the cache, or fetched from Debian's packages into
 * the cache, without root.
 *
 * The package `redis-server` holds only a link to a binary of `redis-tools` (Debian 12, `dpkg-deb -c`), and
 * the libraries come as packages of their own, so several are unpacked side by side and found through
 * `LD_LIBRARY_PATH`.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { HeddleError, messageOf } from '../../errors.ts';
import { randomToken } from '../../lib/random.ts';
import type { Log } from '../../ports.ts';
import { withProcessLock } from './process-lock.ts';

/** There is no redis-server on this machine and none could be fetched. The text names the cure. */
export class NoRedisError extends HeddleError {
  constructor(why: string, cause?: unknown) {
    super(
      'no_redis',
      `No redis-server 7 or later on PATH, and it cannot be fetched (${why}); ` +
        'install it (apt install redis-server, brew install redis) or set REDIS_URL.',
      cause === undefined ? {} : { cause },
    );
  }
}

export interface RedisServer {
  /** Absolute path of the program. */
  readonly file: string;
  /** The environment to run it with. */
  readonly env: Record<string, string>;
  readonly how: 'path' | 'cache' | 'fetched';
}

export interface FindRedisOptions {
  /** Where a fetched server is kept, such as `.heddle/cache`. */
  readonly cacheDir: string;
  readonly log?: Pick<Log, 'info' | 'debug'> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** False leaves PATH out, to use one known build. */
  readonly usePath?: boolean;
  /** Packages beyond which nothing is asked for by name; `apt-cache depends` adds what `ldd` misses. */
  readonly packages?: readonly string[];
}

const PACKAGES = ['redis-server', 'redis-tools', 'liblzf1', 'libjemalloc2', 'libatomic1'] as const;
const OLDEST_MAJOR = 7;
const COMMAND_MS = 120_000;
/** A library of its own for C would not fit the machine's loader. */
const NEVER_FETCHED = /^(libc6|libc-bin|libgcc-s1|libcrypt1|dpkg|debconf)/;

const execFileAsync = promisify(execFile);

interface RunOptions {
  readonly cwd?: string;
  /** Without it the child has this process's own environment (PATH, proxies). */
  readonly env?: Record<string, string>;
  readonly signal?: AbortSignal | undefined;
}

async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { stdout } = await execFileAsync(file, [...args], {
    timeout: COMMAND_MS,
    maxBuffer: 16 * 1024 * 1024,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return stdout;
}

/** Whether this program runs and is new enough: `Redis server v=7.0.15 …` or `Valkey server v=8.1.1 …`. */
async function isUsable(file: string, env: Record<string, string>): Promise<boolean> {
  try {
    const text = await run(file, ['--version'], { env });
    return Number(/v=(\d+)\./.exec(text)?.[1] ?? 0) >= OLDEST_MAJOR;
  } catch {
    return false;
  }
}

async function onPath(): Promise<RedisServer | undefined> {
  for (const name of ['redis-server', 'valkey-server']) {
    try {
      const file = (await run('/bin/sh', ['-c', `command -v ${name}`])).trim();
      if (file.startsWith('/') && (await isUsable(file, {}))) return { file, env: {}, how: 'path' };
    } catch {
      // `command -v` ends with 1 where there is no such program.
    }
  }
  return undefined;
}

/** Directories below `root` that hold shared libraries. */
async function libraryDirs(root: string): Promise<string[]> {
  const dirs = new Set<string>();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (/\.so(\.|$)/.test(entry.name)) dirs.add(entry.parentPath);
  }
  return [...dirs].sort();
}

async function inCache(root: string): Promise<Omit<RedisServer, 'how'> | undefined> {
  try {
    const file = join(root, 'usr/bin/redis-server');
    const env = { LD_LIBRARY_PATH: (await libraryDirs(root)).join(':') };
    return (await isUsable(file, env)) ? { file, env } : undefined;
  } catch {
    return undefined;
  }
}

/** Unpacks Debian packages into `root`, first by the machine's package lists, then by fresh private ones. */
class Unpacker {
  readonly root: string;
  readonly #debs: string;
  readonly #lists: string;
  readonly #signal: AbortSignal | undefined;
  readonly #have = new Set<string>();
  #private = false;

  constructor(root: string, signal: AbortSignal | undefined) {
    this.root = root;
    this.#debs = join(root, '.debs');
    this.#lists = join(root, '.apt');
    this.#signal = signal;
  }

  #options(): string[] {
    if (!this.#private) return [];
    return ['-o', `Dir::State::lists=${this.#lists}/lists`, '-o', `Dir::Cache=${this.#lists}/cache`];
  }

  async #freshLists(): Promise<void> {
    this.#private = true;
    await mkdir(join(this.#lists, 'lists/partial'), { recursive: true });
    await mkdir(join(this.#lists, 'cache/archives/partial'), { recursive: true });
    await run('apt-get', [...this.#options(), 'update'], { signal: this.#signal });
  }

  async add(packages: readonly string[]): Promise<void> {
    await mkdir(this.#debs, { recursive: true });
    const download = async (): Promise<string> =>
      run('apt-get', [...this.#options(), 'download', ...packages], {
        cwd: this.#debs,
        signal: this.#signal,
      });
    try {
      await download();
    } catch (error) {
      if (this.#private || this.#signal?.aborted) throw error;
      await this.#freshLists();
      await download();
    }
    for (const name of packages) this.#have.add(name);
    for (const deb of await readdir(this.#debs)) {
      await run('dpkg-deb', ['-x', join(this.#debs, deb), this.root], { signal: this.#signal });
      await rm(join(this.#debs, deb));
    }
  }

  /** Library packages that those unpacked so far depend on and that are not here yet. */
  async missing(): Promise<string[]> {
    const only = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'];
    const text = await run('apt-cache', [
      ...this.#options(),
      'depends',
      ...only.map((kind) => `--no-${kind}`),
      ...this.#have,
    ]);
    const names = [...text.matchAll(/Depends: ((?:lib|lua)[^\s<:]+)/g)].map((match) => match[1] ?? '');
    return [...new Set(names)].filter((name) => !this.#have.has(name) && !NEVER_FETCHED.test(name));
  }

  async clean(): Promise<void> {
    await rm(this.#debs, { recursive: true, force: true });
    await rm(this.#lists, { recursive: true, force: true });
  }
}

/** Names of libraries that the loader does not find, by `ldd`. */
async function unresolved(file: string, env: Record<string, string>): Promise<boolean> {
  const text = await run('ldd', [file], { env: { ...env, PATH: '/usr/bin:/bin' } });
  return text.includes('not found');
}

async function fetchInto(root: string, options: FindRedisOptions): Promise<void> {
  const unpacker = new Unpacker(root, options.signal);
  await unpacker.add(options.packages ?? PACKAGES);
  // Each round can bring libraries that need libraries; four are more than any Debian or Ubuntu needs.
  for (let round = 0; round < 4; round += 1) {
    const env = { LD_LIBRARY_PATH: (await libraryDirs(root)).join(':') };
    if (!(await unresolved(join(root, 'usr/bin/redis-server'), env))) break;
    const more = await unpacker.missing();
    if (more.length === 0) break;
    await unpacker.add(more);
  }
  await unpacker.clean();
}

/** Into a directory of its own, then in place by one rename: a half fetched server is never seen. */
async function fetchServer(home: string, options: FindRedisOptions): Promise<Omit<RedisServer, 'how'>> {
  const aside = `${home}.${randomToken(6)}`;
  try {
    await mkdir(aside, { recursive: true });
    await fetchInto(aside, options);
    if (!(await inCache(aside))) throw new Error('the fetched server does not run here');
    await rm(home, { recursive: true, force: true });
    await rename(aside, home);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new NoRedisError(reasonOf(error), error);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  const found = await inCache(home);
  if (!found) throw new NoRedisError('the fetched server does not run here');
  return found;
}

function reasonOf(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'this machine has no apt-get';
  const stderr = (error as { stderr?: string }).stderr;
  const line = stderr?.split('\n').find((text) => text.startsWith('E: '));
  return line?.slice(3) ?? messageOf(error).split('\n')[0] ?? 'unknown';
}

/**
 * A redis-server (7 or later) or valkey-server. Rejects with {@link NoRedisError} where there is none, or
 * with the signal's reason. Several processes may ask at once: one fetches, the others find it.
 */
export async function findRedisServer(options: FindRedisOptions): Promise<RedisServer> {
  const installed = options.usePath === false ? undefined : await onPath();
  if (installed) return installed;
  const home = join(options.cacheDir, `redis-${process.platform}-${process.arch}`);
  const cached = await inCache(home);
  if (cached) return { ...cached, how: 'cache' };
  try {
    await mkdir(options.cacheDir, { recursive: true });
    const fetching = async (): Promise<RedisServer> => fetchUnlessThere(home, options);
    return await withProcessLock(join(options.cacheDir, 'redis.lock'), fetching, options.signal);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof NoRedisError) throw error;
    throw new NoRedisError(messageOf(error), error);
  }
}

/** Under the lock: another process may have fetched it while we waited, or died while it did. */
async function fetchUnlessThere(home: string, options: FindRedisOptions): Promise<RedisServer> {
  const meanwhile = await inCache(home);
  if (meanwhile) return { ...meanwhile, how: 'cache' };
  for (const name of await readdir(options.cacheDir)) {
    if (name.startsWith(`${basename(home)}.`)) {
      await rm(join(options.cacheDir, name), { recursive: true, force: true });
    }
  }
  options.log?.info({}, 'no redis-server here, fetching one from Debian packages');
  return { ...(await fetchServer(home, options)), how: 'fetched' };
}
