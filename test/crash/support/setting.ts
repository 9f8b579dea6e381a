/** What most tests here begin with. */
import { afterAll, beforeAll, type TestContext } from 'vitest';
import { takeCheckout, type Checkout } from './checkout.ts';
import { startWorld, type World, type WorldOptions } from './world.ts';

/** Takes a checkout for the tests of a file. Each test asks for a world of its own, with its own context. */
export function worlds(): (test: TestContext, options?: WorldOptions) => Promise<World> {
  let checkout: Checkout;
  beforeAll(async () => {
    checkout = await takeCheckout();
  });
  afterAll(() => checkout.remove());
  return async (test, options = {}) => {
    const world = await startWorld(checkout, options);
    test.onTestFinished(() => world.stop());
    test.onTestFailed(() => {
      process.stderr.write(world.logs());
    });
    return world;
  };
}

/** Everything here waits for a lease to lapse, and other tests take their share of the machine. */
export const SLOW = { timeout: 120_000 };
