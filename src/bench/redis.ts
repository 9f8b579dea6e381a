/** A Redis of the bench's own: a private directory, a free port, persistence as an operator would set it. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findRedisServer } from '../adapters/store/local-redis.ts';
import { ask } from '../adapters/store/redis-ask.ts';
import { loadScripts } from '../adapters/store/scripts.ts';
import { delay } from '../lib/time.ts';

export interface BenchRedis {
  /** `redis://127.0.0.1:port`. */
  readonly url: string;
  ask(...command: readonly string[]): Promise<string>;
  /** Removes the keys that match. */
  forget(pattern: string): Promise<void>;
  /** Bytes of everything it holds (`INFO memory`, used_memory). */
  usedMemory(): Promise<number>;
  /** Counts what clients ask, by script or command name. */
  count(): Promise<Counting>;
  stop(): Promise<void>;
}

export interface Counting {
  /** What was asked since the last look. */
  look(): Promise<ReadonlyMap<string, number>>;
  stop(): void;
}

/** The shell ends the server when its standard input closes, which it does when this process is gone. */
const GUARD = '"$@" </dev/null & cat >/dev/null; kill $!; wait';

const FORGET = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end return 0";

export async function startRedis(cacheDir: string, signal: AbortSignal): Promise<BenchRedis> {
  const { file, env } = await findRedisServer({ cacheDir, signal });
  const dir = mkdtempSync(join(tmpdir(), 'hdl-bench-'));
  const path = join(dir, 's');
  const port = await freePort();
  const settings: Record<string, string> = {
    bind: '127.0.0.1',
    port: String(port),
    unixsocket: path,
    dir,
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const shell = spawn('/bin/sh', ['-c', GUARD, 'sh', file, ...args], {
    env: { ...env, PATH: '/usr/bin:/bin' },
    // A group of its own: Ctrl-C in a terminal is for the bench, which then ends this in its turn.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(shell, 'exit');
  const stop = async (): Promise<void> => {
    shell.stdin.end();
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await answers(path, signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    ask: (...command) => ask(path, command),
    forget: async (pattern) => {
      await ask(path, ['EVAL', FORGET, '0', pattern]);
    },
    usedMemory: async () => Number(/used_memory:(\d+)/.exec(await ask(path, ['INFO', 'memory']))?.[1]),
    count: () => countCommands(path),
    stop,
  };
}

async function answers(path: string, signal: AbortSignal): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const answer = await ask(path, ['PING']).catch((error: unknown) => error);
    if (answer === '+PONG') return;
    if (tries > 500) throw answer;
    await delay(10, signal);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** By `MONITOR`: one line a command, those inside a script marked `lua`. */
async function countCommands(path: string): Promise<Counting> {
  const names = new Map(
    [...loadScripts()].map(([name, lua]) => [createHash('sha1').update(lua).digest('hex'), name]),
  );
  const counts = new Map<string, number>();
  const socket = createConnection(path);
  const lines = createInterface({ input: socket });
  lines.on('line', (line) => {
    const [, from, command, first = ''] = /\[\d+ ([^\]]*)\] "([^"]*)"(?: "([^"]*)")?/.exec(line) ?? [];
    if (command === undefined || from === 'lua') return;
    const name = command.toLowerCase() === 'evalsha' ? (names.get(first) ?? 'script') : command.toLowerCase();
    counts.set(name, (counts.get(name) ?? 0) + 1);
  });
  socket.write('MONITOR\r\n');
  await once(lines, 'line');
  return {
    async look() {
      // What was asked so far has been told once an answer to a later command is there, and a moment has passed.
      await ask(path, ['ECHO', 'heddle-bench']);
      await delay(20);
      const seen = new Map(counts);
      counts.clear();
      seen.delete('echo');
      return seen;
    },
    stop: () => {
      socket.destroy();
    },
  };
}
