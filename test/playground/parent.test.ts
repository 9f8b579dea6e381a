import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runPlayground, type PlaygroundOptions } from '../../src/playground/index.ts';
import type { ParentState } from '../../src/playground/page/parent-api.ts';
import { takeJournalDir } from '../../src/playground/parent-journal.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/playground/${name}`, import.meta.url));
const until = <T>(look: () => T | Promise<T>) => vi.waitUntil(look, { timeout: 20_000, interval: 20 });

let dataDir: string;
let started: { stop: () => Promise<number> }[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'heddle-parent-'));
});

afterEach(async () => {
  await Promise.all(started.map(({ stop }) => stop()));
  started = [];
  rmSync(dataDir, { recursive: true, force: true });
});

interface Running {
  readonly lines: () => Record<string, unknown>[];
  readonly messages: () => unknown[];
  readonly err: () => string;
  /** Address of the page, once it is told. */
  url(): Promise<string>;
  state(): Promise<ParentState>;
  post(path: string): Promise<unknown>;
  stop(): Promise<number>;
}

function open(options: Partial<PlaygroundOptions> = {}): Running {
  let out = '';
  let err = '';
  const abort = new AbortController();
  const ended = runPlayground({
    port: 0,
    dataDir,
    env: { PATH: process.env['PATH'] },
    botCommand: { file: process.execPath, args: [fixture('bot.mjs')] },
    writeOut: (text) => (out += text),
    writeErr: (text) => (err += text),
    signal: abort.signal,
    cwd: dataDir,
    ...options,
  });
  const lines = (): Record<string, unknown>[] =>
    out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const url = (): Promise<string> => until(() => /http:\/\/127\.0\.0\.1:\d+/.exec(err)?.[0] ?? '');
  const running: Running = {
    lines,
    messages: () => lines().map((line) => line['msg']),
    err: () => err,
    url,
    state: async () => (await (await fetch(`${await url()}/__parent/state`)).json()) as ParentState,
    post: async (path) =>
      (
        await fetch((await url()) + path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{}',
        })
      ).json(),
    stop() {
      abort.abort('test over');
      return ended;
    },
  };
  started.push(running);
  return running;
}

const isUp = (running: Running) => async (): Promise<boolean> =>
  (await running.state()).bot.state === 'running';

