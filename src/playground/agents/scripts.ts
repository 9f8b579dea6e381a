/** What the scripted agent is told to do next by the control plane, in place of its keywords. */
import type { Op, StopReason } from './types.ts';

/** A turn as tests like to write it: model requests, each a list of parts. */
export interface TurnPlan {
  readonly requests: readonly (readonly (Op | string)[])[];
  readonly stop?: StopReason;
}

export type Script = TurnPlan | { readonly ops: readonly Op[] };

export class Scripts {
  readonly #next = new Map<string, Script[]>();
  readonly #opened = new Set<string>();
  readonly #gates = new Map<string, Set<() => void>>();
  #always: Script | null = null;

  /** For the next turn of one session; several calls queue up. */
  forSession(session: string, script: Script): void {
    this.#next.set(session, [...(this.#next.get(session) ?? []), script]);
  }

  /** For every turn of every session without a script of its own, until set to null. */
  forAll(script: Script | null): void {
    this.#always = script;
  }

  take(session: string): readonly Op[] | null {
    const queue = this.#next.get(session);
    const script = queue?.shift() ?? this.#always;
    if (queue?.length === 0) this.#next.delete(session);
    return script ? opsOf(script) : null;
  }

  /** Opens a gate for good: sessions that wait at it, and those that come later, go on. */
  open(gate: string): void {
    this.#opened.add(gate);
    const waiting = this.#gates.get(gate) ?? [];
    this.#gates.delete(gate);
    for (const go of waiting) go();
  }

  /** Calls `go` when the gate opens; returns what gives up waiting. */
  waitFor(gate: string, go: () => void): () => void {
    const waiting = this.#gates.get(gate) ?? new Set();
    this.#gates.set(gate, waiting.add(go));
    return () => waiting.delete(go);
  }

  isOpen(gate: string): boolean {
    return this.#opened.has(gate);
  }
}

export function opsOf(script: Script): readonly Op[] {
  if ('ops' in script) return script.ops;
  const ops = script.requests.flatMap((parts) => request(...parts));
  return [...ops, { op: 'idle', stop: script.stop ?? { type: 'end_turn' } }];
}

/** One model request around its parts; a part that is a string is said. Results follow the request's end. */
export function request(...parts: readonly (Op | string)[]): Op[] {
  const ops = parts.map((part): Op => (typeof part === 'string' ? { op: 'say', text: part } : part));
  const inside = ops.filter((op) => !AFTER_END.has(op.op));
  const behind = ops.filter((op) => AFTER_END.has(op.op));
  const waits: Op[] = inside.some((op) => op.op === 'use') ? [{ op: 'await' }] : [];
  const ends = inside.some((op) => op.op === 'end');
  return [{ op: 'request' }, ...inside, ...(ends ? [] : [{ op: 'end' } as const]), ...waits, ...behind];
}

/** Steps that happen once the model request is over. */
const AFTER_END: ReadonlySet<Op['op']> = new Set([
  'result',
  'branch',
  'report',
  'error',
  'idle',
  'terminate',
]);
