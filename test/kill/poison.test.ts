/** Every process that takes up one certain message is killed: the third death is its last. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeCheckout, type Checkout } from '../crash/support/checkout.ts';
import { caseNamed } from './support/cases.ts';
import { failureOf, runMany } from './support/many.ts';

/** Three deaths wait for three leases; no second try hides a failure. */
const SLOW = { timeout: 200_000, retry: 0 };

describe.concurrent('a message that every process dies of', SLOW, () => {
  let checkout: Checkout;
  beforeAll(async () => {
    checkout = await takeCheckout();
  }, 120_000);
  afterAll(() => checkout.remove());

  it.for([
    ['begins a thread', 'on new thread x3/SIGKILL/3/poison/1'],
    ['begins a thread, and so dies who sets it aside', 'before commit x4/SIGKILL/3/poison/1'],
    ['is a reply', 'on takeover x3/SIGKILL/2/venom/1'],
  ] as const)(
    'and that %s is set aside and told, and the thread goes on (fault: poison-input)',
    async ([, name]) => {
      const [tried] = await runMany(checkout, [caseNamed(name)], 1);
      if (!tried) throw new Error('no case');
      if (failureOf(tried).length > 0) process.stderr.write(tried.result.story());
      expect(failureOf(tried)).toEqual([]);
      expect(tried.result.deaths).toBe(Number(/ x(\d)/.exec(name)?.[1]));
    },
  );
});
