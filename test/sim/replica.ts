/** One replica: the product's own code, put together as `src/app.ts` does it, on a machine of its own. */
import { webApi } from '@slack/bolt';
import { createSlackPort } from '../../src/adapters/slack/api.ts';
import { createLanes } from '../../src/adapters/slack/lanes.ts';
import { laneRoom } from '../../src/adapters/slack/limits.ts';
import { createCadence } from '../../src/flow/cadence.ts';
import { narrow } from '../../src/adapters/slack/narrow.ts';
import type { WebApi } from '../../src/adapters/slack/calls.ts';
import type { Incoming } from '../../src/core/event.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/core/settings.ts';
import { createIntake } from '../../src/flow/intake.ts';
import { readPace } from '../../src/flow/pace.ts';
import { createLost, type Lost } from '../../src/flow/lost.ts';
import { createRecovery, type Recovery } from '../../src/flow/recovery.ts';
import { createSupervisor, type Supervisor } from '../../src/flow/supervisor.ts';
import { withBreaker } from '../../src/ops/breaker.ts';
import type { Log, Meter, Random, SlackIntake } from '../../src/ports.ts';
import { CALL_MS, LEASE_MS, RENEW_MS, SETTLE_MS } from '../../src/ports.ts';
import type { AgentsModel } from './agents-model.ts';
import type { Chance } from './chance.ts';
import type { Host } from './host.ts';
import type { Network, Service } from './network.ts';
import { type SlackModel } from './slack-model.ts';
import { BOT } from './slack-kinds.ts';
import type { StoreModel } from './store-model.ts';

const SLACK: Service = {
  name: 'slack',
  latency: [30, 220],
  failures: {
    refused: () =>
      new webApi.WebAPIRequestError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })),
    timeout: () =>
      new webApi.WebAPIRequestError(Object.assign(new Error('timed out'), { name: 'TimeoutError' })),
    broken: () => new webApi.WebAPIRequestError(Object.assign(new Error('reset'), { code: 'ECONNRESET' })),
    server: () => new webApi.WebAPIHTTPError(503, 'Service Unavailable', {}, ''),
  },
};

export interface Outside {
  readonly network: Network;
  readonly slack: SlackModel;
  readonly agents: AgentsModel;
  readonly store: StoreModel;
  readonly settings: Partial<Settings>;
  readonly log: Log;
  readonly chance: Chance;
  /** Slack said 429, and that was read. */
  readonly limited: (method: string, seconds: number) => void;
}

/** As `src/app.ts` sets them. */
const TIMES = {
  callMs: CALL_MS,
  leaseMs: LEASE_MS,
  renewMs: RENEW_MS,
  settleMs: SETTLE_MS,
  sweepMs: 1_000,
  beatMs: 1_000,
  gapMs: 5_000,
} as const;

const METER: Meter = {
  firstSign: () => undefined,
  firstText: () => undefined,
  admission: () => undefined,
  takeover: () => undefined,
  leaseLost: () => undefined,
  streamLost: () => undefined,
  tokens: () => undefined,
  spent: () => undefined,
  turn: () => undefined,
  inboxAge: () => undefined,
  feedback: () => undefined,
  event: () => undefined,
};

export class Replica {
  readonly host: Host;
  readonly supervisor: Supervisor;
  draining = false;
  /** It has gone, by itself or not. */
  gone = false;
  private readonly ending = new AbortController();
  private readonly lost: Lost;
  private readonly recovery: Recovery;
  private readonly intake: SlackIntake;
  private readonly lanes: ReturnType<typeof createLanes>;

