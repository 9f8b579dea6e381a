/**
 * Where a playground keeps its journals. Each running playground of a checkout has a directory of its own, and a
 * killed one's directory is taken up again by the next.
 *
 * J1  A directory belongs to the process that its lock file names by id and start time, as long as it lives.
 * J2  Taking over a dead process's lock is itself exclusive: the lock is renamed away first, and only one rename
 *     of the same file succeeds.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, processMark } from '../lib/process-mark.ts';

export interface JournalDir {
  readonly path: string;
  release(): void;
}

/** How many playgrounds may run in one checkout. */
const most = 50;

/** Takes the first directory below `dataDir` that no living process holds: `1`, `2`, … */
export function takeJournalDir(dataDir: string, pid = process.pid): JournalDir {
  for (let number = 1; number <= most; number += 1) {
    const path = join(dataDir, String(number));
    mkdirSync(path, { recursive: true });
    const lock = join(path, 'lock');
    if (lockFor(lock, pid)) return { path, release: () => rmSync(lock, { force: true }) };
  }
  throw new Error(`${most} playgrounds run in this checkout already; end some of them.`);
}

function lockFor(lock: string, pid: number): boolean {
  if (create(lock, pid)) return true;
  const holder = readHolder(lock);
  if (holder !== null && isAlive(holder)) return false;
  // Dead or damaged. Away with it, exclusively (J2).
  const aside = `${lock}.${pid}.dead`;
  try {
    renameSync(lock, aside);
  } catch {
    // Somebody else was faster, or it is gone: whoever creates it anew has it.
    return create(lock, pid);
  }
  const moved = readHolder(aside);
  if (moved !== null && isAlive(moved)) {
    // Between reading and renaming a living process had taken it over: give it back.
    renameSync(aside, lock);
    return false;
  }
  rmSync(aside, { force: true });
  return create(lock, pid);
}

/** The lock appears whole or not at all: written beside, then linked, which fails where it exists. */
function create(lock: string, pid: number): boolean {
  const own = `${lock}.${pid}.new`;
  writeFileSync(own, processMark(pid));
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function readHolder(lock: string): string | null {
  try {
    return readFileSync(lock, 'utf8');
  } catch {
    return null;
  }
}
