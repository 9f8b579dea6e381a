/** What must hold at every moment, seen from outside: who writes, when, and who takes over how soon. */
import type { ThreadKey } from '../../src/core/event.ts';
import { LEASE_MS } from '../../src/ports.ts';
import type { Findings } from './findings.ts';
import type { Host } from './host.ts';
import type { Departure, Trip } from './network.ts';
import type { Holder, StoreModel } from './store-model.ts';
import type { Timeline } from './timeline.ts';

/** Only one person sees these: they need no lease. */
const UNGUARDED: ReadonlySet<string> = new Set(['chat.postEphemeral', 'conversations.open']);

/** A 429 that a replica has read. */
interface Refusal {
  readonly method: string;
  readonly host: string;
  readonly readAt: number;
  readonly until: number;
}

interface Orphan {
  readonly key: ThreadKey;
  readonly host: string;
  readonly since: number;
}

/** Other replicas hear of a 429 through the store, ms. */
const SPREADS_MS = 60;

export class Watch {
  /** Calls that left a machine which had been frozen between the last check and the socket: by thread. */
  readonly forced = new Set<string>();
  /** Threads of which a failover forgot an input, or that they were held. */
  readonly forgotten = new Set<string>();
  /** Whose newest state a failover forgot: as long as its holder lives, that is made good. */
  private readonly unsaved = new Map<string, string>();
  /** When something else went wrong than what is looked at. */
  disturbedAt = Number.NEGATIVE_INFINITY;
  forgotAt = Number.NEGATIVE_INFINITY;
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
    if (left.forced) {
      this.forced.add(trip.thread);
      this.findings.residual('calls that left a frozen machine late');
    }
    const holder = this.store().holderOf(trip.thread as ThreadKey);
    const another = holder !== undefined && holder.process !== left.host.name;
    if (!another || left.forced || UNGUARDED.has(trip.name)) return;
    if (left.at - this.forgotAt < LEASE_MS)
      this.findings.residual('two writers after a failover that forgets');
    else {
      const what = `${left.host.name} makes ${trip.name} for ${trip.thread}, which ${holder.process} holds`;
      this.findings.broken('I3', what);
    }
  }

  /** Slack said 429 to somebody, who has read it. */
  limited(method: string, host: Host, seconds: number): void {
    const readAt = this.timeline.elapsed;
    this.refusals.push({ method, host: host.name, readAt, until: readAt + seconds * 1_000 });
  }

  /** P7: nobody calls before it may, neither who was refused nor anybody else who can know of it. */
  private heeded({ name }: Trip<unknown>, { host, at, forced }: Departure): void {
    this.refusals = this.refusals.filter(({ until }) => until > at);
    for (const refusal of this.refusals) {
      if (refusal.method !== name || forced) continue;
      const told = refusal.host === host.name || this.storeIsFair;
      if (!told || at <= refusal.readAt + (refusal.host === host.name ? 0 : SPREADS_MS)) continue;
      const left = Math.round(refusal.until - at);
      this.findings.broken('P7', `${host.name} calls ${name} ${left} ms before Retry-After is over`);
    }
  }

  // ------------------------------------------------------------------------------------- failovers

  /** The store forgot something of this thread a moment after it was written. */
  forgot(what: string, key: ThreadKey): void {
    if (what === 'admit' || what === 'acquire') this.forgotten.add(key);
    const holder = this.store().holders.get(key);
    if (what === 'commit' && holder) this.unsaved.set(key, holder.process);
    else if (what === 'commit') this.forgotten.add(key);
  }

  /** A holder saved its state, and with it whatever had been forgotten. */
  saved(key: ThreadKey, process: string): void {
    if (this.unsaved.get(key) === process) this.unsaved.delete(key);
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
    const left = this.unsaved.get(key);
    if (left !== undefined && left !== holder.process) {
      this.unsaved.delete(key);
      this.forgotten.add(key);
    }
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
