import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { acquireLock } from '../../bin/lib/lock.js';
import { root } from '../architecture-scan.ts';

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'heddle lock '));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Runs a few lines in a process of its own, with the lock's functions at hand. */
function elsewhere(script: string): ChildProcess {
  const module = JSON.stringify(join(root, 'bin/lib/lock.js'));
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', `import { acquireLock } from ${module}; ${script}`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

async function said(child: ChildProcess): Promise<void> {
  if (!child.stdout) throw new Error('the child has no output');
  await once(child.stdout, 'data');
}

const forever = 'console.log("held"); setInterval(() => undefined, 1000);';

describe('acquireLock', () => {
  it('gives it to one after the other', async () => {
    const place = directory();
    const first = await acquireLock(place);
    let waits = 0;
    const second = acquireLock(place, { everyMs: 5, onWait: () => (waits += 1) });
    first.release();
    (await second).release();
    expect(waits).toBe(1);
    expect(readdirSync(place)).toHaveLength(1);
  });

  it('a process that was killed loses it', async () => {
    const place = directory();
    const holder = elsewhere(`await acquireLock(${JSON.stringify(place)}); ${forever}`);
    await said(holder);
    let isWaiting = (): void => undefined;
    const waited = new Promise<void>((resolve) => {
      isWaiting = resolve;
    });
    const mine = acquireLock(place, { everyMs: 5, onWait: () => isWaiting() });
    await waited;
    holder.kill('SIGKILL');
    (await mine).release();
  });

  it('K3: a program it was running still holds it', async () => {
    const place = directory();
    const program = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']);
    onTestFinished(() => {
      program.kill('SIGKILL');
    });
    const holder = elsewhere(
      `const lock = await acquireLock(${JSON.stringify(place)}); lock.join(${program.pid}); ${forever}`,
    );
    await said(holder);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    let isMine = false;
    const waits = new Promise<void>((resolve) => {
      const mine = acquireLock(place, { everyMs: 5, onWait: resolve }).then((lock) => {
        isMine = true;
        return lock.release();
      });
      onTestFinished(() => mine);
    });
    await waits;
    expect(isMine).toBe(false);
    program.kill('SIGKILL');
  });

  it('K3: a process id that is used again does not hold it', async () => {
    const place = directory();
    const holder = { host: hostname(), holders: [{ pid: process.pid, start: 'long ago' }] };
    writeFileSync(join(place, '7'), JSON.stringify(holder));
    (await acquireLock(place)).release();
    expect(readdirSync(place)).toEqual(['8']);
  });

  it('K4: a holder on another machine holds it while it shows that it lives', async () => {
    const place = directory();
    const file = join(place, '3');
    writeFileSync(file, JSON.stringify({ host: 'elsewhere', holders: [{ pid: 1, start: 'x' }] }));
    let isMine = false;
    const waited = new Promise<void>((resolve) => {
      const mine = acquireLock(place, { everyMs: 5, onWait: resolve }).then((lock) => {
        isMine = true;
        return lock.release();
      });
      onTestFinished(() => mine);
    });
    await waited;
    expect(isMine).toBe(false);
    const longAgo = Date.now() / 1000 - 61;
    utimesSync(file, longAgo, longAgo);
  });

  it('K1, K2: never two at once, however many want it', async () => {
    const place = directory();
    const log = join(place, 'log');
    const script = `
      import { appendFileSync } from 'node:fs';
      for (let i = 0; i < 20; i += 1) {
        const lock = await acquireLock(${JSON.stringify(place)}, { everyMs: 1 });
        appendFileSync(${JSON.stringify(log)}, 'in ');
        await new Promise((resolve) => setImmediate(resolve));
        appendFileSync(${JSON.stringify(log)}, 'out ');
        lock.release();
      }`;
    const children = Array.from({ length: 4 }, () => elsewhere(script));
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(readFileSync(log, 'utf8')).toBe('in out '.repeat(80));
  });
});
