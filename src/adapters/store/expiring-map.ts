/** A map whose entries end at a time of their own, by a clock that may be moved by hand. */

interface Entry<V> {
  readonly value: V;
  readonly until: number;
}

export class ExpiringMap<K, V> {
  readonly #now: () => number;
  readonly #entries = new Map<K, Entry<V>>();
  #pruneAt = 1024;

  constructor(now: () => number) {
    this.#now = now;
  }

  get(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.until > this.#now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  set(key: K, value: V, ms: number): void {
    this.#entries.set(key, { value, until: this.#now() + ms });
    if (this.#entries.size > this.#pruneAt) this.#prune();
  }

  /** Gives what is there a new end. */
  keep(key: K, ms: number): void {
    const value = this.get(key);
    if (value !== undefined) this.set(key, value, ms);
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }

  /** Entries that have not ended. */
  *live(): IterableIterator<[K, V]> {
    const now = this.#now();
    for (const [key, entry] of this.#entries) if (entry.until > now) yield [key, entry.value];
  }

  /** Runs each time the map has doubled, so that a write costs the same on average whatever its size. */
  #prune(): void {
    const now = this.#now();
    for (const [key, entry] of this.#entries) if (entry.until <= now) this.#entries.delete(key);
    this.#pruneAt = Math.max(1024, this.#entries.size * 2);
  }
}
