/**
 * One connection for commands and scripts: to a server, to whoever the Sentinels call primary, or to one master of
 * a cluster.
 *
 * R2  A server that may throw data away, or that refuses us, is not used: every call then rejects `fatal`.
 */
import type { Redis } from 'ioredis';
import type { RedisAddress } from '../../config-redis.ts';
import { messageOf, type PortError } from '../../errors.ts';
import { delay, systemClock } from '../../lib/time.ts';
import type { Log } from '../../ports.ts';
import { openClient, type RedisTarget } from './redis-client.ts';
import { refusedConnection, toPortError, unreachable } from './redis-error.ts';
import { refusalOf, usableFacts, type ServerFacts } from './redis-facts.ts';
import { watchSentinels } from './redis-sentinels.ts';
import { loadScripts, type ScriptName } from './scripts.ts';

export type ScriptArgs = readonly (string | number)[];
export interface ScriptCall {
  /** What every key of the script begins with. */
  readonly base: string;
  readonly args: ScriptArgs;
}
export type ScriptOutcome = { readonly answer: unknown } | { readonly error: PortError };

/** All answers. Throws where one call failed. */
export function allOf(outcomes: readonly ScriptOutcome[]): unknown[] {
  return outcomes.map((outcome) => {
    if ('error' in outcome) throw outcome.error;
    return outcome.answer;
  });
}

type Command = (base: string, ...args: ScriptArgs) => unknown;

/** A start does not wait longer for a server: it may come up later. */
const START_MS = 3000;

export interface NodeOptions {
  readonly target: RedisTarget;
  readonly log: Log;
  /** Which node of a cluster. */
  readonly node?: RedisAddress;
}

export class RedisNode {
  readonly #redis: Redis;
  readonly #log: Log;
  readonly #kind: Parameters<typeof refusalOf>[1];
  readonly #unwatch: (() => void) | undefined;
  #refusal: PortError | undefined;
  #closed = false;
  #backAt = Number.NEGATIVE_INFINITY;
  /** Its start is over. */
  #serves = false;
  /** It has been found good once. */
  #proven = false;

