/** Compiling src/ into dist/: the product (bundle.js), the page's browser code, and the files that are used as they are. */
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { bundle } from './bundle.js';
import { runNode } from './child.js';
import { paths, tool } from './paths.js';
import { filesBelow } from './stamp.js';

const page = ['playground', 'page', 'client'];

/**
 * Builds beside dist/ and renames, so that nobody ever sees half a build. Types are not checked here: that is
 * what `npm test` does, and a build has to be fast.
 * @param {string} stamp
 * @param {(pid: number) => void} onStart
 */
export async function compile(stamp, onStart) {
  sweep();
  const fresh = `${paths.dist}.${process.pid}.new`;
  await Promise.all([bundle(fresh), compilePage(fresh, onStart)]);
  copyAssets(fresh);
  writeFileSync(join(fresh, 'build.json'), `${JSON.stringify({ stamp })}\n`);
  swap(fresh);
}

/**
 * The browser loads its modules one by one. They share types with their neighbours, so their root is the playground's.
 * @param {string} fresh
 * @param {(pid: number) => void} onStart
 */
async function compilePage(fresh, onStart) {
  const client = join(paths.src, ...page, 'tsconfig.json');
  if (!existsSync(client)) return;
  const args = ['-p', client, '--noEmit', 'false', '--outDir', join(fresh, 'playground'), '--noCheck'];
  const { code, output } = await runNode(tool('typescript/bin/tsc'), args, { onStart });
  if (code !== 0) throw new Error(`Building failed.\n${output.trim()}`);
}

/**
 * Everything that is not TypeScript is used as it is: Lua, HTML, style sheets, pictures.
 * @param {string} fresh
 */
function copyAssets(fresh) {
  for (const file of filesBelow(paths.src)) {
    if (file.endsWith('.ts') || basename(file).startsWith('tsconfig')) continue;
    const to = join(fresh, relative(paths.src, file));
    mkdirSync(dirname(to), { recursive: true });
    cpSync(file, to);
  }
}

/** @param {string} fresh */
function swap(fresh) {
  const old = `${paths.dist}.${process.pid}.old`;
  if (existsSync(paths.dist)) renameSync(paths.dist, old);
  renameSync(fresh, paths.dist);
  rmSync(old, { recursive: true, force: true });
}

/** Removes what builds left that were cut off. Only the holder of the lock builds, so none of it is in use. */
function sweep() {
  for (const name of readdirSync(paths.root)) {
    if (/^dist\.\d+\.(new|old)$/.test(name)) rmSync(join(paths.root, name), { recursive: true, force: true });
  }
}
