import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  embeddedPlace,
  EmbeddedRedisError,
  LAUNCH,
  type Place,
} from '../../../src/adapters/store/embedded-instance.ts';
import { startEmbeddedRedis, type EmbeddedRedis } from '../../../src/adapters/store/embedded.ts';
import { ask } from '../../../src/adapters/store/redis-ask.ts';
import { eventually } from '../../support/eventually.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { checkoutDir as repository, testCacheDir } from '../../support/redis.ts';

let checkoutDir: string;
let place: Place;
const processes: ChildProcess[] = [];
const joined: EmbeddedRedis[] = [];

beforeEach(async () => {
  checkoutDir = await mkdtemp(join(tmpdir(), 'hdl-checkout-'));
  place = await embeddedPlace(checkoutDir, join(checkoutDir, '.heddle'));
});

afterEach(async () => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  await Promise.all(joined.splice(0).map(async (one) => one.leave()));
  await ask(place.path, ['SHUTDOWN', 'NOSAVE']).catch(() => undefined);
  await rm(dirname(place.path), { recursive: true, force: true });
  await rm(checkoutDir, { recursive: true, force: true });
});

/** Joins in this process. */
async function join1(): Promise<EmbeddedRedis> {
  const options = { checkoutDir, dataDir: '.heddle', cacheDir: testCacheDir, log: quietLog };
  const embedded = await startEmbeddedRedis(options);
  joined.push(embedded);
  return embedded;
}

/** Joins in a process of its own. */
async function user(): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('./embedded-user.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', program, checkoutDir], {
    cwd: repository,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  processes.push(child);
  await once(child.stdout, 'data');
  return child;
}

async function leave(child: ChildProcess): Promise<void> {
  child.stdin?.write('leave\n');
  await once(child, 'exit');
}

async function kill9(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function redisPid(): Promise<number> {
  const info = await ask(place.path, ['INFO', 'server']);
  return Number(/process_id:(\d+)/.exec(info)?.[1]);
}

const isRunning = async () => (await ask(place.path, ['PING']).catch(() => '')) === '+PONG';

describe('startEmbeddedRedis', () => {
  it('starts one server for many that come at once; the last that goes ends it, and the data stays', async () => {
    const [first, second] = await Promise.all([user(), user(), join1()]);
    await ask(place.path, ['SET', 'A:k', 'kept']);
    await leave(first);
    await joined.splice(0)[0]?.leave();
    expect(await isRunning()).toBe(true);
    await leave(second);
    expect(await isRunning()).toBe(false);
    await join1();
    expect(await ask(place.path, ['GET', 'A:k'])).toBe('kept');
  });

  it('runs with an append-only file, without eviction, and closed to others', async () => {
    await join1();
    const settings = await ask(place.path, ['INFO']);
    expect(settings).toContain('aof_enabled:1');
    expect(settings).toContain('maxmemory_policy:noeviction');
    expect(settings).toContain('tcp_port:0');
    expect(Buffer.byteLength(place.path)).toBeLessThanOrEqual(100);
  });

  it('after kill -9 of all, who comes next uses the running server, and ends it', async () => {
    const users = await Promise.all([user(), user()]);
    const pid = await redisPid();
    await Promise.all(users.map(kill9));
    expect(await isRunning()).toBe(true);
    const next = await join1();
    expect(await redisPid()).toBe(pid);
    await next.leave();
    expect(await isRunning()).toBe(false);
  });

  it('comes back with its data where the server is killed under its users', async () => {
    await Promise.all([join1(), join1()]);
    await ask(place.path, ['SET', 'A:k', 'kept']);
    // A slow disk can hold it back in the process for two seconds.
    const isWritten = async () => expect(await ask(place.path, ['INFO'])).toContain('aof_buffer_length:0');
    await eventually(isWritten);
    const pid = await redisPid();
    process.kill(pid, 'SIGKILL');
    await eventually(async () => expect(await redisPid()).not.toBe(pid));
    expect(await ask(place.path, ['GET', 'A:k'])).toBe('kept');
    await eventually(async () => {
      const clients = await ask(place.path, ['CLIENT', 'LIST']);
      expect(clients.match(/name=heddle-user /g)).toHaveLength(2);
    });
  });

  it.each([
    ['before the server', async () => undefined],
    ['with a dead server', async (token: string) => writeFile(join(place.dir, `pid.${token}`), '999999')],
    [
      'and its id is another process now',
      async (token: string) => writeFile(join(place.dir, `pid.${token}`), String(process.pid)),
    ],
  ])('starts where a start was cut off %s', async (_, cutOff) => {
    await mkdir(place.dir, { recursive: true });
    await writeFile(join(place.dir, 'current'), `oldtoken ${place.path}\n`);
    await writeFile(place.path, 'a stale socket');
    await cutOff('oldtoken');
    await join1();
    expect(await isRunning()).toBe(true);
    expect((await readdir(place.dir)).filter((name) => name.startsWith('pid.'))).toHaveLength(1);
  });

  it('waits for a server whose starter died, and starts one when it comes to nothing', async () => {
    await writeFile(join(place.dir, 'current'), `oldtoken ${place.path}\n`);
    const shell = spawn('/bin/sh', ['-c', 'echo; read x; exit 1', 'oldtoken'], { stdio: 'pipe' });
    await once(shell.stdout, 'data');
    await writeFile(join(place.dir, 'pid.oldtoken'), String(shell.pid));
    const joining = join1();
    await eventually(async () => expect(await readdir(join(place.dir, 'lock'))).toContain('1'));
    shell.stdin.write('go\n');
    await joining;
    expect(await isRunning()).toBe(true);
    expect(await readFile(join(place.dir, 'current'), 'utf8')).not.toContain('oldtoken');
  });

  it('E1: a shell that is not wanted any more starts nothing', async () => {
    await writeFile(join(place.dir, 'current'), `newtoken ${place.path}\n`);
    const shell = spawn('/bin/sh', ['-c', LAUNCH, 'heddle-redis', place.dir, 'oldtoken', '/bin/echo', 'ran']);
    let said = '';
    shell.stdout.on('data', (data: Buffer) => (said += data.toString()));
    const [code] = (await once(shell, 'exit')) as [number];
    expect([code, said]).toEqual([1, '']);
  });

  it('ends a server whose data directory was removed, and begins anew', async () => {
    await join1();
    await ask(place.path, ['SET', 'A:k', 'kept']);
    const pid = await redisPid();
    await rm(join(checkoutDir, '.heddle'), { recursive: true, force: true });
    await user();
    expect(await redisPid()).not.toBe(pid);
  });

  it('uses no socket directory that others can look into', async () => {
    await chmod(dirname(place.path), 0o755);
    await expect(join1()).rejects.toBeInstanceOf(EmbeddedRedisError);
  });

  it('says why the server does not start', async () => {
    const first = await join1();
    await ask(place.path, ['SET', 'A:k', 'kept']);
    await first.leave();
    const aof = join(place.dir, 'appendonlydir');
    const manifest = (await readdir(aof)).find((name) => name.endsWith('.manifest')) ?? '';
    await writeFile(join(aof, manifest), 'nonsense\n');
    await expect(join1()).rejects.toThrow(/does not start .* move .* away/);
  });
});
