/**
 * The whole product in this process: the real SDKs over loopback against the playground's Slack and Managed
 * Agents servers, state in a real Redis of the test's own.
 */
import { startApp, type AppTimes, type RunningApp } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/core/settings.ts';
import {
  startAgentsServer,
  type AgentsServer,
  type AgentsServerOptions,
} from '../../src/playground/agents/index.ts';
import {
  startSlackServer,
  type SeenMessage,
  type SlackServer,
  type SlackServerOptions,
} from '../../src/playground/slack/index.ts';
import type { WireCall } from '../../src/playground/wire.ts';
import type { Log } from '../../src/ports.ts';
import { quietLog } from './quiet-log.ts';
import { freePort, startTestRedis, type TestRedis, type TestRedisOptions } from './redis.ts';

export interface WholeOptions {
  readonly settings?: Partial<Settings>;
  readonly slack?: SlackServerOptions;
  readonly agents?: AgentsServerOptions;
  /** Events over signed HTTP in place of Socket Mode; then there is no second replica. */
  readonly http?: boolean;
  readonly log?: Log;
  /** Shortened times, for what is only believed after a while. */
  readonly times?: Partial<AppTimes>;
  readonly redis?: TestRedisOptions;
  /** `REDIS_URL`, where it is not the one server that this starts. */
  readonly redisUrl?: string;
}

export interface Whole {
  readonly slack: SlackServer;
  readonly agents: AgentsServer;
  readonly redis: TestRedis;
  readonly config: Config;
  readonly app: RunningApp;
  /** One more replica on the same Slack app, agents and Redis. */
  replica(settings?: Partial<Settings>): Promise<RunningApp>;
  /** Bot messages of a thread, oldest first. */
  bot(channel: string, threadTs: string): SeenMessage[];
  /** The words of all bot messages of a thread. */
  words(channel: string, threadTs: string): string;
  /** Resolves when the thread's picture is still: nothing busy in it, the agent idle. */
  calm(channel: string, threadTs: string, timeoutMs?: number): Promise<void>;
  /** Hears of each exchange that either server has answered, until the returned function is called. */
  listen(listener: (call: WireCall) => void): () => void;
  stop(): Promise<void>;
}

/**
 * All of the product's times shortened together: a call ends before its lease does, and before its absence is
 * believed.
 */
export const SHORT = {
  callMs: 600,
  leaseMs: 2_400,
  renewMs: 600,
  settleMs: 1_000,
  sweepMs: 200,
} satisfies Partial<AppTimes>;

/** Resolves with the first truthy answer; looks every few milliseconds. */
export async function until<T>(look: () => T, what: string, timeoutMs = 10_000): Promise<NonNullable<T>> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`${what} did not come true in ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
}

export function isBusy(message: SeenMessage): boolean {
  return (
    message.streaming === 'in_progress' ||
    JSON.stringify(message.blocks).includes('heddle.stop') ||
    /Working…|Starting|Stopping…/.test(message.shown)
  );
}

export async function startWhole(options: WholeOptions = {}): Promise<Whole> {
  const port = options.http ? await freePort() : 0;
  const events = { mode: 'http', url: `http://127.0.0.1:${port}/slack/events` } as const;
  const listeners = new Set<(call: WireCall) => void>();
  const onCall = (call: WireCall): void => listeners.forEach((listener) => listener(call));
  const [redis, agents, slack] = await Promise.all([
    startTestRedis(options.redis),
    startAgentsServer({ pace: 0, onCall, ...options.agents }),
    startSlackServer({ limits: false, onCall, ...(options.http ? { events } : {}), ...options.slack }),
  ]);
  const { agentId, environmentId } = agents.control.seed();
  const config: Config = {
    slack: {
      botToken: slack.botToken,
      transport: options.http
        ? { mode: 'http', signingSecret: slack.signingSecret }
        : { mode: 'socket', appToken: slack.appToken },
      apiUrl: slack.apiUrl,
      isCustomApi: true,
    },
    anthropic: { apiKey: 'test-key', baseURL: agents.url },
    agent: { id: agentId, version: undefined },
    agents: [{ name: 'weaver', id: agentId, model: 'claude-opus-4-5', isDefault: true }],
    environment: { id: environmentId },
    redisUrl: options.redisUrl ?? redis.url,
    dataDir: redis.dir,
    environments: {},
    port,
    host: '127.0.0.1',
    drainTimeoutMs: 5_000,
    logLevel: 'silent',
    settings: { ...DEFAULT_SETTINGS, ...options.settings },
    said: {},
    notes: [],
  };
  const log = options.log ?? quietLog;
  const apps: RunningApp[] = [];
  const start = async (settings: Partial<Settings> = {}): Promise<RunningApp> => {
    // On a busy machine every message would be marked as heard before its answer stands.
    const times = { signMs: 60_000, ...options.times };
    const app = await startApp({ ...config, settings: { ...config.settings, ...settings } }, { log, times });
    apps.push(app);
    return app;
  };
  const app = await start();
  const bot = (channel: string, threadTs: string): SeenMessage[] =>
    slack.control.messages(channel, threadTs).filter((message) => message.user === slack.botUserId);
  return {
    slack,
    agents,
    redis,
    config,
    app,
    replica: start,
    bot,
    words: (channel, threadTs) =>
      bot(channel, threadTs)
        .map((message) => message.shown)
        .join('\n'),
    async calm(channel, threadTs, timeoutMs = 10_000) {
      await slack.control.waitFor(
        () => {
          const messages = bot(channel, threadTs);
          return messages.length > 0 && !messages.some(isBusy);
        },
        timeoutMs,
        'a calm thread',
      );
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      await Promise.allSettled(apps.map((running) => running.stop(2_000)));
      await Promise.allSettled([slack.stop(), agents.stop()]);
      await redis.stop();
    },
  };
}
