/** The doctor against real servers: everything well, and each thing broken in turn. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/time.ts';
import { runDoctor } from '../../src/ops/doctor.ts';
import type { DoctorOptions } from '../../src/ops/doctor.ts';
import type { Finding } from '../../src/ops/doctor-findings.ts';
import { startAgentsServer } from '../../src/playground/agents/index.ts';
import type { AgentsServer } from '../../src/playground/agents/index.ts';
import { startSlackServer } from '../../src/playground/slack/index.ts';
import type { SlackServer } from '../../src/playground/slack/index.ts';
import { freePort, startTestRedis } from '../support/redis.ts';
import type { TestRedis } from '../support/redis.ts';

let agents: AgentsServer;
let slack: SlackServer;
let redis: TestRedis;
let dir: string;
let well: Record<string, string>;
/** A port where nobody listens. */
let nobody: number;

const scopes = ['chat:write', 'users:read'];

beforeAll(async () => {
  [agents, slack, redis, dir] = await Promise.all([
    startAgentsServer({ settings: { limits: false } }),
    startSlackServer({ app: { scopes } }),
    startTestRedis({ persist: true }),
    mkdtemp(join(tmpdir(), 'heddle-doctor-')),
  ]);
  nobody = await freePort();
  await writeFile(join(dir, 'manifest.yml'), `oauth_config: { scopes: { bot: [${scopes.join(', ')}] } }\n`);
  const { agentId, environmentId } = agents.control.seed();
  well = {
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
    ANTHROPIC_API_KEY: 'sk-ant-canary-key',
    ANTHROPIC_BASE_URL: agents.url,
    HEDDLE_AGENT_ID: `${agentId}@1`,
    HEDDLE_ENVIRONMENT_ID: environmentId,
    REDIS_URL: redis.url,
  };
});

afterAll(async () => {
  await Promise.all([agents.stop(), slack.stop(), redis.stop()]);
  await rm(dir, { recursive: true });
});

beforeEach(() => agents.control.clearFaults());

async function doctor(env: Record<string, string | undefined> = {}, more: Partial<DoctorOptions> = {}) {
  let text = '';
  const code = await runDoctor({
    env: { ...well, ...env },
    cwd: dir,
    dataDir: join(dir, '.heddle'),
    manifest: join(dir, 'manifest.yml'),
    output: { write: (part) => (text += part) },
    timeoutMs: 2000,
    ...more,
  });
  return { code, text };
}

async function findings(env: Record<string, string | undefined> = {}, more: Partial<DoctorOptions> = {}) {
  const { code, text } = await doctor(env, { json: true, ...more });
  const parsed = JSON.parse(text) as { ok: boolean; findings: Finding[] };
  expect(parsed.ok).toBe(code === 0);
  return parsed.findings;
}

const badOnes = async (...args: Parameters<typeof findings>) =>
  (await findings(...args))
    .filter(({ state }) => state !== 'ok')
    .map(({ check, state }) => `${check}: ${state}`);

describe('everything well', () => {
  it('says so, exits 0, and shows no secret', async () => {
    const { code, text } = await doctor();
    expect(text).toContain('0 problems, 0 warnings.');
    expect(code).toBe(0);
    for (const secret of [slack.botToken, slack.appToken, 'canary']) expect(text).not.toContain(secret);
  });

  it('looks at everything', async () => {
    const checks = (await findings()).map(({ check }) => check);
    expect(checks).toEqual([
      'node',
      'clock',
      'settings',
      'slack',
      'scopes',
      'socket',
      'redis',
      'redis memory',
      'redis disk',
      'anthropic',
      'agent',
      'environment',
    ]);
  });
});

