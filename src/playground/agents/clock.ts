/**
 * Time for the emulated service: wall clock, `processed_at` stamps, and timers that can be cancelled.
 *
 * Stamps are whole microseconds since the epoch and strictly increase, because the service orders history by
 * `processed_at`. In coarse mode several events share one stamp (whole seconds), which the service does not
 * exclude and which breaks clients that page with a strict `created_at[gt]`.
 */
export class Clock {
  coarse = false;
  #last = 0;

  /** Wall clock, Unix milliseconds. */
  now(): number {
    return Date.now();
  }

  /** Next stamp in microseconds. */
  stamp(): number {
    const now = Date.now() * 1000;
    if (this.coarse) {
      this.#last = Math.max(this.#last, Math.floor(now / 1_000_000) * 1_000_000);
    } else {
      this.#last = Math.max(this.#last + 1, now);
    }
    return this.#last;
  }

  /** After a restart: never stamp before what the journal already holds. */
  notBefore(micros: number): void {
    this.#last = Math.max(this.#last, micros);
  }
}

/** Runs `then` once after `ms` (0: as soon as other work had its turn). Returns what cancels it. */
export function after(ms: number, then: () => void): () => void {
  if (ms <= 0) {
    const soon = setImmediate(then);
    return () => clearImmediate(soon);
  }
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
}

/** RFC 3339 with microseconds. */
export function iso(micros: number): string {
  const millis = new Date(Math.floor(micros / 1000)).toISOString().slice(0, -1);
  return `${millis}${String(micros % 1000).padStart(3, '0')}Z`;
}

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** Microseconds of an RFC 3339 time, or null where it is none. */
export function micros(text: string): number | null {
  const match = RFC3339.exec(text);
  if (!match) return null;
  const fraction = match[1] ?? '';
  const seconds = Date.parse(text.replace(fraction, ''));
  if (Number.isNaN(seconds)) return null;
  return seconds * 1000 + Number(fraction.slice(1, 7).padEnd(6, '0'));
}
