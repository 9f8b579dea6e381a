/**
 * How the process lives and ends, from outside: the real entry around an app that only says what it is told.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ensureBuilt } from '../../bin/lib/ensure.js';
import { root } from '../architecture-scan.ts';
import { complete } from '../config/support.ts';

const copy = mkdtempSync(join(tmpdir(), 'heddle lifetime '));

/** What `startApp` does is chosen by HEDDLE_TEST_APP. */
const app = `
import { ConfigError } from './errors.js';
export async function startApp(config, { log }) {
  const kind = process.env.HEDDLE_TEST_APP;
  if (kind === 'refused') throw new ConfigError(['SLACK_BOT_TOKEN is refused by Slack; take a new one.']);
  if (kind === 'broken') throw new Error('could not start with xoxb-1-test');
  if (kind === 'slow') { log.info({}, 'ready'); await new Promise((resolve) => setTimeout(resolve, 300)); }
  setInterval(() => undefined, 1000);
  log.info({ port: 1 }, 'ready');
  if (kind === 'rejects') Promise.reject(new Error('nobody caught xoxb-1-test'));
  if (kind === 'throws') setImmediate(() => { throw new Error('nobody caught this'); });
  return {
    port: 1,
    async stop(deadlineMs) {
      log.info({ deadlineMs }, 'app stops');
      if (kind === 'hangs') await new Promise(() => undefined);
      if (kind === 'fails') throw new Error('stopping failed');
    },
  };
}
`;

beforeAll(async () => {
  await ensureBuilt();
  cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
  cpSync(join(root, 'bin'), join(copy, 'bin'), { recursive: true });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
  writeFileSync(join(copy, 'dist', 'app.js'), app);
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves when a log line with this msg was written. */
  readonly logged: (msg: string) => Promise<void>;
  readonly end: () => Promise<{ code: number | null; messages: string[]; out: string; err: string }>;
}

function start(kind: string, env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [join(copy, 'bin/heddle.js'), 'start'], {
    cwd: copy,
    env: { PATH: process.env['PATH'], ...complete, HEDDLE_TEST_APP: kind, HEDDLE_DRAIN_TIMEOUT: '0', ...env },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  const closed = once(child, 'close') as Promise<[number | null]>;
  const messages = (): string[] =>
    out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
  return {
    child,
    async logged(msg) {
      while (!out.includes(`"msg":"${msg}"`)) await once(child.stdout, 'data');
    },
    async end() {
      const [code] = await closed;
      return { code, messages: messages(), out, err };
    },
  };
}

describe('heddle start', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: stops in order within the drain time, and exits 0',
    async (signal) => {
      const { child, logged, end } = start('plain', { HEDDLE_DRAIN_TIMEOUT: '7s' });
      await logged('ready');
      child.kill(signal);
      const { code, messages, out, err } = await end();
      expect([code, err]).toEqual([0, '']);
      expect(messages).toEqual(['ready', 'stopping', 'app stops', 'stopped']);
      expect(out).toContain('"deadlineMs":7000');
    },
  );

  it('a second signal ends it at once', async () => {
    const { child, logged, end } = start('hangs', { HEDDLE_DRAIN_TIMEOUT: '1h' });
    await logged('ready');
    child.kill('SIGTERM');
    await logged('app stops');
    child.kill('SIGTERM');
    expect((await end()).code).toBe(143);
  });

  it.each(['hangs', 'fails'])('exits 0 also where stopping %s', async (kind) => {
    const { child, logged, end } = start(kind);
    await logged('ready');
    child.kill('SIGTERM');
    const { code, messages } = await end();
    expect(code).toBe(0);
    expect(messages).toContain('stopped before everything was finished');
  });

  it('asked to stop before it is up, it stops what it has started', async () => {
    const { child, logged, end } = start('slow', { HEDDLE_DRAIN_TIMEOUT: '5s' });
    await logged('ready');
    child.kill('SIGTERM');
    const { code, messages } = await end();
    expect(code).toBe(0);
    expect(messages).toContain('app stops');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s while the product is being loaded ends it at once',
    async (signal) => {
      const slow = join(copy, 'slow');
      cpSync(join(copy, 'bin'), join(slow, 'bin'), { recursive: true });
      mkdirSync(join(slow, 'dist'), { recursive: true });
      mkdirSync(join(slow, 'node_modules'), { recursive: true });
      cpSync(join(copy, 'package.json'), join(slow, 'package.json'));
      writeFileSync(
        join(slow, 'dist', 'index.js'),
        "process.stdout.write('loading'); await new Promise(() => setInterval(() => 0, 1e3));",
      );
      const child = spawn(process.execPath, [join(slow, 'bin/heddle.js'), 'start']);
      await once(child.stdout, 'data');
      child.kill(signal);
      expect(await once(child, 'close')).toEqual([0, null]);
    },
  );

  it('ends when its parent does', async () => {
    const { child, logged, end } = start('plain', { HEDDLE_PARENT: 'stdin' });
    await logged('ready');
    child.stdin.end();
    const { code, messages, out } = await end();
    expect(code).toBe(0);
    expect(messages).toContain('stopped');
    expect(out).toContain('parent gone');
  });

  it('without a parent to watch, the end of standard input means nothing', async () => {
    const { child, logged, end } = start('plain');
    child.stdin.end();
    await logged('ready');
    child.kill('SIGTERM');
    expect((await end()).out).toContain('"why":"SIGTERM"');
  });

  it.each(['rejects', 'throws'])('what nobody caught (%s) is logged, and exits 1', async (kind) => {
    const { code, messages, out } = await start(kind).end();
    expect(code).toBe(1);
    expect(messages).toContain(kind === 'throws' ? 'uncaught exception' : 'unhandled rejection');
    expect(out).toContain('nobody caught');
    expect(out).not.toContain('xoxb-1-test');
  });

  it('refused by a service it cannot do without, it exits 78 with the sentence', async () => {
    const { code, err } = await start('refused').end();
    expect([code, err]).toEqual([78, 'SLACK_BOT_TOKEN is refused by Slack; take a new one.\n']);
  });

  it('anything else that keeps it from starting exits 1, and shows no secret', async () => {
    const { code, err } = await start('broken').end();
    expect(code).toBe(1);
    expect(err).toContain('could not start with [hidden]');
  });

  it('notes about settings are in the log', async () => {
    const { child, logged, end } = start('plain', { ANTHROPIC_WEBHOOK_SIGNING_KEY: 'whsec_abcdef' });
    await logged('ready');
    child.kill('SIGTERM');
    const { messages } = await end();
    expect(messages[0]).toContain('ANTHROPIC_WEBHOOK_SIGNING_KEY is set, but');
  });
});
