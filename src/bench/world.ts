/** What a scenario is given: the playground's two servers in this process, a Redis, and bots as processes. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock, delay } from '../lib/time.ts';
import {
  startAgentsServer,
  type AgentsServer,
  type AgentsServerOptions,
} from '../playground/agents/index.ts';
import { startSlackServer, type SlackServer, type SlackServerOptions } from '../playground/slack/index.ts';
import type { WireCall } from '../playground/wire.ts';
import { startBot, type Bot } from './bot.ts';
import { startRedis, type BenchRedis } from './redis.ts';

export interface Bench {
  /** `bin/heddle.js` of this checkout. */
  readonly heddle: string;
  /** This process's environment: the bots get its PATH, and none of its settings. */
  readonly path: string | undefined;
  /** Where a fetched redis-server is kept. */
  readonly cacheDir: string;
  /** Directory of the checkout. */
  readonly root: string;
  readonly quick: boolean;
  readonly signal: AbortSignal;
  /** A line for whoever watches. */
  readonly progress: (line: string) => void;
}

/** A request the moment its headers were read by one of the two servers. */
export interface Receipt {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly side: 'slack' | 'agents';
  readonly method: string;
  readonly path: string;
  /** Length of its body, bytes. */
  readonly bytes: number;
}

export interface World {
  readonly slack: SlackServer;
  readonly agents: AgentsServer;
  readonly redis: BenchRedis;
  /** The environment of a bot. */
  readonly settings: Readonly<Record<string, string>>;
  /** Starts a process of the product; resolves when it is ready. */
  bot(options?: { readonly yaml?: string; readonly node?: readonly string[] }): Promise<Bot>;
  /** Called for each event that leaves for the bot, or is acknowledged by it. */
  onDelivery: (what: 'sending' | 'acknowledged', eventId: string) => void;
  onReceipt: (receipt: Receipt) => void;
  /** Called for each answered call. */
  onCall: (call: WireCall) => void;
  onText: (session: string, text: string) => void;
  /** A new channel with the bot in it. */
  channel(): string;
}

/** `heddle.yaml` for one person who has thousands of threads at work. */
export const UNCAPPED = `limits:
  messages_per_minute: 100000
  running_per_person: 100000
  running_per_workspace: 100000
`;

export interface WorldOptions {
  readonly slack?: SlackServerOptions;
  readonly agents?: AgentsServerOptions;
}

/** Runs one scenario in a world of its own, and leaves nothing of it behind. */
export async function inWorld<T>(
  bench: Bench,
  options: WorldOptions,
  work: (world: World) => Promise<T>,
): Promise<T> {
  const closing: (() => Promise<void>)[] = [];
  try {
    return await work(await openWorld(bench, options, closing));
  } finally {
    for (const close of closing.reverse()) await close().catch(() => undefined);
  }
}

async function openWorld(
  bench: Bench,
  options: WorldOptions,
  closing: (() => Promise<void>)[],
): Promise<World> {
  const redis = await startRedis(bench.cacheDir, bench.signal);
  closing.push(() => redis.stop());
  const slack = await startSlackServer({
    remember: { calls: 1000, edits: 0 },
    onCall: (call) => world.onCall(call),
    onDelivery: (what, eventId) => world.onDelivery(what, eventId),
    ...options.slack,
  });
  closing.push(() => slack.stop());
  const agents = await startAgentsServer({
    onCall: (call) => world.onCall(call),
    onText: (session, text) => world.onText(session, text),
    ...options.agents,
  });
  closing.push(() => agents.stop());
  const sides = new Map([
    [slack.port, 'slack'],
    [agents.port, 'agents'],
  ] as const);
  closing.push(hearRequests(sides, (receipt) => world.onReceipt(receipt)));
  const settings = settingsFor(slack, agents, redis);
  let channels = 0;
  const world: World = {
    slack,
    agents,
    redis,
    settings,
    async bot({ yaml, node = [] } = {}) {
      bench.signal.throwIfAborted();
      const env = { PATH: bench.path, ...settings };
      const bot = await startBot({ command: [...node, bench.heddle, 'start'], env, yaml });
      closing.push(() => bot.stop());
      return bot;
    },
    onDelivery: () => undefined,
    onReceipt: () => undefined,
    onCall: () => undefined,
    onText: () => undefined,
    channel() {
      const { ids, createChannel, join } = slack.control;
      channels += 1;
      const made = createChannel({ user: ids.ada, name: `bench-${channels}` });
      join({ user: ids.bot, channel: made, inviter: ids.ada });
      return made;
    },
  };
  return world;
}

function settingsFor(slack: SlackServer, agents: AgentsServer, redis: BenchRedis): Record<string, string> {
  const { agentId, environmentId } = agents.control.seed();
  return {
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
    ANTHROPIC_API_KEY: 'bench',
    ANTHROPIC_BASE_URL: agents.url,
    HEDDLE_AGENT_ID: agentId,
    HEDDLE_ENVIRONMENT_ID: environmentId,
    REDIS_URL: redis.url,
    PORT: '0',
  };
}

/** Node tells of each request when its headers are there ("Diagnostics Channel", `http.server.request.start`). */
function hearRequests(
  sides: ReadonlyMap<number, Receipt['side']>,
  tell: (receipt: Receipt) => void,
): () => Promise<void> {
  const hear = (message: unknown): void => {
    const at = systemClock.monotonic();
    const { request, server } = message as { request: IncomingMessage; server: Server };
    const side = sides.get((server.address() as AddressInfo | null)?.port ?? 0);
    if (!side) return;
    const bytes = Number(request.headers['content-length'] ?? 0);
    tell({ at, side, method: request.method ?? 'GET', path: request.url ?? '/', bytes });
  };
  subscribe('http.server.request.start', hear);
  return async () => {
    unsubscribe('http.server.request.start', hear);
  };
}

/** Resolves with the first truthy answer; looks every few milliseconds. @throws after `timeoutMs` */
export async function until<T>(
  bench: Pick<Bench, 'signal'>,
  what: string,
  look: () => T | Promise<T>,
  { timeoutMs = 30_000, everyMs = 5 } = {},
): Promise<NonNullable<T>> {
  const end = systemClock.monotonic() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (systemClock.monotonic() > end) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await delay(everyMs, bench.signal);
  }
}
