/**
 * The one embedded redis-server of a checkout, as a detached process. Everything here runs under the
 * checkout's lock.
 *
 * E1  At most one server writes a data directory. A server's shell writes its process id first and then asks
 *     whether it is still the one that is wanted; who starts another says so first and then looks for that id.
 *     So a start that was cut off anywhere ends in one server or none.
 * E2  The socket's path stays the same, so that clients find a server that was started again.
 */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HeddleError, messageOf } from '../../errors.ts';
import { delay, systemClock } from '../../lib/time.ts';
import { randomToken } from '../../lib/random.ts';
import type { RedisServer } from './local-redis.ts';
import { isAlive, processMark } from '../../lib/process-mark.ts';
import { ask } from './redis-ask.ts';

/** The embedded server cannot be run. The text says why and names the cure. */
export class EmbeddedRedisError extends HeddleError {
  constructor(message: string, cause?: unknown) {
    super('embedded_redis', message, cause === undefined ? {} : { cause });
  }
}

/** Which server is wanted, and where it listens. */
interface Wanted {
  readonly token: string;
  readonly path: string;
}

export interface Place {
  /** `.heddle/redis`: data, log and who runs. */
  readonly dir: string;
  readonly path: string;
}

/** Unix sockets allow 104 (macOS) to 108 (Linux) bytes of path (unix(7)). */
const LONGEST_PATH = 100;
/** A large append-only file takes its time to load. */
const START_MS = 60_000;
const END_MS = 10_000;
const POLL_MS = 15;

/**
 * Says who it is, then runs the server only while it is still the one that is wanted (E1).
 * The token stands in the server's own arguments too, so that its process can be told from any other.
 */
export const LAUNCH = [
  'umask 077',
  'printf %s "$$" > "$1/.pid.$2" && mv "$1/.pid.$2" "$1/pid.$2" || exit 1',
  'read -r wanted rest < "$1/current"',
  '[ "$wanted" = "$2" ] || exit 1',
  'shift 2',
  'exec "$@"',
].join('\n');

/** Not `userInfo()`, which throws for a user id without a name, as containers have. */
function ownUid(): number {
  return process.getuid?.() ?? 0;
}

