import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withProcessLock } from '../../../src/adapters/store/process-lock.ts';
import { isAlive, processMark } from '../../../src/lib/process-mark.ts';
import { checkoutDir } from '../../support/redis.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hdl-lock-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** A process that takes the lock `times` times and counts in a file, reading and writing it in two steps. */
function counter(times: number, hold = '') {
  const lock = fileURLToPath(new URL('../../../src/adapters/store/process-lock.ts', import.meta.url));
  const program = `
    import { readFile, writeFile } from 'node:fs/promises';
    import { withProcessLock } from ${JSON.stringify(lock)};
    const file = ${JSON.stringify(join(dir, 'count'))};
    for (let i = 0; i < ${times}; i += 1) {
      await withProcessLock(${JSON.stringify(join(dir, 'lock'))}, async () => {
        ${hold}
        const n = Number(await readFile(file, 'utf8'));
        await new Promise((resolve) => setTimeout(resolve, 1));
        await writeFile(file, String(n + 1));
      });
    }`;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    cwd: checkoutDir,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe('withProcessLock', () => {
  it('lets one in at a time, over processes and within one', async () => {
    await writeFile(join(dir, 'count'), '0');
    const others = [counter(8), counter(8)];
    const own = Array.from({ length: 8 }, async () =>
      withProcessLock(join(dir, 'lock'), async () => {
        const n = Number(await readFile(join(dir, 'count'), 'utf8'));
        await new Promise((resolve) => setTimeout(resolve, 1));
        await writeFile(join(dir, 'count'), String(n + 1));
      }),
    );
    await Promise.all([...own, ...others.map(async (child) => once(child, 'exit'))]);
    expect(await readFile(join(dir, 'count'), 'utf8')).toBe('24');
    expect(await readdir(join(dir, 'lock'))).toHaveLength(1);
  });

  it('is lost by a process that is killed', async () => {
    await writeFile(join(dir, 'count'), '0');
    const dead = counter(1, "process.stdout.write('in'); await new Promise((r) => setTimeout(r, 1e6));");
    await once(dead.stdout, 'data');
    const waiting = withProcessLock(join(dir, 'lock'), async () => 'in');
    dead.kill('SIGKILL');
    expect(await waiting).toBe('in');
  });

  it('is not kept by a later process with the same id', async () => {
    const [pid] = processMark(process.pid).split(' ');
    expect(isAlive(processMark(process.pid))).toBe(true);
    expect(isAlive(`${pid} 12345`)).toBe(false);
    expect(isAlive('nonsense')).toBe(false);
  });

  it('is given back when the work fails, and not waited for after the signal', async () => {
    const lock = join(dir, 'lock');
    await expect(
      withProcessLock(lock, async () => {
        throw new Error('failed');
      }),
    ).rejects.toThrow('failed');
    await withProcessLock(lock, async () => {
      const stop = new AbortController();
      const second = withProcessLock(lock, async () => 'in', stop.signal);
      stop.abort(new Error('enough'));
      await expect(second).rejects.toThrow('enough');
    });
  });
});
