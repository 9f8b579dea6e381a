/** Real processes of the product against a Slack, a Managed Agents service and a Redis of the test's own. */
import {
  startAgentsServer,
  type AgentsServer,
  type AgentsServerOptions,
  type SessionView,
} from '../../../src/playground/agents/index.ts';
import {
  startSlackServer,
  type SeenMessage,
  type SlackServer,
  type SlackServerOptions,
} from '../../../src/playground/slack/index.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';
import { startBot, waitUntil, type Bot } from './bot.ts';
import type { Checkout } from './checkout.ts';
import { CANARY, PACE } from './script.ts';

const API_KEY = `key-${CANARY}-anthropic`;
const REDIS_PASSWORD = `pass-${CANARY}-redis`;

export interface Talk {
  readonly channel: string;
  /** `ts` of the mention that starts the thread. */
  readonly ts: string;
  /** The bot's messages, oldest first. */
  bot(): SeenMessage[];
  /** Their words. */
  words(): string;
  /** Slack's session status of the thread. */
  status(): string | undefined;
  sessions(): SessionView[];
  /** @throws where it has none */
  session(): SessionView;
  /** `ts` of a reply, by the same person or another one. */
  reply(text: string, user?: string): string;
  /** `ts` of what people wrote, the mention first. */
  said(): string[];
}

export interface World {
  readonly slack: SlackServer;
  readonly agents: AgentsServer;
  readonly redis: TestRedis;
  readonly env: Readonly<Record<string, string>>;
  /** Starts a process; it need not be ready. */
  bot(env?: Readonly<Record<string, string>>): Bot;
  /** A new channel with the bot in it. */
  channel(): string;
  /** Ada (or who is named) mentions the bot in a channel of its own, or in this one. */
  talk(text: string, where?: { readonly channel?: string; readonly user?: string }): Talk;
  /** Everything that the processes have logged, for a failed test. */
  logs(): string;
  /** Resolves when no process holds a thread any more: nobody will write anything. */
  atRest(...bots: readonly Bot[]): Promise<void>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly slack?: SlackServerOptions;
  readonly agents?: AgentsServerOptions;
}

export async function startWorld(checkout: Checkout, options: WorldOptions = {}): Promise<World> {
  const [redis, agents, slack] = await Promise.all([
    startTestRedis({ args: ['--requirepass', REDIS_PASSWORD] }),
    startAgentsServer({ pace: PACE, ...options.agents }),
    startSlackServer({ limits: false, ...options.slack }),
  ]);
  const { agentId, environmentId } = agents.control.seed();
  const bots: Bot[] = [];
  const env = {
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
    ANTHROPIC_API_KEY: API_KEY,
    ANTHROPIC_BASE_URL: agents.url,
    HEDDLE_AGENT_ID: agentId,
    HEDDLE_ENVIRONMENT_ID: environmentId,
    REDIS_URL: `redis://:${REDIS_PASSWORD}@127.0.0.1:${redis.port}`,
    PORT: '0',
    HEDDLE_PARENT: 'stdin',
  };
  const secrets = [slack.botToken, slack.appToken, slack.signingSecret, CANARY];
  let channels = 0;
  const channel = (): string => {
    const { ids, createChannel, join } = slack.control;
    channels += 1;
    const made = createChannel({ user: ids.ada, name: `talk-${channels}` });
    join({ user: ids.bot, channel: made, inviter: ids.ada });
    return made;
  };
  return {
    slack,
    agents,
    redis,
    env,
    bot(more = {}) {
      const bot = startBot(checkout.heddle, { ...env, ...more });
      bots.push(bot);
      return bot;
    },
    channel,
    talk(text, where = {}) {
      const { ids } = slack.control;
      const { user = ids.ada, channel: at = channel() } = where;
      if (user !== ids.ada) slack.control.join({ user, channel: at });
      return talkIn({ slack, agents, channel: at, user, text });
    },
    logs: () => bots.map((bot) => `--- process ${bot.pid}\n${bot.out()}${bot.err()}`).join('\n'),
    async atRest(...alive) {
      const urls = await Promise.all(alive.map((bot) => bot.ready()));
      let counts: readonly number[] = [];
      const look = async (): Promise<boolean> => {
        counts = await Promise.all(urls.map(held));
        return counts.every((count) => count === 0);
      };
      await waitUntil('no thread is held', look, 10_000, () => `held: ${counts.join()}`);
    },
    async stop() {
      await Promise.all(bots.map((bot) => bot.remove()));
      await Promise.allSettled([slack.stop(), agents.stop()]);
      await redis.stop();
      for (const bot of bots) checkLog(bot, secrets);
    },
  };
}

interface Begin {
  readonly slack: SlackServer;
  readonly agents: AgentsServer;
  readonly channel: string;
  readonly user: string;
  readonly text: string;
}

function talkIn({ slack, agents, channel, user, text }: Begin): Talk {
  const { control } = slack;
  const ts = control.say({ user, channel, text: `@heddle ${text} ${CANARY}` });
  const thread = `${slack.teamId}:${channel}:${ts}`;
  const said = [ts];
  const bot = (): SeenMessage[] =>
    control.messages(channel, ts).filter(({ botId }) => botId === control.ids.botId);
  const sessions = (): SessionView[] =>
    agents.control
      .sessions()
      .filter(({ record }) => (record['metadata'] as Record<string, string>)['thread'] === thread);
  return {
    channel,
    ts,
    bot,
    words: () =>
      bot()
        .map(({ shown }) => shown)
        .join('\n'),
    status: () => control.status(channel, ts).session,
    sessions,
    session() {
      const [session] = sessions();
      if (!session) throw new Error('no session');
      return session;
    },
    reply(words, by = user) {
      const at = control.say({ user: by, channel, text: `${words} ${CANARY}`, threadTs: ts });
      said.push(at);
      return at;
    },
    said: () => [...said],
  };
}

/** Threads this process holds, as it says itself. */
async function held(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^heddle_leases_held (\d+)/m.exec(text)?.[1] ?? Number.NaN);
}

/** stdout is JSON lines and nothing else, stderr is empty, and neither tells a secret or what somebody wrote. @throws */
function checkLog(bot: Bot, secrets: readonly string[]): void {
  bot.lines();
  if (bot.err() !== '') throw new Error(`on stderr: ${bot.err()}`);
  const told = bot
    .out()
    .split('\n')
    .find((line) => secrets.some((secret) => line.includes(secret)));
  if (told !== undefined) throw new Error(`in the log: ${told}`);
}
