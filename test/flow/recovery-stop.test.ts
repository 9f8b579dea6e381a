/** Who is asked to go in the middle of putting a loss right. */
import { expect, it } from 'vitest';
import { createRecovery, type RecoveryDeps } from '../../src/flow/recovery.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { systemClock } from '../../src/lib/time.ts';

it('waits for no answer that does not come, and leaves the work to others at once', async () => {
  const asked = deferred();
  const holds: number[] = [];
  const memory = {
    beat: () => Promise.resolve({ now: 1_790_000_000_000, last: undefined, count: 1, life: 'a' }),
    filled: () => Promise.resolve(false),
    caughtUp: () => Promise.resolve(),
    fill: () => Promise.resolve(),
    hold: (_name: string, _process: string, ms: number) => {
      holds.push(ms);
      return Promise.resolve(true);
    },
  };
  const neverAnswered = new Promise<never>(() => undefined);
  const lost = {
    notice: () => undefined,
    noticed: false,
    over: () => undefined,
    found: () => {
      asked.resolve();
      return neverAnswered;
    },
  };
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const recovery = createRecovery({
    store: { memory },
    lost,
    log: quiet,
    clock: systemClock,
    random: systemRandom,
    process: 'p1',
    connected: () => true,
    beatMs: 1_000,
    gapMs: 5_000,
  } as unknown as RecoveryDeps);
  recovery.start();
  await asked.promise;
  await recovery.stop();
  expect(holds.at(-1)).toBe(0);
}, 2_000);
