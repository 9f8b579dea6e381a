import { describe, expect, it } from 'vitest';
import { createLanes } from '../../src/adapters/slack/lanes.ts';
import { growthRoom, laneRoom } from '../../src/adapters/slack/limits.ts';
import { createMemoryServer } from '../../src/adapters/store/memory.ts';
import { PortError } from '../../src/errors.ts';
import {
  createCadence,
  growthDue,
  growthInterval,
  phaseOf,
  type GrowthLane,
} from '../../src/flow/cadence.ts';
import { delay } from '../../src/lib/time.ts';
import { createLimiter } from '../../src/playground/slack/limiter.ts';
import { defaultLimits } from '../../src/playground/slack/options.ts';
import { quietLog } from '../support/quiet-log.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const EDITS: GrowthLane = { team: 'T1', method: 'chat.update' };
const APPENDS: GrowthLane = { team: 'T1', method: 'chat.appendStream' };

function setUp() {
  const clock = virtualClock(undefined, 2);
  const server = createMemoryServer(clock);
  const replica = () => {
    const store = server.open({ appId: 'A1' });
    const cadence = createCadence({ store, clock, room: laneRoom });
    return { store, cadence, lanes: createLanes({ limiter: store, crowd: cadence, clock, log: quietLog }) };
  };
  return { clock, replica };
}

type Replica = ReturnType<ReturnType<typeof setUp>['replica']>;

function write({ lanes }: Replica, priority: 'delta' | 'final' = 'delta'): Promise<unknown> {
  return lanes.run(EDITS, { priority, prepare: () => 'x', send: (x) => Promise.resolve(x) });
}

function begin({ cadence }: Replica, ...members: string[]): void {
  for (const member of members) cadence.at(EDITS, member, 'texted');
}

describe('the interval', () => {
  it('is what Slack wants of one message, or what the lane leaves to all who run', () => {
    expect(growthInterval({ running: 1, perMinute: 40, atLeastMs: 3_000 })).toBe(3_000);
    expect(growthInterval({ running: 20, perMinute: 30, atLeastMs: 3_000 })).toBe(42_000);
    expect(growthInterval({ running: 10, perMinute: 100, atLeastMs: 1_000 })).toBe(6_300);
    expect(Number.isFinite(growthInterval({ running: 50, perMinute: 0, atLeastMs: 3_000 }))).toBe(true);
  });

  it('leaves room for the final text of each reply, or a fifth', () => {
    const window = 61.5 / 60;
    expect(growthRoom('chat.update', 3, 50) * window).toBeCloseTo(40);
    expect(growthRoom('chat.update', 30, 50) * window).toBeCloseTo(20);
    expect(growthRoom('chat.update', 60, 50)).toBe(0);
    expect(growthRoom('chat.appendStream', 60, 100) * window).toBeCloseTo(80);
  });

  it('is spread: who began together writes at places of their own, each once in it and never too soon', () => {
    const interval = 42_000;
    const due = Array.from({ length: 20 }, (_, n) => growthDue(1_000, interval, 3_000, phaseOf(`C1:${n}`)));
    for (const at of due) {
      expect(at).toBeGreaterThanOrEqual(4_000);
      expect(at).toBeLessThanOrEqual(1_000 + 1.25 * interval);
    }
    const inOneTenth = due.map((at) => due.filter((other) => other >= at && other < at + 4_200).length);
    expect(Math.max(...inOneTenth)).toBeLessThanOrEqual(6);
    const [first = 0] = due;
    expect(growthDue(first, interval, 3_000, phaseOf('C1:0'))).toBeCloseTo(first + interval);
    expect(growthDue(1_000, 3_000, 3_000, 0.7)).toBe(4_000);
  });
});

