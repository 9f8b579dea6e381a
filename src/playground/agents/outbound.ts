/**
 * The single way out of the emulated service.
 *
 * Invariants
 * - Journal before wire: frames and answers leave only after the batch that explains them was written.
 * - One flush a turn of the event loop, whatever happened in it: one journal write, one socket write a stream.
 */
import { noJournal, type Journal } from './journal.ts';

/** Something with state to journal; asked once a flush, and only when it was touched. */
export interface Recorded {
  records(): readonly string[];
}

/** A stream with frames to write. */
export interface Writer {
  write(): void;
}

export class Outbound {
  journal: Journal = noJournal;
  #records: string[] = [];
  #touched = new Set<Recorded>();
  #writers = new Set<Writer>();
  #scheduled: NodeJS.Immediate | null = null;
  readonly #changed: () => void;

  /** `changed` is called after each flush. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  record(record: string): void {
    this.#records.push(record);
    this.#schedule();
  }

  touch(thing: Recorded): void {
    this.#touched.add(thing);
    this.#schedule();
  }

  writable(writer: Writer): void {
    this.#writers.add(writer);
    this.#schedule();
  }

  /** Something worth looking at changed that is neither journaled nor streamed. */
  stir(): void {
    this.#schedule();
  }

  /** Writes what is pending. Called before every HTTP answer, and once a turn of the event loop. */
  flush(): void {
    if (!this.#scheduled) return;
    clearImmediate(this.#scheduled);
    this.#scheduled = null;
    const records = this.#records;
    this.#records = [];
    for (const thing of this.#touched) records.push(...thing.records());
    this.#touched.clear();
    this.journal.write(records);
    const writers = this.#writers;
    this.#writers = new Set();
    for (const writer of writers) writer.write();
    this.#changed();
  }

  #schedule(): void {
    this.#scheduled ??= setImmediate(() => this.flush());
  }
}
