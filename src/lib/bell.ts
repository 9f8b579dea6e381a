/**
 * Rings for one who waits again and again. Where many things ring and one listens, a promise made anew with each ring
 * costs more than what is done about it.
 */
import type { SystemClock } from './time.ts';

export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  /** Whether it rang since `listen`. */
  get rung(): boolean {
    return this.#rung;
  }

  /** From here on a ring counts. */
  listen(): void {
    this.#rung = false;
  }

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves with the first ring since `listen`; one may wait at a time. */
  heard(): Promise<void> {
    return this.#rung ? Promise.resolve() : new Promise((resolve) => this.#await(resolve));
  }

  /** The same, or after `ms` milliseconds. Leaves no timer behind. */
  heardWithin(ms: number, clock: Pick<SystemClock, 'setTimer'>): Promise<void> {
    if (this.#rung) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = clock.setTimer(() => this.#wake?.(), ms);
      this.#await(() => {
        cancel();
        resolve();
      });
    });
  }

  #await(resolve: () => void): void {
    this.#wake = () => {
      this.#wake = undefined;
      resolve();
    };
  }
}
