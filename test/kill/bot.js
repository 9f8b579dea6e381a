/**
 * The test build's entry: the released product, started as it starts itself, with a listener on its failpoints.
 *
 * Every point that is reached is noted in a file that all replicas of a case share. Whoever reaches the wanted
 * point for the wanted time, counted over all of them, sends itself the wanted signal right there.
 *
 * Environment: KILL_PRODUCT the built `index.js`; KILL_DIR the case's directory; KILL_TIMES shortened times as JSON;
 * KILL_POINT, KILL_HIT and KILL_SIGNAL where it is to die.
 */
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const {
  KILL_PRODUCT = '',
  KILL_DIR = '',
  KILL_TIMES = '{}',
  KILL_POINT,
  KILL_HIT,
  KILL_SIGNAL,
} = process.env;

/** @param {string} what */
function note(what) {
  appendFileSync(join(KILL_DIR, 'trace'), `${Date.now()} ${process.pid} ${what}\n`);
}

/** How often the point has been reached, this time included, by whichever process. */
function hit() {
  for (let count = 1; ; count += 1) {
    try {
      closeSync(openSync(join(KILL_DIR, `hit-${count}`), 'wx'));
      return count;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
  }
}

subscribe('heddle:failpoint', (name) => {
  note(String(name));
  if (name !== KILL_POINT || KILL_SIGNAL === undefined || hit() !== Number(KILL_HIT)) return;
  note(`!${KILL_SIGNAL}`);
  process.kill(process.pid, KILL_SIGNAL);
});

/** @type {typeof import('../../src/index.ts')} */
const { main } = await import(pathToFileURL(KILL_PRODUCT).href);
await main(['start'], false, JSON.parse(KILL_TIMES));
