/** A whole fleet: the replicas, the services, the people, and a plan that happens to them. */
import { threadKey } from '../../src/core/event.ts';
import { decodeState } from '../../src/core/record.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import type { ThreadState } from '../../src/core/state.ts';
import type { Admission, InboxItem, Log } from '../../src/ports.ts';
import { Actors } from './actors.ts';
import { AgentsModel } from './agents-model.ts';
import { Amendments } from './amendments.ts';
import { Chance } from './chance.ts';
import { Deliveries } from './deliveries.ts';
import { Findings } from './findings.ts';
import { Host } from './host.ts';
import { Network, type Departure } from './network.ts';
import { PEOPLE, type Said } from './people.ts';
import { FAIR, type Action, type Plan } from './plan.ts';
import { Replica } from './replica.ts';
import { SlackModel } from './slack-model.ts';
import { StoreModel, type Forgotten } from './store-model.ts';
import { Stops } from './stops.ts';
import { START, Timeline } from './timeline.ts';
import { Watch } from './watch.ts';
import { LEASE_MS } from '../../src/ports.ts';

export type Tell = (line: string) => void;

export class Fleet {
  readonly plan: Plan;
  readonly timeline = new Timeline();
  readonly findings = new Findings(() => this.timeline.elapsed);
  readonly slack: SlackModel;
  readonly agents: AgentsModel;
  readonly store: StoreModel;
  readonly actors: Actors;
  readonly deliveries: Deliveries;
  readonly watch: Watch;
  readonly stops: Stops;
  readonly amendments = new Amendments();
  readonly replicas: Replica[] = [];
  /** When a stop was taken last, by thread, ms of the run. */
  readonly stopped = new Map<string, number>();
  private readonly network: Network;
  private readonly chance: Chance;
  private readonly tell: Tell | undefined;
  /** The store has lost everything once. */
  emptied = false;
  /** The key was refused once. */
  revoked = false;
  private healed = false;
  private starts = 0;

  constructor(plan: Plan, tell?: Tell) {
    this.plan = plan;
    this.tell = tell;
    this.chance = new Chance(plan.seed);
    const { timeline, findings, chance } = this;
    const counted = (what: string): void => findings.counted(what);
    const said = (who: string, what: string): void => this.said(who, what);
    this.watch = new Watch(timeline, findings, () => this.store);
    this.network = new Network(timeline, chance.fork('network'), {
      departed: (trip, left) => this.watch.departed(trip, left),
      said,
      counted,
    });
    this.slack = new SlackModel(timeline, chance.fork('slack'));
    for (const person of PEOPLE) this.slack.people.set(person.id, person);
    this.store = new StoreModel(timeline, this.network, chance.fork('store'), {
      leaseMs: LEASE_MS,
      watcher: {
        acquired: (key, holder) => this.watch.acquired(key, holder),
        saved: (key, process) => this.watch.saved(key, process),
        admitted: (admission, outcome) => this.admitted(admission, outcome),
        consumed: (key, item, state) => this.consumed(key, item, decodeState(state)),
        forgot: (one) => this.forgot(one),
      },
    });
    this.agents = new AgentsModel(timeline, this.network, chance.fork('agents'), {
      archivedBusy: (session, why) => findings.broken('P10', `${session.id} is archived while ${why}`),
      created: (session) => this.created(session.thread, session.gen),
      said: (what) => said('agents', what),
      counted,
    });
    this.deliveries = new Deliveries({
      timeline,
      chance: chance.fork('deliveries'),
      replicas: () => this.replicas,
      weather: () => (this.healed ? FAIR.deliveries : plan.deliveries),
      said,
      counted,
    });
    this.stops = new Stops(this.agents, () => timeline.elapsed);
    const { slack, deliveries } = this;
    this.actors = new Actors({ timeline, slack, deliveries, threads: plan.threads, said });
    this.weather(plan);
  }

  private weather(from: Pick<Plan, keyof typeof FAIR>): void {
    this.network.weather = { ...from.weather };
    this.agents.streams = from.streams;
    this.agents.lateness = from.lateness;
    this.store.wakesLost = from.wakesLost;
    this.watch.storeIsFair = Object.values(from.weather.store).every((likely) => likely === 0);
  }

  said(who: string, what: string): void {
    this.tell?.(`${this.timeline.elapsed.toFixed(1).padStart(10)} ${who.padEnd(8)} ${what}`);
  }

  // ------------------------------------------------------------------------------------- the course of things

  async start(): Promise<void> {
    for (let at = 0; at < this.plan.replicas; at += 1) this.startReplica(at);
    for (const action of this.plan.actions) this.timeline.at(action.at, () => this.happen(action));
    await this.timeline.run(this.plan.until);
    this.heal();
  }

