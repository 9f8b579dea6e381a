import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { describe, expect, it } from 'vitest';
import { loadParkedConfig } from '../../src/config.ts';
import { complete, load, problemsOf } from './support.ts';

describe('a complete environment', () => {
  it('gives every setting its value or its default', async () => {
    expect(await load(complete)).toEqual({
      slack: {
        botToken: 'xoxb-1-test',
        transport: { mode: 'socket', appToken: 'xapp-1-test' },
        apiUrl: 'https://slack.com/api/',
        isCustomApi: false,
      },
      anthropic: { apiKey: 'sk-ant-test' },
      agent: { id: 'agent_01abc', version: undefined },
      agents: [{ name: 'agent_01abc', id: 'agent_01abc', isDefault: true }],
      environment: { id: 'env_01abc' },
      redisUrl: undefined,
      dataDir: '/nowhere/.heddle',
      environments: {},
      port: 3000,
      host: undefined,
      drainTimeoutMs: 25_000,
      logLevel: 'info',
      settings: DEFAULT_SETTINGS,
      said: {},
      notes: [],
    });
  });

  it('is frozen to the bottom', async () => {
    const config = await load(complete);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.settings.allow)).toBe(true);
    expect(Object.isFrozen(config.slack.transport)).toBe(true);
  });

  it.each([
    ['PORT', '8080', { port: 8080 }],
    ['PORT', '0', { port: 0 }],
    ['REDIS_URL', 'redis://:pw@10.0.0.1:6380/2', { redisUrl: 'redis://:pw@10.0.0.1:6380/2' }],
    ['REDIS_URL', 'rediss://cache.example', { redisUrl: 'rediss://cache.example' }],
    ['REDIS_URL', 'redis+cluster://a,b:6380', { redisUrl: 'redis+cluster://a,b:6380' }],
    ['HEDDLE_IDLE_TIMEOUT', '90s', { settings: { idleTimeoutMs: 90_000 } }],
    ['HEDDLE_IDLE_TIMEOUT', '8h', { settings: { idleTimeoutMs: 28_800_000 } }],
    ['HEDDLE_IDLE_TIMEOUT', '0', { settings: { idleTimeoutMs: 0 } }],
    ['HEDDLE_DRAIN_TIMEOUT', '3s', { drainTimeoutMs: 3000 }],
    ['LOG_LEVEL', 'debug', { logLevel: 'debug' }],
    ['HEDDLE_AGENT_ID', 'agent_x@7', { agent: { id: 'agent_x', version: 7 } }],
    ['ANTHROPIC_BASE_URL', 'http://127.0.0.1:9', { anthropic: { baseURL: 'http://127.0.0.1:9' } }],
    ['HEDDLE_PARENT', 'stdin', { host: '127.0.0.1' }],
  ])('%s=%s', async (name, value, expected) => {
    expect(await load({ ...complete, [name]: value })).toMatchObject(expected);
  });

  it('gives the Slack base URL its slash', async () => {
    const { slack } = await load({ ...complete, SLACK_API_URL: 'http://127.0.0.1:4000/api' });
    expect(slack).toMatchObject({ apiUrl: 'http://127.0.0.1:4000/api/', isCustomApi: true });
  });

  it('takes HTTP mode where there is no app token, Socket Mode where there are both', async () => {
    const http = await load({ ...complete, SLACK_APP_TOKEN: ' ', SLACK_SIGNING_SECRET: 'abc123' });
    expect(http.slack.transport).toEqual({ mode: 'http', signingSecret: 'abc123' });
    const both = await load({ ...complete, SLACK_SIGNING_SECRET: 'abc123' });
    expect(both.slack.transport.mode).toBe('socket');
  });

  it('takes a bearer token for the API as the SDK does', async () => {
    const { ANTHROPIC_API_KEY: _, ...rest } = complete;
    expect((await load({ ...rest, ANTHROPIC_AUTH_TOKEN: 'bearer' })).anthropic).toEqual({
      authToken: 'bearer',
    });
  });
});

