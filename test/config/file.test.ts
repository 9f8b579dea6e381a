import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { definitionHash } from '../../src/config-agents.ts';
import { withFile } from '../../src/config-settings.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { parseFile, readConfigFiles, type HeddleFile } from '../../src/config-file.ts';
import { loadSetupConfig } from '../../src/config.ts';
import { root } from '../architecture-scan.ts';
import { complete, directoryWith, load, problemsOf } from './support.ts';

function parsed(text: string): HeddleFile {
  const problems: string[] = [];
  const file = parseFile('heddle.yaml', text, problems);
  expect(problems).toEqual([]);
  return file as HeddleFile;
}

function complaints(text: string): string[] {
  const problems: string[] = [];
  parseFile('heddle.yaml', text, problems);
  return problems;
}

const lock = JSON.stringify({
  version: 1,
  agents: {
    default: { id: 'agent_d', version: 3, hash: 'h' },
    other: { id: 'agent_o', version: 1, hash: 'h' },
  },
  environments: { default: { id: 'env_d', hash: 'h' } },
});
const { HEDDLE_AGENT_ID: _agent, HEDDLE_ENVIRONMENT_ID: _environment, ...withoutIds } = complete;

describe('heddle.example.yaml', () => {
  const text = readFileSync(join(root, 'heddle.example.yaml'), 'utf8');

  it('works as it stands', () => {
    const { agents, environments, ...rest } = parsed(text);
    expect(agents['default']).toMatchObject({
      name: 'Heddle',
      tools: [{ type: 'agent_toolset_20260401' }, { type: 'custom', name: 'ask_user' }],
    });
    expect(environments['heddle']).toMatchObject({
      config: { type: 'cloud', networking: { type: 'limited', allow_package_managers: true } },
    });
    expect(rest).toMatchObject({ default_agent: 'default', default_environment: 'heddle' });
    expect(withFile(DEFAULT_SETTINGS, rest)).toEqual(DEFAULT_SETTINGS);
  });

  it('names every setting there is', () => {
    for (const key of Object.keys(settingsOf(parsed(text))))
      expect(text).toMatch(new RegExp(`^${key}:`, 'm'));
  });

  function settingsOf({ agents: _a, environments: _e, said: _s, ...rest }: HeddleFile): object {
    return rest;
  }
});

describe('settings that can also be set in Slack', () => {
  it('are laid over the built-in ones, and known as said in the file', () => {
    const file = parsed(`
reply_mode: every_message
approval: { approvers: ['<@U0ADA00001>', S0OPS00001], two_persons: true, expires: 1h, where: dm }
allow: { guests: true }
instructions: Be brief.
`);
    const settings = withFile(DEFAULT_SETTINGS, file);
    expect(settings).toMatchObject({
      replyMode: 'every_message',
      approval: {
        approvers: ['U0ADA00001', 'S0OPS00001'],
        twoPersons: true,
        expiresMs: 3_600_000,
        where: 'dm',
      },
      allow: { guests: true, outsiders: false },
      instructions: ['Be brief.'],
    });
    expect([...file.said].sort()).toEqual([
      'allow.guests',
      'approval.approvers',
      'approval.expires',
      'approval.two_persons',
      'approval.where',
      'instructions',
      'reply_mode',
    ]);
  });

  it.each<[string, RegExp]>([
    ['reply_mode: loud', /reply_mode must be mention_only, thread or every_message\./],
    ['approval: { approvers: [everyone] }', /approval\.approvers “everyone” is neither requester/],
    ['approval: { expires: soon }', /approval\.expires must be a span such as 90s/],
    ['enabled: 7', /enabled must be yes or no\./],
    ['enabled: perhaps', /enabled must be yes or no\./],
    ['approval: { who: [] }', /unknown key "who"/],
    ['vaults: [keys]', /vaults “keys” is not the id of a vault/],
    ['repositories: [shop]', /repositories “shop” is not a repository/],
    ['agent_trial: { agent: coder, percent: 10 }', /agent_trial\.agent must be an agent with a version/],
    [
      'github_tokens: { acme: ghp_0123456789abcdef }',
      /github_tokens\.acme must be the name of an environment/,
    ],
  ])('%s is refused in words', (text, words) => {
    expect(complaints(text).join('\n')).toMatch(words);
  });
});

