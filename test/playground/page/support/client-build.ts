/** Compiles the page's browser code into a directory of its own, as the build does. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

export interface ClientBuild {
  /** Directory with `main.js`. */
  readonly dir: string;
  remove(): Promise<void>;
}

export async function buildClient(): Promise<ClientBuild> {
  const out = await mkdtemp(join(tmpdir(), 'heddle-page-'));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const project = join(root, 'src', 'playground', 'page', 'client', 'tsconfig.json');
  await promisify(execFile)(process.execPath, [
    tsc,
    '-p',
    project,
    '--noEmit',
    'false',
    '--outDir',
    out,
    '--noCheck',
  ]);
  return { dir: join(out, 'page', 'client'), remove: () => rm(out, { recursive: true, force: true }) };
}