/** A directory that nobody else can have put there or look into. */
async function privateDir(dir: string): Promise<void> {
  await mkdir(dir, { mode: 0o700 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  const found = await lstat(dir);
  if (found.isDirectory() && found.uid === ownUid() && (found.mode & 0o077) === 0) return;
  throw new EmbeddedRedisError(
    `${dir} belongs to somebody else or is open to others, so no Redis is started in it; remove it.`,
  );
}

/** Where a checkout's server keeps its data and listens. Makes the directories. */
export async function embeddedPlace(checkoutDir: string, dataDir: string): Promise<Place> {
  const dir = join(dataDir, 'redis');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const hash = createHash('sha256')
    .update(await realpath(checkoutDir))
    .digest('hex')
    .slice(0, 12);
  const name = `heddle-${ownUid()}-${hash}`;
  const fits = join(tmpdir(), name, 'redis.sock').length <= LONGEST_PATH;
  const socketDir = join(fits ? tmpdir() : '/tmp', name);
  await privateDir(socketDir);
  return { dir, path: join(socketDir, 'redis.sock') };
}

async function readWanted(dir: string): Promise<Wanted | undefined> {
  try {
    const text = (await readFile(join(dir, 'current'), 'utf8')).trim();
    const [token = '', ...path] = text.split(' ');
    return token === '' ? undefined : { token, path: path.join(' ') };
  } catch {
    return undefined;
  }
}

async function writeWanted(dir: string, { token, path }: Wanted): Promise<void> {
  const aside = join(dir, `.current.${token}`);
  await writeFile(aside, `${token} ${path}\n`, { mode: 0o600 });
  await rename(aside, join(dir, 'current'));
}

/** The command line of a process: `/proc/<pid>/cmdline` (proc(5)), else `ps`. */
async function commandLine(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') return await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return (await promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)])).stdout;
  } catch {
    return '';
  }
}

/** Process id of that server or of the shell that is about to become it; undefined where there is none. */
async function runningPid(dir: string, { token }: Wanted): Promise<number | undefined> {
  try {
    const pid = Number(await readFile(join(dir, `pid.${token}`), 'utf8'));
    if (!isAlive(processMark(pid))) return undefined;
    return (await commandLine(pid)).includes(token) ? pid : undefined;
  } catch {
    return undefined;
  }
}

async function answers(path: string): Promise<boolean> {
  return (await ask(path, ['PING']).catch(() => '')) === '+PONG';
}

/** Waits until a server answers. False where its process is gone; rejects where it lives and says nothing. */
async function awaitAnswer(dir: string, wanted: Wanted, signal?: AbortSignal): Promise<boolean> {
  const until = systemClock.monotonic() + START_MS;
  while (!(await answers(wanted.path))) {
    const pid = await runningPid(dir, wanted);
    if (pid === undefined) return false;
    if (systemClock.monotonic() > until) {
      throw new EmbeddedRedisError(`The embedded Redis does not answer; end process ${pid} and start again.`);
    }
    await delay(POLL_MS, signal);
  }
  return true;
}

function launch({ file, env }: RedisServer, dir: string, { token, path }: Wanted): void {
  const settings: Record<string, string> = {
    port: '0',
    unixsocket: path,
    unixsocketperm: '700',
    dir,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    // Never written, as nothing is saved that way: only there to carry the token.
    dbfilename: `${token}.rdb`,
    'set-proc-title': 'no',
    'maxmemory-policy': 'noeviction',
    logfile: join(dir, 'log'),
    loglevel: 'warning',
    daemonize: 'no',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn('/bin/sh', ['-c', LAUNCH, 'heddle-redis', dir, token, file, ...args], {
    cwd: dir,
    detached: true,
    stdio: 'ignore',
    env: { ...env, PATH: '/usr/bin:/bin' },
  });
  child.on('error', () => undefined);
  child.unref();
}

async function awaitShell(dir: string, wanted: Wanted, signal?: AbortSignal): Promise<void> {
  const until = systemClock.monotonic() + END_MS;
  while (!(await readdir(dir)).includes(`pid.${wanted.token}`)) {
    if (systemClock.monotonic() > until)
      throw new EmbeddedRedisError('The embedded Redis cannot be started.');
    await delay(POLL_MS, signal);
  }
}

async function lastLogLine(dir: string): Promise<string> {
  const text = await readFile(join(dir, 'log'), 'utf8').catch(() => '');
  return text.trim().split('\n').at(-1) ?? '';
}

/** Old process ids, and a server that listens there without being known (its data directory was removed). */
async function clearAway({ dir, path }: Place, wanted: Wanted): Promise<void> {
  for (const name of await readdir(dir)) {
    if (/^\.?pid\./.test(name) && !name.endsWith(wanted.token)) await rm(join(dir, name), { force: true });
  }
  if (await answers(path)) await ask(path, ['SHUTDOWN', 'NOSAVE']).catch(() => undefined);
}

async function start(place: Place, server: RedisServer, wanted: Wanted, signal?: AbortSignal): Promise<void> {
  await clearAway(place, wanted);
  launch(server, place.dir, wanted);
  await awaitShell(place.dir, wanted, signal);
  if (await awaitAnswer(place.dir, wanted, signal)) return;
  throw new EmbeddedRedisError(
    `The embedded Redis does not start (${await lastLogLine(place.dir)}); see ${join(place.dir, 'log')}, or ` +
      `move ${place.dir} away to begin with an empty store.`,
  );
}

/** Finds the running server or starts it; resolves when it answers. */
export async function ensureRunning(
  place: Place,
  server: RedisServer,
  signal?: AbortSignal,
): Promise<{ readonly path: string; readonly started: boolean }> {
  const { dir, path } = place;
  const before = await readWanted(dir);
  if (before && (await runningPid(dir, before)) && (await awaitAnswer(dir, before, signal))) {
    return { path: before.path, started: false };
  }
  const wanted = { token: randomToken(9), path };
  await writeWanted(dir, wanted);
  // One whose starter died may have come to life in between: then it is the one (E1).
  if (before && (await runningPid(dir, before))) {
    await writeWanted(dir, before);
    if (await awaitAnswer(dir, before, signal)) return { path: before.path, started: false };
    await writeWanted(dir, wanted);
  }
  await start(place, server, wanted, signal);
  return { path, started: true };
}

/** Ends the running server, its append-only file written, and waits until its process is gone. */
export async function endRunning({ dir, path }: Place): Promise<void> {
  const wanted = await readWanted(dir);
  await ask(path, ['SHUTDOWN']).catch((error: unknown) => {
    // It closes the connection instead of answering; an answer is a refusal.
    if (messageOf(error).startsWith('-')) throw error;
  });
  const until = systemClock.monotonic() + END_MS;
  if (!wanted) return;
  while (systemClock.monotonic() < until && (await runningPid(dir, wanted))) await delay(POLL_MS);
}
