/**
 * The test build's entry: the released product, started as it starts itself, with a listener on its failpoints.
 *
 * Every point that is reached is noted in a file that all replicas of a case share. Whoever reaches the wanted
 * point for the wanted time, counted over all of them, sends itself the wanted signal right there. Who was asked
 * to stop notes when it heard so, and at its exit how long it has taken and how long the machine kept it waiting.
 * What is written under a lease is noted when it has left, so that what a frozen process writes late has a name.
 *
 * Environment: KILL_PRODUCT the built `index.js`; KILL_DIR the case's directory; KILL_TIMES shortened times as JSON;
 * KILL_POINT, KILL_HIT and KILL_SIGNAL where it is to die; KILL_DEATHS for how many passages from then on (1);
 * KILL_ARMED where passages count only once the case has made a file `armed`.
 */
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync, closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const {
  KILL_PRODUCT = '',
  KILL_DIR = '',
  KILL_TIMES = '{}',
  KILL_POINT,
  KILL_HIT,
  KILL_SIGNAL,
  KILL_DEATHS = '1',
  KILL_ARMED,
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

/** Whether this passage of the wanted point is one of those to die at. */
function isFatal() {
  if (KILL_ARMED !== undefined && !existsSync(join(KILL_DIR, 'armed'))) return false;
  const count = hit() - Number(KILL_HIT);
  return count >= 0 && count < Number(KILL_DEATHS);
}

/** It has looked at its lease for the last time, and writes. */
let isWriting = false;

subscribe('heddle:failpoint', (name) => {
  note(String(name));
  if (name === 'on write') isWriting = true;
  if (name !== KILL_POINT || KILL_SIGNAL === undefined || !isFatal()) return;
  note(`!${KILL_SIGNAL}`);
  process.kill(process.pid, KILL_SIGNAL);
});

// Published by Node when the request has been handed to its socket (nodejs.org/api/diagnostics_channel.html).
subscribe('http.client.request.start', (message) => {
  if (!isWriting) return;
  isWriting = false;
  const { request } = /** @type {{ request: import('node:http').ClientRequest }} */ (message);
  note(`wrote ${request.path}`);
});

const TICK_MS = 10;
/** Timers come a little late on any machine, ms. */
const USUAL_MS = 2;

/** From here on. What it came late because of its own work is not the machine's fault. */
function timed() {
  const began = performance.now();
  /** @type {string[]} */
  const late = [];
  let [last, cpu] = [began, process.cpuUsage()];
  const tick = () => {
    const now = performance.now();
    const { user, system } = process.cpuUsage(cpu);
    const ms = now - last - TICK_MS - (user + system) / 1_000;
    if (ms > USUAL_MS) late.push(`${Math.round(performance.timeOrigin + now - ms)}+${Math.round(ms)}`);
    [last, cpu] = [now, process.cpuUsage()];
  };
  setInterval(tick, TICK_MS).unref();
  process.on('exit', () => {
    tick();
    note(`gone after ${Math.round(performance.now() - began)} late ${late.join() || 'never'}`);
  });
}

let isAsked = false;
process.on('SIGTERM', () => {
  note('asked');
  if (!isAsked) timed();
  isAsked = true;
});

/** @type {typeof import('../../src/index.ts')} */
const { main } = await import(pathToFileURL(KILL_PRODUCT).href);
await main(['start'], false, JSON.parse(KILL_TIMES));
