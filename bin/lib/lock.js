/**
 * A lock between processes of one machine that a dead process loses.
 *
 * A lock is a directory of numbered files, each naming its holder; the highest number holds. Whoever finds the
 * highest one released, or its process gone, creates the next number. What makes this safe:
 *
 * K1  A number is created by linking a finished file into place, which only one process can do.
 * K2  The highest number is never removed, so a process that looked long ago cannot bring an old one back
 *     unnoticed: after creating a number it looks again, and gives way to a higher one.
 * K3  A holder is a process id with its start time, for ids are used again. A program that the holder runs
 *     counts as the holder too: it may outlive it, and still be writing.
 * K4  Another machine's processes (a container on the same directory, a renamed laptop) cannot be looked up.
 *     A holder shows every few seconds that it lives; one from elsewhere that has not for a minute is gone.
 */
import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';

/**
 * @typedef {{ pid: number, start: string }} Process
 * @typedef {{ host: string, holders: Process[] }} Holder  nobody holds a number whose list is empty
 * @typedef {{ join(pid: number): void, release(): void }} Held
 */

const beatMs = 5000;
const silenceMs = 60_000;

/**
 * Waits until this process holds the lock in `directory`.
 * @param {string} directory
 * @param {{ onWait?: () => void, everyMs?: number }} [options] `onWait` is called once, before the first wait
 * @returns {Promise<Held>}
 */
export async function acquireLock(directory, { onWait, everyMs = 100 } = {}) {
  mkdirSync(directory, { recursive: true });
  for (let waited = false; ; waited = true) {
    const number = tryAcquire(directory);
    if (number !== undefined) return held(directory, number);
    if (!waited) onWait?.();
    await sleep(everyMs);
  }
}

/**
 * @param {string} directory
 * @returns {number | undefined} the number now held
 */
function tryAcquire(directory) {
  const newest = Math.max(0, ...numbers(directory));
  if (newest > 0 && isHeld(directory, newest)) return undefined;
  const mine = newest + 1;
  if (!create(directory, mine, { host: hostname(), holders: [processOf(process.pid)] })) return undefined;
  if (Math.max(...numbers(directory)) > mine) {
    rmSync(join(directory, String(mine)), { force: true });
    return undefined;
  }
  for (const old of numbers(directory)) if (old < mine) rmSync(join(directory, String(old)), { force: true });
  return mine;
}

/**
 * @param {string} directory
 * @param {number} number
 * @returns {Held}
 */
function held(directory, number) {
  /** @type {Holder} */
  const holder = { host: hostname(), holders: [processOf(process.pid)] };
  const note = () => {
    try {
      replace(directory, number, holder);
    } catch {
      // Somebody cleared the directory away: the work is worth more than the lock.
    }
  };
  const beat = setInterval(note, beatMs).unref();
  return {
    join(pid) {
      holder.holders.push(processOf(pid));
      note();
    },
    release() {
      clearInterval(beat);
      holder.holders = [];
      note();
    },
  };
}

/** @param {string} directory */
function numbers(directory) {
  return readdirSync(directory)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/**
 * @param {string} directory
 * @param {Holder} holder
 * @returns {string} a finished file, not yet in place
 */
function prepare(directory, holder) {
  const file = join(directory, `new-${randomUUID()}`);
  writeFileSync(file, JSON.stringify(holder));
  return file;
}

/**
 * @param {string} directory
 * @param {number} number
 * @param {Holder} holder
 * @returns {boolean} false where somebody was faster
 */
function create(directory, number, holder) {
  const file = prepare(directory, holder);
  try {
    linkSync(file, join(directory, String(number)));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(file, { force: true });
  }
}

/**
 * @param {string} directory
 * @param {number} number
 * @param {Holder} holder
 */
function replace(directory, number, holder) {
  renameSync(prepare(directory, holder), join(directory, String(number)));
}

/**
 * @param {string} directory
 * @param {number} number
 * @returns {Holder | undefined} nothing, where the number has gone meanwhile
 */
function read(directory, number) {
  try {
    return JSON.parse(readFileSync(join(directory, String(number)), 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * @param {string} directory
 * @param {number} number
 */
function isHeld(directory, number) {
  const holder = read(directory, number);
  // Gone since it was listed: a newer number stands, which the next look will find.
  if (!holder) return true;
  if (holder.holders.length === 0) return false;
  if (holder.host !== hostname()) {
    const seen = statSync(join(directory, String(number)), { throwIfNoEntry: false })?.mtimeMs;
    return seen === undefined || Date.now() - seen < silenceMs;
  }
  return holder.holders.some(({ pid, start }) => startOf(pid) === start);
}

/**
 * @param {number} pid
 * @returns {Process}
 */
function processOf(pid) {
  return { pid, start: startOf(pid) ?? 'gone' };
}

/**
 * When a process started, in whatever form the system tells it; nothing, where there is no such process.
 * @param {number} pid
 * @returns {string | undefined}
 */
function startOf(pid) {
  try {
    if (process.platform === 'linux') {
      // The 22nd field of /proc/<pid>/stat (proc(5)). The second is a name in brackets that may hold spaces.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    }
    if (process.platform === 'win32') return process.kill(pid, 0) ? 'running' : undefined;
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
