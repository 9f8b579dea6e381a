/**
 * The way to a cluster.
 *
 * K1  A command goes to one master, once. Only what a master sent on (`MOVED`), and so did not do, goes to another.
 * K2  `ASK` is not followed. While a slot is on its way some of its keys are here and some there, and a script that
 *     reads several of them would see half a thread. Nobody writes to it until it has arrived: whoever calls comes
 *     again (`retry`), as in a short failure.
 */
import type { Redis } from 'ioredis';
import type { RedisAddress } from '../../config-redis.ts';
import { messageOf, PortError } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import type { RedisTarget } from './redis-client.ts';
import { toPortError, unreachable } from './redis-error.ts';
import type { RedisLink } from './redis-link.ts';
import { RedisMasters } from './redis-masters.ts';
import { allOf, type RedisNode, type ScriptArgs, type ScriptCall, type ScriptOutcome } from './redis-node.ts';
import type { ScriptName } from './scripts.ts';

/** A call is sent on so often at most: two masters may point to each other while they agree. */
const HOPS = 3;
/** Who answers so, or does not answer, may not be in charge of these keys any more. */
const DOUBTFUL = /^redis_(moved|ask|unreachable|lost|timeout|readonly|clusterdown|masterdown)$/;

export class RedisCluster implements RedisLink {
  readonly listenOn: () => RedisAddress;
  readonly #masters: RedisMasters;
  readonly #log: Log;

  constructor(target: RedisTarget, seeds: readonly RedisAddress[], log: Log) {
    this.#log = log;
    this.#masters = new RedisMasters(target, seeds, log);
    this.listenOn = () => this.#masters.next();
  }

  get backAt(): number {
    return Math.max(this.#masters.movedAt, ...this.#masters.all().map(({ backAt }) => backAt));
  }

  async start(): Promise<void> {
    try {
      await this.#masters.learn();
      await this.#masters.seen();
    } catch (error) {
      if (error instanceof PortError && error.kind === 'fatal') {
        this.close();
        throw error;
      }
      this.#log.debug({ error: messageOf(error) }, 'redis cluster is not there yet');
    }
  }

  async script(name: ScriptName, base: string, args: ScriptArgs): Promise<unknown> {
    return this.#sent(base, async (node) => node.script(name, base, args));
  }

  async scripts(name: ScriptName, calls: readonly ScriptCall[]): Promise<readonly unknown[]> {
    return allOf(await this.tryScripts(name, calls));
  }

  async tryScripts(name: ScriptName, calls: readonly ScriptCall[]): Promise<readonly ScriptOutcome[]> {
    const outcomes: ScriptOutcome[] = calls.map(() => ({ error: unreachable() }));
    const batches = new Map<RedisNode, number[]>();
    for (const [i, { base }] of calls.entries()) {
      const node = this.#masters.of(base);
      if (node) batches.set(node, [...(batches.get(node) ?? []), i]);
    }
    const send = async ([node, batch]: [RedisNode, number[]]): Promise<void> => {
      const answers = await node.scripts(
        name,
        batch.flatMap((i) => calls[i] ?? []),
      );
      for (const [n, i] of batch.entries()) outcomes[i] = answers[n] ?? { error: unreachable() };
    };
    await Promise.all([...batches].map(send));
    for (const outcome of outcomes) if ('error' in outcome) this.#doubt(outcome.error);
    return outcomes;
  }

  async run<T>(base: string, work: (redis: Redis) => Promise<T>): Promise<T> {
    return this.#sent(base, async (node) => node.run(work));
  }

  async ping(): Promise<void> {
    if (this.#masters.all().length === 0) await this.#masters.learn();
    try {
      await Promise.all(this.#masters.all().map(async (node) => node.run((redis) => redis.ping())));
    } catch (error) {
      this.#doubt(toPortError(error));
      throw error;
    }
  }

  async whenReady(base: string, ms: number): Promise<void> {
    await this.#masters.of(base)?.whenReady(ms);
  }

  close(): void {
    this.#masters.close();
  }

  /** K1: to the master of these keys, and on to where that one sends us. */
  async #sent<T>(base: string, work: (node: RedisNode) => Promise<T>): Promise<T> {
    for (let hops = 0; ; hops += 1) {
      try {
        const node = this.#masters.of(base);
        if (!node) throw unreachable();
        return await work(node);
      } catch (thrown) {
        const error = toPortError(thrown);
        if (error.code !== 'redis_moved' || hops === HOPS) {
          this.#doubt(error);
          throw error;
        }
        await this.#masters.follow(base, error.message);
      }
    }
  }

  #doubt({ code }: PortError): void {
    if (DOUBTFUL.test(code)) this.#masters.learnSoon();
  }
}
