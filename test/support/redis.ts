/**
 * A redis-server of a test's own: on a Unix socket and a free TCP port, in a private temporary directory,
 * without persistence unless asked. It dies with the test process, also when that is killed.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findRedisServer } from '../../src/adapters/store/local-redis.ts';

export interface TestRedisOptions {
  /** More `redis-server` arguments, such as `['--maxmemory', '2mb']`. */
  readonly args?: readonly string[];
  /** Keep an append-only file, so that `restart` finds the data again. */
  readonly persist?: boolean;
}

export interface TestRedis {
  /** `redis://127.0.0.1:port`. */
  readonly url: string;
  /** Unix socket. */
  readonly path: string;
  readonly port: number;
  readonly dir: string;
  readonly file: string;
  pid(): number;
  /** SIGKILL; the socket and port stay the same for `restart`. */
  kill9(): Promise<void>;
  /** Starts it again after `kill9`, with what it kept. */
  restart(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  freeze(): void;
  thaw(): void;
  /** Ends it and removes its directory. */
  stop(): Promise<void>;
}

export const checkoutDir = fileURLToPath(new URL('../../', import.meta.url));
export const testCacheDir = join(checkoutDir, '.heddle/cache');

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Whether a redis-server answers on this socket (`-NOAUTH` and `-LOADING` are answers, but not yet all). */
async function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      resolve(/^(\+PONG|-NOAUTH)/.test(data.toString()));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

/** The shell ends the server as soon as its standard input closes, which it does when this process dies. */
const guard = '"$@" </dev/null & echo $!; cat >/dev/null; kill -9 $!; wait';

export async function launch(
  file: string,
  env: Record<string, string>,
  args: readonly string[],
): Promise<{ shell: ChildProcess; pid: number }> {
  const shell = spawn('/bin/sh', ['-c', guard, 'sh', file, ...args], {
    env: { ...env, PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: shell.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  return { shell, pid: Number(line) };
}

export async function startTestRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const { file, env } = await findRedisServer({ cacheDir: testCacheDir });
  const dir = await mkdtemp(join(tmpdir(), 'hdl-'));
  const path = join(dir, 's');
  const port = await freePort();
  const settings: Record<string, string> = {
    unixsocket: path,
    unixsocketperm: '700',
    bind: '127.0.0.1',
    port: String(port),
    dir,
    save: '',
    logfile: join(dir, 'log'),
    'maxmemory-policy': 'noeviction',
    appendonly: options.persist ? 'yes' : 'no',
    // With `everysec` a slow disk can hold written data back in the process for two seconds.
    appendfsync: 'always',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  args.push(...(options.args ?? []));
  let running = await start();

  async function start(): Promise<{ shell: ChildProcess; pid: number }> {
    const started = await launch(file, env, args);
    for (let i = 0; i < 500; i += 1) {
      if (await answers(path)) return started;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    started.shell.kill('SIGKILL');
    throw new Error(`redis-server does not answer, see ${join(dir, 'log')}`);
  }

  async function end(): Promise<void> {
    const { shell } = running;
    if (shell.exitCode !== null || shell.signalCode !== null) return;
    const gone = once(shell, 'exit');
    shell.stdin?.end();
    await gone;
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    path,
    port,
    dir,
    file,
    pid: () => running.pid,
    kill9: end,
    async restart() {
      await end();
      running = await start();
    },
    freeze: () => process.kill(running.pid, 'SIGSTOP'),
    thaw: () => process.kill(running.pid, 'SIGCONT'),
    async stop() {
      await end();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
