/** Compiling src/ into dist/: the product, the page's browser code, and the files that are used as they are. */
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
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
  await tsc(['-p', join(paths.root, 'tsconfig.build.json'), '--outDir', fresh], onStart);
  const client = join(paths.src, ...page, 'tsconfig.json');
  if (existsSync(client)) {
    // It shares types with its neighbours, so its root is the playground's.
    await tsc(['-p', client, '--noEmit', 'false', '--outDir', join(fresh, 'playground')], onStart);
  }
  copyAssets(fresh);
  writeFileSync(join(fresh, 'build.json'), `${JSON.stringify({ stamp })}\n`);
  swap(fresh);
}

/**
 * @param {readonly string[]} args
 * @param {(pid: number) => void} onStart
 */
async function tsc(args, onStart) {
  const { code, output } = await runNode(tool('typescript/bin/tsc'), [...args, '--noCheck'], { onStart });
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
