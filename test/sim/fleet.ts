/** A whole fleet: the replicas, the services, the people, and a plan that happens to them. */
import { threadKey, type ThreadKey } from '../../src/core/event.ts';
import type { Admission, Log } from '../../src/ports.ts';
import { Actors } from './actors.ts';
import { AgentsModel } from './agents-model.ts';
import { Chance } from './chance.ts';
import { Deliveries } from './deliveries.ts';
import { Findings } from './findings.ts';
import { Host } from './host.ts';
import { Network } from './network.ts';
import { PEOPLE, type Said } from './people.ts';
import { FAIR, type Action, type Plan } from './plan.ts';
import { Replica } from './replica.ts';
import { SlackModel } from './slack-model.ts';
import { StoreModel } from './store-model.ts';
import { Timeline } from './timeline.ts';
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
  readonly replicas: Replica[] = [];
  /** When a stop was taken last, by thread, ms of the run. */
  readonly stopped = new Map<string, number>();
  private readonly network: Network;
  private readonly chance: Chance;
  private readonly tell: Tell | undefined;
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
        forgot: (what, thread, admission) => this.forgot(what, thread, admission),
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
      settings: { busyMode: plan.busyMode, idleTimeoutMs: plan.idleTimeoutMs },
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
        if (action.lostMs > 0) this.watch.forgotAt = this.timeline.elapsed;
        this.findings.counted(action.lostMs > 0 ? 'failovers' : 'store down');
        this.store.failover(action.lostMs, action.downMs).catch((error: unknown) => this.bug(error));
        return;
      }
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

  /** What was saved a moment ago is gone: of these threads less is promised. */
  private forgot(what: string, thread: ThreadKey, admission: Admission | undefined): void {
    const said = admission && this.find(admission);
    if (said) said.forgotten = true;
    this.watch.forgot(what, thread);
    this.findings.residual(`${what} that a failover forgot`);
  }

  private created(thread: string, gen: number): void {
    const twins = this.agents.of(thread).filter((session) => session.gen === gen && !session.over);
    this.said('agents', `a session created for ${thread} gen ${gen}`);
    if (twins.length <= 1) return;
    if (this.excused(thread)) this.findings.residual('sessions made twice');
    else this.findings.broken('P2', `${thread} has ${twins.length} sessions of generation ${gen}`);
  }

  /** Less is promised: a machine froze at the socket, or the store forgot whose thread it is. */
  readonly excused = (key: string): boolean => this.watch.forced.has(key) || this.watch.forgotten.has(key);

  // ------------------------------------------------------------------------------------- what the product says

  private bug(error: unknown): void {
    this.findings.broken('bug', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  /** Whose holders have died three times in a row is suspected, also where it was chance. */
  private isSuspicion(msg: string): boolean {
    const crashes = this.findings.counts.get('crashes') ?? 0;
    return crashes >= 3 && /^(?:thread left alone|input parked: processes ended)/.test(msg);
  }

  private logOf(name: string): Log {
    const line =
      (level: string) =>
      (fields: object, msg: string): void => {
        if (this.tell) this.said(name, `${level}: ${msg} ${brief(fields)}`);
        if (level !== 'error') return;
        if (this.isSuspicion(msg)) this.findings.counted('threads suspected of ending processes');
        else this.findings.broken('bug', `${msg} ${brief(fields)}`);
      };
    const log: Log = {
      debug: () => undefined,
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
      child: () => log,
    };
    return log;
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