  constructor(host: Host, outside: Outside) {
    const { network, slack: world, agents, log, chance } = outside;
    this.host = host;
    const { clock } = host;
    const random = randomFrom(chance.fork(host.name));
    const store = outside.store.port(host);
    const cadence = createCadence({ store, clock, room: laneRoom });
    this.lanes = createLanes({ limiter: store, crowd: cadence, clock, log });
    const connect = (kind: 'read' | 'write', timeoutMs: number): WebApi => ({
      apiCall: (method, args) =>
        network
          .call<unknown>(host, {
            service: SLACK,
            name: method,
            write: kind === 'write',
            timeoutMs,
            ...threadOf(world, args),
            about: aboutOf(args),
            arrive: (left) => world.call(method, args, left),
          })
          .catch((error: unknown) => {
            if (error instanceof webApi.WebAPIRateLimitedError) outside.limited(method, error.retryAfter);
            throw error;
          }),
    });
    const slack = createSlackPort({
      token: 'xoxb-0',
      lanes: this.lanes,
      log,
      clock,
      callMs: CALL_MS,
      random,
      connect,
    });
    const settings = { ...DEFAULT_SETTINGS, ...outside.settings };
    const { agent } = withBreaker(agents.port(host), { clock, log });
    const shared = { ...TIMES, agent, log, clock, random, settings, pace: readPace(store, clock) };
    const backlog = slack.backlog(BOT);
    const lost = (this.lost = createLost(
      { ...shared, sessions: agents.list(host), slack: backlog },
      this.ending.signal,
    ));
    this.supervisor = createSupervisor({
      ...shared,
      store,
      slack,
      meter: METER,
      agents: [],
      process: host.name,
      cadence,
      lost,
    });
    this.intake = createIntake({
      store,
      slack,
      agent,
      agents: [],
      log,
      clock,
      random,
      meter: METER,
      settings,
      wake: (thread) => this.supervisor.wake(thread),
    });
    this.recovery = createRecovery({
      ...shared,
      store,
      slack: backlog,
      intake: this.intake,
      bot: BOT,
      lost,
      process: host.name,
      connected: () => this.open,
      adopt: (thread) => this.supervisor.adopt(thread),
    });
  }

  /** Takes deliveries. */
  get open(): boolean {
    return !this.gone && !this.draining && !this.host.dead;
  }

  /** It looks for what the store has lost. */
  get mending(): boolean {
    return this.lost.noticed;
  }

  async start(): Promise<void> {
    await this.supervisor.start();
    this.recovery.start();
  }

  /** One delivery of Slack, up to its acknowledgement; a rejection means none. */
  async event(body: unknown): Promise<void> {
    if (this.draining) throw new Error('this process is stopping');
    const narrowed = narrow(body, BOT);
    if (narrowed.is === 'event') await this.intake.event(narrowed.incoming, BOT);
  }

  /** A click: Slack does not deliver it again. */
  async ask(incoming: Incoming): Promise<void> {
    if (this.draining) throw new Error('this process is stopping');
    await this.intake.ask(incoming, BOT);
  }

  /** SIGTERM: nothing new, everything is handed over, and then it is gone. */
  async drain(withinMs: number): Promise<void> {
    if (this.draining) return;
    this.draining = true;
    this.ending.abort(new Error('stopping'));
    await this.recovery.stop();
    await this.supervisor.drain(withinMs);
    this.lanes.close();
    this.gone = true;
    this.host.dead = true;
  }
}

function randomFrom(chance: Chance): Random {
  return {
    fraction: () => chance.next(),
    token: () =>
      Array.from({ length: 22 }, () => 'abcdefghijklmnopqrstuvwxyz'[chance.below(26)] ?? 'a').join(''),
  };
}

/** The thread that a call of the Web API writes to. */
function threadOf(world: SlackModel, args: Readonly<Record<string, unknown>>): { thread?: string } {
  const channel = args['channel'] ?? args['channel_id'];
  if (typeof channel !== 'string') return {};
  const named = args['thread_ts'];
  if (typeof named === 'string') return { thread: `${BOT.team}:${channel}:${named}` };
  const ts = args['ts'] ?? args['timestamp'];
  const message = typeof ts === 'string' ? world.message(channel, ts) : undefined;
  return message ? { thread: `${BOT.team}:${channel}:${message.threadTs ?? message.ts}` } : {};
}

function aboutOf(args: Readonly<Record<string, unknown>>): string {
  const { text } = args;
  const words = typeof text === 'string' ? text : args['markdown_text'];
  return [
    args['channel'] ?? args['channel_id'],
    args['thread_ts'] ?? args['ts'] ?? args['timestamp'],
    args['user'],
    args['status'] ?? args['session_status'],
    args['name'],
    typeof words === 'string' ? JSON.stringify(words.slice(0, 60)) : undefined,
  ]
    .filter((part) => typeof part === 'string')
    .join(' ');
}
