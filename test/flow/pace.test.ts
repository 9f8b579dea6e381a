import { describe, expect, it } from 'vitest';
import { createMemoryServer } from '../../src/adapters/store/memory.ts';
import { follow } from '../../src/flow/follower.ts';
import { readPace } from '../../src/flow/pace.ts';
import type { Feed } from '../../src/ports.ts';
import { quietLog } from '../support/quiet-log.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const noFeed: Feed = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
  close: () => undefined,
};

/** A stream that stays, until `drop` is called. */
function lasting() {
  let end: () => void = () => undefined;
  const ended = new Promise<IteratorResult<never>>((resolve) => {
    end = () => resolve({ done: true, value: undefined });
  });
  const feed: Feed = { ...noFeed, [Symbol.asyncIterator]: () => ({ next: () => ended }) };
  return { feed, drop: end };
}

/** Many streams in three processes, dropped at one moment; when each read was made, from then on, ms. */
async function storm(streams: number, asking: number) {
  const clock = virtualClock(undefined, 3);
  const server = createMemoryServer(clock);
  let asked = 0;
  const paces = Array.from({ length: 3 }, () => {
    const store = server.open({ appId: 'A1' });
    return readPace({ take: (...rule) => ((asked += 1), store.take(...rule)) }, clock);
  });
  const first = Array.from({ length: streams }, lasting);
  const second = Array.from({ length: streams }, lasting);
  const reads: number[] = [];
  const back = new Map<number, number>();
  let seed = 7;
  const fraction = (): number => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const followers = first.map(({ feed }, n) => {
    let attached = 0;
    return follow(
      {
        agent: {
          attach: () => {
            attached += 1;
            if (attached === 1) return Promise.resolve(feed);
            reads.push(clock.monotonic());
            back.set(n, clock.monotonic());
            return Promise.resolve(second[n]?.feed ?? noFeed);
          },
          history: () => Promise.resolve((reads.push(clock.monotonic()), [])),
        },
        clock,
        random: { fraction, token: () => 't' },
        log: quietLog,
        meter: { streamLost: () => undefined },
        pace: paces[n % 3] ?? (() => Promise.resolve()),
      },
      `s${n}`,
      false,
      {
        since: () => undefined,
        events: () => undefined,
        grown: () => undefined,
        writing: () => undefined,
        patient: () => n < asking,
        failed: (error) => {
          throw error;
        },
      },
    );
  });
  const ready = await Promise.all(followers.map((follower) => follower.ready));
  const attachedAt = clock.monotonic();
  for (const { drop } of first) drop();
  await clock.advance(90_000);
  for (const follower of followers) follower.stop();
  return { ready, attachedAt, reads, back, asked };
}

describe('streams that all drop at once', () => {
  it('attached at first without a wait', async () => {
    const { ready, attachedAt } = await storm(300, 0);
    expect(ready.every(Boolean)).toBe(true);
    expect(attachedAt).toBe(0);
  });

  it('come back within a minute, some a second, and leave others most of the reads', async () => {
    const { reads, back, asked } = await storm(300, 0);
    expect(back.size).toBe(300);
    expect(Math.max(...back.values())).toBeLessThan(60_000);
    for (let from = 0; from < 60_000; from += 1_000) {
      const inFive = reads.filter((at) => at >= from && at < from + 5_000).length;
      expect(inFive).toBeLessThanOrEqual(2 * (30 + 5_000 / 150));
    }
    expect(reads.length).toBeLessThanOrEqual(600);
    // However many wait, each process asks the store for one place at a time.
    expect(asked).toBeLessThan(2_000);
  });

  it('those that somebody waits for first', async () => {
    const { back } = await storm(60, 30);
    const mean = (from: number, to: number): number => {
      const times = [...back].filter(([n]) => n >= from && n < to).map(([, at]) => at);
      return times.reduce((sum, at) => sum + at, 0) / times.length;
    };
    expect(back.size).toBe(60);
    expect(mean(30, 60)).toBeLessThan(mean(0, 30) - 2_000);
  });
});

it('a read waits until there is a place, on any replica, and ends with its signal', async () => {
  const clock = virtualClock();
  const server = createMemoryServer(clock);
  const [one, other] = [server.open({ appId: 'A1' }), server.open({ appId: 'A1' })].map((store) =>
    readPace(store, clock),
  );
  const { signal } = new AbortController();
  for (let n = 0; n < 1_000; n += 1) await one?.(signal);
  let done = false;
  const waiting = other?.(signal).then(() => {
    done = true;
  });
  await clock.advance(59_000);
  expect(done).toBe(false);
  const stop = new AbortController();
  const given = other?.(stop.signal);
  stop.abort(new Error('enough'));
  await expect(given).rejects.toThrow('enough');
  await clock.advance(2_000);
  await waiting;
  expect(done).toBe(true);
});
