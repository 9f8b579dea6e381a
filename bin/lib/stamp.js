/** The stamp of a build: a hash of everything that goes into it. A build with another stamp is stale. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { paths } from './paths.js';

/** Besides the sources: what decides how they are compiled, and with which packages. */
const settings = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'bin/lib/bundle.js',
  'bin/lib/compile.js',
];

/**
 * Every file below a directory, sorted, so that the order of the file system does not matter.
 * @param {string} directory
 * @returns {string[]}
 */
export function filesBelow(directory) {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** @returns {string} */
export function stampOfSources() {
  const hash = createHash('sha256');
  for (const file of [...settings.map((name) => join(paths.root, name)), ...filesBelow(paths.src)]) {
    const content = readFileSync(file);
    hash.update(`${relative(paths.root, file).replaceAll('\\', '/')}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** @returns {string | undefined} the stamp of the build that is there */
export function stampOfBuild() {
  try {
    return JSON.parse(readFileSync(paths.stamp, 'utf8')).stamp;
  } catch {
    return undefined;
  }
}