describe('one problem, one sentence that names the variable', () => {
  it.each([
    ['SLACK_BOT_TOKEN', 'xoxp-1-user', /^SLACK_BOT_TOKEN holds a user token \(xoxp-…\); .*xoxb-/],
    ['SLACK_BOT_TOKEN', 'xapp-1-app', /^SLACK_BOT_TOKEN holds an app-level token/],
    ['SLACK_BOT_TOKEN', 'xoxe.xoxb-1-rotating', /^SLACK_BOT_TOKEN holds a rotating token/],
    ['SLACK_BOT_TOKEN', 'xoxb-', /^SLACK_BOT_TOKEN is malformed/],
    ['SLACK_BOT_TOKEN', 'hello', /^SLACK_BOT_TOKEN is malformed/],
    ['SLACK_APP_TOKEN', 'xoxb-1-bot', /^SLACK_APP_TOKEN holds a bot token \(xoxb-…\); .*xapp-/],
    ['SLACK_APP_TOKEN', 'xapp-1 two', /^SLACK_APP_TOKEN is malformed/],
    ['SLACK_SIGNING_SECRET', 'xoxb-1-bot', /^SLACK_SIGNING_SECRET holds a bot token/],
    ['SLACK_API_URL', 'slack.com', /^SLACK_API_URL is not a URL/],
    ['SLACK_API_URL', 'ftp://slack.com/api', /^SLACK_API_URL is not a URL/],
    ['ANTHROPIC_API_KEY', 'xoxb-1-bot', /^ANTHROPIC_API_KEY holds a bot token/],
    ['ANTHROPIC_API_KEY', 'sk-ant-a b', /^ANTHROPIC_API_KEY holds blanks/],
    ['ANTHROPIC_API_KEY', '', /^ANTHROPIC_API_KEY is not set/],
    ['ANTHROPIC_BASE_URL', 'localhost', /^ANTHROPIC_BASE_URL is not a URL/],
    ['HEDDLE_AGENT_ID', 'agent_x@latest', /^HEDDLE_AGENT_ID is not an agent's id/],
    ['HEDDLE_AGENT_ID', 'env_01abc', /^HEDDLE_AGENT_ID is not an agent's id/],
    ['HEDDLE_ENVIRONMENT_ID', 'agent_01abc', /^HEDDLE_ENVIRONMENT_ID is not an environment's id/],
    ['REDIS_URL', '127.0.0.1:6379', /^REDIS_URL has no scheme; .*redis:/],
    ['REDIS_URL', 'http://127.0.0.1:6379', /^REDIS_URL begins with a scheme that is not known/],
    ['REDIS_URL', 'redis://127.0.0.1/zero', /^REDIS_URL names no database number/],
    [
      'REDIS_URL',
      'redis-sentinel://a:26379/mymaster',
      /^REDIS_URL asks for Sentinel.*write redis\+sentinel:/,
    ],
    ['REDIS_URL', 'redis+sentinel://a:26379', /^REDIS_URL does not say which primary/],
    ['PORT', 'http', /^PORT is not a port/],
    ['PORT', '65536', /^PORT is not a port/],
    ['PORT', '-1', /^PORT is not a port/],
    ['PORT', '3000.5', /^PORT is not a port/],
    ['HEDDLE_IDLE_TIMEOUT', '90', /^HEDDLE_IDLE_TIMEOUT is not a span of time/],
    ['HEDDLE_IDLE_TIMEOUT', 'never', /^HEDDLE_IDLE_TIMEOUT is not a span of time/],
    ['HEDDLE_DRAIN_TIMEOUT', '-5s', /^HEDDLE_DRAIN_TIMEOUT is not a span of time/],
    ['HEDDLE_CONFIG', 'elsewhere.yaml', /^HEDDLE_CONFIG names .*elsewhere\.yaml, which does not exist/],
    ['LOG_LEVEL', 'loud', /^LOG_LEVEL is none of the levels/],
    ['SLACK_CLIENT_ID', '1.2', /^SLACK_CLIENT_ID is set, but .* not in this version/],
  ])('%s=%s', async (name, value, sentence) => {
    const problems = await problemsOf({ ...complete, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(sentence);
    expect(problems[0]).toMatch(/\.$/);
    expect(problems[0]).not.toContain('\n');
  });

  it('C1: all of them are told at once, and none of them repeats a secret', async () => {
    const problems = await problemsOf({
      SLACK_BOT_TOKEN: 'xoxp-canary-1',
      SLACK_SIGNING_SECRET: 'canary two',
      ANTHROPIC_API_KEY: 'sk-ant canary-3',
      REDIS_URL: 'http://user:canary-4@host',
      PORT: 'x',
    });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'SLACK_BOT_TOKEN',
      'SLACK_SIGNING_SECRET',
      'ANTHROPIC_API_KEY',
      'REDIS_URL',
      'PORT',
      'HEDDLE_AGENT_ID',
      'HEDDLE_ENVIRONMENT_ID',
    ]);
    expect(problems.join('\n')).not.toContain('canary');
  });
});

describe('sets of Slack credentials', () => {
  const { SLACK_BOT_TOKEN: bot, SLACK_APP_TOKEN: app, ...rest } = complete;

  it.each([
    ['none', {}, /^SLACK_BOT_TOKEN is not set.*SLACK_APP_TOKEN.*playground/],
    ['bot token only', { SLACK_BOT_TOKEN: bot }, /^SLACK_APP_TOKEN is not set.*SLACK_SIGNING_SECRET/],
    ['app token only', { SLACK_APP_TOKEN: app }, /^SLACK_BOT_TOKEN is not set, but SLACK_APP_TOKEN is/],
    [
      'secret only',
      { SLACK_SIGNING_SECRET: 'x1' },
      /^SLACK_BOT_TOKEN is not set, but SLACK_SIGNING_SECRET is/,
    ],
    [
      'OAuth',
      { SLACK_CLIENT_ID: '1', SLACK_CLIENT_SECRET: '2', SLACK_STATE_SECRET: '3' },
      /^SLACK_CLIENT_ID, SLACK_CLIENT_SECRET, SLACK_STATE_SECRET are set/,
    ],
  ])('%s', async (_, env, sentence) => {
    const problems = await problemsOf({ ...rest, ...env });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(sentence);
  });
});

describe('notes', () => {
  it('says what is set and does nothing', async () => {
    const { notes } = await load({
      ...complete,
      ANTHROPIC_WEBHOOK_SIGNING_KEY: 'whsec_x',
      HEDDLE_IDEL_TIMEOUT: '5m',
      REDIS_URL: ' ',
    });
    expect(notes).toEqual([
      expect.stringMatching(/^ANTHROPIC_WEBHOOK_SIGNING_KEY .*not in this version/),
      expect.stringMatching(/^REDIS_URL is blank/),
      expect.stringMatching(/^HEDDLE_IDEL_TIMEOUT .*did you mean HEDDLE_IDLE_TIMEOUT\?/),
    ]);
  });
});

describe('what parked needs', () => {
  it('is Slack and the store, and nothing of the agent', () => {
    const env = {
      SLACK_BOT_TOKEN: complete['SLACK_BOT_TOKEN'],
      SLACK_APP_TOKEN: complete['SLACK_APP_TOKEN'],
    };
    const { slack, redisUrl } = loadParkedConfig({ env: { ...env, REDIS_URL: 'redis://h' }, dataDir: '/d' });
    expect([slack.botToken, redisUrl]).toEqual([complete['SLACK_BOT_TOKEN'], 'redis://h']);
    expect(() => loadParkedConfig({ env: { ...env, REDIS_URL: 'h' }, dataDir: '/d' })).toThrow(/REDIS_URL/);
    expect(() => loadParkedConfig({ env: {}, dataDir: '/d' })).toThrow(/SLACK_BOT_TOKEN/);
  });
});
