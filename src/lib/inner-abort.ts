/**
 * An abort of one's own that another signal brings about too, for as long as something is under way. What
 * `AbortSignal.any` makes is tied to its sources by weak references that wait for a collection to be cleared away; a
 * long-lived source gathers them.
 */
export class InnerAbort {
  readonly #outer: AbortSignal;
  readonly #own = new AbortController();

  constructor(outer: AbortSignal) {
    this.#outer = outer;
    if (outer.aborted) this.#follow();
    else outer.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#own.signal;
  }

  abort(reason: unknown): void {
    this.#own.abort(reason);
  }

  /** What was under way has ended: nothing is left at the outer signal. */
  release(): void {
    this.#outer.removeEventListener('abort', this.#follow);
  }

  readonly #follow = (): void => this.#own.abort(this.#outer.reason);
}
