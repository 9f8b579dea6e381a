import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stringify } from 'yaml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runSetup } from '../../../src/adapters/anthropic/setup.ts';
import type { SetupOptions } from '../../../src/adapters/anthropic/setup.ts';
import { readConfigFiles } from '../../../src/config-file.ts';
import type { HeddleLock } from '../../../src/config-file.ts';
import { ConfigError } from '../../../src/errors.ts';
import { startAgentsServer } from '../../../src/playground/agents/index.ts';
import type { AgentsServer } from '../../../src/playground/agents/index.ts';
import { failureOf } from './wire.ts';

let server: AgentsServer;
let dir: string;

beforeEach(async () => {
  server = await startAgentsServer({ settings: { limits: false } });
  dir = await mkdtemp(join(tmpdir(), 'heddle-setup-'));
  await describeAs({});
});

afterEach(async () => {
  await server.stop();
  await rm(dir, { recursive: true });
});

interface Yaml {
  agents: Record<string, Record<string, unknown>>;
  environments: Record<string, Record<string, unknown>>;
}

const yaml: Yaml = {
  agents: {
    default: {
      model: 'claude-sonnet-5-5',
      system: 'You help people.\nBe brief.',
      tools: [{ type: 'agent_toolset_20260401' }],
      metadata: { team: 'tools' },
    },
  },
  environments: {
    default: { name: 'work', networking: { type: 'limited', allowed_hosts: ['example.com'] } },
  },
};

/** Writes heddle.yaml, with changes to the one agent. */
async function describeAs(agent: Record<string, unknown>, environment: Record<string, unknown> = {}) {
  const agents = { default: { ...yaml.agents['default'], ...agent } };
  const environments = { default: { ...yaml.environments['default'], ...environment } };
  await writeFile(join(dir, 'heddle.yaml'), stringify({ agents, environments }));
}

/** Runs it, and gives the exit code and everything it said. */
async function setup(more: Partial<SetupOptions> & { answer?: string } = {}) {
  const { answer, ...options } = more;
  const output = new PassThrough();
  let said = '';
  output.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const input = Object.assign(new PassThrough(), answer === undefined ? {} : { isTTY: true });
  if (answer !== undefined) input.end(answer);
  const code = await runSetup({
    anthropic: { apiKey: 'sk-ant-test', baseURL: server.url },
    files: readConfigFiles(dir, undefined),
    yes: false,
    input,
    output,
    ...options,
  });
  return { code, said };
}

const lockText = () => readFile(join(dir, 'heddle.lock.json'), 'utf8');
const lock = async () => JSON.parse(await lockText()) as HeddleLock;

async function api(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      authorization: 'Bearer k',
      'anthropic-beta': 'managed-agents-2026-04-01',
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, unknown>;
}

/** Requests that changed something. */
function writes(): Record<string, number> {
  const calls = Object.entries(server.control.calls());
  return Object.fromEntries(calls.filter(([name]) => /\.(create|update|archive|delete)$/.test(name)));
}

describe('the first run', () => {
  it('shows the plan, creates what is described, and pins it', async () => {
    const { code, said } = await setup({ yes: true });
    expect(code).toBe(0);
    expect(said).toContain('+ environment "default": create');
    expect(said).toContain('+ agent "default": create');
    const { agents, environments } = await lock();
    expect(agents['default']).toMatchObject({ version: 1 });
    const agent = await api('GET', `/v1/agents/${agents['default']?.id}`);
    expect(agent).toMatchObject({ name: 'default', system: 'You help people.\nBe brief.', version: 1 });
    expect(agent['metadata']).toMatchObject({ team: 'tools', heddle_name: 'default' });
    const environment = await api('GET', `/v1/environments/${environments['default']?.id}`);
    expect(environment['config']).toMatchObject({
      networking: { type: 'limited', allowed_hosts: ['example.com'] },
    });
    expect(await readdir(dir)).toEqual(['heddle.lock.json', 'heddle.yaml']);
  });

  it('without a terminal and without --yes it changes nothing and says how', async () => {
    const { code, said } = await setup();
    expect(code).toBe(1);
    expect(said).toContain('--yes');
    expect(writes()).toEqual({});
    expect(await readdir(dir)).toEqual(['heddle.yaml']);
  });

  it.each(['n\n', '\n', 'what?\n', ''])('answered %j it changes nothing', async (answer) => {
    const { code, said } = await setup({ answer });
    expect(code).toBe(1);
    expect(said).toContain('Nothing was changed.');
    expect(writes()).toEqual({});
  });

  it.each(['y\n', 'YES\n'])('answered %j it does it', async (answer) => {
    expect(await setup({ answer })).toMatchObject({ code: 0 });
    expect(writes()).toEqual({ 'agents.create': 1, 'environments.create': 1 });
  });

  it('nothing described is nothing to do', async () => {
    await writeFile(join(dir, 'heddle.yaml'), 'session_budget_usd: 5\n');
    expect(await setup({ yes: true })).toMatchObject({ code: 1 });
    expect(writes()).toEqual({});
  });
});

