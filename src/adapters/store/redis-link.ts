/** The way to the data, whatever stands at its end: one server, the Sentinels' primary, or a cluster. */
import { readFile } from 'node:fs/promises';
import type { Redis } from 'ioredis';
import { isProblem, parseRedisUrl, type RedisAddress } from '../../config-redis.ts';
import { messageOf, PortError } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import type { RedisTarget, RedisTls } from './redis-client.ts';
import { RedisCluster } from './redis-cluster.ts';
import { allOf, RedisNode, type ScriptArgs, type ScriptCall, type ScriptOutcome } from './redis-node.ts';
import type { ScriptName } from './scripts.ts';

/** Every call ends within the time of a command, and rejects with `PortError`. */
export interface RedisLink {
  /**
   * Connects. Resolves also where nobody can be reached; rejects `fatal` where an operator has to act first.
   */
  start(): Promise<void>;
  /** Runs a script on the keys that begin with `base`. */
  script(name: ScriptName, base: string, args: ScriptArgs): Promise<unknown>;
  /** Runs one script on many bases, in one round trip a server. Answers in their order; rejects where one failed. */
  scripts(name: ScriptName, calls: readonly ScriptCall[]): Promise<readonly unknown[]>;
  /** The same, where some answers are better than none. Never rejects. */
  tryScripts(name: ScriptName, calls: readonly ScriptCall[]): Promise<readonly ScriptOutcome[]>;
  /** Any other command on the keys that begin with `base`. */
  run<T>(base: string, work: (redis: Redis) => Promise<T>): Promise<T>;
  /** Rejects where one of the servers does not answer. */
  ping(): Promise<void>;
  /** Waits at most so many milliseconds for the connection of these keys. */
  whenReady(base: string, ms: number): Promise<void>;
  close(): void;
  /** When a server came back, or another one took its place (monotonic ms): it may have missed the last moments. */
  readonly backAt: number;
  /** Servers to listen to, any of which hears everything; undefined where there is only one. */
  readonly listenOn: (() => RedisAddress) | undefined;
}

/** One server or whoever is primary. */
class SingleLink implements RedisLink {
  readonly listenOn = undefined;
  readonly #node: RedisNode;

  constructor(node: RedisNode) {
    this.#node = node;
  }

  get backAt(): number {
    return this.#node.backAt;
  }

  async start(): Promise<void> {
    await this.#node.start();
  }

  async script(name: ScriptName, base: string, args: ScriptArgs): Promise<unknown> {
    return this.#node.script(name, base, args);
  }

  async scripts(name: ScriptName, calls: readonly ScriptCall[]): Promise<readonly unknown[]> {
    return allOf(await this.tryScripts(name, calls));
  }

  async tryScripts(name: ScriptName, calls: readonly ScriptCall[]): Promise<readonly ScriptOutcome[]> {
    return calls.length === 0 ? [] : this.#node.scripts(name, calls);
  }

  async run<T>(_base: string, work: (redis: Redis) => Promise<T>): Promise<T> {
    return this.#node.run(work);
  }

  async ping(): Promise<void> {
    await this.#node.run((redis) => redis.ping());
  }

  async whenReady(_base: string, ms: number): Promise<void> {
    await this.#node.whenReady(ms);
  }

  close(): void {
    this.#node.close();
  }
}

export function openLink(target: RedisTarget, log: Log): RedisLink {
  return 'kind' in target.at && target.at.kind === 'cluster'
    ? new RedisCluster(target, target.at.hosts, log)
    : new SingleLink(new RedisNode({ target, log }));
}

/**
 * Reads the URL and the certificates that it names.
 * @throws {PortError} `fatal` where the URL or one of its files cannot be read
 */
export async function targetOf(url: string, commandMs?: number): Promise<RedisTarget> {
  const at = parseRedisUrl(url);
  if (isProblem(at)) throw new PortError({ kind: 'fatal', code: 'redis_url', message: at.problem });
  return { at, tls: at.tls && (await readTls(at.tls)), commandMs };
}

async function readTls({
  cacert,
  cert,
  key,
}: { [name in 'cacert' | 'cert' | 'key']?: string }): Promise<RedisTls> {
  const read = async <N extends string>(
    name: N,
    path: string | undefined,
  ): Promise<{ [as in N]?: string }> => {
    if (path === undefined) return {};
    try {
      return { [name]: await readFile(path, 'utf8') } as { [as in N]?: string };
    } catch (error) {
      const message = `REDIS_URL names a certificate file that cannot be read (${messageOf(error)}); check its path.`;
      throw new PortError({ kind: 'fatal', code: 'redis_certificate', message, cause: error });
    }
  };
  return { ...(await read('ca', cacert)), ...(await read('cert', cert)), ...(await read('key', key)) };
}
