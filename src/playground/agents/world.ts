/**
 * Everything the emulated organization holds, and how it is written to and read from the journal.
 *
 * Invariant: `restore` of what `snapshot` wrote gives the same world, except for open streams and for faults,
 * scripts and settings of the control plane, which belong to the process.
 */
import { Clock } from './clock.ts';
import { Faults } from './faults.ts';
import { Window } from './limits.ts';
import { Outbound } from './outbound.ts';
import { Scripts } from './scripts.ts';
import { Session } from './session.ts';
import { defaultSettings, type Settings } from './settings.ts';
import { Webhooks } from './webhooks.ts';
import type { Json, Op, Position, SessionEvent, SessionFixed, SessionState } from './types.ts';

/** A stored resource with the number that orders it. `versions` is used by agents only. */
export interface Doc {
  readonly seq: number;
  readonly value: Json;
  readonly versions?: readonly Json[];
}

export type DocKind = 'agent' | 'environment' | 'vault' | 'credential' | 'memory_store' | 'file';

export class World {
  readonly clock = new Clock();
  readonly settings: Settings;
  readonly faults = new Faults();
  readonly scripts = new Scripts();
  readonly webhooks = new Webhooks();
  readonly outbound: Outbound;
  readonly sessions = new Map<string, Session>();
  readonly docs: Record<DocKind, Map<string, Doc>> = {
    agent: new Map(),
    environment: new Map(),
    vault: new Map(),
    credential: new Map(),
    memory_store: new Map(),
    file: new Map(),
  };
  readonly creates = new Window();
  readonly reads = new Window();
  /** Requests answered so far, by endpoint. */
  readonly calls = new Map<string, number>();
  readonly watchers = new Set<() => void>();
  /** Multiplier of script speed; 0 is as fast as possible. */
  readonly pace: number;
  /** Told of every piece of text the moment it is streamed. */
  readonly onText: (session: string, text: string) => void;
  #seq = 0;

  constructor(options: { pace: number; settings?: Partial<Settings>; onText?: World['onText'] | undefined }) {
    this.pace = options.pace;
    this.onText = options.onText ?? (() => undefined);
    this.settings = { ...defaultSettings(), ...options.settings };
    this.outbound = new Outbound(() => {
      for (const watcher of this.watchers) watcher();
    });
  }

  nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }

  /** Script milliseconds to real ones. */
  real(ms: number): number {
    return this.pace <= 0 ? 0 : ms / this.pace;
  }

  save(kind: DocKind, id: string, doc: Doc | null): void {
    if (doc) this.docs[kind].set(id, doc);
    else this.docs[kind].delete(id);
    this.outbound.record(JSON.stringify(['doc', kind, id, doc]));
  }

  addSession(session: Session): void {
    this.sessions.set(session.id, session);
    this.outbound.record(JSON.stringify(['session', session.fixed, session.state]));
  }

  removeSession(session: Session): void {
    session.deleted = true;
    session.cancel();
    this.sessions.delete(session.id);
    this.outbound.record(JSON.stringify(['gone', session.id]));
  }

  *snapshot(): Iterable<string> {
    for (const [kind, docs] of Object.entries(this.docs)) {
      for (const [id, doc] of docs) yield JSON.stringify(['doc', kind, id, doc]);
    }
    for (const session of this.sessions.values()) {
      yield JSON.stringify(['session', session.fixed, session.state]);
      yield JSON.stringify(['ops', session.id, session.ops]);
      yield JSON.stringify(['position', session.id, session.position]);
      for (const [index, event] of session.log.done.entries()) {
        yield JSON.stringify(['event', session.id, session.log.stampAt(index), event]);
      }
      for (const event of session.log.waiting()) yield JSON.stringify(['event', session.id, 0, event]);
    }
  }

  restore(record: unknown[]): void {
    const [kind, first, second, third] = record;
    if (kind === 'doc') this.#restoreDoc(first as DocKind, second as string, third as Doc | null);
    else if (kind === 'session') this.#restoreSession(first as SessionFixed, second as SessionState);
    else if (kind === 'gone') this.sessions.delete(first as string);
    else this.#restorePart(kind as string, this.sessions.get(first as string), second, third);
  }

  #restoreDoc(kind: DocKind, id: string, doc: Doc | null): void {
    if (doc === null) {
      this.docs[kind].delete(id);
      return;
    }
    this.#seq = Math.max(this.#seq, doc.seq);
    this.docs[kind].set(id, doc);
  }

  #restoreSession(fixed: SessionFixed, state: SessionState): void {
    const known = this.sessions.get(fixed.id);
    this.#seq = Math.max(this.#seq, fixed.seq);
    if (known) known.fixed.agent = fixed.agent;
    else this.sessions.set(fixed.id, new Session(fixed, state, this));
  }

  #restorePart(kind: string, session: Session | undefined, second: unknown, third: unknown): void {
    if (!session) return;
    if (kind === 'state') Object.assign(session.state, second);
    if (kind === 'ops') session.ops = second as readonly Op[] | null;
    if (kind === 'position') session.position = second as Position;
    if (kind !== 'event') return;
    const stamp = second as number;
    const event = third as SessionEvent;
    session.keep(event, stamp);
    this.clock.notBefore(stamp);
  }
}