describe('the second run (P1)', () => {
  it('changes nothing at all', async () => {
    await setup({ yes: true });
    const [before, done] = [await lockText(), writes()];
    const { code, said } = await setup();
    expect(code).toBe(0);
    expect(said).toContain('Nothing to do.');
    expect(writes()).toEqual(done);
    expect(await lockText()).toBe(before);
  });

  it('shows what changed, updates as a new version, and clears what is no longer said', async () => {
    await setup({ yes: true });
    await describeAs({ system: 'You help people.\nBe thorough.', tools: [], metadata: undefined });
    const { code, said } = await setup({ yes: true });
    expect(code).toBe(0);
    expect(said).toContain('~ agent "default": update');
    expect(said).toContain('-   Be brief.');
    expect(said).toContain('+   Be thorough.');
    expect(said).not.toContain('You help people.');
    const pin = (await lock()).agents['default'];
    expect(pin?.version).toBe(2);
    const agent = await api('GET', `/v1/agents/${pin?.id}`);
    expect(agent).toMatchObject({ system: 'You help people.\nBe thorough.', tools: [] });
    expect(agent['metadata']).not.toHaveProperty('team');
    expect(await setup()).toMatchObject({ code: 0 });
    expect(writes()).toEqual({ 'agents.create': 1, 'environments.create': 1, 'agents.update': 1 });
  });

  it('a version made elsewhere leaves the pinned one alone, until heddle.yaml changes', async () => {
    await setup({ yes: true });
    const id = (await lock()).agents['default']?.id;
    await api('POST', `/v1/agents/${id}`, { system: 'Somebody else was here.' });
    const { code, said } = await setup();
    expect(code).toBe(0);
    expect(said).toContain('version 2 was made elsewhere; version 1 stays pinned');
    await describeAs({ system: 'Ours.' });
    const again = await setup({ yes: true });
    expect(again.said).toContain('- system: Somebody else was here.');
    expect((await lock()).agents['default']?.version).toBe(3);
  });

  it('a network that was opened elsewhere is shut again', async () => {
    await setup({ yes: true });
    const id = (await lock()).environments['default']?.id;
    await api('POST', `/v1/environments/${id}`, {
      config: { type: 'cloud', networking: { type: 'unrestricted' } },
    });
    const { said } = await setup({ yes: true });
    expect(said).toContain('type: unrestricted');
    const environment = await api('GET', `/v1/environments/${id}`);
    expect(environment['config']).toMatchObject({
      networking: { type: 'limited', allowed_hosts: ['example.com'] },
    });
    expect(await setup()).toMatchObject({ code: 0 });
  });

  it('hosts in another order or spelling are the same', async () => {
    await describeAs({}, { networking: { type: 'limited', allowed_hosts: ['b.example', 'A.example'] } });
    await setup({ yes: true });
    const id = (await lock()).environments['default']?.id;
    await api('POST', `/v1/environments/${id}`, {
      config: { type: 'cloud', networking: { type: 'limited', allowed_hosts: ['a.example', 'b.example'] } },
    });
    expect(await setup()).toMatchObject({ code: 0 });
  });

  it('what heddle.yaml no longer names is left as it is, and stays pinned', async () => {
    await setup({ yes: true });
    await writeFile(join(dir, 'heddle.yaml'), stringify({ environments: yaml.environments }));
    const { code, said } = await setup();
    expect(code).toBe(0);
    expect(said).toContain('no longer in heddle.yaml');
    expect((await lock()).agents).toHaveProperty('default');
  });
});

describe('a run that did not finish (P2)', () => {
  /** The lock file cannot be written: the process is as good as killed after the first step. */
  async function crashed() {
    const files = { ...readConfigFiles(dir, undefined), lockFile: join(dir, 'nowhere', 'heddle.lock.json') };
    await failureOf(setup({ yes: true, files }));
  }

  it('what it created is found again and pinned', async () => {
    await crashed();
    expect(writes()).toEqual({ 'environments.create': 1 });
    const { code, said } = await setup({ yes: true });
    expect(code).toBe(0);
    expect(said).toContain('* environment "default": pin');
    expect(writes()).toEqual({ 'environments.create': 1, 'agents.create': 1 });
    expect(await setup()).toMatchObject({ code: 0 });
  });

  it('a version it made is pinned, not made again', async () => {
    await setup({ yes: true });
    await describeAs({ system: 'New.' });
    await crashed();
    expect(writes()['agents.update']).toBe(1);
    expect((await lock()).agents['default']?.version).toBe(1);
    const { said } = await setup({ yes: true });
    expect(said).toContain('* agent "default": pin');
    expect(writes()['agents.update']).toBe(1);
    expect((await lock()).agents['default']?.version).toBe(2);
  });

  it('a create whose answer was lost is looked up, not repeated', async () => {
    server.control.fault({ endpoint: 'agents.create', kind: 'reset', commit: 'after' });
    expect(await setup({ yes: true })).toMatchObject({ code: 0 });
    const { data } = await api('GET', '/v1/agents');
    expect(data).toHaveLength(1);
    expect((await lock()).agents['default']?.id).toBe((data as { id: string }[])[0]?.id);
  });

  it('a create that certainly failed says so, and the next run goes on', async () => {
    server.control.fault({ endpoint: 'agents.create', kind: 'status', status: 500, commit: 'before' });
    const { code, said } = await setup({ yes: true });
    expect(code).toBe(1);
    expect(said).toContain('the next run looks before it creates');
    expect((await lock()).environments).toHaveProperty('default');
    expect(await setup({ yes: true })).toMatchObject({ code: 0 });
    expect((await api('GET', '/v1/agents'))['data']).toHaveLength(1);
  });

  it("another project's agent of the same name is not taken over (P3)", async () => {
    await setup({ yes: true });
    await rm(join(dir, 'heddle.lock.json'));
    await describeAs({ system: 'Another project.' }, { name: 'elsewhere' });
    expect(await setup({ yes: true })).toMatchObject({ code: 0 });
    expect((await api('GET', '/v1/agents'))['data']).toHaveLength(2);
  });
});

