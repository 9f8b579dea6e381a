/** `heddle.lock.json`: written whole or not at all. */
import { open, rename, rm } from 'node:fs/promises';
import type { HeddleLock } from '../../config-file.ts';
import { randomToken } from '../../lib/random.ts';

/** Written beside its place, forced to disk, then put in place: a crash leaves the old file or the new one. */
export async function writeLock(path: string, lock: HeddleLock): Promise<void> {
  const draft = `${path}.${randomToken(6)}.tmp`;
  try {
    const file = await open(draft, 'wx', 0o644);
    try {
      await file.writeFile(`${JSON.stringify(sorted(lock), null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Names in order, so that a change is one line in version control. */
function sorted({ version, agents, environments }: HeddleLock): HeddleLock {
  const byName = <T>(entries: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { version, agents: byName(agents), environments: byName(environments) };
}
