import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLanes } from '../../../src/adapters/slack/lanes.ts';
import { memoryLog, virtualClock } from './support/clock.ts';
import { testLimiter } from './support/limiter.ts';

function setUp() {
  const clock = virtualClock();
  return { clock, lanes: createLanes({ limiter: testLimiter(clock), clock, log: memoryLog() }) };
}

describe('steady state', () => {
  it('meets no 429 at a server that counts arrivals, however unevenly they travel', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 5, max: 1_000 }), { minLength: 200, maxLength: 260 }),
        async (latencies) => {
          const { lanes, clock } = setUp();
          const arrivals: number[] = [];
          for (const latency of latencies) {
            lanes
              .run(
                { team: 'T1', method: 'chat.update' },
                {
                  priority: 'final',
                  prepare: () => 'x',
                  send: (x) => Promise.resolve(arrivals.push(clock.monotonic() + latency) && x),
                },
              )
              .catch(() => undefined);
          }
          await clock.advance(6 * 61_500);
          expect(arrivals).toHaveLength(latencies.length);
          arrivals.sort((a, b) => a - b);
          for (const [i, at] of arrivals.entries()) {
            const fiftyOneLater = arrivals[i + 50];
            if (fiftyOneLater !== undefined) expect(fiftyOneLater - at).toBeGreaterThanOrEqual(60_000);
          }
        },
      ),
      { numRuns: 8 },
    );
  });

  it('meets none at a channel that fills a bucket of three by one a second', async () => {
    const latency = fc.integer({ min: 5, max: 300 });
    await fc.assert(
      fc.asyncProperty(fc.array(latency, { minLength: 30, maxLength: 40 }), async (latencies) => {
        const { lanes, clock } = setUp();
        const arrivals: number[] = [];
        for (const late of latencies) {
          lanes
            .run(
              { team: 'T1', method: 'chat.postMessage', channel: 'C1' },
              {
                priority: 'first',
                prepare: () => 'x',
                send: (x) => Promise.resolve(arrivals.push(clock.monotonic() + late) && x),
              },
            )
            .catch(() => undefined);
        }
        await clock.advance(latencies.length * 1_050 + 2_050);
        expect(arrivals).toHaveLength(latencies.length);
        let [tokens, last] = [3, 0];
        for (const at of arrivals.sort((a, b) => a - b)) {
          tokens = Math.min(3, tokens + (at - last) / 1_000) - 1;
          last = at;
          expect(tokens).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 8 },
    );
  });
});
