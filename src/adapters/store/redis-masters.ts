/**
 * The masters of a cluster: who has which slot, and a connection to each of them.
 *
 * Who is in charge is asked at the start, and anew whenever a call meets a master that is gone, slow or not in
 * charge any more. All that can be reached are asked at once and the first answer counts, so that a frozen one
 * holds nobody up; an answer that is behind the times is put right by the next call it misleads.
 */
import type { RedisAddress } from '../../config-redis.ts';
import { messageOf } from '../../errors.ts';
import { systemClock } from '../../lib/time.ts';
import type { Log } from '../../ports.ts';
import type { RedisTarget } from './redis-client.ts';
import { toPortError, unreachable } from './redis-error.ts';
import { RedisNode } from './redis-node.ts';
import { addressOf, nameOf, SlotMap, slotOf } from './redis-slots.ts';

/** The cluster is not asked more often who is in charge, milliseconds. */
const ASK_AGAIN_MS = 200;
/** How long a call waits for the connection to a master that it was just sent to, milliseconds. */
const NEW_MASTER_MS = 1000;

interface Known {
  readonly address: RedisAddress;
  readonly node: RedisNode;
  /** Resolves when it has been looked at, good or not. */
  readonly seen?: Promise<void>;
}

export class RedisMasters {
  readonly #target: RedisTarget;
  readonly #seeds: readonly RedisAddress[];
  readonly #log: Log;
  readonly #slots = new SlotMap();
  readonly #known = new Map<string, Known>();
  #learning: Promise<void> | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #movedAt = Number.NEGATIVE_INFINITY;
  #turn = 0;
  #closed = false;

  constructor(target: RedisTarget, seeds: readonly RedisAddress[], log: Log) {
    this.#target = target;
    this.#seeds = seeds;
    this.#log = log;
  }

  /** When slots were last found with another master than before (monotonic ms). */
  get movedAt(): number {
    return this.#movedAt;
  }

  /** Who has the keys that begin with `base`; undefined while nobody is known. */
  of(base: string): RedisNode | undefined {
    const address = this.#slots.master(slotOf(base));
    return address && this.#known.get(nameOf(address))?.node;
  }

  all(): RedisNode[] {
    return this.#slots.masters().flatMap((address) => this.#known.get(nameOf(address))?.node ?? []);
  }

  /** Resolves when each master has been looked at. Rejects where one must not be used. */
  async seen(): Promise<void> {
    await Promise.all([...this.#known.values()].map(async ({ seen }) => seen));
    for (const { refusal } of this.all()) if (refusal) throw refusal;
  }

  /** Some master, each time another. */
  next(): RedisAddress {
    const masters = this.#slots.masters();
    const all = masters.length > 0 ? masters : this.#seeds;
    this.#turn += 1;
    return all[this.#turn % all.length] ?? { host: '127.0.0.1', port: 6379 };
  }

  /** Asks who is in charge. Rejects where nobody answers; `fatal` where they refuse. One question at a time. */
  async learn(): Promise<void> {
    this.#learning ??= this.#ask().finally(() => {
      this.#learning = undefined;
    });
    await this.#learning;
  }

  /** The same without waiting for it, and not all the time. */
  learnSoon(): void {
    if (this.#learning || this.#closed || systemClock.monotonic() < this.#askedAt + ASK_AGAIN_MS) return;
    this.learn().catch((error: unknown) => {
      this.#log.debug({ error: messageOf(error) }, 'the redis cluster did not say who is in charge');
    });
  }

  /** `MOVED 3999 127.0.0.1:6381`: these keys are there now. Resolves when its connection is, or should be. */
  async follow(base: string, moved: string): Promise<void> {
    const asked = this.#slots.master(slotOf(base)) ?? this.next();
    const to = addressOf(moved.split(' ')[2] ?? '', asked);
    this.#slots.move(slotOf(base), to);
    this.#movedAt = systemClock.monotonic();
    const node = this.#open(to);
    this.learnSoon();
    await node.whenReady(NEW_MASTER_MS);
  }

  close(): void {
    this.#closed = true;
    for (const { node } of this.#known.values()) node.close();
    this.#known.clear();
  }

  /** A connection to it, which comes up by itself. */
  #open(address: RedisAddress): RedisNode {
    const name = nameOf(address);
    const known = this.#known.get(name);
    if (known) return known.node;
    const node = new RedisNode({ target: this.#target, log: this.#log, node: address });
    const seen = node.start().catch((error: unknown) => {
      this.#log.error({ node: name, error: messageOf(error) }, 'a redis of the cluster cannot be used');
    });
    this.#known.set(name, { address, node, seen });
    return node;
  }

  async #ask(): Promise<void> {
    this.#askedAt = systemClock.monotonic();
    const ready = [...this.#known.values()].filter(({ node }) => node.isReady);
    try {
      await Promise.any(ready.map(async (known) => this.#askOne(known)));
    } catch {
      await this.#askAnybody();
    }
    this.#settle();
  }

  /** Nobody we know answers: the addresses of the URL are tried too. */
  async #askAnybody(): Promise<void> {
    const known = [...this.#known.values()];
    const seeds = this.#seeds
      .filter((seed) => !this.#known.has(nameOf(seed)))
      .map((address) => ({
        address,
        node: new RedisNode({ target: this.#target, log: this.#log, node: address }),
      }));
    try {
      await Promise.any([...known, ...seeds].map(async (one) => this.#askOne(one)));
    } catch (error) {
      const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
      const all = errors.map(toPortError);
      throw all.find(({ kind }) => kind === 'fatal') ?? unreachable(all[0]);
    } finally {
      for (const { node } of seeds) node.close();
    }
  }

  async #askOne({ address, node }: Known): Promise<void> {
    if (!node.isReady) await node.start();
    const answer = await node.run((redis) => redis.cluster('SLOTS'));
    if (this.#closed) return;
    const moved = this.#slots.learn(answer, address);
    if (moved) this.#movedAt = systemClock.monotonic();
  }

  /** A connection to each master, and to nobody else. */
  #settle(): void {
    if (this.#closed) return;
    const masters = this.#slots.masters();
    const names = new Set(masters.map(nameOf));
    for (const [name, { node }] of this.#known) {
      if (names.has(name)) continue;
      node.close();
      this.#known.delete(name);
    }
    for (const master of masters) this.#open(master);
  }
}