  constructor({ target, log, node }: NodeOptions) {
    this.#log = log;
    this.#kind = 'path' in target.at ? 'socket' : target.at.kind;
    this.#redis = openClient({ target, name: 'heddle', log, node: node && (() => node) });
    for (const [name, lua] of loadScripts()) {
      this.#redis.defineCommand(`heddle_${name}`, { lua, numberOfKeys: 1 });
    }
    if ('kind' in target.at && target.at.kind === 'sentinel') {
      this.#unwatch = watchSentinels(target.at, target, log, () => this.#moveOn());
    }
    this.#redis.on('error', (error: Error) => this.#failed(error));
    this.#redis.on('sentinelError', (error: Error) => this.#failed(error));
    this.#redis.on('ready', () => {
      if (this.#proven) this.#backAt = systemClock.monotonic();
      this.#check().catch((error: unknown) => {
        log.debug({ error: messageOf(error) }, 'redis settings were not read');
      });
    });
  }

  /** Why it must not be used. */
  get refusal(): PortError | undefined {
    return this.#refusal;
  }

  /** When the connection came back after it was lost (monotonic ms): perhaps to another server. */
  get backAt(): number {
    return this.#backAt;
  }

  get isReady(): boolean {
    return !this.#closed && this.#redis.status === 'ready';
  }

  /**
   * Connects. Resolves also where the server cannot be reached (it is tried again for ever); rejects `fatal`
   * where it refuses the login or may throw data away (R2).
   */
  async start(): Promise<void> {
    const connected = this.#redis
      .connect()
      .then(async () => this.#check())
      .catch((error: unknown) => this.#log.debug({ error: messageOf(error) }, 'redis is not there yet'));
    const stop = new AbortController();
    await Promise.race([connected, this.#happened('refused', START_MS, stop.signal)]);
    stop.abort();
    this.#serves = true;
    if (!this.#refusal) return;
    this.close();
    throw this.#refusal;
  }

  async script(name: ScriptName, base: string, args: ScriptArgs): Promise<unknown> {
    return this.run(async () => this.#command(this.#redis, name)(base, ...args));
  }

  /** Runs one script on many bases in one round trip. Outcomes in their order; never rejects. */
  async scripts(name: ScriptName, calls: readonly ScriptCall[]): Promise<readonly ScriptOutcome[]> {
    try {
      return await this.run(async () => {
        const pipeline = this.#redis.pipeline();
        const command = this.#command(pipeline, name);
        // Calls on a pipeline only collect; the answers come with `exec`.
        for (const { base, args } of calls) command(base, ...args);
        const answers = (await pipeline.exec()) ?? [];
        return calls.map((_, i) => {
          const [error, answer] = answers[i] ?? [new Error('redis answered to less than was asked')];
          return error ? { error: toPortError(error) } : { answer };
        });
      });
    } catch (error) {
      return calls.map(() => ({ error: toPortError(error) }));
    }
  }

  /** Any other command. */
  async run<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    if (this.#refusal) throw this.#refusal;
    if (!this.isReady) throw unreachable();
    try {
      return await work(this.#redis);
    } catch (error) {
      throw toPortError(error);
    }
  }

  /** Waits at most `ms` for the connection to be there. */
  async whenReady(ms: number): Promise<void> {
    if (this.isReady || this.#closed) return;
    await this.#happened('ready', ms);
  }

  close(): void {
    this.#closed = true;
    this.#unwatch?.();
    this.#redis.disconnect();
  }

  /** Resolves with this event of the client, or after so many milliseconds. */
  async #happened(event: 'ready' | 'refused', ms: number, signal?: AbortSignal): Promise<void> {
    const wait = new AbortController();
    const stop = (): void => wait.abort();
    this.#redis.once(event, stop);
    signal?.addEventListener('abort', stop, { once: true });
    await delay(ms, wait.signal, systemClock).catch(() => undefined);
    this.#redis.off(event, stop);
  }

  /**
   * Another server is primary now: looks for it. A connection that is just being made may lead to the old one; the
   * client would not come back from an end at that moment, so it is left as soon as it is up.
   */
  #moveOn(): void {
    if (this.isReady) this.#redis.disconnect(true);
    else this.#redis.once('ready', () => this.#redis.disconnect(true));
  }

  #failed(error: unknown): void {
    const refusal = refusedConnection(error);
    // Sentinels that were set up anew learn their primary's name late.
    if (!refusal || (refusal.code === 'redis_master' && this.#proven)) return;
    this.#refusal = refusal;
    this.#redis.emit('refused');
  }

  async #check(): Promise<void> {
    try {
      const facts = await usableFacts(this.#redis);
      this.#judge(facts);
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  #judge(facts: ServerFacts): void {
    this.#refusal = refusalOf(facts, this.#kind);
    if (!this.#refusal) this.#hint(facts);
    // A refusal at the start is thrown, and said by whoever starts.
    else if (this.#serves) this.#log.error({}, this.#refusal.message);
  }

  /** What an operator should know once, and what does not keep us from working. */
  #hint({ policy, appends }: ServerFacts): void {
    if (this.#proven || this.#kind === 'socket') return;
    this.#proven = true;
    if (policy === undefined) {
      this.#log.warn({}, 'Redis hides its maxmemory-policy; make sure that it is noeviction');
    }
    if (appends === false) {
      this.#log.warn({}, 'Redis keeps no append-only file: its end forgets what was under way');
    }
  }

  #command(on: object, name: ScriptName): Command {
    const command = (on as Record<string, Command | undefined>)[`heddle_${name}`];
    if (!command) throw new Error(`no script ${name}`);
    return command.bind(on);
  }
}
