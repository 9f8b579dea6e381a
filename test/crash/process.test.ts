/** The process as an operator sees it: settings, exit codes, health, log. */
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { freePort } from '../support/redis.ts';
import { startBot, waitUntil, type Bot } from './support/bot.ts';
import { calm, checkTalk } from './support/check.ts';
import { takeCheckout, type Checkout } from './support/checkout.ts';
import { doorTo, type Door } from './support/door.ts';
import { LAST, SECOND, plain } from './support/script.ts';
import { SLOW } from './support/setting.ts';
import { startWorld, type World, type WorldOptions } from './support/world.ts';

let checkout: Checkout;
beforeAll(async () => {
  checkout = await takeCheckout();
});
afterAll(() => checkout.remove());

async function world(test: TestContext, options: WorldOptions = {}): Promise<World> {
  const started = await startWorld(checkout, options);
  test.onTestFinished(() => started.stop());
  return started;
}

async function doorBefore(test: TestContext, port: number): Promise<Door> {
  const door = await doorTo(port);
  test.onTestFinished(() => door.shut());
  return door;
}

interface Readiness {
  readonly status: number;
  readonly body: { readonly ok: boolean; readonly reasons?: readonly string[] };
}

async function readyz(url: string): Promise<Readiness> {
  const answer = await fetch(`${url}/readyz`);
  return { status: answer.status, body: (await answer.json()) as Readiness['body'] };
}

/** Resolves when `/readyz` answers 503 with a reason like this. */
function notReady(url: string, reason: RegExp): Promise<boolean> {
  return waitUntil(`not ready for ${reason}`, async () => {
    const { status, body } = await readyz(url);
    return status === 503 && body.reasons?.some((why) => reason.test(why)) === true;
  });
}

const isReady = async (url: string): Promise<boolean> => (await readyz(url)).status === 200;
const healthz = async (url: string): Promise<number> => (await fetch(`${url}/healthz`)).status;
/** The sentences on stderr. */
const sentences = (bot: Bot): string[] => bot.err().trim().split('\n');

describe('settings that cannot work end with 78 and a sentence each', SLOW, () => {
  const base = {
    SLACK_BOT_TOKEN: 'xoxb-1-test',
    SLACK_APP_TOKEN: 'xapp-1-test',
    ANTHROPIC_API_KEY: 'sk-ant-secret',
    HEDDLE_AGENT_ID: 'agent_1',
    HEDDLE_ENVIRONMENT_ID: 'env_1',
    HEDDLE_PARENT: 'stdin',
  };

  it.each([
    ['no transport', { SLACK_APP_TOKEN: '' }, ['SLACK_APP_TOKEN is not set, but SLACK_BOT_TOKEN is']],
    ['no bot token', { SLACK_BOT_TOKEN: '' }, ['SLACK_BOT_TOKEN is not set, but SLACK_APP_TOKEN is']],
    [
      'everything at once',
      {
        SLACK_BOT_TOKEN: 'xapp-1-hush',
        SLACK_APP_TOKEN: 'xoxb-1-hush',
        ANTHROPIC_API_KEY: '',
        HEDDLE_AGENT_ID: 'env_hush',
        HEDDLE_ENVIRONMENT_ID: '',
        REDIS_URL: 'hush',
        PORT: '70000',
        HEDDLE_IDLE_TIMEOUT: 'soon',
        HEDDLE_DRAIN_TIMEOUT: '-1s',
        SLACK_API_URL: 'slack',
        LOG_LEVEL: 'loud',
      },
      [
        'SLACK_BOT_TOKEN holds',
        'SLACK_APP_TOKEN holds',
        'SLACK_API_URL is not a URL',
        'ANTHROPIC_API_KEY is not set',
        'REDIS_URL has no scheme',
        'PORT is not a port',
        'HEDDLE_IDLE_TIMEOUT is not a span',
        'HEDDLE_DRAIN_TIMEOUT is not a span',
        'LOG_LEVEL is none',
        'HEDDLE_AGENT_ID is not an agent',
        'HEDDLE_ENVIRONMENT_ID is not set',
      ],
    ],
  ] as const)('%s', async (_, wrong, problems) => {
    const bot = startBot(checkout.heddle, { ...base, ...wrong });
    expect((await bot.ended).code).toBe(78);
    expect(bot.out()).toBe('');
    const said = sentences(bot);
    expect(said).toHaveLength(problems.length);
    for (const problem of problems) expect(said.some((line) => line.startsWith(problem))).toBe(true);
    for (const line of said) expect(line).toMatch(/\.$/);
    expect(bot.err()).not.toMatch(/hush|secret|\n\s+at /);
  });

  it('what Slack or Managed Agents refuse, and a port that is taken', async (test) => {
    const here = await world(test);
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    test.onTestFinished(() => {
      taken.close();
    });
    const { port } = taken.address() as AddressInfo;
    const cases: readonly [Record<string, string>, RegExp][] = [
      [{ SLACK_BOT_TOKEN: 'xoxb-not-this-one' }, /^SLACK_BOT_TOKEN .*refuse/],
      [{ SLACK_APP_TOKEN: 'xapp-1-not-this-one' }, /SLACK_APP_TOKEN .*refuse/],
      [{ HEDDLE_AGENT_ID: 'agent_nobody' }, /^The agent agent_nobody does not exist; set HEDDLE_AGENT_ID/],
      [{ HEDDLE_ENVIRONMENT_ID: 'env_none' }, /^The environment env_none does not exist; set HEDDLE_ENV/],
      [{ PORT: String(port) }, new RegExp(`^PORT ${port} is taken`)],
    ];
    const bots = cases.map(([wrong]) => startBot(checkout.heddle, { ...here.env, ...wrong }));
    for (const [at, bot] of bots.entries()) {
      expect((await bot.ended).code).toBe(78);
      expect(sentences(bot)).toEqual([expect.stringMatching(cases[at]?.[1] ?? /never/)]);
      expect(bot.messages()).not.toContain('ready');
      expect(bot.err() + bot.out()).not.toContain('not-this-one');
    }
    expect(here.slack.control.calls.of('chat.postMessage').calls).toBe(0);
  });
});

