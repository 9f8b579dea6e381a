/**
 * Connections to one Redis that fail fast and come back by themselves.
 *
 * R1  A command is sent once or not at all: nothing is queued while there is no connection, and nothing is sent
 *     again by the client, since a command that was given up must not arrive later by its doing.
 * R2  A server that may throw data away, or that refuses us, is not used: every call then rejects `fatal`.
 */
import { once } from 'node:events';
import { Redis, type RedisOptions } from 'ioredis';
import { messageOf, PortError } from '../../errors.ts';
import { backoff } from '../../lib/backoff.ts';
import { delay, systemClock } from '../../lib/time.ts';
import type { Log } from '../../ports.ts';
import { isAuthError, toPortError, unreachable } from './redis-error.ts';
import { loadScripts, type ScriptName } from './scripts.ts';

export interface RedisTarget {
  /** `redis://` or `rediss://`. */
  readonly url?: string;
  /** A Unix socket. */
  readonly path?: string;
  /** A command answers within this, milliseconds, or counts as unknown; one second unless given. */
  readonly commandMs?: number;
}

const COMMAND_MS = 1000;
/** A connection that brings nothing while something is awaited is given up, so long after the command was. */
const SOCKET_GRACE_MS = 500;
const CONNECT_MS = 2000;
/** A connection that stayed up so long was a good one: the next wait starts short again. */
const PROVEN_MS = 5000;

type ScriptCall = (base: string, ...args: readonly (string | number)[]) => Promise<unknown>;

/** ioredis without its own queueing and resending (R1). */
export function openClient(target: RedisTarget, name: string, log: Log): Redis {
  const waits = backoff({ minMs: 50, maxMs: 2000 });
  const { commandMs = COMMAND_MS } = target;
  let readySince: number | undefined;
  const options = {
    connectionName: name,
    protocol: 2,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // Done by `RedisWakes`: the client's own would leave a failed attempt as an unhandled rejection.
    autoResubscribe: false,
    commandTimeout: commandMs,
    socketTimeout: commandMs + SOCKET_GRACE_MS,
    connectTimeout: CONNECT_MS,
    // A replica after a failover: go and look for who is the primary now.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    retryStrategy: () => {
      if (readySince !== undefined && systemClock.monotonic() - readySince > PROVEN_MS) waits.reset();
      readySince = undefined;
      return waits.next();
    },
  } satisfies RedisOptions;
  const redis =
    target.path === undefined
      ? new Redis(target.url ?? '', options)
      : new Redis({ ...options, path: target.path });
  let told = false;
  redis.on('ready', () => {
    readySince = systemClock.monotonic();
    if (told) log.info({ connection: name }, 'redis is back');
    told = false;
  });
  redis.on('error', (error: Error) => {
    const level = told ? 'debug' : 'warn';
    log[level]({ connection: name, error: error.message }, 'redis connection failed');
    told = true;
  });
  return redis;
}

/**
 * Whether the server may throw keys away when its memory is full. A server that hides its settings
 * (managed ones, ACLs) is believed.
 */
async function refusalOf(redis: Redis): Promise<PortError | undefined> {
  let policy: string | undefined;
  try {
    policy = /maxmemory_policy:(\S+)/.exec(await redis.info('memory'))?.[1];
  } catch (error) {
    if (!isAuthError(error)) throw error;
  }
  if (policy === undefined || policy === 'noeviction') return undefined;
  return new PortError({
    kind: 'fatal',
    code: 'redis_evicts',
    message:
      `Redis is set to throw keys away when its memory is full (maxmemory-policy ${policy}), which would ` +
      'lose conversations; set maxmemory-policy to noeviction, or point REDIS_URL to a Redis of its own.',
  });
}

function loginRefused(error: unknown): PortError {
  return new PortError({
    kind: 'fatal',
    code: 'redis_login',
    message: `Redis refuses the login (${messageOf(error)}); check the user and password in REDIS_URL.`,
    cause: error,
  });
}

/** The connection for commands and scripts. */
export class RedisConnection {
  readonly #redis: Redis;
  readonly #log: Log;
  #refusal: PortError | undefined;
  #closed = false;

  constructor(target: RedisTarget, log: Log) {
    this.#log = log;
    this.#redis = openClient(target, 'heddle', log);
    for (const [name, lua] of loadScripts()) {
      this.#redis.defineCommand(`heddle_${name}`, { lua, numberOfKeys: 1 });
    }
    this.#redis.on('error', (error: Error) => {
      if (isAuthError(error)) this.#refusal = loginRefused(error);
    });
    this.#redis.on('ready', () => {
      this.#check().catch((error: unknown) => {
        log.debug({ error: messageOf(error) }, 'redis settings were not read');
      });
    });
  }

  /**
   * Connects. Resolves also where the server cannot be reached (it is tried again for ever); rejects `fatal`
   * where it refuses the login or may throw data away (R2).
   */
  async start(): Promise<void> {
    try {
      await this.#redis.connect();
      await this.#check();
    } catch (error) {
      this.#log.debug({ error: messageOf(error) }, 'redis is not there yet');
    }
    if (!this.#refusal) return;
    this.close();
    throw this.#refusal;
  }

  /** Runs a script on the keys that begin with `base`. */
  async script(name: ScriptName, base: string, args: readonly (string | number)[]): Promise<unknown> {
    return this.run(() => this.#script(this.#redis, name)(base, ...args));
  }

  /** Runs one script on many bases in one round trip. Answers in their order. */
  async scripts(
    name: ScriptName,
    calls: readonly { readonly base: string; readonly args: readonly (string | number)[] }[],
  ): Promise<readonly unknown[]> {
    if (calls.length === 0) return [];
    return this.run(async () => {
      const pipeline = this.#redis.pipeline();
      const call = this.#script(pipeline, name);
      // Calls on a pipeline only collect; the answers come with `exec`.
      const queued = calls.map(({ base, args }) => call(base, ...args));
      const answers = (await pipeline.exec()) ?? [];
      for (const [error] of answers) if (error) throw error;
      if (answers.length !== queued.length) throw new Error('redis answered to less than was asked');
      return answers.map(([, answer]) => answer);
    });
  }

  /** Any other command. */
  async run<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    if (this.#refusal) throw this.#refusal;
    if (this.#closed || this.#redis.status !== 'ready') throw unreachable();
    try {
      return await work(this.#redis);
    } catch (error) {
      throw toPortError(error);
    }
  }

  /** Waits at most `ms` for the connection to be there. */
  async whenReady(ms: number): Promise<void> {
    if (this.#redis.status === 'ready') return;
    const stop = new AbortController();
    const ready = once(this.#redis, 'ready', { signal: stop.signal }).catch(() => undefined);
    await Promise.race([ready, delay(ms, stop.signal, systemClock).catch(() => undefined)]);
    stop.abort();
  }

  close(): void {
    this.#closed = true;
    this.#redis.disconnect();
  }

  async #check(): Promise<void> {
    this.#refusal = await refusalOf(this.#redis);
    if (this.#refusal) this.#log.error({}, this.#refusal.message);
  }

  #script(on: object, name: ScriptName): ScriptCall {
    const call = (on as Record<string, ScriptCall | undefined>)[`heddle_${name}`];
    if (!call) throw new Error(`no script ${name}`);
    return call.bind(on);
  }
}