describe('tokens for repositories', () => {
  const files = { 'heddle.yaml': 'github_tokens: { acme: ACME_TOKEN, other/shop: SHOP_TOKEN }' };

  it('come from the variables that the file names', async () => {
    const env = { ...complete, ACME_TOKEN: ' ghp_a ', SHOP_TOKEN: 'ghp_s' };
    expect((await load(env, files)).githubTokens).toEqual({ acme: 'ghp_a', 'other/shop': 'ghp_s' });
    expect(await load(complete)).not.toHaveProperty('githubTokens');
  });

  it('are asked for by their variable where that is not set', async () => {
    const problems = await problemsOf({ ...complete, ACME_TOKEN: 'ghp_a' }, files);
    expect(problems).toEqual([expect.stringMatching(/SHOP_TOKEN holds the token for other\/shop.*not set/)]);
    expect(problems.join()).not.toContain('ghp_a');
  });
});

describe('agents and environments', () => {
  it('come out as the API takes them', () => {
    const { agents, environments } = parsed(`
agents:
  coder:
    model: { id: claude-opus-5-5, effort: high }
    tools:
      - type: agent_toolset_20260401
        default_config: { permission_policy: always_ask }
        configs: [{ name: web_fetch, allowed_domains: [example.com], enabled: false }]
      - { type: mcp_toolset, mcp_server_name: gh }
      - { type: custom, name: look_up, description: d, input_schema: { type: object, properties: {} } }
    mcp_servers: [{ name: gh, url: 'https://example.com/mcp' }]
    skills: [{ type: anthropic, skill_id: pdf }]
environments:
  closed:
  open: { networking: unrestricted }
  hosts: { networking: { type: limited, allowed_hosts: [example.com] } }
`);
    expect(agents['coder']).toEqual({
      name: 'coder',
      model: { id: 'claude-opus-5-5', effort: 'high' },
      tools: [
        {
          type: 'agent_toolset_20260401',
          default_config: { permission_policy: { type: 'always_ask' } },
          configs: [{ name: 'web_fetch', allowed_domains: ['example.com'], enabled: false }],
        },
        { type: 'mcp_toolset', mcp_server_name: 'gh' },
        {
          type: 'custom',
          name: 'look_up',
          description: 'd',
          input_schema: { type: 'object', properties: {} },
        },
      ],
      mcp_servers: [{ type: 'url', name: 'gh', url: 'https://example.com/mcp' }],
      skills: [{ type: 'anthropic', skill_id: 'pdf' }],
    });
    expect(environments).toEqual({
      closed: { name: 'closed', config: { type: 'cloud', networking: { type: 'limited' } } },
      open: { name: 'open', config: { type: 'cloud', networking: { type: 'unrestricted' } } },
      hosts: {
        name: 'hosts',
        config: { type: 'cloud', networking: { type: 'limited', allowed_hosts: ['example.com'] } },
      },
    });
  });

  it('have a hash that does not depend on the order of keys', () => {
    const one = parsed('agents: { a: { model: m, system: s } }').agents['a'];
    const two = parsed('agents: { a: { system: s, model: m } }').agents['a'];
    const other = parsed('agents: { a: { system: t, model: m } }').agents['a'];
    if (!one || !two || !other) throw new Error('an agent is missing');
    expect(definitionHash(one)).toBe(definitionHash(two));
    expect(definitionHash(one)).not.toBe(definitionHash(other));
  });
});

