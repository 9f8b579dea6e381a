/** What must hold at every moment, seen from outside: who writes, when, and who takes over how soon. */
import type { ThreadKey } from '../../src/core/event.ts';
import { LEASE_MS } from '../../src/ports.ts';
import { Excuses } from './excuses.ts';
import type { Findings } from './findings.ts';
import type { Host } from './host.ts';
import type { Departure, Trip } from './network.ts';
import type { Forgotten, Holder, StoreModel } from './store-model.ts';
import type { Timeline } from './timeline.ts';

/** Only one person sees these: they need no lease. */
const UNGUARDED: ReadonlySet<string> = new Set(['chat.postEphemeral', 'conversations.open']);

/** A 429 that a replica has read. */
interface Refusal {
  readonly method: string;
  readonly host: string;
  readonly readAt: number;
  readonly until: number;
  /** The store could be told of it, for the other replicas. */
  readonly spreads: boolean;
}

interface Orphan {
  readonly key: ThreadKey;
  readonly host: string;
  readonly since: number;
}

/** Other replicas hear of a 429 through the store, ms. */
const SPREADS_MS = 60;

/** Holders that came to grief before a thread is suspected (`flow/poison.ts`). */
const SUSPECT = 3;

export class Watch {
  readonly excuses = new Excuses();
  /** Holders in a row that came to grief before they saved anything: by thread. */
  private readonly grief = new Map<string, { process: string; count: number }>();
  /** When each machine was struck last, ms of the run. */
  private readonly struckAt = new Map<string, number>();
  /** When something else went wrong than what is looked at. */
  disturbedAt = Number.NEGATIVE_INFINITY;
  /** The store answers, and loses nothing. */
  storeIsFair = true;
  private readonly timeline: Timeline;
  private readonly findings: Findings;
  private readonly store: () => StoreModel;
  private refusals: Refusal[] = [];
  private orphans: Orphan[] = [];

  constructor(timeline: Timeline, findings: Findings, store: () => StoreModel) {
    this.timeline = timeline;
    this.findings = findings;
    this.store = store;
  }

  /** A call leaves. */
  departed(trip: Trip<unknown>, left: Departure): void {
    if (trip.service.name === 'slack') this.heeded(trip, left);
    if (!trip.write || trip.service.name === 'store' || trip.thread === undefined) return;
    if (left.forced) this.findings.residual('calls that left a frozen machine late');
    const key = trip.thread as ThreadKey;
    this.intended(trip.name, key, left);
    const holder = this.store().holderOf(key);
    const another = holder !== undefined && holder.process !== left.host.name;
    if (!another || left.forced || UNGUARDED.has(trip.name)) return;
    // While a lost record is made anew its reader shows a sign on what waits, and takes it away again.
    if (trip.name.startsWith('reactions.')) this.findings.residual('signs beside the holder');
    else if (this.excuses.believes(key, left))
      this.findings.residual('two writers after the store forgot a lease');
    else {
      const what = `${left.host.name} makes ${trip.name} for ${trip.thread}, which ${holder.process} holds`;
      this.findings.broken('I3', what);
    }
  }

  /** I4: a session is made only where the record says so already. */
  private intended(name: string, key: ThreadKey, left: Departure): void {
    const isIntended = this.store().phases.get(key) === 'starting';
    if (name !== 'create' || isIntended || left.forced || this.excuses.believes(key, left)) return;
    this.findings.broken('I4', `${left.host.name} makes a session for ${key} before that is saved`);
  }

  /** Slack said 429 to somebody, who has read it. */
  limited(method: string, host: Host, seconds: number): void {
    const readAt = this.timeline.elapsed;
    const spreads = this.storeIsFair && this.store().downUntil <= readAt;
    this.refusals.push({ method, host: host.name, readAt, until: readAt + seconds * 1_000, spreads });
  }

  /** P7: nobody calls before it may, neither who was refused nor anybody else who can know of it. */
  private heeded({ name }: Trip<unknown>, { host, at, forced }: Departure): void {
    this.refusals = this.refusals.filter(({ until }) => until > at);
    for (const refusal of this.refusals) {
      if (refusal.method !== name || forced) continue;
      const told = refusal.host === host.name || refusal.spreads;
      if (!told || at <= refusal.readAt + (refusal.host === host.name ? 0 : SPREADS_MS)) continue;
      const left = Math.round(refusal.until - at);
      this.findings.broken('P7', `${host.name} calls ${name} ${left} ms before Retry-After is over`);
    }
  }

  // ------------------------------------------------------------------------------------- what is forgotten

  /** The store forgot something of this thread. */
  forgot(one: Forgotten): void {
    this.excuses.forgot(one, this.timeline.elapsed);
  }

  /** A holder saved its state, and with it whatever had been forgotten. */
  saved(key: ThreadKey, process: string): void {
    this.excuses.saved(key, process);
    this.grief.delete(key);
  }

  // ------------------------------------------------------------------------------------- what is suspected

  struck(host: string): void {
    this.struckAt.set(host, this.timeline.elapsed);
  }

  /** So many holders in a row were struck, or the store, before they had saved anything. */
  private grieved(key: ThreadKey, process: string): void {
    const before = this.grief.get(key);
    if (before?.process === process) return;
    const hit = before !== undefined && (this.struckAt.has(before.process) || !this.storeIsFair);
    this.grief.set(key, { process, count: (before?.count ?? 0) + (hit ? 1 : 0) });
  }

  /** Whether somebody may believe that processes die of this thread. */
  isSuspect(key: string): boolean {
    return (this.grief.get(key)?.count ?? 0) >= SUSPECT;
  }

  // ------------------------------------------------------------------------------------- takeovers

  /** A machine is gone: somebody else has to take its threads. */
  died(host: string): void {
    const since = this.timeline.elapsed;
    for (const [key, holder] of this.store().holders) {
      if (holder.process === host) this.orphans.push({ key, host, since });
    }
  }

  acquired(key: ThreadKey, holder: Holder): void {
    this.excuses.acquired(key, holder.process, this.timeline.elapsed);
    this.grieved(key, holder.process);
    const at = this.orphans.findIndex((orphan) => orphan.key === key && orphan.host !== holder.process);
    const [orphan] = at === -1 ? [] : this.orphans.splice(at, 1);
    if (!orphan) return;
    const took = this.timeline.elapsed - orphan.since;
    const undisturbed = this.disturbedAt <= orphan.since && this.storeIsFair;
    this.findings.counted('takeovers');
    if (undisturbed && took > LEASE_MS + 2_000)
      this.findings.broken('P5', `${key} was taken over after ${Math.round(took)} ms`);
  }

  /** Called when everything is over: whoever could have taken a thread over has done so. */
  leftOver(): readonly ThreadKey[] {
    return this.orphans.map(({ key }) => key);
  }
}
