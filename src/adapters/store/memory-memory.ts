/** What the memory store knows of its own life. It begins empty in each process, as Redis does after a loss. */
import type { Beat, StoreMemory } from '../../ports-recovery.ts';
import { ExpiringMap } from './expiring-map.ts';

export class OwnLife {
  filled = false;
  readonly #now: () => number;
  readonly #owners: ExpiringMap<string, string>;
  #upTo: number | undefined;
  #beats = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#owners = new ExpiringMap(now);
  }

  hold(name: string, owner: string, ttlMs: number): boolean {
    const holder = this.#owners.get(name);
    if (holder !== undefined && holder !== owner) return false;
    if (ttlMs > 0) this.#owners.set(name, owner, ttlMs);
    else this.#owners.delete(name);
    return ttlMs > 0;
  }

  beat(graceMs: number): Beat {
    const [now, last] = [this.#now(), this.#upTo];
    this.#beats += 1;
    if (last !== undefined && now - last <= graceMs) this.#upTo = now;
    return { now, last, count: this.#beats, life: 'one' };
  }

  caughtUp(at: number): void {
    this.#upTo = Math.round(at);
    this.#beats += 1;
  }
}

export function memoryMemory(life: OwnLife): StoreMemory {
  return {
    filled: async () => life.filled,
    fill: async () => {
      life.filled = true;
    },
    hold: async (name, owner, ttlMs) => life.hold(name, owner, ttlMs),
    beat: async (graceMs) => life.beat(graceMs),
    caughtUp: async (at) => life.caughtUp(at),
  };
}
