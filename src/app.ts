/**
 * The composition root, and the map of the code.
 *
 *   core/       pure: `route` where a delivery goes, `session` the thread's actor (state, input -> state, effects),
 *               `turn` the agent's events folded, `state` what is saved, `mark` how a send is found again
 *   render/     pure: `picture` what a thread should show, `message`, `cards`, `words`, `markdown` safe and split
 *   flow/       `intake` deliveries into inboxes, `supervisor` leases, `conversation` one held thread (the only
 *               writer), `calls` effects on the agent, `follower` its stream, `outbox` the difference to Slack,
 *               `recovery` what a loss or a gap has left: records made anew (`lost`), messages missed (`catch-up`)
 *   adapters/   the SDKs: `slack` in and out with rate lanes, `anthropic` sessions and feed and setup, `store`
 *   ops/        log, metrics, health, doctor
 *   playground/ a Slack and a Managed Agents server on the real wire, and their page; never imported from here
 *
 * A thread is none -> starting -> working -> (asking <-> working) -> resting -> closing -> closed | failed.
 */
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createAgentPort } from './adapters/anthropic/sessions.ts';
import { createSlackPort } from './adapters/slack/api.ts';
import { botIdentity } from './adapters/slack/identity.ts';
import { createLanes, type Lanes } from './adapters/slack/lanes.ts';
import { laneRoom } from './adapters/slack/limits.ts';
import { slackReach } from './adapters/slack/reach.ts';
import { createSlackSource, type MountableSlackSource } from './adapters/slack/source.ts';
import { openStore, type OpenedStore } from './adapters/store/open.ts';
import type { Config } from './config.ts';
import { ConfigError, PortError } from './errors.ts';
import { createAwaited } from './flow/awaited.ts';
import { createCadence, type Cadence } from './flow/cadence.ts';
import { createIntake } from './flow/intake.ts';
import { readPace } from './flow/pace.ts';
import { createLost } from './flow/lost.ts';
import { createRecovery, type Recovery } from './flow/recovery.ts';
import { createSupervisor, type Supervisor } from './flow/supervisor.ts';
import { createSpending } from './flow/spending.ts';
import { createTrail, type Trail } from './flow/trail.ts';
import { createTuning } from './flow/tuning.ts';
import { backoff } from './lib/backoff.ts';
import { randomToken, systemRandom } from './lib/random.ts';
import { delay, systemClock } from './lib/time.ts';
import { checkAgent } from './ops/agent-check.ts';
import { withBreaker } from './ops/breaker.ts';
import { createHttp, type Http } from './ops/health.ts';
import { meteredAgent } from './ops/metered.ts';
import { meteredStore } from './ops/metered-store.ts';
import { createMetrics, type Metrics } from './ops/metrics.ts';
import { fired } from './ops/stopping.ts';
import { CALL_MS, LEASE_MS, RENEW_MS, SETTLE_MS, type BotIdentity, type Log } from './ports.ts';

export interface RunningApp {
  /** Takes nothing new, hands over or finishes within so many milliseconds, then closes everything (I10). */
  stop(withinMs: number): Promise<void>;
  readonly port: number;
}

/** Milliseconds. Only together: a call ends before its lease does, and before its absence is believed. */
export interface AppTimes {
  /** Longest life of one call that writes. */
  readonly callMs: number;
  /** Life of a lease without renewal; more than `callMs` and half a second. */
  readonly leaseMs: number;
  readonly renewMs: number;
  /** After so long what cannot be found is taken as not done; more than `callMs`. */
  readonly settleMs: number;
  /** Between two looks for threads that nobody holds. */
  readonly sweepMs: number;
  /** A stream without a byte for so long is given up; the adapter's own default where absent. */
  readonly silentMs?: number;
  /** Longest life of a native stream before it goes on by edits; the outbox's own default where absent. */
  readonly streamMs?: number;
  /** So long a message goes unheard before a reaction says that it was; the outbox's own default where absent. */
  readonly signMs?: number;
  /** Between two marks in the store that somebody is connected to Slack. */
  readonly beatMs: number;
  /** Without such a mark for so long, what people wrote meanwhile is looked for; more than two beats. */
  readonly gapMs: number;
}

const TIMES: AppTimes = {
  callMs: CALL_MS,
  leaseMs: LEASE_MS,
  renewMs: RENEW_MS,
  settleMs: SETTLE_MS,
  sweepMs: 1_000,
  beatMs: 1_000,
  gapMs: 5_000,
};

