/** Whole fleets in virtual time: the same seeds each time (`npm run sim` draws others), and the same run twice. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { draw } from './draw.ts';
import { runMany } from './many.ts';
import { runPlan } from './run.ts';

/** Seeds of every run of the tests. */
const FROM = 1;
const SEEDS = 240;

/** One test for so many seeds: a red one names what was broken. */
const AT_ONCE = 40;
/** Some seconds on two quiet cores; a busy machine is given its time, ms. */
const PATIENCE_MS = 240_000;

/** Seeds in which something was found. What is drawn from them may change: then they are runs like any other. */
const FOUND = [
  { seed: 492_959_792, harder: false, what: 'a failover brings messages back that were sent' },
  { seed: 492_959_859, harder: false, what: 'who shows that a message waits dies before taking that away' },
  { seed: 350_100_381, harder: true, what: 'a limit keeps a thread from beginning, and people go on in it' },
  { seed: 350_101_241, harder: true, what: 'the store is empty, and what had been stopped is found' },
] as const;

async function brokenIn(from: number, seeds: number): Promise<readonly string[]> {
  const { failed, runs } = await runMany({ from, seeds, workers: 2 });
  expect(runs).toBe(seeds);
  return failed.flatMap(({ seed, violations }) =>
    violations.map(({ rule, what }) => `${rule}: ${what} (npm run sim -- --seed ${seed})`),
  );
}

async function trace(seed: number): Promise<string> {
  const hash = createHash('sha256');
  await runPlan(draw(seed), (line) => hash.update(line));
  return hash.digest('hex');
}

describe('fleets (fault: redis-failover, send-unanswered, post-unanswered)', () => {
  for (let from = FROM; from < FROM + SEEDS; from += AT_ONCE) {
    it(
      `keep their promises from seed ${from}`,
      async () => {
        expect(await brokenIn(from, AT_ONCE)).toEqual([]);
      },
      PATIENCE_MS,
    );
  }

  it.each(FOUND)('keep them where $what ($seed)', async ({ seed, harder }) => {
    const { violations } = await runPlan(draw(seed, harder));
    expect(violations).toEqual([]);
  });

  it('do the same again from the same seed, line by line', async () => {
    for (const seed of [7, 8, 9]) expect(await trace(seed)).toBe(await trace(seed));
  });
});
