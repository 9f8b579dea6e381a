/**
 * How far the heap grows before it is collected. V8 lets it grow to a multiple of what lived at the last collection,
 * which is right for a small process and dear for one that holds thousands of sessions: most of what lives there
 * stays, and what was added since is not much. Above a size the heap is collected once it has grown by a fixed part.
 *
 * V8 reads `heap-growing-percent` at each collection (`src/heap/heap-controller.cc`), so it may be set while the
 * process runs; 0 leaves the growth to V8. The young generation's size cannot be set from inside: that is
 * `--max-semi-space-size` on Node's command line (Dockerfile).
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import type { SystemClock } from '../lib/time.ts';

/** Bytes of the old generation above which it grows by parts. A process without sessions has about 25 MB. */
const LARGE = 96 * 1024 * 1024;
/** By so much it then grows, per cent of what lived. */
const PART = 25;
const LOOK_MS = 5_000;

export interface Heap {
  /** Bytes of the old generation in use, garbage included. */
  used(): number;
  /** Per cent; 0: as V8 thinks best. */
  growBy(percent: number): void;
}

const ownHeap: Heap = {
  used: () =>
    getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_used_size ?? 0,
  growBy: (percent) => setFlagsFromString(`--heap-growing-percent=${percent}`),
};

/** Looks every few seconds, for as long as the process lives. The answer ends that. */
export function watchHeap(clock: Pick<SystemClock, 'setTimer'>, heap = ownHeap): () => void {
  let part = 0;
  let cancel = (): void => undefined;
  function look(): void {
    // Twice the bounds apart, so that it does not change with each collection.
    const wanted = heap.used() > (part === 0 ? LARGE : LARGE / 2) ? PART : 0;
    if (wanted !== part) heap.growBy(wanted);
    part = wanted;
    cancel = clock.setTimer(look, LOOK_MS);
  }
  look();
  return () => cancel();
}
