/**
 * A checkout of a test's own: the built product in a directory where nobody else builds, and where an embedded
 * Redis is shared with nobody. The packages and a fetched redis-server are the ones that are here.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureBuilt } from '../../../bin/lib/ensure.js';
import { checkoutDir, testCacheDir } from '../../support/redis.ts';

export interface Checkout {
  readonly dir: string;
  /** `bin/heddle.js` of this checkout. */
  readonly heddle: string;
  /** Also ends an embedded Redis that killed processes have left behind. */
  remove(): Promise<void>;
}

/** Builds where that is needed, under the lock that all processes share, and copies what was built. */
export async function takeCheckout(): Promise<Checkout> {
  const dir = mkdtempSync(join(tmpdir(), 'heddle-crash-'));
  for (;;) {
    await ensureBuilt();
    const before = stamp(checkoutDir);
    cpSync(join(checkoutDir, 'dist'), join(dir, 'dist'), { recursive: true });
    // A build that was swapped in meanwhile would leave a mixture.
    if (before === stamp(dir) && before === stamp(checkoutDir)) break;
    rmSync(join(dir, 'dist'), { recursive: true, force: true });
  }
  cpSync(join(checkoutDir, 'bin'), join(dir, 'bin'), { recursive: true });
  for (const name of ['package.json', 'manifest.yml']) cpSync(join(checkoutDir, name), join(dir, name));
  symlinkSync(join(checkoutDir, 'node_modules'), join(dir, 'node_modules'), 'dir');
  mkdirSync(testCacheDir, { recursive: true });
  mkdirSync(join(dir, '.heddle'));
  symlinkSync(testCacheDir, join(dir, '.heddle', 'cache'), 'dir');
  return {
    dir,
    heddle: join(dir, 'bin', 'heddle.js'),
    async remove() {
      await endEmbedded(join(dir, '.heddle', 'redis', 'current'));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The file says which server runs: a token, and its socket. */
async function endEmbedded(current: string): Promise<void> {
  if (!existsSync(current)) return;
  const [, path = ''] = readFileSync(current, 'utf8').trim().split(' ');
  await new Promise<void>((resolve) => {
    const socket = createConnection(path, () => socket.write('SHUTDOWN NOSAVE\r\n'));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
  rmSync(dirname(path), { recursive: true, force: true });
}

function stamp(dir: string): string | undefined {
  try {
    return readFileSync(join(dir, 'dist', 'build.json'), 'utf8');
  } catch {
    return undefined;
  }
}