  private startReplica(at: number): void {
    const before = this.replicas[at];
    if (before && !before.gone && !before.host.dead) return;
    this.starts += 1;
    const name = `r${at}.${this.starts}`;
    const host = new Host(name, this.timeline, this.chance.fork(`host ${name}`));
    const { network, slack, agents, store, chance, watch, plan } = this;
    host.struck = (how) => {
      this.disturbed(`${how} ${name}`);
      this.watch.struck(name);
      if (how === 'thaw') return;
      this.findings.counted(how === 'crash' ? 'crashes' : 'freezes');
      if (how === 'crash' && this.replicas.some((other) => other.host.runs && other.open)) watch.died(name);
    };
    const replica = new Replica(host, {
      network,
      slack,
      agents,
      store,
      chance,
      settings: {
        busyMode: plan.busyMode,
        idleTimeoutMs: plan.idleTimeoutMs,
        output: plan.output,
        // Nobody raises a budget here: a session that has reached its own is closed.
        budget: { ...DEFAULT_SETTINGS.budget, raiseUsd: 0 },
        ...plan.caps,
      },
      log: this.logOf(name),
      limited: (method, seconds) => watch.limited(method, host, seconds),
    });
    this.replicas[at] = replica;
    this.said(name, 'starts');
    this.begin(replica);
  }

  /** The store may not be there yet: the product tries until it is. */
  private begin(replica: Replica): void {
    replica.start().catch(() => {
      this.timeline.after(500, () => {
        if (!replica.host.dead) this.begin(replica);
      });
    });
  }

  private happen(action: Action): void {
    if ('replica' in action) return this.strike(action);
    switch (action.do) {
      case 'failover': {
        this.disturbed(`failover, ${action.lostMs} ms lost, down for ${Math.round(action.downMs)} ms`);
        this.findings.counted(action.lostMs > 0 ? 'failovers' : 'store down');
        this.store.failover(action.lostMs, action.downMs).catch((error: unknown) => this.bug(error));
        return;
      }
      case 'empty':
        this.disturbed(`the store loses everything, down for ${Math.round(action.downMs)} ms`);
        this.findings.counted('stores emptied');
        this.emptied = true;
        this.store.lose(action.downMs).catch((error: unknown) => this.bug(error));
        return;
      case 'blackout':
        return this.blackout(action.ms);
      case 'revoke':
        this.disturbed(`the key is refused for ${Math.round(action.ms)} ms`);
        this.findings.counted('keys refused');
        this.revoked = true;
        this.agents.revokedUntil = this.timeline.elapsed + action.ms;
        return;
      case 'limit':
        this.said('slack', `${action.method} closed for ${action.seconds} s`);
        this.slack.closed.set(action.method, this.timeline.elapsed + action.seconds * 1_000);
        this.findings.counted('limits');
        return;
      case 'doom':
        this.network.dooms.push(action);
        return;
      case 'outside': {
        const place = this.actors.places.get(action.thread);
        const session = place && this.agents.of(place.key).at(-1);
        if (!session || session.over || (action.how === 'archived' && session.running)) return;
        this.findings.counted('sessions ended elsewhere');
        session.finish(action.how);
        return;
      }
      default:
        this.actors.act(action);
    }
  }

  /** Nobody is there for a while. */
  private blackout(ms: number): void {
    this.findings.counted('blackouts');
    for (const { host } of this.replicas) host.crash();
    // Nobody was left to take anything over.
    this.timeline.after(1, () => this.disturbed('nobody is there'));
    this.timeline.after(ms, () => this.revive());
  }

  private strike(action: Extract<Action, { replica: number }>): void {
    const replica = this.replicas[action.replica];
    if (action.do === 'start') return this.startReplica(action.replica);
    if (!replica || replica.host.dead) return;
    const { host } = replica;
    switch (action.do) {
      case 'crash':
        host.crash();
        return;
      case 'freeze':
        host.freeze(action.ms);
        return;
      case 'drain':
        this.findings.counted('drains');
        this.disturbed(`drain ${host.name}`);
        this.watch.struck(host.name);
        host.deliver(() => {
          replica.drain(action.withinMs).catch((error: unknown) => this.bug(error));
        });
        return;
      case 'trap':
        host.trap = { after: action.after, does: action.does, when: action.when, ms: action.ms };
    }
  }

  private disturbed(what: string): void {
    this.watch.disturbedAt = this.timeline.elapsed;
    this.said('chaos', what);
  }

