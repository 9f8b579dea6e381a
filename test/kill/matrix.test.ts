import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAILPOINTS } from '../../src/lib/failpoint.ts';
import { takeCheckout, type Checkout } from '../crash/support/checkout.ts';
import { caseNamed, commandOf, matrix, nameOf, poisonings, sampled, type Reach } from './support/cases.ts';
import { failureOf, reachOf, runMany } from './support/many.ts';

/** KILL_SEED draws others. */
const seed = Number(process.env['KILL_SEED'] ?? 1_790_000_000);
/** So long cases are begun, ms; the slower the machine, the fewer. */
const WITHIN_MS = 45_000;
const AT_ONCE = 5;
/** Conversations in which nothing dies mostly wait. */
const CALM_AT_ONCE = 8;

/** One case after the other waits for leases; no second try hides a failure. */
const SLOW = { timeout: 240_000, retry: 0 };

describe('killed at a failpoint', SLOW, () => {
  let checkout: Checkout;
  let reach: Reach;
  beforeAll(async () => {
    checkout = await takeCheckout();
    reach = await reachOf(checkout, CALM_AT_ONCE);
  }, 300_000);
  afterAll(() => checkout.remove());

  it('every point is reached by a conversation', () => {
    const reached = new Set([...reach.values()].flatMap((points) => [...points.keys()]));
    expect(FAILPOINTS.filter((point) => !reached.has(point))).toEqual([]);
    expect([...reached].filter((point) => !FAILPOINTS.some((known) => known === point))).toEqual([]);
  });

  it('the matrix has every point, signal and number of replicas once', () => {
    const all = matrix(reach, seed);
    expect(all).toHaveLength(FAILPOINTS.length * 3 * 3);
    const names = all.map(nameOf);
    expect(new Set(names.map((name) => name.split('/').slice(0, 3).join())).size).toBe(all.length);
    expect(matrix(reach, seed).map(nameOf)).toEqual(names);
    const poisoned = poisonings().map(nameOf);
    expect([...names, ...poisoned].map((name) => nameOf(caseNamed(name)))).toEqual([...names, ...poisoned]);
  });

  it(`Slack shows what the agent wrote (seed ${seed})`, async () => {
    const cases = sampled(matrix(reach, seed), 100, seed);
    const tried = await runMany(checkout, cases, AT_ONCE, { withinMs: WITHIN_MS });
    process.stdout.write(`seed ${seed}: ${tried.length} cases\n`);
    const failed = tried.filter((one) => failureOf(one).length > 0);
    for (const { result } of failed) process.stderr.write(result.story());
    expect(failed.map((one) => [commandOf(one.one), ...failureOf(one)])).toEqual([]);
    expect(tried.some(({ result }) => result.struck)).toBe(true);
  });
});
