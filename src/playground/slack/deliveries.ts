import type { Clock } from './clock.ts';
import type { Journal } from './journal.ts';
import type { Timings } from './options.ts';
import type { Json, PendingRecord } from './records.ts';

/** What goes from Slack to the app. */
export interface Parcel {
  kind: 'events_api' | 'interactive' | 'slash_commands';
  body: Json;
}

export interface Attempt {
  /** 0 is the first delivery. */
  number: number;
  reason: string;
}

export type Outcome =
  | { type: 'acknowledged'; body: unknown }
  | { type: 'failed'; reason: string; final?: boolean }
  /** There is nobody to send to. */
  | { type: 'unreachable' };

export interface Transport {
  present(): boolean;
  send(parcel: Parcel, attempt: Attempt, copies?: number): Promise<Outcome>;
}

/** What goes wrong with deliveries of events. */
export interface DeliveryFault {
  /**
   * `duplicate`: sent twice at once. `two_sockets`: to two connections. `lost_ack`: the acknowledgement is
   * not believed, so the event comes again. `lose`: never sent. `hold`: kept until released.
   */
  kind: 'duplicate' | 'two_sockets' | 'lost_ack' | 'lose' | 'hold';
  /** Type of the inner event, e.g. `app_mention`. */
  event?: string;
  match?: (body: Json) => boolean;
  /** Default 1. */
  times?: number;
}

interface Pending extends PendingRecord {
  reason: string;
  bornAt: number;
}

/**
 * Events on their way to the app. Invariants:
 * D1 an event is in the journal until it was acknowledged or given up, so a kill -9 loses none;
 * D2 its id never changes over redeliveries;
 * D3 what found no connection waits, in order, and goes out when one opens.
 */
export class Deliveries {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #timings: Timings;
  readonly #journal: Journal;
  readonly #acknowledged: (event_id: string) => void;
  readonly #sending: (event_id: string) => void;
  readonly #parked = new Set<Pending>();
  readonly #held: Pending[] = [];
  readonly #faults = new Set<DeliveryFault & { left: number }>();
  #stopped = false;

  constructor(parts: {
    transport: Transport;
    clock: Clock;
    timings: Timings;
    journal: Journal;
    acknowledged: (event_id: string) => void;
    /** Called right before an event is written to the app. */
    sending: (event_id: string) => void;
  }) {
    this.#transport = parts.transport;
    this.#clock = parts.clock;
    this.#timings = parts.timings;
    this.#journal = parts.journal;
    this.#acknowledged = parts.acknowledged;
    this.#sending = parts.sending;
    for (const record of this.#journal.load('event') as PendingRecord[]) {
      this.#parked.add({ ...record, reason: 'timeout', bornAt: this.#clock.now() });
    }
  }

  /** After a restart on another port: addresses in what still waits lead to the new one. */
  rebase(from: string, to: string): void {
    for (const pending of this.#parked) {
      pending.body = JSON.parse(JSON.stringify(pending.body).replaceAll(from, to)) as Json;
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Starts an event on its way. */
  post(event_id: string, body: Json): void {
    const pending: Pending = { event_id, body, attempt: 0, reason: '', bornAt: this.#clock.now() };
    this.#keep(pending);
    this.#start(pending);
  }

  #keep({ event_id, body, attempt }: Pending): void {
    this.#journal.put('event', event_id, { event_id, body, attempt });
  }

  #start(pending: Pending): void {
    const fault = this.#strike(pending);
    if (fault?.kind === 'lose') return this.#forget(pending);
    if (fault?.kind === 'hold') {
      this.#held.push(pending);
      return;
    }
    const copies = fault?.kind === 'two_sockets' || fault?.kind === 'duplicate' ? 2 : 1;
    const attempt = { number: pending.attempt, reason: pending.reason };
    this.#sending(pending.event_id);
    this.#transport
      .send({ kind: 'events_api', body: pending.body }, attempt, copies)
      .then((outcome) => this.#settle(pending, fault?.kind === 'lost_ack' ? doubted(outcome) : outcome))
      .catch(() => this.#settle(pending, { type: 'failed', reason: 'unknown_error' }));
  }

  #settle(pending: Pending, outcome: Outcome): void {
    if (this.#stopped) return;
    if (outcome.type === 'acknowledged') {
      this.#forget(pending);
      this.#acknowledged(pending.event_id);
    } else if (outcome.type === 'unreachable') this.#parked.add(pending);
    else this.#again(pending, outcome.reason, outcome.final ?? false);
  }

  #again(pending: Pending, reason: string, final: boolean): void {
    const pause = this.#timings.retries[pending.attempt];
    if (final || pause === undefined) return this.#forget(pending);
    const next: Pending = { ...pending, attempt: pending.attempt + 1, reason };
    this.#keep(next);
    this.#clock.after(pause, () => {
      if (!this.#stopped) this.#start(next);
    });
  }

  #forget(pending: Pending): void {
    this.#journal.drop('event', pending.event_id);
  }

  /** A connection opened: everything that waits goes out, in order, unless it waited too long. */
  flush(): void {
    const parked = [...this.#parked];
    this.#parked.clear();
    for (const pending of parked) {
      if (this.#clock.now() - pending.bornAt > this.#timings.queueMs) this.#forget(pending);
      else this.#start(pending);
    }
  }

  /** Events nobody has acknowledged and that are not being retried by a timer. */
  get waiting(): number {
    return this.#parked.size + this.#held.length;
  }

  addFault(fault: DeliveryFault): () => void {
    const planted = { ...fault, left: fault.times ?? 1 };
    this.#faults.add(planted);
    return () => this.#faults.delete(planted);
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  /** Sends what was held, newest first with `reversed`. */
  release(reversed = false): void {
    const held = this.#held.splice(0);
    for (const pending of reversed ? held.toReversed() : held) this.#start(pending);
  }

  #strike(pending: Pending): DeliveryFault | undefined {
    const inner = pending.body['event'] as { type?: unknown } | undefined;
    for (const fault of this.#faults) {
      if (fault.event !== undefined && fault.event !== inner?.type) continue;
      if (fault.match && !fault.match(pending.body)) continue;
      fault.left -= 1;
      if (fault.left <= 0) this.#faults.delete(fault);
      return fault;
    }
    return undefined;
  }
}

function doubted(outcome: Outcome): Outcome {
  return outcome.type === 'acknowledged' ? { type: 'failed', reason: 'timeout' } : outcome;
}
