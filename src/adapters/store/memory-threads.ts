/**
 * The threads of the memory store: inboxes, leases, states and timers. Every method is one step that nothing
 * comes between, as a script is in Redis. Inputs are kept as JSON, so that nobody shares an object with it.
 */
import { isStart, saidAt, threadKey, type ThreadInput, type ThreadKey } from '../../core/event.ts';
import type { ThreadRef, TimerName } from '../../core/event.ts';
import type {
  Admission,
  Admitted,
  Backlog,
  Commit,
  Committed,
  Held,
  InboxItem,
  LeaseToken,
  Renewal,
} from '../../ports.ts';
import type { MemoryBooks } from './books.ts';
import { ExpiringMap } from './expiring-map.ts';
import { INBOX_CAP, type StoreTimes } from './limits.ts';
import type { MemoryTrail } from './memory-settings.ts';
import { MemoryParked, Quotas, Tries } from './memory-guards.ts';

/** Whom to tell: the holder of a thread, or everybody that one was handed over. */
export interface Wakes {
  inbox(process: string, thread: ThreadKey): void;
  ready(thread: ThreadKey): void;
}

interface Stored {
  readonly seq: string;
  readonly json: string;
  readonly at: number;
}

interface Lease {
  readonly token: LeaseToken;
  readonly until: number;
}

interface Early {
  readonly order: string;
  readonly claims: readonly string[];
  readonly json: string;
  readonly until: number;
}

interface Timer {
  readonly thread: ThreadKey;
  readonly name: TimerName;
  readonly id: number;
  readonly at: number;
}

function sameToken(a: LeaseToken, b: LeaseToken): boolean {
  return a.process === b.process && a.fence === b.fence;
}

function asItem({ seq, json, at }: Stored): InboxItem {
  return { seq, at, input: JSON.parse(json) as ThreadInput };
}

/**
 * What early replies are sorted by: the message's `ts`, else the time of arrival in the same form and width, so
 * that both compare as text.
 */
function earlyOrder(input: ThreadInput, now: number): string {
  return saidAt(input) ?? (now / 1000).toFixed(6);
}

function byOrder(a: Early, b: Early): number {
  return a.order < b.order ? -1 : a.order > b.order ? 1 : 0;
}

/** Only what comes after a start is taken up, so where it is full the earlier half goes. */
function makeRoom(early: Map<string, Early>): void {
  const sorted = [...early].sort(([, a], [, b]) => byOrder(a, b));
  for (const [id] of sorted.slice(0, Math.ceil(sorted.length / 2))) early.delete(id);
}

/** Claims belong to a team's channel, as in Redis, where they lie in its shard. */
function claimName(thread: ThreadRef, claim: string): string {
  return `${thread.team}:${thread.channel}:${claim}`;
}

export class MemoryThreads {
  readonly #now: () => number;
  readonly #wakes: Wakes;
  readonly #trail: MemoryTrail;
  readonly #books: MemoryBooks;
  readonly #claims: ExpiringMap<string, true>;
  readonly #early: ExpiringMap<ThreadKey, Map<string, Early>>;
  readonly #states: ExpiringMap<ThreadKey, string>;
  readonly #messages: ExpiringMap<string, ThreadRef>;
  readonly #nonces: ExpiringMap<string, { nonce: string; released: boolean }>;
  readonly #inboxes = new Map<ThreadKey, Map<string, Stored>>();
  readonly #leases = new Map<ThreadKey, Lease>();
  readonly #timers = new Map<string, Timer>();
  /** Since when each waits. */
  readonly #ready = new Map<ThreadKey, number>();
  readonly #quotas: Quotas;
  readonly #tries: Tries;
  readonly parked = new MemoryParked();
  #last = 0;

  constructor(now: () => number, wakes: Wakes, trail: MemoryTrail, books: MemoryBooks) {
    this.#now = now;
    this.#wakes = wakes;
    this.#trail = trail;
    this.#books = books;
    this.#claims = new ExpiringMap(now);
    this.#early = new ExpiringMap(now);
    this.#states = new ExpiringMap(now);
    this.#messages = new ExpiringMap(now);
    this.#nonces = new ExpiringMap(now);
    this.#quotas = new Quotas(now);
    this.#tries = new Tries(now);
  }

