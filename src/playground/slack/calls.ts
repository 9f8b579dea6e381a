import type { WireCall } from '../wire.ts';
import type { PageWireCall } from './page-api.ts';
import type { Json } from './records.ts';

/** One answered Web API call as tests see it. */
export interface LoggedCall {
  at: number;
  method: string;
  args: Json;
  status: number;
  /** Slack's error code, `unreadable` for a body that is no answer; undefined where it went well or was cut. */
  error?: string;
  /** Whether Slack did the work, whatever the caller was told. */
  committed: boolean;
  ms: number;
}

export interface CallCounts {
  calls: number;
  ok: number;
  /** Answered 429. */
  limited: number;
  /** By error code. */
  errors: Record<string, number>;
}

/** Exact counts of all calls, and the newest of them in full. */
export class CallLog {
  readonly #keep: number;
  readonly #counts = new Map<string, CallCounts>();
  readonly #logged: LoggedCall[] = [];
  readonly #wire: PageWireCall[] = [];
  #seq = 0;

  constructor(keep: number) {
    this.#keep = keep;
  }

  add(call: LoggedCall): void {
    const counts = this.#counts.get(call.method) ?? { calls: 0, ok: 0, limited: 0, errors: {} };
    this.#counts.set(call.method, counts);
    counts.calls += 1;
    if (call.status === 429) counts.limited += 1;
    else if (call.status === 200 && call.error === undefined) counts.ok += 1;
    if (call.error !== undefined) counts.errors[call.error] = (counts.errors[call.error] ?? 0) + 1;
    this.#logged.push(call);
    if (this.#logged.length > this.#keep) this.#logged.splice(0, this.#logged.length - this.#keep);
  }

  /** Keeps what the page's drawer shows, with a running number. */
  addWire(call: WireCall): PageWireCall {
    this.#seq += 1;
    const numbered: PageWireCall = { ...call, seq: this.#seq };
    this.#wire.push(numbered);
    if (this.#wire.length > 1000) this.#wire.shift();
    return numbered;
  }

  wire(after: number): PageWireCall[] {
    return this.#wire.filter((call) => call.seq > after);
  }

  counts(): Record<string, CallCounts> {
    return Object.fromEntries(this.#counts);
  }

  of(method: string): CallCounts {
    return this.#counts.get(method) ?? { calls: 0, ok: 0, limited: 0, errors: {} };
  }

  log(method?: string): LoggedCall[] {
    return method === undefined ? [...this.#logged] : this.#logged.filter((call) => call.method === method);
  }

  clear(): void {
    this.#counts.clear();
    this.#logged.length = 0;
  }
}