  /** Everything goes well from now on. */
  private heal(): void {
    this.healed = true;
    this.said('chaos', 'everything heals');
    this.weather({ ...this.plan, ...FAIR });
    this.network.dooms.length = 0;
    this.slack.closed.clear();
    this.agents.revokedUntil = 0;
    for (const { host } of this.replicas) {
      host.trap = undefined;
      host.thaw();
    }
    this.revive();
  }

  /** Who went is started again. */
  revive(): void {
    for (let at = 0; at < this.plan.replicas; at += 1) this.startReplica(at);
  }

  // ------------------------------------------------------------------------------------- what became of messages

  private find(admission: Admission): Said | undefined {
    const { input, thread } = admission;
    if (input.kind !== 'message') return undefined;
    return this.actors.messages.find(({ channel, ts }) => channel === thread.channel && ts === input.ts);
  }

  private admitted(admission: Admission, outcome: string): void {
    if (admission.input.kind === 'stop' && outcome === 'admitted')
      this.stopped.set(threadKey(admission.thread), this.timeline.elapsed);
    const said = this.find(admission);
    if (!said) return;
    if (outcome === 'flooded' || outcome === 'full') said.refused ??= this.timeline.elapsed;
    if (outcome === 'unfollowed') said.remembered = this.timeline.elapsed;
    if (outcome !== 'admitted') return;
    const inThread = this.actors.messages.filter(({ key }) => key === said.key);
    const starts = inThread.every((other) => other.admitted === undefined);
    said.admitted ??= this.timeline.elapsed;
    if (!starts) return;
    for (const other of inThread) {
      const waits = other.remembered !== undefined && this.timeline.elapsed - other.remembered < 60_000;
      // What came before the start was said to people; what came after it waited for it.
      if (waits && other.ts > said.ts) other.admitted ??= this.timeline.elapsed;
    }
  }

  /** A holder has handled it, and saved this. */
  private consumed(key: string, { input, at }: InboxItem, state: ThreadState | undefined): void {
    const [admitted, handled] = [at - START, this.timeline.elapsed];
    if (input.kind === 'stop') this.stops.handled(key, admitted, state);
    if (input.kind === 'edit' || input.kind === 'withdraw')
      this.amendments.handled(key, input, { admitted, handled }, state);
  }

  /** What was saved is gone. */
  private forgot(one: Forgotten): void {
    const said = one.admission && this.find(one.admission);
    if (said) said.forgotten = true;
    this.watch.forgot(one);
    if (one.what === 'commit') {
      this.stops.forgot(one.thread, one.at);
      this.amendments.forgot(one.thread, one.at);
    }
    this.findings.residual(`${one.what} that the store forgot`);
  }

  private created(thread: string, gen: number): void {
    const twins = this.agents.of(thread).filter((session) => session.gen === gen && !session.over);
    this.said('agents', `a session created for ${thread} gen ${gen}`);
    if (twins.length <= 1) return;
    if (twins.some(({ made }) => this.unknown(thread, made))) this.findings.residual('sessions made twice');
    else this.findings.broken('P2', `${thread} has ${twins.length} sessions of generation ${gen}`);
  }

  /** Whoever holds this thread cannot know of that call. */
  readonly unknown = (key: string, left: Departure | undefined): boolean =>
    this.watch.excuses.unknown(key, left);

  // ------------------------------------------------------------------------------------- what the product says

  private bug(error: unknown): void {
    this.findings.broken('bug', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  /** What an error of the product's log stands for, where that is not a bug. */
  private foreseen(msg: string, fields: object): string | undefined {
    const { thread } = fields as { readonly thread?: string };
    const suspects = /^(?:thread left alone|input parked: processes ended)/.test(msg);
    if (suspects && thread !== undefined && this.watch.isSuspect(thread)) return msg;
    return this.revoked && msg.startsWith('Managed Agents refuses this') ? msg : undefined;
  }

  private logOf(name: string, more: object = {}): Log {
    const line =
      (level: string) =>
      (fields: object, msg: string): void => {
        const all = { ...more, ...fields };
        if (this.tell) this.said(name, `${level}: ${msg} ${brief(all)}`);
        if (level !== 'error') return;
        const foreseen = this.foreseen(msg, all);
        if (foreseen === undefined) this.findings.broken('bug', `${msg} ${brief(all)}`);
        else this.findings.residual(foreseen);
      };
    return {
      debug: () => undefined,
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
      notice: line('info'),
      child: (fields) => this.logOf(name, { ...more, ...fields }),
    };
  }
}

function brief(fields: object): string {
  return Object.entries(fields)
    .map(
      ([name, value]) =>
        `${name}=${value instanceof Error ? `${value.name}: ${value.message}` : String(value)}`,
    )
    .join(' ')
    .slice(0, 300);
}
