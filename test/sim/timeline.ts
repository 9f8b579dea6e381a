/**
 * Virtual time for a whole fleet: a heap of what is still to happen. Between two happenings everything that needs
 * no time settles: one turn of the event loop does that, because whatever takes time takes it here.
 */

/** Wall time at the beginning of every run. */
export const START = 1_790_000_000_000;

/** More than any run needs: something goes on without end. */
const STEPS_AT_MOST = 300_000;

interface Happening {
  readonly at: number;
  readonly order: number;
  fn: (() => void) | undefined;
}

function before(a: Happening, b: Happening): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

export class Timeline {
  /** Milliseconds since the beginning, with a fraction. */
  elapsed = 0;
  /** How many happenings there were. */
  steps = 0;
  private readonly heap: Happening[] = [];
  private order = 0;

  /** Wall time, whole milliseconds. */
  get wall(): number {
    return START + Math.floor(this.elapsed);
  }

  /** Runs `fn` after `ms`; the answer cancels it. */
  after(ms: number, fn: () => void): () => void {
    this.order += 1;
    const one: Happening = { at: this.elapsed + Math.max(0, ms), order: this.order, fn };
    this.push(one);
    return () => {
      one.fn = undefined;
    };
  }

  at(elapsed: number, fn: () => void): () => void {
    return this.after(elapsed - this.elapsed, fn);
  }

  /** Lets happen what is due until then, and lets each settle before the next. */
  async run(until: number): Promise<void> {
    await settled();
    for (let next = this.heap[0]; next && next.at <= until; next = this.heap[0]) {
      this.pop();
      if (!next.fn) continue;
      this.elapsed = next.at;
      this.steps += 1;
      if (this.steps > STEPS_AT_MOST) throw new Error(`too much happens: ${STEPS_AT_MOST} steps`);
      next.fn();
      await settled();
    }
    this.elapsed = Math.max(this.elapsed, until);
  }

  private push(one: Happening): void {
    const { heap } = this;
    heap.push(one);
    for (let at = heap.length - 1; at > 0;) {
      const up = (at - 1) >> 1;
      const parent = heap[up] as Happening;
      if (!before(one, parent)) break;
      heap[at] = parent;
      heap[up] = one;
      at = up;
    }
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop() as Happening;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < heap.length && before(heap[left] as Happening, heap[least] as Happening)) least = left;
      if (right < heap.length && before(heap[right] as Happening, heap[least] as Happening)) least = right;
      if (least === at) return;
      heap[at] = heap[least] as Happening;
      heap[least] = last;
      at = least;
    }
  }
}

/** Every promise that can go on has gone on: Node empties its microtasks before the next phase of its loop. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