describe.concurrent('health', SLOW, () => {
  it('ready while Slack and Redis are reachable; else 503 with the reason, and back again', async (test) => {
    const here = await world(test);
    const { redis, slack } = here;
    const door = await doorBefore(test, slack.port);
    await door.open();
    const bot = here.bot({ SLACK_API_URL: `http://127.0.0.1:${door.port}/api/` });
    const url = await bot.ready();
    expect(await readyz(url)).toEqual({ status: 200, body: { ok: true } });
    const metrics = await fetch(`${url}/metrics`);
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    expect(await metrics.text()).toMatch(/^heddle_leases_held 0$/m);
    await redis.kill9();
    await notReady(url, /Redis/);
    expect(await healthz(url)).toBe(200);
    await redis.restart();
    await waitUntil('ready', () => isReady(url));
    redis.freeze();
    await notReady(url, /Redis/);
    redis.thaw();
    await waitUntil('ready', () => isReady(url));
    await door.shut();
    slack.control.sockets.drop();
    await notReady(url, /Slack/);
    expect(await healthz(url)).toBe(200);
    await door.open();
    await waitUntil('ready', () => isReady(url), 60_000);
    bot.signal('SIGTERM');
    expect((await bot.ended).code).toBe(0);
  });

  it('started while nothing is reachable: lives, says why it is not ready, and comes up when it can (fault: redis-absent-at-start)', async (test) => {
    const here = await world(test);
    const { slack, agents, redis } = here;
    const port = await freePort();
    const [slackDoor, agentsDoor] = [await doorBefore(test, slack.port), await doorBefore(test, agents.port)];
    await redis.kill9();
    const url = `http://127.0.0.1:${port}`;
    const bot = here.bot({
      PORT: String(port),
      SLACK_API_URL: `http://127.0.0.1:${slackDoor.port}/api/`,
      ANTHROPIC_BASE_URL: `http://127.0.0.1:${agentsDoor.port}`,
    });
    await waitUntil('listening', () => healthz(url).catch(() => 0), 60_000);
    await notReady(url, /Slack/);
    expect(await healthz(url)).toBe(200);
    await slackDoor.open();
    await notReady(url, /Redis/);
    await redis.restart();
    await bot.ready();
    expect(await isReady(url)).toBe(true);
    agents.control.script(plain(SECOND, LAST));
    const talk = here.talk('weave');
    await slack.control.waitFor(() => talk.bot().length === 1, 30_000);
    await agentsDoor.open();
    await calm([talk]);
    await here.atRest(bot);
    checkTalk(talk);
  });

  it.each(['Slack', 'Redis'])(
    'asked to stop while it waits for %s: exits 0 without waiting on',
    async (what) => {
      const here = await startWorld(checkout);
      try {
        if (what === 'Redis') await here.redis.kill9();
        const away = what === 'Slack' ? { SLACK_API_URL: `http://127.0.0.1:${await freePort()}/api/` } : {};
        const bot = here.bot(away);
        await bot.logged(`${what} cannot be ${what === 'Slack' ? 'asked' : 'reached'}; trying on`);
        const askedAt = performance.now();
        bot.signal('SIGTERM');
        const ended = await bot.ended;
        expect(ended.code).toBe(0);
        expect(ended.at - askedAt).toBeLessThan(5_000);
      } finally {
        await here.stop();
      }
    },
  );

  it('over HTTP: Slack’s path stands on the same port, and unsigned requests are refused', async (test) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const here = await world(test, { slack: { events: { mode: 'http', url: `${url}/slack/events` } } });
    const { slack, agents } = here;
    const { signingSecret } = slack;
    const bot = here.bot({ PORT: String(port), SLACK_APP_TOKEN: '', SLACK_SIGNING_SECRET: signingSecret });
    expect(await bot.ready()).toBe(url);
    expect([await isReady(url), await healthz(url)]).toEqual([true, 200]);
    agents.control.script(plain(SECOND, LAST));
    const talk = here.talk('weave');
    await calm([talk]);
    await here.atRest(bot);
    checkTalk(talk);
    const unsigned = await fetch(`${url}/slack/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'url_verification', challenge: 'x' }),
    });
    expect(unsigned.status).toBe(401);
    expect(
      await slack.control.command({
        user: slack.control.ids.ada,
        channel: talk.channel,
        command: '/heddle',
        text: 'help',
      }),
    ).toMatchObject({ ok: true });
  });
});
