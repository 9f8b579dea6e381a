/**
 * Wake-ups over Redis pub/sub, on a connection of their own. They may be lost with the connection: renewals
 * name threads whose inbox is not empty, and sweeps name ready ones, so nothing rests on them but speed.
 *
 * In a cluster every node hears what is published on any ("Redis cluster specification", publish/subscribe).
 */
import type { Redis } from 'ioredis';
import type { RedisAddress } from '../../config-redis.ts';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import { openClient, type RedisTarget } from './redis-client.ts';

type Listener = (payload: string) => void;

export class RedisWakes {
  readonly #redis: Redis;
  readonly #log: Log;
  readonly #listeners = new Map<string, Set<Listener>>();
  #started = false;

  /** `node` names some node of a cluster, another one each time. */
  constructor(target: RedisTarget, log: Log, node?: () => RedisAddress) {
    this.#log = log;
    this.#redis = openClient({ target, name: 'heddle-wakes', log, node });
    this.#redis.on('ready', () => {
      this.#subscribe([...this.#listeners.keys()]).catch((error: unknown) => this.#failed(error));
    });
    this.#redis.on('message', (channel: string, payload: string) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener(payload);
    });
  }

  /** Resolves when the server has taken the subscription, or at once where it cannot be reached now. */
  async listen(channel: string, listener: Listener): Promise<void> {
    const listeners = this.#listeners.get(channel) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(channel, listeners);
    try {
      if (!this.#started) await this.#start();
      await this.#subscribe([channel]);
    } catch (error) {
      this.#failed(error);
    }
  }

  async unlisten(channel: string, listener: Listener): Promise<void> {
    const listeners = this.#listeners.get(channel);
    listeners?.delete(listener);
    if (listeners?.size !== 0) return;
    this.#listeners.delete(channel);
    if (this.#redis.status === 'ready') {
      await this.#redis.unsubscribe(channel).catch((error: unknown) => this.#failed(error));
    }
  }

  /** Finds out whether the connection still lives: one that does not answer is closed and opened again. */
  probe(): void {
    if (this.#redis.status !== 'ready') return;
    this.#redis.ping().catch((error: unknown) => this.#failed(error));
  }

  close(): void {
    this.#listeners.clear();
    this.#redis.disconnect();
  }

  async #start(): Promise<void> {
    this.#started = true;
    await this.#redis.connect();
  }

  async #subscribe(channels: readonly string[]): Promise<void> {
    if (channels.length === 0 || this.#redis.status !== 'ready') return;
    await this.#redis.subscribe(...channels);
  }

  #failed(error: unknown): void {
    this.#log.debug({ error: messageOf(error) }, 'redis wake-ups failed');
  }
}