export interface AppOptions {
  readonly log: Log;
  /** Gives the start up, however far it is. What runs is stopped by `RunningApp.stop`. */
  readonly signal?: AbortSignal;
  /** Tests shorten them. */
  readonly times?: Partial<AppTimes>;
  /** Of the product, for whoever watches it. */
  readonly version?: string;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What is up, as far as it is: `/readyz` says the rest. */
interface Parts {
  /** Why Slack cannot be reached, where no connection tells. */
  reach?: () => Promise<string | undefined>;
  lanes?: Lanes;
  cadence?: Cadence;
  opened?: OpenedStore;
  source?: MountableSlackSource;
  supervisor?: Supervisor;
  recovery?: Recovery;
  trail?: Trail;
  /** What Managed Agents refuse until an operator acts. */
  refusals?: () => readonly string[];
  /** With what Redis refuses to write anything down. */
  unwritable?: string | undefined;
  waitingFor?: string;
}

/**
 * Starts the product. Resolves when it serves.
 * @throws {ConfigError} where Slack or Managed Agents refuse what is set, or the port is taken; the signal's
 *   reason where that gives the start up
 */
export async function startApp(
  config: Config,
  { log, signal = new AbortController().signal, times, version }: AppOptions,
): Promise<RunningApp> {
  const parts: Parts = { waitingFor: 'starting' };
  const metrics = createMetrics(version);
  const stopping = new AbortController();
  const http = await createHttp({
    port: config.port,
    host: config.host,
    routes: [
      {
        method: 'POST',
        path: '/slack/events',
        handle: async (request, response) => {
          const route = parts.source?.routes[0];
          if (route) await route.handler(request, response);
          else response.writeHead(503, { 'retry-after': '5' }).end();
        },
      },
    ],
    reasons: () => reasons(parts),
    warnings: () => warnings(parts),
    metrics: () => metrics.scrape(),
    log,
  });
  try {
    const around = { log, metrics, signal: stopping.signal, times: { ...TIMES, ...times } };
    const givenUp = fired(signal).then(() => stopping.abort(signal.reason));
    await Promise.race([connect(config, around, parts), givenUp]);
    signal.throwIfAborted();
  } catch (error) {
    await stop(parts, http, 0, log);
    throw asConfigError(error);
  }
  delete parts.waitingFor;
  log.notice({ port: http.port, store: parts.opened?.kind }, 'ready');
  return {
    port: http.port,
    stop: (withinMs) => {
      stopping.abort(new Error('stopping'));
      return stop(parts, http, withinMs, log);
    },
  };
}

interface Around {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  readonly times: AppTimes;
}

async function connect(config: Config, around: Around, parts: Parts): Promise<void> {
  const { log, metrics, signal, times } = around;
  const [bot] = await Promise.all([identify(config, around, parts), checkAgent(config, log)]);
  const store = await openWhenReachable(config, bot, around, parts);
  const cadence = createCadence({ store, clock: systemClock, room: laneRoom });
  const lanes = createLanes({ limiter: store, crowd: cadence, clock: systemClock, log, meter: metrics });
  parts.cadence = cadence;
  parts.lanes = lanes;
  const { settings, said, agents } = config;
  const { botToken, apiUrl, transport } = config.slack;
  const slack = createSlackPort({
    token: botToken,
    apiUrl,
    lanes,
    log,
    callMs: times.callMs,
    onCall: (method, outcome) => metrics.slackCall(method, outcome),
  });
  const sessions = createAgentPort({
    ...config.anthropic,
    agent: config.agent,
    environmentId: config.environment.id,
    environments: config.environments,
    ...(config.githubTokens ? { githubTokens: config.githubTokens } : {}),
    agents,
    appId: bot.appId,
    log,
    clock: systemClock,
    writeMs: times.callMs,
    silentMs: times.silentMs,
  });
  const breaker = withBreaker(meteredAgent(sessions, metrics), { clock: systemClock, log });
  parts.refusals = () => breaker.refusals();
  const { agent } = breaker;
  const pace = readPace(store, systemClock);
  const tuning = createTuning({ store, clock: systemClock, log, settings, said });
  const name = `${hostname()}-${process.pid}-${randomToken(6)}`;
  const spending = createSpending({ store, clock: systemClock, log, meter: metrics });
  const common = { agent, agents, log, clock: systemClock, random: systemRandom, settings, tuning, pace };
  const shared = { ...common, spending };
  const backlog = slack.backlog(bot);
  const lost = createLost({ ...shared, ...times, sessions, slack: backlog }, signal);
  const supervisor = createSupervisor({
    ...shared,
    ...times,
    store,
    slack,
    meter: metrics,
    process: name,
    cadence,
    lost,
  });
  parts.supervisor = supervisor;
  metrics.watch({
    runningSessions: () => supervisor.working,
    heldLeases: () => supervisor.held,
    oldestTurnSeconds: () => supervisor.oldestTurnSeconds,
    backlog: () => store.backlog(),
    ready: async () => (await reasons(parts)).length === 0,
    refusals: () => breaker.refusals().length,
  });
  parts.trail = createTrail({ ...shared, store });
  const intake = createIntake({
    ...shared,
    store,
    slack,
    meter: metrics,
    trail: parts.trail,
    awaited: createAwaited({ ...shared, lost, signal, adopt: (thread) => supervisor.adopt(thread) }),
    wake: (thread) => supervisor.wake(thread),
  });
  const tokens =
    transport.mode === 'socket'
      ? { appToken: transport.appToken }
      : { signingSecret: transport.signingSecret };
  const source = createSlackSource({
    config: { botToken, apiUrl, ...tokens },
    bot,
    intake,
    slack,
    log,
    onMissed: (since) => parts.recovery?.missedSince(since),
  });
  parts.source = source;
  const recovery = createRecovery({
    ...shared,
    ...times,
    store,
    slack: backlog,
    intake,
    bot,
    lost,
    process: name,
    connected: () => source.health().ok,
    adopt: (thread) => supervisor.adopt(thread),
  });
  parts.recovery = recovery;
  if (transport.mode === 'http') {
    parts.reach = slackReach({ apiUrl, token: botToken, clock: systemClock, timeoutMs: 3_000 });
  }
  await supervisor.start();
  parts.waitingFor = 'connecting to Slack';
  await source.start();
  recovery.start();
  signal.throwIfAborted();
}

function identify(config: Config, { log, signal }: Around, parts: Parts): Promise<BotIdentity> {
  const { botToken, apiUrl, transport } = config.slack;
  return botIdentity({
    botToken,
    appToken: transport.mode === 'socket' ? transport.appToken : undefined,
    apiUrl,
    clock: systemClock,
    log,
    onWait: (why) => {
      parts.waitingFor = `Slack cannot be reached (${why})`;
    },
    signal,
  });
}

/** The store may come up later than this process: not ready until then, and trying. */
async function openWhenReachable(
  config: Config,
  bot: BotIdentity,
  { log, metrics, signal, times }: Around,
  parts: Parts,
): Promise<OpenedStore['store']> {
  const waits = backoff({ minMs: 300, maxMs: 5_000 });
  for (;;) {
    signal.throwIfAborted();
    try {
      parts.opened ??= await openStore({
        redisUrl: config.redisUrl,
        appId: bot.appId,
        checkoutDir: ROOT,
        dataDir: config.dataDir,
        cacheDir: `${config.dataDir}/cache`,
        log,
        signal,
        leaseMs: times.leaseMs,
      });
      await parts.opened.store.ping();
      signal.throwIfAborted();
      return meteredStore(parts.opened.store, metrics, systemClock, (refusal) => {
        parts.unwritable = refusal;
      });
    } catch (error) {
      if (!(error instanceof PortError) || error.kind === 'fatal') throw error;
      parts.waitingFor = `Redis cannot be reached (${error.code})`;
      log.warn({ code: error.code }, 'Redis cannot be reached; trying on');
      await delay(waits.next(), signal);
    }
  }
}

/** What an operator has to set right ends the process with 78; the sentence names the variable. */
function asConfigError(error: unknown): unknown {
  if (!(error instanceof PortError) || error.kind !== 'fatal') return error;
  const about = /token|auth|app_/.test(error.code) ? 'SLACK_BOT_TOKEN or SLACK_APP_TOKEN is refused: ' : '';
  return new ConfigError([`${about}${error.message}`], { cause: error });
}

async function reasons({ waitingFor, opened, source, reach }: Parts): Promise<readonly string[]> {
  const why = waitingFor === undefined ? [] : [waitingFor];
  const health = source?.health();
  if (health && !health.ok) why.push(`Slack: ${health.why}`);
  const unreachable = await reach?.();
  if (unreachable !== undefined) why.push(`Slack cannot be reached (${unreachable})`);
  await opened?.store.ping().catch((error: unknown) => {
    why.push(`Redis cannot be reached (${error instanceof PortError ? error.code : 'error'})`);
  });
  return [...new Set(why)];
}

/** What is wrong while everything can be reached: an operator has to act. */
function warnings({ refusals, unwritable }: Parts): readonly string[] {
  const full = `Redis takes nothing new (${unwritable}): what people write is not acknowledged, and Slack delivers it again`;
  return [...(refusals?.() ?? []), ...(unwritable === undefined ? [] : [full])];
}

async function stop(parts: Parts, http: Http, withinMs: number, log: Log): Promise<void> {
  parts.waitingFor = 'stopping';
  const quietly = (what: string, work: Promise<unknown> | undefined): Promise<unknown> | undefined =>
    work?.catch((error: unknown) => log.warn({ err: error, what }, 'did not stop cleanly'));
  await quietly('slack', parts.source?.stop());
  await quietly('recovery', parts.recovery?.stop());
  const written = quietly('audit', parts.trail?.flush(withinMs));
  await quietly('supervisor', parts.supervisor?.drain(withinMs));
  await written;
  parts.lanes?.close();
  parts.cadence?.close();
  await quietly('store', parts.opened?.store.close());
  await quietly('http', http.close(200));
}