describe('one thing broken', () => {
  it('no settings at all: the other checks go on', async () => {
    const bare = Object.fromEntries(Object.keys(well).map((name) => [name, undefined]));
    const found = await findings(bare);
    expect(
      found.filter(({ check, state }) => check === 'settings' && state === 'problem').length,
    ).toBeGreaterThan(1);
    expect(found.map(({ check }) => check)).toContain('redis');
  });

  it.each([
    ['the bot token is refused', { SLACK_BOT_TOKEN: 'xoxb-wrong' }, ['slack: problem']],
    ['the app token is refused', { SLACK_APP_TOKEN: 'xapp-wrong' }, ['socket: problem']],
    [
      'Slack is not there',
      { SLACK_API_URL: 'http://127.0.0.1:NOBODY/api/' },
      ['slack: problem', 'socket: problem'],
    ],
    ['a token of another kind', { SLACK_BOT_TOKEN: 'xapp-1-a' }, ['settings: problem']],
    ['Redis is not there', { REDIS_URL: 'redis://127.0.0.1:NOBODY' }, ['redis: problem']],
    ['Redis wants no password', { REDIS_URL: undefined }, []],
    ['the API is not there', { ANTHROPIC_BASE_URL: 'http://127.0.0.1:NOBODY' }, ['anthropic: problem']],
    ['the API is something else', { ANTHROPIC_BASE_URL: 'http://127.0.0.1:SLACK' }, ['anthropic: problem']],
    ['the agent does not exist', { HEDDLE_AGENT_ID: 'agent_none@1' }, ['agent: problem']],
    ['the environment does not exist', { HEDDLE_ENVIRONMENT_ID: 'env_none' }, ['environment: problem']],
  ])('%s', async (_name, env, expected) => {
    const ports: Readonly<Record<string, number>> = { NOBODY: nobody, SLACK: slack.port };
    const real = Object.entries(env).map(([name, value]): [string, string | undefined] => [
      name,
      value?.replace(/NOBODY|SLACK(?=$|\/)/, (word) => String(ports[word])),
    ]);
    expect(await badOnes(Object.fromEntries(real))).toEqual(expected);
  });

  it('a scope is missing', async () => {
    await writeFile(
      join(dir, 'more.yml'),
      'oauth_config: { scopes: { bot: [chat:write, users:read, files:read] } }\n',
    );
    const found = await findings({}, { manifest: join(dir, 'more.yml') });
    expect(found.find(({ check }) => check === 'scopes')).toMatchObject({
      state: 'problem',
      says: 'the bot lacks files:read',
    });
  });

  it('the manifest of this checkout can be read', async () => {
    const found = await findings({}, { manifest: new URL('../../manifest.yml', import.meta.url) });
    expect(found.find(({ check }) => check === 'scopes')?.says).toContain('the bot lacks app_mentions:read');
  });

  it('an unpinned agent and a version that does not exist', async () => {
    const id = well['HEDDLE_AGENT_ID']?.split('@')[0];
    expect(await badOnes({ HEDDLE_AGENT_ID: id })).toEqual(['agent: warning']);
    expect(await badOnes({ HEDDLE_AGENT_ID: `${id}@9` })).toEqual(['agent: problem']);
  });

  it('an archived agent', async () => {
    const { agentId } = agents.control.seed({ name: 'Old', model: 'claude-sonnet-5-5' });
    await fetch(`${agents.url}/v1/agents/${agentId}/archive`, {
      method: 'POST',
      headers: { authorization: 'Bearer k', 'anthropic-beta': 'managed-agents-2026-04-01' },
    });
    expect(await badOnes({ HEDDLE_AGENT_ID: `${agentId}@1` })).toEqual(['agent: problem']);
  });

  it('a key that is refused', async () => {
    agents.control.fault({ endpoint: '*', kind: 'status', status: 401, times: 9 });
    expect(await badOnes()).toEqual(['anthropic: problem']);
  });

  it('a Redis that evicts and keeps nothing', async () => {
    const loose = await startTestRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] });
    expect(await badOnes({ REDIS_URL: loose.url })).toEqual(['redis memory: problem', 'redis disk: warning']);
    await loose.stop();
  });

  it('a Redis with a password', async () => {
    const shut = await startTestRedis();
    const { Redis } = await import('ioredis');
    const admin = new Redis(shut.url);
    await admin.config('SET', 'requirepass', 'open-sesame');
    admin.disconnect();
    expect(await badOnes({ REDIS_URL: shut.url })).toEqual(['redis: problem']);
    const right = shut.url.replace('//', '//:open-sesame@');
    expect(await badOnes({ REDIS_URL: right })).toEqual(['redis disk: warning']);
    await shut.stop();
  });

  it('a clock that is off', async () => {
    const clock = { ...systemClock, now: () => Date.now() + 10 * 60_000 };
    expect(await badOnes({}, { clock })).toEqual(['clock: problem']);
  });

  it('an old Node.js', async () => {
    expect(await badOnes({}, { nodeVersion: '18.0.0' })).toEqual(['node: problem']);
  });

  it('heddle.yaml that is ahead of heddle.lock.json', async () => {
    const file = join(dir, 'ahead.yaml');
    await writeFile(file, 'agents: { default: { model: claude-sonnet-5-5 } }\n');
    expect(await badOnes({ HEDDLE_CONFIG: file })).toEqual(['heddle.yaml: warning']);
  });

  it('what heddle.yaml gives to sessions and is not there', async () => {
    const file = join(dir, 'given.yaml');
    const env = { HEDDLE_CONFIG: file, ACME: 'ghp_x' };
    const given = (trial: string, vaults: string): string =>
      `agent_trial: { agent: "${trial}", percent: 10 }\nvaults: [${vaults}]\ngithub_tokens: { acme: ACME }\n`;
    const agent = (well['HEDDLE_AGENT_ID'] ?? '').replace('@1', '');
    await writeFile(file, given(`${agent}@1`, ''));
    expect(await badOnes(env)).toEqual([]);
    await writeFile(file, given(`${agent}@9`, 'vlt_none'));
    expect(await badOnes(env)).toEqual(['given: problem', 'given: problem']);
    expect((await doctor(env)).text).toMatch(
      /vault vlt_none does not exist[^]*correct vaults in heddle.yaml/,
    );
  });
});
