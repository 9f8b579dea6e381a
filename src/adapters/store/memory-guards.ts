/** What keeps one person or one thread from being everybody's trouble, in memory: quotas, tries, inputs set aside. */
import type { ThreadKey } from '../../core/event.ts';
import type { ParkedInput, Quota } from '../../ports.ts';
import { ExpiringMap } from './expiring-map.ts';
import { PARKED_CAP, TRIES_MS } from './limits.ts';

/** Each window begins with its first use. */
export class Quotas {
  readonly #used: ExpiringMap<string, { count: number }>;

  constructor(now: () => number) {
    this.#used = new ExpiringMap(now);
  }

  /** False where it is used up. In Redis a quota is its shard's; here its channel's. */
  take(place: string, { member, limit, windowMs }: Quota): boolean {
    const name = `${place}:${member}`;
    const used = this.#used.get(name) ?? { count: 0 };
    if (used.count === 0) this.#used.set(name, used, windowMs);
    used.count += 1;
    return used.count <= limit;
  }
}

/** How often in a row a thread was acquired without a commit, each time by another process. */
export class Tries {
  readonly #tries: ExpiringMap<ThreadKey, { readonly count: number; readonly process: string }>;

  constructor(now: () => number) {
    this.#tries = new ExpiringMap(now);
  }

  count(thread: ThreadKey, process: string): number {
    const before = this.#tries.get(thread);
    const count = before?.process === process ? before.count : (before?.count ?? 0) + 1;
    this.#tries.set(thread, { count, process }, TRIES_MS);
    return count;
  }

  forget(thread: ThreadKey): void {
    this.#tries.delete(thread);
  }
}

/** Inputs that were set aside, oldest first. */
export class MemoryParked {
  readonly #all = new Map<string, ParkedInput>();

  add(parked: ParkedInput): void {
    this.#all.set(parked.id, parked);
    for (const id of this.#all.keys()) if (this.#all.size > PARKED_CAP) this.#all.delete(id);
  }

  list(): readonly ParkedInput[] {
    return [...this.#all.values()];
  }

  take(id: string): ParkedInput | undefined {
    const parked = this.#all.get(id);
    this.#all.delete(id);
    return parked;
  }
}