  admit({ thread, claims, input, when, quota }: Admission, times: StoreTimes): Admitted {
    const key = threadKey(thread);
    const names = claims.map((claim) => claimName(thread, claim));
    if (names.some((name) => this.#claims.has(name))) return { outcome: 'duplicate' };
    const waiting = this.#inboxes.get(key)?.size ?? 0;
    if (when === 'followed' && waiting === 0 && !this.#states.has(key)) {
      this.#remember(key, names, input, times.earlyMs);
      return { outcome: 'unfollowed' };
    }
    if (waiting >= INBOX_CAP) return { outcome: 'full' };
    if (quota && !this.#quotas.take(`${thread.team}:${thread.channel}`, quota)) return { outcome: 'flooded' };
    this.#take(key, names, JSON.stringify(input), times.claimMs);
    if (isStart(input)) this.#takeEarly(key, saidAt(input) ?? input.ts, times.claimMs);
    return { outcome: 'admitted', held: this.#call(key) };
  }

  acquire(thread: ThreadRef, process: string, leaseMs: number): Held | undefined {
    const key = threadKey(thread);
    const live = this.#live(key);
    if (live && live.token.process !== process) return undefined;
    const token = live?.token ?? { process, fence: this.#number() };
    this.#leases.set(key, { token, until: this.#now() + leaseMs });
    this.#ready.delete(key);
    const tries = this.#tries.count(key, process);
    return { token, state: this.#states.get(key), inbox: this.#items(key), tries, now: this.#now() };
  }

  inbox(thread: ThreadRef, token: LeaseToken): readonly InboxItem[] {
    const key = threadKey(thread);
    return this.#holds(key, token) ? this.#items(key) : [];
  }

  commit(commit: Commit, { nonceMs, messageMs }: StoreTimes): Committed {
    const key = threadKey(commit.thread);
    const memory = `${key}#${commit.token.process}#${commit.token.fence}`;
    const before = this.#nonces.get(memory);
    if (before?.nonce === commit.nonce) {
      return { outcome: 'ok', released: before.released, inbox: this.#items(key) };
    }
    if (!this.#holds(key, commit.token)) return { outcome: 'stale' };
    this.#write(key, commit);
    for (const [at, entry] of (commit.trail ?? []).entries())
      this.#trail.add(commit.thread.team, `${commit.nonce}.${at + 1}`, entry);
    this.#books.add(commit.thread.team, commit.trail ?? []);
    const keptMs = Math.min(commit.keepMs, messageMs);
    for (const ts of commit.messages)
      this.#messages.set(threadKey({ ...commit.thread, ts }), commit.thread, keptMs);
    const released = this.#conclude(key, commit.then);
    this.#nonces.set(memory, { nonce: commit.nonce, released }, nonceMs);
    return { outcome: 'ok', released, inbox: this.#items(key) };
  }

  renew(
    held: readonly { readonly thread: ThreadRef; readonly token: LeaseToken }[],
    leaseMs: number,
  ): Renewal {
    const lost: ThreadKey[] = [];
    const waiting: ThreadKey[] = [];
    for (const { thread, token } of held) {
      const key = threadKey(thread);
      if (!this.#holds(key, token)) {
        lost.push(key);
        continue;
      }
      this.#leases.set(key, { token, until: this.#now() + leaseMs });
      if (this.#inboxes.has(key)) waiting.push(key);
    }
    return { lost, waiting, failed: [] };
  }

  sweep(limit: number): readonly ThreadKey[] {
    this.#fireTimers();
    const now = this.#now();
    const found = new Set(this.#ready.keys());
    for (const [key, lease] of this.#leases) if (lease.until <= now) found.add(key);
    return [...found].slice(0, limit);
  }

  peek(thread: ThreadRef): string | undefined {
    return this.#states.get(threadKey(thread));
  }

  threadOf(team: string, channel: string, ts: string): ThreadRef | undefined {
    return this.#messages.get(threadKey({ team, channel, ts }));
  }

  backlog(): Backlog {
    const now = this.#now();
    const orphans = [...this.#leases.values()].filter(({ until }) => until <= now).map(({ until }) => until);
    const waiting = [...this.#ready.values(), ...orphans];
    return {
      threads: waiting.length,
      oldestMs: waiting.length === 0 ? 0 : now - Math.min(...waiting),
      overdue: [...this.#timers.values()].filter(({ at }) => at <= now).length,
      parked: this.parked.list().length,
    };
  }

  unpark(thread: ThreadRef, id: string, then: 'resume' | 'drop'): boolean {
    const parked = this.parked.take(id);
    if (!parked) return false;
    const key = threadKey(thread);
    if (then === 'drop') return true;
    this.#put(key, JSON.stringify(parked.input));
    this.#call(key);
    return true;
  }

  /** Grows, and never below the clock's microseconds, as in Redis. */
  #number(): number {
    this.#last = Math.max(this.#last + 1, Math.floor(this.#now() * 1000));
    return this.#last;
  }

  #live(key: ThreadKey): Lease | undefined {
    const lease = this.#leases.get(key);
    return lease && lease.until > this.#now() ? lease : undefined;
  }

  #holds(key: ThreadKey, token: LeaseToken): boolean {
    const lease = this.#live(key);
    return lease !== undefined && sameToken(lease.token, token);
  }

  #items(key: ThreadKey): InboxItem[] {
    return [...(this.#inboxes.get(key)?.values() ?? [])].map(asItem);
  }

  #put(key: ThreadKey, json: string): void {
    const inbox = this.#inboxes.get(key) ?? new Map<string, Stored>();
    const seq = String(this.#number());
    inbox.set(seq, { seq, json, at: this.#now() });
    this.#inboxes.set(key, inbox);
  }

  #take(key: ThreadKey, names: readonly string[], json: string, claimMs: number): void {
    for (const name of names) this.#claims.set(name, true, claimMs);
    this.#put(key, json);
  }

  #remember(key: ThreadKey, names: readonly string[], input: ThreadInput, earlyMs: number): void {
    const early = this.#early.get(key) ?? new Map<string, Early>();
    const now = this.#now();
    if (early.size >= INBOX_CAP) makeRoom(early);
    early.set(names[0] ?? String(this.#number()), {
      order: earlyOrder(input, now),
      claims: names,
      json: JSON.stringify(input),
      until: now + earlyMs,
    });
    this.#early.set(key, early, earlyMs);
  }

  /** What came before the start was said to people, and is read as the thread's history: it is let go. */
  #takeEarly(key: ThreadKey, start: string, claimMs: number): void {
    const early = this.#early.get(key);
    if (!early) return;
    this.#early.delete(key);
    for (const { claims, json, until, order } of [...early.values()].sort(byOrder)) {
      if (order <= start || until <= this.#now() || claims.some((name) => this.#claims.has(name))) continue;
      this.#take(key, claims, json, claimMs);
    }
  }

  #wait(key: ThreadKey): void {
    if (!this.#ready.has(key)) this.#ready.set(key, this.#now());
  }

  /** Wakes the holder, else marks the thread as ready. True where somebody holds it. */
  #call(key: ThreadKey): boolean {
    const lease = this.#live(key);
    if (lease) this.#wakes.inbox(lease.token.process, key);
    else this.#wait(key);
    return lease !== undefined;
  }

  #write(key: ThreadKey, { thread, state, keepMs, consumed, parked, timers }: Commit): void {
    if (state === null) this.#states.delete(key);
    else if (state === undefined) this.#states.keep(key, keepMs);
    else this.#states.set(key, state, keepMs);
    const inbox = this.#inboxes.get(key);
    this.#tries.forget(key);
    for (const [seq, why] of Object.entries(parked ?? {})) {
      const stored = inbox?.get(seq);
      if (stored) this.parked.add({ id: seq, thread, input: asItem(stored).input, at: stored.at, why });
    }
    for (const seq of consumed) inbox?.delete(seq);
    if (inbox?.size === 0) this.#inboxes.delete(key);
    for (const [name, timer] of Object.entries(timers) as [
      TimerName,
      { inMs: number; id: number } | null,
    ][]) {
      const slot = `${key} ${name}`;
      this.#timers.delete(slot);
      if (timer) this.#timers.set(slot, { thread: key, name, id: timer.id, at: this.#now() + timer.inMs });
    }
  }

  #conclude(key: ThreadKey, then: Commit['then']): boolean {
    if (then === 'keep' || (then === 'release' && this.#inboxes.has(key))) return false;
    this.#leases.delete(key);
    if (then === 'handover') {
      this.#wait(key);
      this.#wakes.ready(key);
    }
    return true;
  }

  #fireTimers(): void {
    const now = this.#now();
    const due = [...this.#timers].filter(([, timer]) => timer.at <= now);
    for (const [slot, { thread, name, id }] of due.sort(([, a], [, b]) => a.at - b.at)) {
      this.#timers.delete(slot);
      this.#put(thread, JSON.stringify({ kind: 'timer', name, id }));
      this.#call(thread);
    }
  }
}