describe('who runs', () => {
  it('is known on every replica with the next token, and no longer when its final text has its own', async () => {
    const { clock, replica } = setUp();
    const [a, b] = [replica(), replica()];
    begin(a, 'a1', 'a2');
    begin(b, 'b1');
    await Promise.all([write(a), write(b)]);
    await write(a);
    expect([a, b].map(({ cadence }) => cadence.count('T1:chat.update'))).toEqual([3, 3]);
    a.cadence.at(EDITS, 'a1', 'over');
    await write(a, 'final');
    await write(b);
    expect([a, b].map(({ cadence }) => cadence.count('T1:chat.update'))).toEqual([2, 2]);
    expect(a.cadence.count('T1:chat.appendStream')).toBe(0);
    await clock.settle();
  });

  it('and writes nothing for long is still counted; who died is not', async () => {
    const { clock, replica } = setUp();
    const [a, b] = [replica(), replica()];
    begin(a, 'a1');
    begin(b, 'b1');
    await Promise.all([write(a), write(b)]);
    b.cadence.close();
    await clock.advance(25_000);
    await write(a);
    expect(a.cadence.count('T1:chat.update')).toBe(2);
    await clock.advance(10_000);
    await write(a);
    expect(a.cadence.count('T1:chat.update')).toBe(1);
    const c = replica();
    begin(c, 'c1');
    await write(c);
    expect(c.cadence.count('T1:chat.update')).toBe(2);
  });

  it('at another replica after a takeover is counted once', async () => {
    const { clock, replica } = setUp();
    const [a, b] = [replica(), replica()];
    begin(a, 'm');
    await write(a);
    a.cadence.leave(EDITS, 'm');
    begin(b, 'm');
    await write(b);
    expect(b.cadence.count('T1:chat.update')).toBe(1);
    await clock.settle();
  });

  it('is told of at once where many begin, before any of them writes', async () => {
    const { clock, replica } = setUp();
    const [a, b] = [replica(), replica()];
    begin(a, ...Array.from({ length: 30 }, (_, n) => `a${n}`));
    begin(b, ...Array.from({ length: 5 }, (_, n) => `b${n}`));
    await clock.settle();
    expect(b.cadence.count('T1:chat.update')).toBe(35);
    expect(b.cadence.scarce('T1', 'b0')).not.toBe('no');
  });
});

describe('scarce edits', () => {
  it('are those that first and final texts of all who run would use up', () => {
    const { replica } = setUp();
    const one = replica();
    const silent = (from: number, to: number): void => {
      for (let n = from; n < to; n += 1) one.cadence.at(EDITS, `m${n}`, 'silent');
    };
    silent(0, 3);
    expect(one.cadence.scarce('T1', 'm0')).toBe('no');
    silent(3, 20);
    expect(one.cadence.scarce('T1', 'm0')).toBe('no');
    expect(one.cadence.scarce('T1', 'm19')).toBe('unsure');
    silent(20, 30);
    expect(one.cadence.scarce('T1', 'm0')).toBe('some');
    silent(30, 50);
    expect(one.cadence.scarce('T1', 'm0')).toBe('most');
    expect(one.cadence.scarce('T2', 'm0')).toBe('no');
  });

  it('streams take none of them', () => {
    const { cadence } = setUp().replica();
    for (let n = 0; n < 50; n += 1) cadence.at(APPENDS, `m${n}`, 'texted');
    expect(cadence.scarce('T1', 'm0')).toBe('no');
    expect(cadence.interval(APPENDS)).toBeGreaterThan(30_000);
    expect(cadence.interval(EDITS)).toBe(3_000);
  });
});

/** Replies that grow without end, against the playground's limiter; when growth was let through, and refused. */
async function hours({ count, limit, ms }: { count: number; limit: number; ms: number }) {
  const { clock, replica } = setUp();
  const limits = { ...defaultLimits, methods: { 'chat.update': limit } };
  const limiter = createLimiter(
    { now: () => clock.now(), after: (wait, task) => clock.setTimer(task, wait) },
    limits,
  );
  const one = replica();
  const passed: number[] = [];
  const refused: number[] = [];
  const stop = new AbortController();
  const grow = async (member: string): Promise<void> => {
    one.cadence.at(EDITS, member, 'texted');
    for (let last = 0; ; last = clock.monotonic()) {
      await delay(one.cadence.due(EDITS, member, last) - clock.monotonic(), stop.signal, clock);
      await one.lanes.run(EDITS, {
        priority: 'delta',
        subject: member,
        signal: stop.signal,
        prepare: () => 'x',
        async send() {
          const waitMs = limiter.take('chat.update', 3, 'C1');
          (waitMs > 0 ? refused : passed).push(clock.monotonic());
          if (waitMs > 0) throw new PortError({ kind: 'retry', code: 'ratelimited', retryAfterMs: waitMs });
        },
      });
    }
  };
  for (let n = 0; n < count; n += 1) grow(`m${n}`).catch(() => undefined);
  await clock.advance(ms);
  stop.abort();
  one.cadence.close();
  one.lanes.close();
  return { passed, refused };
}

const MINUTE = 60_000;

describe('what Slack lets pass above what it states', () => {
  it('is found out by growth, a twentieth at a time, after minutes', async () => {
    const { passed, refused } = await hours({ count: 8, limit: 200, ms: 40 * MINUTE });
    const inMinute = (n: number): number =>
      passed.filter((at) => at >= n * MINUTE && at < (n + 1) * MINUTE).length;
    expect(refused).toEqual([]);
    expect(inMinute(3)).toBeLessThanOrEqual(41);
    expect(inMinute(38)).toBeGreaterThan(80);
  });

  it('is left alone where there is nothing: at most a few 429s in hours, and none in the first minutes', async () => {
    const { refused } = await hours({ count: 5, limit: 50, ms: 110 * MINUTE });
    expect(refused.length).toBeLessThanOrEqual(2);
    for (const at of refused) expect(at).toBeGreaterThan(5 * MINUTE);
  });
});