describe('one problem, one sentence that names the key', () => {
  it.each([
    [
      'bussy_mode: steer',
      'heddle.yaml: the file has an unknown key "bussy_mode" (did you mean "busy_mode"?).',
    ],
    [
      'agents: { a: { modle: m, model: m } }',
      'heddle.yaml: agents.a has an unknown key "modle" (did you mean "model"?).',
    ],
    ['agents: { a: {} }', 'heddle.yaml: agents.a.model is missing.'],
    [
      'agents: { a: { model: 3 } }',
      'heddle.yaml: agents.a.model must be the name of a model, or { id, effort?, inference_geo?, speed? }.',
    ],
    [
      'agents: { "a b": { model: m } }',
      'heddle.yaml: agents.a b is no usable name: begin with a letter, then letters, digits, - and _, at most 64.',
    ],
    ['agents: [1]', 'heddle.yaml: agents must be a mapping of names, and is a list.'],
    [
      'agents: { a: { model: m, tools: [{ type: bash }] } }',
      'heddle.yaml: agents.a.tools.0.type must be agent_toolset_20260401, mcp_toolset or custom.',
    ],
    [
      'agents: { a: { model: m, tools: [{ type: agent_toolset_20260401, default_config: { permission_policy: ask } }] } }',
      'heddle.yaml: agents.a.tools.0.default_config.permission_policy.type must be always_allow, always_ask or auto.',
    ],
    [
      'agents: { a: { model: m, mcp_servers: [{ name: gh, url: "https://x.test" }] } }',
      'heddle.yaml: agents.a.mcp_servers.0 ("gh") is used by no tool; add { type: mcp_toolset, mcp_server_name: gh }.',
    ],
    [
      'agents: { a: { model: m, tools: [{ type: mcp_toolset, mcp_server_name: gh }] } }',
      'heddle.yaml: agents.a.tools.0.mcp_server_name names no entry of mcp_servers ("gh").',
    ],
    [
      'environments: { e: { networking: open } }',
      'heddle.yaml: environments.e.networking.type must be unrestricted or limited.',
    ],
    [
      'environments: { e: { packages: { pip: [requests] } } }',
      'heddle.yaml: environments.e.packages needs networking: { type: limited, allow_package_managers: true }.',
    ],
    ['default_agent: x', 'heddle.yaml: default_agent names no entry of agents ("x").'],
    ['session_budget_usd: -1', 'heddle.yaml: session_budget_usd must be at least 0.'],
    ['session_budget_usd: ten', 'heddle.yaml: session_budget_usd must be a number, and is a text.'],
    ['busy_mode: wait', 'heddle.yaml: busy_mode must be steer, interrupt or queue.'],
    ['output: fast', 'heddle.yaml: output must be edit, stream or auto.'],
    ['idle_timeout: 30', 'heddle.yaml: idle_timeout must be a span such as 90s, 30m or 8h, or 0.'],
    ['idle_timeout: soon', 'heddle.yaml: idle_timeout must be a span such as 90s, 30m or 8h, or 0.'],
    ['allow: { guests: maybe }', 'heddle.yaml: allow.guests must be true or false, and is a text.'],
    ['limits: { message_characters: 5 }', 'heddle.yaml: limits.message_characters must be at least 1000.'],
    ['just text', 'heddle.yaml: the file must be a mapping of keys, and is a text.'],
  ])('%s', (text, sentence) => {
    expect(complaints(text)).toEqual([sentence]);
  });

  it('broken YAML is told with its line', () => {
    const [problem] = complaints('agents:\n  a: {\n');
    expect(problem).toMatch(/^heddle\.yaml is not valid YAML: .*line \d+/);
  });

  it("C1: the file's problems stand beside the environment's", async () => {
    const problems = await problemsOf({ ...complete, PORT: 'x' }, { 'heddle.yaml': 'busy_mode: wait' });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['PORT', 'heddle.yaml:']);
  });
});

