/**
 * The store that all replicas share: the memory store, so its meaning is that of the contract suite, reached over
 * the network. A failover replays its own history up to a little before, and so forgets what came after.
 */
import { createMemoryServer } from '../../src/adapters/store/memory.ts';
import { threadKey, type ThreadKey } from '../../src/core/event.ts';
import { PortError } from '../../src/errors.ts';
import type { Admission, Committed, Commit, Held, InboxItem, Renewal, StorePort } from '../../src/ports.ts';
import type { ThreadRef } from '../../src/core/event.ts';
import type { StoreMemory } from '../../src/ports-recovery.ts';
import type { Host } from './host.ts';
import type { Network, Service } from './network.ts';
import type { Timeline } from './timeline.ts';
import type { Chance } from './chance.ts';

const SERVICE: Service = {
  name: 'store',
  latency: [0.1, 1.5],
  failures: {
    refused: () => new PortError({ kind: 'retry', code: 'redis_unreachable' }),
    timeout: () => new PortError({ kind: 'unknown', code: 'redis_timeout' }),
    broken: () => new PortError({ kind: 'unknown', code: 'redis_lost' }),
    server: () => new PortError({ kind: 'retry', code: 'redis_loading' }),
  },
};

/** A command's time, as the Redis adapter sets it (`commandTimeout`), ms. */
const COMMAND_MS = 1_000;

/** So long after a gap a holder is told that the store may have missed its last moments, as the Redis adapter does. */
const BEHIND_MS = 60_000;

const READS: ReadonlySet<string> = new Set([
  'inbox',
  'peek',
  'threadOf',
  'sessionsOf',
  'ping',
  'memory.filled',
]);

/** What each replica asks again and again, whether there is something to do or not. */
const HOUSEKEEPING: ReadonlySet<string> = new Set(['sweep', 'share', 'ping', 'memory.beat']);

/** What a connection is for, not what the store holds: whoever connects again says it again. */
const CONNECTION: ReadonlySet<string> = new Set(['subscribe', 'unsubscribe']);

type Command = (store: StorePort) => Promise<unknown>;

interface Past {
  readonly at: number;
  readonly wall: number;
  readonly name: string;
  readonly command: Command;
  readonly thread: ThreadKey | undefined;
  readonly admission?: Admission;
  readonly process?: string;
  readonly renewed?: Parameters<StorePort['renew']>[0];
}

/** Who holds a thread, as the store itself sees it. */
export interface Holder {
  readonly process: string;
  readonly fence: number;
  readonly until: number;
}

/** What was written, for which thread, and when (ms of the run). */
export interface Forgotten {
  readonly what: string;
  readonly thread: ThreadKey;
  readonly at: number;
  readonly admission: Admission | undefined;
  /** Who wrote it, where that is a holder. */
  readonly process: string | undefined;
}

export interface StoreWatcher {
  /** Somebody got hold of a thread that was not theirs. */
  acquired(thread: ThreadKey, holder: Holder): void;
  /** A state was written. */
  saved(thread: ThreadKey, process: string): void;
  admitted(admission: Admission, outcome: string): void;
  /** A holder has handled it, and saved that. */
  consumed(thread: ThreadKey, item: InboxItem, state: string | undefined): void;
  /** The store forgot this. */
  forgot(one: Forgotten): void;
}

export class StoreModel {
  readonly holders = new Map<ThreadKey, Holder>();
  /** What each thread's record says that it does. */
  readonly phases = new Map<ThreadKey, string>();
  /** It cannot be reached until then. */
  downUntil = 0;
  /** Wall time of when it came back last: whoever connects again knows of it. */
  private backAt = Number.NEGATIVE_INFINITY;
  /** How much pub/sub loses. */
  wakesLost = 0;
  private readonly timeline: Timeline;
  private readonly network: Network;
  private readonly chance: Chance;
  private readonly watcher: StoreWatcher;
  private readonly leaseMs: number;
  private past: Past[] = [];
  private store: StorePort;
  /** Commits that left, of all machines, and the last one that each lease has had. */
  private commits = 0;
  /** How often it has lost everything. */
  private lives = 0;
  /** When everything that there was had been put in for the first time, ms of the run. */
  filledAt: number | undefined;
  private readonly lastCommits = new Map<string, { readonly turn: number; readonly nonce: string }>();
  /** Wall time of what is replayed. */
  private then: number | undefined;

  constructor(
    timeline: Timeline,
    network: Network,
    chance: Chance,
    options: { readonly leaseMs: number; readonly watcher: StoreWatcher },
  ) {
    this.timeline = timeline;
    this.network = network;
    this.chance = chance;
    this.watcher = options.watcher;
    this.leaseMs = options.leaseMs;
    this.store = this.empty();
  }

