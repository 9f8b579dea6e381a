/** Whole fleets in virtual time: the same seeds each time, a few new ones, and the same run twice. */
import { createHash, randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { draw } from './draw.ts';
import { runPlan } from './run.ts';

/** Seeds of every run of the tests, and how many new ones are added. */
const FROM = 1;
const SEEDS = 60;
const NEW = 10;

/** One test for so many seeds: a red one names what was broken. */
const AT_ONCE = 10;

const began = randomInt(1_000_000_000);
const traceLimit = Error.stackTraceLimit;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = traceLimit;
});

async function brokenIn(from: number, seeds: number): Promise<readonly string[]> {
  const broken: string[] = [];
  for (let seed = from; seed < from + seeds; seed += 1) {
    const { violations } = await runPlan(draw(seed));
    for (const { rule, what } of violations) broken.push(`${rule}: ${what} (npm run sim -- --seed ${seed})`);
  }
  return broken;
}

async function trace(seed: number): Promise<string> {
  const hash = createHash('sha256');
  await runPlan(draw(seed), (line) => hash.update(line));
  return hash.digest('hex');
}

describe('fleets (fault: redis-failover, send-unanswered, post-unanswered)', () => {
  for (let from = FROM; from < FROM + SEEDS; from += AT_ONCE) {
    it(`keep their promises from seed ${from}`, async () => {
      expect(await brokenIn(from, AT_ONCE)).toEqual([]);
    });
  }

  it(`keep their promises from the new seed ${began}`, async () => {
    expect(await brokenIn(began, NEW)).toEqual([]);
  });

  it('do the same again from the same seed, line by line', async () => {
    for (const seed of [7, 8, 9]) expect(await trace(seed)).toBe(await trace(seed));
  });
});
