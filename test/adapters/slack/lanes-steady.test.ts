import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLanes } from '../../../src/adapters/slack/lanes.ts';
import { PortError } from '../../../src/errors.ts';
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

describe('who is urgent', () => {
  it('and comes while growth is being refused does not wait for what growth waits for', async () => {
    const clock = virtualClock();
    const limiter = testLimiter(clock);
    let answer: () => void = () => undefined;
    let slow = false;
    const lanes = createLanes({
      limiter: {
        take: async (...asked) => {
          const grant = await limiter.take(...asked);
          if (slow) await new Promise<void>((resolve) => (answer = resolve));
          return grant;
        },
        block: limiter.block.bind(limiter),
      },
      clock,
      log: memoryLog(),
    });
    const left: string[] = [];
    const call = (name: string, priority: 'delta' | 'final'): Promise<unknown> =>
      lanes.run(
        { team: 'T1', method: 'chat.update' },
        { priority, prepare: () => name, send: (it) => Promise.resolve(left.push(it)) },
      );
    await Promise.all(Array.from({ length: 40 }, () => call('growth', 'delta')));
    slow = true;
    call('growth', 'delta').catch(() => undefined);
    await clock.settle();
    call('end', 'final').catch(() => undefined);
    slow = false;
    answer();
    await clock.settle();
    expect(left.at(-1)).toBe('end');
    lanes.close();
  });
});

describe('three replicas', () => {
  const limited = (retryAfterMs?: number): PortError =>
    new PortError({
      kind: 'retry',
      code: 'ratelimited',
      status: 429,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });

  it.each([
    ['for as long as Slack said', 30_000, 30_000],
    ['for half a minute where Slack did not say', undefined, 30_000],
    ['for as long as Slack said, when that is long', 90_000, 90_000],
  ])('make no call after a 429 on one of them, %s; other methods go on', async (_name, said, waitMs) => {
    const clock = virtualClock();
    const limiter = testLimiter(clock);
    const replicas = Array.from({ length: 3 }, () => createLanes({ limiter, clock, log: memoryLog() }));
    const made: { method: string; at: number }[] = [];
    let refuse = true;
    const call = (n: number, method: string, priority: 'final' | 'delta' = 'final'): void => {
      const send = (): Promise<string> => {
        made.push({ method, at: clock.monotonic() });
        const refused = refuse && method === 'chat.update';
        refuse = refuse && !refused;
        return refused ? Promise.reject(limited(said)) : Promise.resolve('done');
      };
      replicas[n % 3]
        ?.run({ team: 'T1', method }, { priority, prepare: () => 'x', send })
        .catch(() => undefined);
    };
    call(0, 'chat.update');
    await clock.settle();
    for (let at = 0; at < waitMs; at += 500) {
      call(at / 500, 'chat.update', at % 1_000 === 0 ? 'final' : 'delta');
      if (at % 5_000 === 0) call(at / 500, 'reactions.add');
      await clock.advance(500);
      const later = made.filter(({ method, at }) => method === 'chat.update' && at > 0 && at < waitMs);
      expect(later).toEqual([]);
    }
    expect(made.filter(({ method }) => method === 'reactions.add').length).toBe(waitMs / 5_000);
    await clock.advance(10_000);
    expect(made.filter(({ method }) => method === 'chat.update').length).toBeGreaterThan(40);
    for (const lanes of replicas) lanes.close();
  });
});