  private empty(): StorePort {
    const clock = { now: () => this.then ?? this.timeline.wall };
    return createMemoryServer(clock).open({ appId: 'A0HEDDLE', leaseMs: this.leaseMs });
  }

  /** What stands in the store, without a network. */
  get inside(): StorePort {
    return this.store;
  }

  port(host: Host): StorePort {
    const methods = (Object.keys(this.store) as (keyof StorePort)[]).map((name) => [
      name,
      (...args: unknown[]) =>
        this.send(host, name, (store) => (store[name] as (...given: unknown[]) => Promise<unknown>)(...args)),
    ]);
    return {
      ...(Object.fromEntries(methods) as unknown as StorePort),
      admit: (admission) => this.admit(host, admission),
      acquire: (thread, process) => this.acquire(host, thread, process),
      commit: (commit) => this.commit(host, commit),
      renew: (held) => this.renew(host, held),
      subscribe: (process, wake) => this.subscribe(host, process, wake),
      memory: this.memory(host),
      close: async () => undefined,
    };
  }

  private memory(host: Host): StoreMemory {
    const ask = <T>(name: string, command: (memory: StoreMemory) => Promise<T>): Promise<T> =>
      this.send(host, `memory.${name}`, (store) => command(store.memory));
    return {
      filled: () => ask('filled', (memory) => memory.filled()),
      fill: () =>
        ask('fill', async (memory) => {
          await memory.fill();
          if (this.then === undefined) this.filledAt ??= this.timeline.elapsed;
        }),
      hold: (name, owner, ttlMs) => ask('hold', (memory) => memory.hold(name, owner, ttlMs)),
      beat: (graceMs) =>
        ask('beat', async (memory) => ({ ...(await memory.beat(graceMs)), life: `life ${this.lives}` })),
      caughtUp: (at) => ask('caughtUp', (memory) => memory.caughtUp(at)),
    };
  }

  private send<T>(
    host: Host,
    name: string,
    command: Command,
    thread?: ThreadKey,
    more: Pick<Past, 'admission' | 'process' | 'renewed'> & { readonly about?: string } = {},
  ): Promise<T> {
    const { about = '', ...whose } = more;
    return this.network.call<T>(host, {
      service: SERVICE,
      name,
      write: !READS.has(name),
      housekeeping: HOUSEKEEPING.has(name),
      timeoutMs: COMMAND_MS,
      about: `${thread ?? ''} ${about}`,
      arrive: () => {
        if (this.timeline.elapsed < this.downUntil) throw SERVICE.failures.refused();
        if (!READS.has(name)) {
          const { elapsed: at, wall } = this.timeline;
          this.past.push({ at, wall, name, command, thread, ...whose });
        }
        return command(this.store) as Promise<T>;
      },
    });
  }

  // ------------------------------------------------------------------------------------- leases, as they are seen here

  private admit(host: Host, admission: Admission): ReturnType<StorePort['admit']> {
    const { thread, input } = admission;
    const command = async (store: StorePort): ReturnType<StorePort['admit']> => {
      const admitted = await store.admit(admission);
      if (this.then === undefined) this.watcher.admitted(admission, admitted.outcome);
      return admitted;
    };
    return this.send(host, 'admit', command, threadKey(thread), { about: input.kind, admission });
  }

  private acquire(host: Host, thread: ThreadRef, process: string): Promise<Held | undefined> {
    const key = threadKey(thread);
    const command = async (store: StorePort): Promise<Held | undefined> => {
      const held = await store.acquire(thread, process);
      if (!held) return undefined;
      this.hold(key, { process, fence: held.token.fence, until: this.until() });
      const { backAt } = this;
      return this.timeline.wall - backAt < BEHIND_MS ? { ...held, behind: backAt } : held;
    };
    return this.send(host, 'acquire', command, key, { process });
  }

  private until(): number {
    return (this.then ?? this.timeline.wall) + this.leaseMs;
  }

  private hold(key: ThreadKey, holder: Holder): void {
    const before = this.holders.get(key);
    this.holders.set(key, holder);
    if (before?.fence !== holder.fence && this.then === undefined) this.watcher.acquired(key, holder);
  }

