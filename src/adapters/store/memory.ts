/**
 * The store in this process's memory: for tests, the simulator, and machines where no Redis can be had.
 * Several "processes" may share one instance; what it holds ends with it.
 */
import { threadKey, type ThreadKey } from '../../core/event.ts';
import { systemClock } from '../../lib/time.ts';
import type { Clock, SessionNote, StorePort } from '../../ports.ts';
import { MemoryBooks } from './books.ts';
import { ExpiringMap } from './expiring-map.ts';
import { SESSIONS_CAP, SESSIONS_MS, storeTimes, total, type StoreTimes } from './limits.ts';
import { memoryMemory, OwnLife } from './memory-memory.ts';
import { memoryAudit, memorySettings, MemoryTrail } from './memory-settings.ts';
import { MemoryThreads, type Wakes } from './memory-threads.ts';
import { Lanes } from './rates.ts';

type Wake = (thread: ThreadKey, why: 'inbox' | 'ready') => void;

/** Wake-ups arrive later, never inside the call that causes them, as over a network. */
class Subscribers {
  readonly #all = new Set<{ readonly process: string; readonly wake: Wake }>();

  add(process: string, wake: Wake): () => Promise<void> {
    const one = { process, wake };
    this.#all.add(one);
    return async () => {
      this.#all.delete(one);
    };
  }

  tell(thread: ThreadKey, why: 'inbox' | 'ready', process?: string): void {
    for (const one of this.#all) {
      if (process !== undefined && one.process !== process) continue;
      queueMicrotask(() => {
        if (this.#all.has(one)) one.wake(thread, why);
      });
    }
  }
}

/** Which threads each person took part in. */
class SessionIndex {
  readonly #now: () => number;
  readonly #users = new Map<string, Map<ThreadKey, SessionNote>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  note(user: string, note: SessionNote): void {
    const notes = this.#users.get(user) ?? new Map<ThreadKey, SessionNote>();
    const key = threadKey(note.thread);
    const at = Math.max(note.at, notes.get(key)?.at ?? 0);
    notes.set(key, { thread: note.thread, at });
    const newest = this.#newest(notes).slice(0, SESSIONS_CAP);
    this.#users.set(user, new Map(newest.map((kept) => [threadKey(kept.thread), kept])));
  }

  of(user: string, limit: number): readonly SessionNote[] {
    return this.#newest(this.#users.get(user) ?? new Map<ThreadKey, SessionNote>()).slice(0, limit);
  }

  #newest(notes: ReadonlyMap<ThreadKey, SessionNote>): SessionNote[] {
    const oldest = this.#now() - SESSIONS_MS;
    return [...notes.values()].filter((note) => note.at > oldest).sort((a, b) => b.at - a.at);
  }
}

/** All that one app keeps. */
interface AppData {
  readonly threads: MemoryThreads;
  readonly subscribers: Subscribers;
  readonly lanes: Lanes;
  readonly sessions: SessionIndex;
  readonly seen: ExpiringMap<string, true>;
  readonly loads: ExpiringMap<string, Readonly<Record<string, number>>>;
  readonly life: OwnLife;
  readonly settings: StorePort['settings'];
  readonly audit: StorePort['audit'];
  readonly books: StorePort['books'];
}

function emptyApp(now: () => number): AppData {
  const subscribers = new Subscribers();
  const trail = new MemoryTrail(now);
  const wakes: Wakes = {
    inbox: (process, thread) => subscribers.tell(thread, 'inbox', process),
    ready: (thread) => subscribers.tell(thread, 'ready'),
  };
  const books = new MemoryBooks(now);
  const threads = new MemoryThreads(now, wakes, trail, books);
  return {
    threads,
    subscribers,
    lanes: new Lanes(now),
    sessions: new SessionIndex(now),
    seen: new ExpiringMap(now),
    loads: new ExpiringMap(now),
    life: new OwnLife(now),
    settings: memorySettings(),
    audit: memoryAudit(trail),
    books,
  };
}

function openApp(app: AppData, times: StoreTimes): StorePort {
  const { threads, subscribers, lanes, sessions, seen, loads, life } = app;
  return {
    admit: async (admission) => threads.admit(admission, times),
    async acquire(thread, process) {
      const held = threads.acquire(thread, process, times.leaseMs);
      return held && !life.filled ? { ...held, blank: true } : held;
    },
    inbox: async (thread, token) => threads.inbox(thread, token),
    commit: async (commit) => threads.commit(commit, times),
    renew: async (held) => threads.renew(held, times.leaseMs),
    sweep: async (limit) => threads.sweep(limit),
    subscribe: async (process, wake) => subscribers.add(process, wake),
    peek: async (thread) => threads.peek(thread),
    threadOf: async (team, channel, ts) => threads.threadOf(team, channel, ts),
    async once(key, ttlMs) {
      if (seen.has(key)) return false;
      seen.set(key, true, ttlMs);
      return true;
    },
    noteSession: async (team, user, note) => sessions.note(`${team}:${user}`, note),
    sessionsOf: async (team, user, limit) => sessions.of(`${team}:${user}`, limit),
    take: async (lane, rule, marks) => lanes.take(lane, rule, marks),
    block: async (lane, ms) => lanes.block(lane, ms),
    async share(process, load, ttlMs) {
      loads.set(process, load, ttlMs);
      return total([...loads.live()].flatMap(([other, theirs]) => (other === process ? [] : [theirs])));
    },
    parked: async () => threads.parked.list(),
    backlog: async () => threads.backlog(),
    unpark: async (thread, id, then) => threads.unpark(thread, id, then),
    memory: memoryMemory(life),
    settings: app.settings,
    audit: app.audit,
    books: app.books,
    ping: async () => undefined,
    close: async () => undefined,
  };
}

/** What a Redis server is to the other store: several stores can be opened over the same data. */
export interface MemoryServer {
  open(options: { readonly appId: string } & Partial<StoreTimes>): StorePort;
}

/** All times are the clock's `now()`; nothing in here waits. */
export function createMemoryServer(clock: Pick<Clock, 'now'> = systemClock): MemoryServer {
  const now = (): number => clock.now();
  const apps = new Map<string, AppData>();
  return {
    open({ appId, ...times }) {
      const app = apps.get(appId) ?? emptyApp(now);
      apps.set(appId, app);
      return openApp(app, storeTimes(times));
    },
  };
}

export interface MemoryStoreOptions extends Partial<StoreTimes> {
  /** Slack app id. */
  readonly appId: string;
  readonly clock?: Pick<Clock, 'now'>;
}

/** A store with data of its own. */
export function createMemoryStore({ clock, ...options }: MemoryStoreOptions): StorePort {
  return createMemoryServer(clock).open(options);
}
