/** Stores of a test's own, and what their calls come to. */
import { createRedisStore } from '../../../src/adapters/store/redis.ts';
import type { StoreTimes } from '../../../src/adapters/store/limits.ts';
import type { PortError } from '../../../src/errors.ts';
import type { Log, StorePort } from '../../../src/ports.ts';
import { quietLog } from '../../support/quiet-log.ts';

export interface Opened {
  open(
    url: string,
    more?: Partial<StoreTimes> & { readonly log?: Log; readonly appId?: string },
  ): Promise<StorePort>;
  /** Closes all of them. */
  close(): Promise<void>;
}

export function stores(): Opened {
  const opened: StorePort[] = [];
  return {
    async open(url, more = {}) {
      const store = await createRedisStore({ url, appId: 'A1', log: quietLog, ...more });
      opened.push(store);
      return store;
    },
    async close() {
      await Promise.all(opened.splice(0).map(async (store) => store.close()));
    },
  };
}

export interface Outcome {
  readonly error: PortError | undefined;
  readonly ms: number;
}

/** What a call comes to, and in how many milliseconds. */
export async function outcome(call: Promise<unknown>): Promise<Outcome> {
  const start = performance.now();
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown as PortError,
  );
  return { error, ms: performance.now() - start };
}

/** Calls again and again until one succeeds; what the others came to. */
export async function untilItWorks(call: () => Promise<unknown>, withinMs = 20_000): Promise<Outcome[]> {
  const failed: Outcome[] = [];
  const end = performance.now() + withinMs;
  for (;;) {
    const one = await outcome(call());
    if (!one.error) return failed;
    failed.push(one);
    if (performance.now() > end) throw new Error('it never worked again', { cause: one.error });
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
