import type { Json } from './records.ts';

/** What goes wrong with a call. `commit` says whether Slack did the work all the same. */
export type FaultKind =
  | { type: 'error'; error: string; commit?: boolean; more?: Json }
  /** `retryAfter` in seconds; absent: a 429 without the header. */
  | { type: 'rate_limited'; retryAfter?: number }
  | { type: 'http'; status: number; body?: string; commit?: boolean }
  /** HTTP 200 with a body that is not JSON. */
  | { type: 'garbage'; body?: string; commit?: boolean }
  /** The connection is cut, before or after the work was done. */
  | { type: 'reset'; commit?: boolean }
  /** Never answered. */
  | { type: 'hang'; commit?: boolean }
  | { type: 'delay'; ms: number };

export interface Fault {
  /** Method, or `*` for any. */
  method: string;
  channel?: string;
  /** Further test of the arguments. */
  match?: (args: Json) => boolean;
  /** Calls to spare first. Default 0. */
  after?: number;
  /** Calls to hit. Default 1; Infinity until removed. */
  times?: number;
  fault: FaultKind;
}

export interface PlantedFault {
  /** How often it struck. */
  hits(): number;
  remove(): void;
}

interface Planted extends Fault {
  spared: number;
  struck: number;
}

/** Faults asked for by a test or on the page, oldest first; the first that matches strikes. */
export class FaultBook {
  readonly #planted = new Set<Planted>();

  add(fault: Fault): PlantedFault {
    const planted: Planted = { ...fault, spared: 0, struck: 0 };
    this.#planted.add(planted);
    return { hits: () => planted.struck, remove: () => this.#planted.delete(planted) };
  }

  clear(): void {
    this.#planted.clear();
  }

  strike(method: string, args: Json): FaultKind | undefined {
    for (const planted of this.#planted) {
      if (!fits(planted, method, args)) continue;
      if (planted.spared < (planted.after ?? 0)) {
        planted.spared++;
        continue;
      }
      planted.struck++;
      if (planted.struck >= (planted.times ?? 1)) this.#planted.delete(planted);
      return planted.fault;
    }
    return undefined;
  }
}

function fits(fault: Fault, method: string, args: Json): boolean {
  if (fault.method !== '*' && fault.method !== method) return false;
  const channel = args['channel'] ?? args['channel_id'];
  if (fault.channel !== undefined && fault.channel !== channel) return false;
  return fault.match?.(args) ?? true;
}
