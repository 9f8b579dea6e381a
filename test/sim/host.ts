/**
 * The machine that one replica runs on: its clock, and whether it runs at all. What is dead does nothing any more;
 * what is frozen does later what it would have done, while its clock goes on.
 */
import type { Clock } from '../../src/ports.ts';
import type { Chance } from './chance.ts';
import type { Timeline } from './timeline.ts';

/** What befalls a machine at its n-th call from now: before the request leaves, or right after. */
export interface Trap {
  after: number;
  readonly does: 'crash' | 'freeze';
  readonly when: 'before' | 'after';
  /** How long it is frozen, ms. */
  readonly ms: number;
}

/** A request on its way: not all of them arrive when the machine dies. */
export interface Request {
  drop(): void;
}

export class Host {
  readonly name: string;
  readonly clock: Clock;
  /** A reason to be gone. */
  dead = false;
  frozen = false;
  trap: Trap | undefined;
  /** Timers that are set. */
  timers = 0;
  readonly requests = new Set<Request>();
  /** Told when it dies, freezes or goes on. */
  struck: (how: 'crash' | 'freeze' | 'thaw') => void = () => undefined;
  private readonly timeline: Timeline;
  private readonly chance: Chance;
  /** What a frozen machine has to catch up with. */
  private missed: (() => void)[] = [];

  constructor(name: string, timeline: Timeline, chance: Chance) {
    this.name = name;
    this.timeline = timeline;
    this.chance = chance;
    this.clock = {
      now: () => timeline.wall,
      monotonic: () => timeline.elapsed,
      setTimer: (fn, ms) => this.setTimer(fn, ms),
    };
  }

  get runs(): boolean {
    return !this.dead && !this.frozen;
  }

  /** Something happens inside this machine: now, after it has thawed, or never. */
  deliver(fn: () => void): void {
    if (this.dead) return;
    if (this.frozen) this.missed.push(fn);
    else fn();
  }

  /** The process is gone in the middle of whatever it did. */
  crash(): void {
    if (this.dead) return;
    this.dead = true;
    this.missed = [];
    for (const request of this.requests) if (this.chance.yes(0.5)) request.drop();
    this.requests.clear();
    this.struck('crash');
  }

  freeze(ms: number): void {
    if (this.dead || this.frozen) return;
    this.frozen = true;
    this.struck('freeze');
    this.timeline.after(ms, () => this.thaw());
  }

  thaw(): void {
    if (!this.frozen) return;
    this.frozen = false;
    this.struck('thaw');
    const missed = this.missed;
    this.missed = [];
    // One after the other, each with what follows from it, as an event loop does.
    for (const fn of missed) this.timeline.after(0, () => this.deliver(fn));
  }

  private setTimer(fn: () => void, ms: number): () => void {
    let open = true;
    this.timers += 1;
    const close = (): boolean => {
      if (!open) return false;
      open = false;
      this.timers -= 1;
      return true;
    };
    const cancel = this.timeline.after(ms, () =>
      this.deliver(() => {
        if (close()) fn();
      }),
    );
    return () => {
      close();
      cancel();
    };
  }
}
