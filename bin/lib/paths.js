/** Where things lie in this checkout, whatever directory the process was started from. */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
const dist = join(root, 'dist');
const entryFile = join(dist, 'index.js');

export const paths = {
  root,
  src: join(root, 'src'),
  dist,
  entryFile,
  /** What `import()` takes on every platform. */
  entry: pathToFileURL(entryFile).href,
  packages: join(root, 'node_modules'),
  lockfile: join(root, 'package-lock.json'),
  /** npm writes this last, and only after an installation that went through. */
  installed: join(root, 'node_modules', '.package-lock.json'),
  stamp: join(dist, 'build.json'),
  /** Where processes that install or build wait for one another. */
  locks: join(root, '.heddle', 'build-lock'),
};

/**
 * The file of a package's command line tool, to be run by this same Node without a shell.
 * @param {string} file below node_modules
 */
export function tool(file) {
  return join(paths.packages, ...file.split('/'));
}

/** @returns {string | undefined} a sentence, where this Node is older than the product needs */
export function nodeProblem() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return undefined;
  return `Heddle needs Node.js 20.19 or later, and this is ${process.versions.node}. Install a newer Node.js.`;
}