describe('settings of heddle.yaml', () => {
  it('C2: a variable wins over them', async () => {
    const files = { 'heddle.yaml': 'idle_timeout: 2h\nbusy_mode: queue\nallow: { guests: true }' };
    expect((await load(complete, files)).settings).toMatchObject({
      idleTimeoutMs: 7_200_000,
      busyMode: 'queue',
      allow: { guests: true, outsiders: false },
    });
    const { settings } = await load({ ...complete, HEDDLE_IDLE_TIMEOUT: '5m' }, files);
    expect(settings.idleTimeoutMs).toBe(300_000);
  });

  it('HEDDLE_CONFIG names another file', async () => {
    const { settings } = await load(
      { ...complete, HEDDLE_CONFIG: 'mine.yml' },
      { 'mine.yml': 'idle_timeout: 0' },
    );
    expect(settings.idleTimeoutMs).toBe(0);
  });
});

describe('heddle.lock.json', () => {
  it('gives agent and environment, the version pinned', async () => {
    const config = await load(withoutIds, { 'heddle.lock.json': lock });
    expect(config.agent).toMatchObject({ id: 'agent_d', version: 3 });
    expect(config.environment).toEqual({ id: 'env_d' });
  });

  it('a variable wins over it, each by itself', async () => {
    const config = await load({ ...withoutIds, HEDDLE_AGENT_ID: 'agent_x' }, { 'heddle.lock.json': lock });
    expect(config.agent).toEqual({ id: 'agent_x', version: undefined });
    expect(config.environment).toEqual({ id: 'env_d' });
  });

  it('default_agent chooses', async () => {
    const yaml = 'agents: { other: { model: m }, default: { model: m } }\ndefault_agent: other';
    const { agent } = await load(withoutIds, { 'heddle.lock.json': lock, 'heddle.yaml': yaml });
    expect(agent.id).toBe('agent_o');
  });

  it('every agent of the files is known, with its model and pinned version', async () => {
    const yaml = 'agents: { default: { model: m }, fresh: { model: { id: n } } }\ndefault_agent: default';
    const { agents } = await load(withoutIds, { 'heddle.lock.json': lock, 'heddle.yaml': yaml });
    expect(agents).toEqual([
      { name: 'default', id: 'agent_d', version: 3, model: 'm', isDefault: true },
      { name: 'fresh', model: 'n', isDefault: false },
      { name: 'other', id: 'agent_o', version: 1, isDefault: false },
    ]);
  });

  it('where nothing is known, the cure is setup', async () => {
    for (const problem of await problemsOf(withoutIds))
      expect(problem).toContain('`npm run heddle -- setup`');
  });

  it('several agents and no default is a problem', async () => {
    const yaml = 'agents: { a: { model: m }, b: { model: m } }';
    const [problem] = await problemsOf(withoutIds, { 'heddle.lock.json': lock, 'heddle.yaml': yaml });
    expect(problem).toContain('several agents (a, b) and no default_agent');
  });

  it.each(['{', '{"version":2}', '[]'])('a damaged one is never taken for an empty one: %s', async (text) => {
    const problems = await problemsOf(complete, { 'heddle.lock.json': text });
    expect(problems).toEqual([expect.stringContaining('heddle.lock.json is damaged')]);
  });

  it('lies beside heddle.yaml', () => {
    const directory = directoryWith({ 'mine.yaml': '', 'heddle.lock.json': lock });
    const files = readConfigFiles('/nowhere', join(directory, 'mine.yaml'));
    expect(files.lockFile).toBe(join(directory, 'heddle.lock.json'));
    expect(files.lock.agents['other']?.id).toBe('agent_o');
  });
});

describe('what setup needs', () => {
  it('is the API and heddle.yaml, and no Slack', async () => {
    const cwd = directoryWith({ 'heddle.yaml': 'agents: { a: { model: m } }' });
    const { files, anthropic } = await loadSetupConfig({ env: { ANTHROPIC_API_KEY: 'k' }, cwd });
    expect(Object.keys(files.settings.agents)).toEqual(['a']);
    expect(anthropic).toEqual({ apiKey: 'k' });
  });

  it('a missing heddle.yaml is told, with the example as its cure', async () => {
    const loading = loadSetupConfig({ env: { ANTHROPIC_API_KEY: 'k' }, cwd: directoryWith() });
    await expect(loading).rejects.toThrow(/heddle\.yaml is not there; copy heddle\.example\.yaml/);
  });
});