async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the playground as a process', () => {
  it('says once that it is ready, with the address; the bot’s own ready is kept back', async () => {
    const running = open();
    await until(() => running.messages().includes('ready'));
    const url = await running.url();
    expect(running.lines().filter((line) => line['msg'] === 'ready')).toEqual([
      expect.objectContaining({
        level: 'info',
        url,
        agent: 'scripted',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
      }),
    ]);
    expect(running.err()).toContain(`Heddle playground: ${url}\n`);
    expect(await (await fetch(`${url}/metrics`)).text()).toBe('bot /metrics');
  });

  it('gives the bot settings that both services accept, and the operator’s own', async () => {
    const running = open({ env: { PATH: process.env['PATH'], HEDDLE_IDLE_TIMEOUT: '90s' } });
    await until(() => running.messages().includes('asked both'));
    expect(running.lines().find((line) => line['msg'] === 'asked both')).toMatchObject({
      slack: true,
      agent: true,
      environment: expect.stringMatching(/^env_/),
      parent: 'stdin',
      kept: '90s',
    });
    expect((await running.state()).idle_timeout).toBe('90s');
  });

  it('Kill is SIGKILL and lasts; Restart brings it back', async () => {
    const running = open();
    const url = await running.url();
    await until(isUp(running));
    const { bot } = await running.state();
    const pid = 'pid' in bot ? bot.pid : 0;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);

    await running.post('/__parent/kill');
    await until(async () => (await running.state()).bot.state === 'killed');
    expect(await isAlive(pid)).toBe(false);
    expect(running.messages()).not.toContain('stopped');
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);

    await running.post('/__parent/restart');
    await until(isUp(running));
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(running.messages().filter((msg) => msg === 'ready')).toHaveLength(1);
  });

  it('Restart of a running bot lets it stop by itself first', async () => {
    const running = open();
    await until(isUp(running));
    const before = (await running.state()).bot;
    await running.post('/__parent/restart');
    await until(async () => {
      const { bot } = await running.state();
      return bot.state === 'running' && 'pid' in before && bot.pid !== before.pid;
    });
    expect(running.lines().find((line) => line['msg'] === 'stopped')).toMatchObject({ why: 'SIGTERM' });
  });

  it('a bot that dies by itself is started again', async () => {
    const running = open();
    await until(isUp(running));
    const { bot } = await running.state();
    process.kill('pid' in bot ? bot.pid : 0, 'SIGKILL');
    await until(() => running.messages().filter((msg) => msg === 'asked both').length === 2);
    expect(running.lines().find((line) => line['msg'] === 'the bot ended by itself')).toMatchObject({
      signal: 'SIGKILL',
    });
  });

  it('a bot whose settings are wrong is not started again, and the reason is told', async () => {
    const running = open({ env: { PATH: process.env['PATH'], FAKE_BOT_EXIT: '78' } });
    await until(async () => (await running.state()).bot.state === 'exited');
    expect((await running.state()).bot).toMatchObject({
      code: 78,
      retry_at: null,
      said: 'SLACK_BOT_TOKEN is not what it should be.',
    });
    expect(running.err()).toContain('SLACK_BOT_TOKEN is not what it should be.');
  });

  it('asked to stop, it lets the bot stop, closes and ends with 0', async () => {
    const running = open();
    const url = await running.url();
    await until(isUp(running));
    expect(await running.stop()).toBe(0);
    expect(running.lines().find((line) => line['msg'] === 'stopped')).toMatchObject({ why: 'SIGTERM' });
    await expect(fetch(url)).rejects.toThrow();
  });

  it('takes the next free port where the wanted one is busy', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const running = open({ port });
    expect(Number(new URL(await running.url()).port)).toBeGreaterThan(port);
    taken.close();
  });

  it('killed with -9 it takes the bot with it, and the next one goes on in the same workspace', async () => {
    const first = spawn(process.execPath, [
      '--import',
      'tsx',
      fixture('run.ts'),
      dataDir,
      fixture('bot.mjs'),
    ]);
    let [out, err] = ['', ''];
    first.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    first.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    await until(() => out.includes('"ready"'));
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(err)?.[0] ?? '';
    const said = await fetch(`${url}/__page/create_channel`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'U0ADA00001', name: 'kept' }),
    });
    expect(await said.json()).toMatchObject({ ok: true });
    const bot = Number(/"bot":(\d+)/.exec(out)?.[1]);
    first.kill('SIGKILL');
    await until(async () => !(await isAlive(bot)));

    const second = open();
    const state = await (await fetch(`${await second.url()}/__page/state?user=U0ADA00001`)).json();
    expect((state as { channels: { name: string }[] }).channels.map(({ name }) => name)).toContain('kept');
  });

  it('a key alone does not make the agent real; with agent and environment it does', async () => {
    const key = { PATH: process.env['PATH'], ANTHROPIC_API_KEY: 'sk-ant-test' };
    const scripted = open({ env: key });
    expect((await scripted.state()).agent).toEqual({
      mode: 'scripted',
      agent_id: null,
      missing: ['agent', 'environment'],
    });

    const lock = {
      version: 1,
      agents: { default: { id: 'agent_1' } },
      environments: { default: { id: 'env_1' } },
    };
    writeFileSync(join(dataDir, 'heddle.lock.json'), JSON.stringify(lock));
    const real = open({ env: key });
    expect(await real.state()).toMatchObject({
      agent: { mode: 'real', agent_id: 'agent_1' },
      anthropic_base_url: null,
      keywords: [],
    });
  });
});

describe('one server alone', () => {
  it('prints its address and what a client needs', async () => {
    const slack = open({ only: 'slack' });
    const agents = open({ only: 'agents' });
    const [slackUrl, agentsUrl] = [await slack.url(), await agents.url()];
    await until(() => slack.messages().includes('ready') && agents.messages().includes('ready'));
    expect(slack.err()).toMatch(/SLACK_BOT_TOKEN=xoxb-[\w-]+\nSLACK_APP_TOKEN=xapp-/);
    expect(agents.err()).toMatch(/HEDDLE_AGENT_ID=agent_\w+\nHEDDLE_ENVIRONMENT_ID=env_/);
    expect((await fetch(`${slackUrl}/api/api.test`, { method: 'POST' })).status).toBe(200);
    expect((await fetch(`${agentsUrl}/v1/agents`)).status).toBe(401);
  });
});

describe('journal directories', () => {
  it('each running playground has its own; a released one is taken again', () => {
    const first = takeJournalDir(dataDir);
    const second = takeJournalDir(dataDir, process.ppid);
    expect(second.path).not.toBe(first.path);
    first.release();
    expect(takeJournalDir(dataDir).path).toBe(first.path);
    second.release();
  });

  it('what a dead process held is free, also where its lock is damaged', () => {
    mkdirSync(join(dataDir, '1'), { recursive: true });
    writeFileSync(join(dataDir, '1', 'lock'), '999999999\n');
    expect(takeJournalDir(dataDir).path).toBe(join(dataDir, '1'));
    writeFileSync(join(dataDir, '1', 'lock'), '');
    expect(takeJournalDir(dataDir).path).toBe(join(dataDir, '1'));
  });
});
