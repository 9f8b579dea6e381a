/**
 * A lock between processes of one machine, kept in a directory, that a dead process loses.
 *
 * The lock is the file with the highest number. Who wants it adds the next number, which only one can do
 * (`link` fails where the name exists), and only where the holder of the highest has let go or is dead.
 *
 * P1  The file with the highest number is never removed, so numbers never repeat and a slow taker that
 *     revives an old number sees a higher one and gives up.
 * P2  A file's content is complete as soon as its name exists (written aside, then linked).
 */
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { delay } from '../../lib/time.ts';
import { isAlive, processMark } from '../../lib/process-mark.ts';
import { randomToken } from '../../lib/random.ts';

const FREE = 'free';
const RETRY_MS = 40;

async function highest(dir: string): Promise<number> {
  const numbers = (await readdir(dir)).map(Number).filter((n) => Number.isInteger(n) && n > 0);
  return Math.max(0, ...numbers);
}

/** Whether number `n` is held by a living process. Gone means that a higher one exists: not free to us. */
async function isHeld(dir: string, n: number): Promise<boolean> {
  if (n === 0) return false;
  try {
    const content = await readFile(join(dir, String(n)), 'utf8');
    return content !== FREE && isAlive(content);
  } catch {
    return true;
  }
}

/** One try. Answers the number taken, or undefined. */
async function tryTake(dir: string): Promise<number | undefined> {
  const top = await highest(dir);
  if (await isHeld(dir, top)) return undefined;
  const aside = join(dir, `.${randomToken(9)}`);
  await writeFile(aside, processMark(process.pid));
  try {
    await link(aside, join(dir, String(top + 1)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
  if ((await highest(dir)) === top + 1) return top + 1;
  await rm(join(dir, String(top + 1)), { force: true });
  return undefined;
}

async function removeBelow(dir: string, mine: number): Promise<void> {
  for (const name of await readdir(dir)) {
    const n = Number(name);
    if (Number.isInteger(n) && n > 0 && n < mine) await rm(join(dir, name), { force: true });
  }
}

/** Written aside and renamed, so that nobody reads half of it. */
async function letGo(dir: string, mine: number): Promise<void> {
  const aside = join(dir, `.${randomToken(9)}`);
  await writeFile(aside, FREE);
  await rename(aside, join(dir, String(mine)));
}

/**
 * Runs `work` while no other process (and nobody else in this one) runs work under the same directory.
 * Rejects with the signal's reason where it fires while waiting.
 */
export async function withProcessLock<T>(
  dir: string,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  let mine = await tryTake(dir);
  while (mine === undefined) {
    await delay(RETRY_MS, signal);
    mine = await tryTake(dir);
  }
  try {
    await removeBelow(dir, mine);
    return await work();
  } finally {
    await letGo(dir, mine);
  }
}