describe('the lock file', () => {
  it('that cannot be put in place leaves no draft behind', async () => {
    const lockFile = join(dir, 'taken');
    await mkdir(join(lockFile, 'full'), { recursive: true });
    await failureOf(setup({ yes: true, files: { ...readConfigFiles(dir, undefined), lockFile } }));
    expect(await readdir(dir)).toEqual(['heddle.yaml', 'taken']);
  });
});

describe('what stands in the way', () => {
  it('an archived agent is made anew, and the plan says why', async () => {
    await setup({ yes: true });
    const old = (await lock()).agents['default']?.id;
    await api('POST', `/v1/agents/${old}/archive`);
    const asked = await setup();
    expect(asked.code).toBe(1);
    expect(asked.said).toContain(`create (${old} is archived)`);
    expect(await setup({ yes: true })).toMatchObject({ code: 0 });
    expect((await lock()).agents['default']?.id).not.toBe(old);
  });

  it('an agent that is not there any more as well', async () => {
    await setup({ yes: true });
    const pins = await lock();
    const agents = { default: { id: 'agent_lost', version: 4, hash: 'x' } };
    await writeFile(join(dir, 'heddle.lock.json'), JSON.stringify({ ...pins, agents }));
    const { said } = await setup();
    expect(said).toMatch(/agent "default": pin agent_\w+ version 1/);
    await describeAs({ system: 'Changed.' });
    expect((await setup()).said).toContain('create (agent_lost does not exist any more)');
  });

  it('an environment of the same name that is not ours stops everything, with the cure', async () => {
    await api('POST', '/v1/environments', { name: 'work', config: { type: 'cloud' } });
    const { code, said } = await setup({ yes: true });
    expect(code).toBe(1);
    expect(said).toContain('! environment "default": another environment is called "work"');
    expect(writes()).toEqual({ 'environments.create': 1 });
  });

  it('the cure it names works', async () => {
    const { id } = await api('POST', '/v1/environments', { name: 'work', config: { type: 'cloud' } });
    const pins = { version: 1, agents: {}, environments: { default: { id, hash: '' } } };
    await writeFile(join(dir, 'heddle.lock.json'), JSON.stringify(pins));
    expect(await setup({ yes: true })).toMatchObject({ code: 0 });
    expect((await lock()).environments['default']?.id).toBe(id);
    expect(await setup()).toMatchObject({ code: 0 });
  });

  it('somebody who changes the agent between plan and update is not overwritten', async () => {
    await setup({ yes: true });
    await describeAs({ system: 'New.' });
    const id = (await lock()).agents['default']?.id;
    const input = Object.assign(new PassThrough(), { isTTY: true });
    const output = new PassThrough();
    let said = '';
    output.on('data', (chunk: Buffer) => {
      const asking = !said.includes('[y/N]');
      said += chunk.toString();
      if (!asking || !said.includes('[y/N]')) return;
      api('POST', `/v1/agents/${id}`, { system: 'Theirs.' }).then(
        () => input.write('y\n'),
        () => input.end(),
      );
    });
    const { code } = await setup({ input, output });
    expect(code).toBe(1);
    expect(said).toContain('somebody else changed it meanwhile');
    expect((await lock()).agents['default']?.version).toBe(1);
    expect(await api('GET', `/v1/agents/${id}`)).toMatchObject({ system: 'Theirs.', version: 2 });
  });

  it('a model that does not exist is told in the words of the service', async () => {
    await describeAs({ model: 'gpt-9' });
    const { code, said } = await setup({ yes: true });
    expect(code).toBe(1);
    expect(said).toContain('gpt-9 is not available');
  });

  it('a key that is refused is a setting that is wrong', async () => {
    server.control.fault({ endpoint: '*', kind: 'status', status: 401, times: 9 });
    const failure = await failureOf(setup({ yes: true }));
    expect(failure).toBeInstanceOf(ConfigError);
    expect(String(failure)).toContain('ANTHROPIC_API_KEY');
  });

  it('too many metadata entries', async () => {
    const metadata = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`k${i}`, 'v']));
    await describeAs({ metadata });
    const { code, said } = await setup({ yes: true });
    expect(code).toBe(1);
    expect(said).toContain('more than 14 metadata entries');
    expect(writes()).toEqual({});
  });
});
