/** Programs that installing, building and testing run. */
import { spawn } from 'node:child_process';
import { paths } from './paths.js';

/**
 * @typedef {{ code: number, output: string }} Outcome
 * @typedef {{
 *   onStart?: (pid: number) => void,
 *   show?: boolean,
 *   env?: NodeJS.ProcessEnv,
 *   shell?: boolean,
 * }} RunOptions `show` passes the output through instead of collecting it
 */

/**
 * Runs a program in the checkout and waits for it. A signal that asks this process to end is passed on, and
 * obeyed once the program has ended, so that nothing is left writing behind our back.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<Outcome>}
 */
export function run(file, args, { onStart, show = false, env = process.env, shell = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: paths.root,
      env,
      shell,
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    });
    /** @type {NodeJS.Signals | undefined} */
    let asked;
    let output = '';
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      asked = signal;
      child.kill(signal);
    };
    /** @param {Buffer} chunk */
    const collect = (chunk) => {
      output += chunk.toString();
    };
    const release = () => {
      process.off('SIGINT', passOn).off('SIGTERM', passOn);
    };
    process.on('SIGINT', passOn).on('SIGTERM', passOn);
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.once('spawn', () => {
      if (child.pid !== undefined) onStart?.(child.pid);
    });
    child.once('error', (error) => {
      release();
      reject(error);
    });
    child.once('close', (code) => {
      release();
      if (asked) process.kill(process.pid, asked);
      else resolve({ code: code ?? 1, output });
    });
  });
}

/**
 * Runs a package's tool with this same Node.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function runNode(file, args, options) {
  return run(process.execPath, [file, ...args], options);
}
