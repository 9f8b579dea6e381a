/** Killed around the moment at which a delivery becomes ours: Slack delivers again what was not acknowledged. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeCheckout, type Checkout } from '../crash/support/checkout.ts';
import { caseNamed } from './support/cases.ts';
import { failureOf, runMany } from './support/many.ts';

/** One case after the other waits for leases; no second try hides a failure. */
const SLOW = { timeout: 240_000, retry: 0 };

describe.concurrent('killed with -9', SLOW, () => {
  let checkout: Checkout;
  beforeAll(async () => {
    checkout = await takeCheckout();
  }, 120_000);
  afterAll(() => checkout.remove());

  async function endsWell(...names: readonly string[]): Promise<void> {
    const tried = await runMany(checkout, names.map(caseNamed), names.length);
    for (const one of tried) {
      if (failureOf(one).length > 0) process.stderr.write(one.result.story());
      expect(failureOf(one)).toEqual([]);
    }
  }

  it('before a message is in the inbox: whoever gets it again takes it (fault: kill-before-admit)', () =>
    endsWell('before store.admit/SIGKILL/1/weave/1', 'before store.admit/SIGKILL/2/weave/1'));

  it('after that, and before Slack is told so: it is not taken again (fault: kill-before-ack)', () =>
    endsWell('before acknowledge/SIGKILL/1/weave/1', 'after store.admit/SIGKILL/2/weave/1'));
});