  /** A commit that was given up and arrives behind a later one of its lease is refused, as `commit.lua` does. */
  private commit(host: Host, commit: Commit): Promise<Committed> {
    const key = threadKey(commit.thread);
    const lease = `${key}#${commit.token.process}#${commit.token.fence}`;
    this.commits += 1;
    const turn = this.commits;
    const command = async (store: StorePort): Promise<Committed> => {
      const last = this.lastCommits.get(lease);
      if (last && last.turn > turn && last.nonce !== commit.nonce) return { outcome: 'stale' };
      this.lastCommits.set(lease, { turn, nonce: commit.nonce });
      const waiting = await store.inbox(commit.thread, commit.token).catch(() => []);
      const committed = await store.commit(commit);
      const phase = /"phase":\{"is":"(\w+)"/.exec(commit.state ?? '')?.[1];
      if (committed.outcome === 'ok' && phase !== undefined) this.phases.set(key, phase);
      const holder = this.holders.get(key);
      const own = holder?.process === commit.token.process && holder.fence === commit.token.fence;
      if (committed.outcome === 'ok' && committed.released && own) this.holders.delete(key);
      if (committed.outcome === 'ok' && this.then === undefined) {
        this.watcher.saved(key, commit.token.process);
        for (const item of waiting)
          if (commit.consumed.includes(item.seq)) this.watcher.consumed(key, item, commit.state ?? undefined);
      }
      return committed;
    };
    return this.send(host, 'commit', command, key, { about: commit.then, process: commit.token.process });
  }

  private renew(host: Host, held: Parameters<StorePort['renew']>[0]): Promise<Renewal> {
    const command = async (store: StorePort): Promise<Renewal> => {
      const renewal = await store.renew(held);
      for (const { thread, token } of held) {
        const key = threadKey(thread);
        if (!renewal.lost.includes(key)) this.hold(key, { ...token, until: this.until() });
      }
      return renewal;
    };
    return this.send(host, 'renew', command, undefined, { about: String(held.length), renewed: held });
  }

  /** Who holds the thread now; nobody where the lease has run out. */
  holderOf(key: ThreadKey): Holder | undefined {
    const holder = this.holders.get(key);
    return holder && holder.until > this.timeline.wall ? holder : undefined;
  }

  // ------------------------------------------------------------------------------------- wake-ups

  private async subscribe(
    host: Host,
    process: string,
    wake: Parameters<StorePort['subscribe']>[1],
  ): Promise<() => Promise<void>> {
    let off: (() => Promise<void>) | undefined;
    let over = false;
    const heard: typeof wake = (thread, why) => {
      if (over || this.then !== undefined || this.chance.yes(this.wakesLost)) return;
      this.timeline.after(this.chance.between(...SERVICE.latency), () =>
        host.deliver(() => {
          if (!over) wake(thread, why);
        }),
      );
    };
    await this.send(host, 'subscribe', async (store) => {
      off = await store.subscribe(process, heard);
    });
    return async () => {
      over = true;
      await this.send(host, 'unsubscribe', async () => off?.());
    };
  }

  // ------------------------------------------------------------------------------------- failover

  /** A replica takes over that had not heard the last of it; then nobody can be reached for a while. */
  async failover(lostMs: number, downMs: number): Promise<void> {
    const since = this.timeline.elapsed - lostMs;
    const isForgotten = ({ at, name }: Past): boolean => at > since && !CONNECTION.has(name);
    const forgotten = this.past.filter(isForgotten);
    await this.beginAgain(
      this.past.filter((one) => !isForgotten(one)),
      downMs,
    );
    for (const one of forgotten) this.tellForgotten(one);
  }

  /** It comes back without anything. */
  async lose(downMs: number): Promise<void> {
    const lost = this.past;
    this.lives += 1;
    await this.beginAgain(
      this.past.filter(({ name }) => CONNECTION.has(name)),
      downMs,
    );
    for (const one of lost) this.tellForgotten(one);
  }

  private tellForgotten({ name: what, thread, at, admission, process, renewed = [] }: Past): void {
    if (thread !== undefined) this.watcher.forgot({ what, thread, at, admission, process });
    for (const one of renewed) {
      const { process: holder } = one.token;
      this.watcher.forgot({ what, thread: threadKey(one.thread), at, admission, process: holder });
    }
  }

  private async beginAgain(past: Past[], downMs: number): Promise<void> {
    this.past = past;
    this.downUntil = this.timeline.elapsed + downMs;
    this.backAt = this.timeline.wall + Math.ceil(downMs);
    this.holders.clear();
    this.phases.clear();
    this.lastCommits.clear();
    this.then = 0;
    this.store = this.empty();
    for (const one of past) {
      this.then = one.wall;
      await one.command(this.store);
    }
    this.then = undefined;
  }
}
