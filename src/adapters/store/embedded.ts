/**
 * The embedded Redis of a checkout, shared by all its processes.
 *
 * Its users are its open connections named `heddle-user`, one a process, which the kernel closes when a process dies.
 * Coming and going happen under one lock: who comes starts the server where none runs, who goes as the last
 * ends it. After kill -9 of all the server stays, and who comes next uses it.
 */
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { messageOf } from '../../errors.ts';
import { backoff } from '../../lib/backoff.ts';
import { delay, withTimeout } from '../../lib/time.ts';
import type { Log } from '../../ports.ts';
import { embeddedPlace, endRunning, ensureRunning, type Place } from './embedded-instance.ts';
import { findRedisServer, type RedisServer } from './local-redis.ts';
import { withProcessLock } from './process-lock.ts';
import { ask } from './redis-ask.ts';

export interface EmbeddedRedisOptions {
  readonly checkoutDir: string;
  /** Where the data is kept, below the checkout where relative: `.heddle`. */
  readonly dataDir: string;
  /** Where a fetched redis-server is kept. */
  readonly cacheDir: string;
  readonly log: Log;
  /** Ends the start; a running server is left alone by it. */
  readonly signal?: AbortSignal;
  /** False leaves a redis-server on PATH out. */
  readonly usePath?: boolean;
}

export interface EmbeddedRedis {
  /** Unix socket. */
  readonly path: string;
  /** Gives the server up; ends it where nobody else uses it. Never rejects, and takes at most 15 s. */
  leave(): Promise<void>;
}

const USER = 'heddle-user';
const LEAVE_MS = 15_000;

/** A connection that says by its being there that this process uses the server. */
async function beUser(path: string): Promise<Redis> {
  const user = new Redis({
    path,
    connectionName: USER,
    lazyConnect: true,
    protocol: 2,
    retryStrategy: null,
  });
  user.on('error', () => undefined);
  await user.connect();
  return user;
}

async function hasOtherUsers(path: string): Promise<boolean> {
  const clients = await ask(path, ['CLIENT', 'LIST']);
  return clients.split('\n').some((line) => line.includes(` name=${USER} `));
}

/** Waits until the server has noticed that a connection is gone, so that it does not count any more. */
async function goneFrom(path: string, id: number): Promise<void> {
  while ((await ask(path, ['CLIENT', 'LIST'])).split('\n').some((line) => line.startsWith(`id=${id} `))) {
    await delay(5);
  }
}

class Membership implements EmbeddedRedis {
  readonly #place: Place;
  readonly #server: RedisServer;
  readonly #log: Log;
  readonly #left = new AbortController();
  #user: Redis | undefined;

  constructor(place: Place, server: RedisServer, log: Log) {
    this.#place = place;
    this.#server = server;
    this.#log = log;
  }

  get path(): string {
    return this.#place.path;
  }

  /** Comes in: the server runs and counts us when this resolves. */
  async join(signal: AbortSignal): Promise<void> {
    await this.#locked(async () => {
      const { started } = await ensureRunning(this.#place, this.#server, signal);
      const user = await beUser(this.path);
      this.#user = user;
      user.once('close', () => this.#lost());
      this.#log.info({ path: this.path, how: started ? 'started' : 'found' }, 'embedded redis');
    }, signal);
  }

  async leave(): Promise<void> {
    if (this.#left.signal.aborted) return;
    this.#left.abort();
    try {
      await withTimeout('leaving the embedded redis', LEAVE_MS, async (signal) =>
        this.#locked(async () => this.#goLast(), signal),
      );
    } catch (error) {
      this.#user?.disconnect();
      this.#log.warn({ error: messageOf(error) }, 'embedded redis was left as it is');
    }
  }

  async #goLast(): Promise<void> {
    const user = this.#user;
    if (user?.status === 'ready') {
      const id = await user.client('ID');
      user.disconnect();
      await goneFrom(this.path, id);
    }
    if (await hasOtherUsers(this.path)) return;
    await endRunning(this.#place);
    this.#log.info({}, 'embedded redis ended');
  }

  /** The server went away under us: whoever gets the lock first starts it again. */
  #lost(): void {
    if (this.#left.signal.aborted) return;
    this.#log.warn({}, 'embedded redis went away, starting it again');
    this.#comeBack().catch((error: unknown) => {
      if (!this.#left.signal.aborted) this.#log.error({ error: messageOf(error) }, 'embedded redis is gone');
    });
  }

  async #comeBack(): Promise<void> {
    const waits = backoff({ minMs: 100, maxMs: 5000 });
    while (!this.#left.signal.aborted) {
      try {
        await this.join(this.#left.signal);
        return;
      } catch (error) {
        this.#log.warn({ error: messageOf(error) }, 'embedded redis does not start');
        await delay(waits.next(), this.#left.signal);
      }
    }
  }

  async #locked(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    await withProcessLock(join(this.#place.dir, 'lock'), work, signal);
  }
}

/**
 * Joins the checkout's Redis, starting it where it does not run. Rejects with `NoRedisError` where there is
 * no redis-server and none can be fetched, with `EmbeddedRedisError` where it does not start.
 */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const { checkoutDir, cacheDir, log } = options;
  const signal = options.signal ?? new AbortController().signal;
  const usePath = options.usePath ?? true;
  const server = await findRedisServer({ cacheDir: resolve(checkoutDir, cacheDir), log, signal, usePath });
  const place = await embeddedPlace(checkoutDir, resolve(checkoutDir, options.dataDir));
  const membership = new Membership(place, server, log);
  await membership.join(signal);
  return membership;
}
