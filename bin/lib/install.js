/** Installing the packages that package-lock.json names. */
import { existsSync, readFileSync } from 'node:fs';
import { paths } from './paths.js';
import { run, runNode } from './child.js';

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, dev?: boolean,
 *   os?: string[], cpu?: string[], libc?: string[] }} Package
 */

/**
 * True where node_modules holds every package the lock file names, whoever installed it. npm writes its own
 * record last, so an installation that was cut off does not count.
 * @param {{ dev: boolean, lockfile?: string, installed?: string }} which `dev` includes what only building and
 *   testing need
 */
export function isInstalled({ dev, lockfile = paths.lockfile, installed = paths.installed }) {
  if (!existsSync(installed)) return false;
  const wanted = packagesOf(lockfile);
  const present = packagesOf(installed);
  return Object.entries(wanted).every(([where, wants]) => {
    if (where === '' || !isWantedHere(wants) || (wants.dev && !dev)) return true;
    const has = present[where];
    return has !== undefined && has.version === wants.version && has.integrity === wants.integrity;
  });
}

/**
 * @param {string} file
 * @returns {Record<string, Package>}
 */
function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}

/**
 * Optional packages are mostly binaries for other systems. Those that name this one are needed; where the C
 * library decides, npm knows better.
 * @param {Package} wants
 */
function isWantedHere({ optional = false, os, cpu, libc }) {
  if (!optional) return true;
  if (!os || !cpu || libc) return false;
  return os.includes(process.platform) && cpu.includes(process.arch);
}

/**
 * `npm ci` without any package's scripts. Development packages are included whatever NODE_ENV or npm's
 * settings say: the compiler is one.
 * @param {(pid: number) => void} onStart
 */
export async function install(onStart) {
  const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  const quiet = ['--loglevel=error', '--no-update-notifier'];
  const { code, output } = await npm([...args, ...quiet], onStart);
  if (code === 0 && isInstalled({ dev: true })) return;
  const reason = output.trim() === '' ? '' : `\n${output.trim()}`;
  throw new Error(
    `Installing the packages failed. Check the network and npm's registry, then run the same command again.${reason}`,
  );
}

/**
 * The npm that started us, else the one on PATH.
 * @param {readonly string[]} args
 * @param {(pid: number) => void} onStart
 */
async function npm(args, onStart) {
  const own = process.env['npm_execpath'];
  if (own?.endsWith('npm-cli.js') && existsSync(own)) return runNode(own, args, { onStart });
  try {
    return await run('npm', args, { onStart, shell: process.platform === 'win32' });
  } catch {
    throw new Error('npm was not found. It comes with Node.js; install it, then run the same command again.');
  }
}
