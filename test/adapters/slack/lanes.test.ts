import { describe, expect, it } from 'vitest';
import { createLanes, type Lanes } from '../../../src/adapters/slack/lanes.ts';
import type { LaneCall } from '../../../src/adapters/slack/lane.ts';
import { CHANNEL_LIMIT, methodLimit } from '../../../src/adapters/slack/limits.ts';
import { PortError } from '../../../src/errors.ts';
import type { Priority } from '../../../src/ports.ts';
import { memoryLog, virtualClock } from './support/clock.ts';
import { testLimiter } from './support/limiter.ts';

function setUp() {
  const clock = virtualClock();
  const limiter = testLimiter(clock);
  const log = memoryLog();
  return { clock, limiter, log, lanes: createLanes({ limiter, clock, log }) };
}

type Setup = ReturnType<typeof setUp>;
const UPDATE = { team: 'T1', method: 'chat.update' };
const LIMIT = methodLimit('chat.update').limit;

/** Queues a call that says its name when it leaves. */
function queue(
  lanes: Lanes,
  left: string[],
  name: string,
  priority: Priority,
  more: Partial<LaneCall<string, string>> = {},
): Promise<string | undefined> {
  return lanes.run(UPDATE, {
    priority,
    prepare: () => name,
    send: (prepared) => {
      left.push(prepared);
      return Promise.resolve(prepared);
    },
    ...more,
  });
}

/** Uses up a lane's whole window. */
async function exhaust({ lanes, clock }: Setup): Promise<void> {
  const spent: string[] = [];
  await Promise.all(Array.from({ length: LIMIT }, () => queue(lanes, spent, 'spent', 'final')));
  await clock.settle();
  expect(spent).toHaveLength(LIMIT);
}

const limitedBy = (ms: number): PortError =>
  new PortError({ kind: 'retry', code: 'ratelimited', retryAfterMs: ms, status: 429 });

describe('R1: tokens', () => {
  it('lets no more leave in a window than the limit, and the rest as it frees', async () => {
    const setup = setUp();
    const left: string[] = [];
    const all = Array.from({ length: LIMIT + 3 }, (_, i) => queue(setup.lanes, left, `${i}`, 'final'));
    await setup.clock.settle();
    expect(left).toHaveLength(LIMIT);
    await setup.clock.advance(60_000);
    expect(left).toHaveLength(LIMIT);
    await setup.clock.advance(2_000);
    expect(left).toHaveLength(LIMIT + 3);
    await Promise.all(all);
  });

  it('limits posts in their channel and lets other channels go on', async () => {
    const { lanes, clock } = setUp();
    const left: string[] = [];
    const post = (channel: string): Promise<unknown> =>
      lanes.run(
        { team: 'T1', method: 'chat.postMessage', channel },
        { priority: 'first', prepare: () => channel, send: (c) => Promise.resolve(left.push(c)) },
      );
    const all = ['C1', 'C1', 'C1', 'C1', 'C2'].map(post);
    await clock.settle();
    expect(left).toHaveLength(CHANNEL_LIMIT.limit + 1);
    expect(left).toContain('C2');
    await clock.advance(CHANNEL_LIMIT.windowMs);
    await Promise.all(all);
    expect(left.filter((channel) => channel === 'C1')).toHaveLength(4);
  });

  it('keeps methods and workspaces apart', async () => {
    const setup = setUp();
    await exhaust(setup);
    const left: string[] = [];
    await setup.lanes.run(
      { team: 'T1', method: 'reactions.add' },
      { priority: 'status', prepare: () => 'r', send: (r) => Promise.resolve(left.push(r)) },
    );
    await setup.lanes.run(
      { team: 'T2', method: 'chat.update' },
      { priority: 'status', prepare: () => 'u', send: (u) => Promise.resolve(left.push(u)) },
    );
    expect(left).toEqual(['r', 'u']);
  });
});

describe('R2: order', () => {
  it('serves by urgency whatever came first', async () => {
    const setup = setUp();
    await exhaust(setup);
    const left: string[] = [];
    const order: Priority[] = ['delta', 'status', 'first', 'question', 'final'];
    const all = order.map((priority) => queue(setup.lanes, left, priority, priority));
    await setup.clock.advance(62_000);
    await Promise.all(all);
    expect(left).toEqual(['final', 'question', 'first', 'status', 'delta']);
  });

  it('keeps room that deltas cannot use up', async () => {
    const { lanes, clock } = setUp();
    const left: string[] = [];
    for (let i = 0; i < LIMIT; i += 1) {
      queue(lanes, left, 'delta', 'delta').catch(() => undefined);
    }
    await clock.settle();
    expect(left).toHaveLength(Math.floor(LIMIT * 0.8));
    await queue(lanes, left, 'final', 'final');
    expect(left.at(-1)).toBe('final');
    lanes.close();
  });

  it('serves the stalest of the deltas', async () => {
    const setup = setUp();
    const left: string[] = [];
    const delta = (subject: string): Promise<unknown> =>
      queue(setup.lanes, left, subject, 'delta', { subject });
    // Both are served once, A first; then the reserve keeps the lane shut for deltas.
    const room = Math.floor(LIMIT * 0.8);
    const fillers = Array.from({ length: room - 2 }, (_, i) => queue(setup.lanes, [], `${i}`, 'final'));
    const first = [delta('A')];
    await setup.clock.advance(1_000);
    first.push(delta('B'));
    await Promise.all([...fillers, ...first]);
    left.length = 0;
    const again = [delta('B'), delta('A'), delta('new')];
    await setup.clock.advance(65_000);
    await Promise.all(again);
    expect(left).toEqual(['new', 'A', 'B']);
  });
});

describe('R3: content', () => {
  it('is asked for when the token is there, not before', async () => {
    const setup = setUp();
    await exhaust(setup);
    let newest = 'old';
    const left: string[] = [];
    const write = queue(setup.lanes, left, '', 'final', { prepare: () => newest });
    await setup.clock.advance(30_000);
    newest = 'new';
    await setup.clock.advance(32_000);
    expect(await write).toBe('new');
  });

  it('that is not wanted any more costs no token: the next in line gets it', async () => {
    const setup = setUp();
    await exhaust(setup);
    const left: string[] = [];
    const before = setup.limiter.grants.get('T1:chat.update')?.length;
    const none = queue(setup.lanes, left, 'none', 'final', { prepare: () => undefined });
    const next = queue(setup.lanes, left, 'next', 'delta');
    await setup.clock.advance(61_500);
    expect(await none).toBeUndefined();
    expect(await next).toBe('next');
    expect(setup.limiter.grants.get('T1:chat.update')?.length).toBe((before ?? 0) + 1);
  });

  it('that throws rejects its own call and leaves the token too', async () => {
    const { lanes } = setUp();
    const left: string[] = [];
    const bad = queue(lanes, left, 'bad', 'final', {
      prepare: () => {
        throw new Error('no such content');
      },
    });
    const next = queue(lanes, left, 'next', 'final');
    await expect(bad).rejects.toThrow('no such content');
    expect(await next).toBe('next');
  });

  it('leaves an unused token to whoever comes within a second', async () => {
    const { lanes, limiter, clock } = setUp();
    const left: string[] = [];
    await queue(lanes, left, 'none', 'final', { prepare: () => undefined });
    await queue(lanes, left, 'soon', 'final');
    expect(limiter.grants.get('T1:chat.update')).toHaveLength(1);
    await queue(lanes, left, 'none', 'final', { prepare: () => undefined });
    await clock.advance(1_001);
    await queue(lanes, left, 'late', 'final');
    // An old token is not used: it would be one too many in the window that it was counted in.
    expect(limiter.grants.get('T1:chat.update')).toHaveLength(3);
    expect(left).toEqual(['soon', 'late']);
  });
});

describe('R4: a 429', () => {
  it('is waited out in the lane, by everybody in it, and no longer', async () => {
    const { lanes, limiter, clock } = setUp();
    const sent: number[] = [];
    let refusals = 1;
    const write = lanes.run(UPDATE, {
      priority: 'final',
      prepare: () => 'x',
      send: () => {
        sent.push(clock.monotonic());
        refusals -= 1;
        return refusals >= 0 ? Promise.reject(limitedBy(30_000)) : Promise.resolve('done');
      },
    });
    await clock.settle();
    const other = queue(lanes, [], 'other', 'final', {
      send: () => {
        sent.push(clock.monotonic());
        return Promise.resolve('other');
      },
    });
    await clock.advance(29_999);
    expect(sent).toHaveLength(1);
    expect(limiter.blocks).toEqual([{ lane: 'T1:chat.update', ms: 30_000 }]);
    await clock.advance(50);
    expect(await write).toBe('done');
    expect(await other).toBe('other');
    expect(sent.slice(1).every((at) => at >= 30_000)).toBe(true);
  });

  it('holds up no other lane (fault: slack-limited)', async () => {
    const { lanes, clock } = setUp();
    queue(lanes, [], 'x', 'final', { send: () => Promise.reject(limitedBy(30_000)) }).catch(() => undefined);
    await clock.settle();
    const other = await lanes.run(
      { team: 'T1', method: 'reactions.add' },
      { priority: 'status', prepare: () => 'r', send: (r) => Promise.resolve(r) },
    );
    expect(other).toBe('r');
    lanes.close();
  });

  it('that another replica met makes a token bad that was taken before it and not used', async () => {
    const { lanes, limiter, clock } = setUp();
    const left: string[] = [];
    await queue(lanes, left, 'none', 'final', { prepare: () => undefined });
    await limiter.block('T1:chat.update', 30_000);
    const write = queue(lanes, left, 'x', 'final');
    await clock.advance(29_999);
    expect(left).toEqual([]);
    await clock.advance(5_000);
    expect(await write).toBe('x');
  });

  it('that another replica met is obeyed here (fault: slack-limited)', async () => {
    const { lanes, limiter, clock } = setUp();
    await limiter.block('T1:chat.update', 10_000);
    const left: string[] = [];
    const write = queue(lanes, left, 'x', 'final');
    await clock.advance(9_999);
    expect(left).toEqual([]);
    await clock.advance(25);
    expect(await write).toBe('x');
  });

  it('without a stated wait counts as half a minute (fault: slack-limit-unstated)', async () => {
    const { lanes, limiter, clock } = setUp();
    const error = new PortError({ kind: 'retry', code: 'ratelimited' });
    queue(lanes, [], 'x', 'final', { send: () => Promise.reject(error) }).catch(() => undefined);
    await clock.settle();
    expect(limiter.blocks).toEqual([{ lane: 'T1:chat.update', ms: 30_000 }]);
    lanes.close();
  });

  it('asks for the content again: what has become empty is not sent', async () => {
    const { lanes, clock } = setUp();
    const contents: (string | undefined)[] = ['first', undefined];
    const write = queue(lanes, [], '', 'final', {
      prepare: () => contents.shift(),
      send: () => Promise.reject(limitedBy(5_000)),
    });
    await clock.advance(5_100);
    expect(await write).toBeUndefined();
  });
});

describe('R5 and waiting', () => {
  it('a rejected call holds up nobody', async () => {
    const { lanes } = setUp();
    const refused = new PortError({ kind: 'refused', code: 'msg_too_long' });
    const bad = queue(lanes, [], 'bad', 'final', { send: () => Promise.reject(refused) });
    const good = queue(lanes, [], 'good', 'final');
    await expect(bad).rejects.toBe(refused);
    expect(await good).toBe('good');
  });

  it('a signal ends the wait at once and leaves no timer', async () => {
    const setup = setUp();
    await exhaust(setup);
    const stop = new AbortController();
    const write = queue(setup.lanes, [], 'x', 'final', { signal: stop.signal });
    await setup.clock.settle();
    stop.abort();
    await expect(write).rejects.toMatchObject({ kind: 'retry', code: 'aborted' });
    await setup.clock.settle();
    expect(setup.clock.timers).toBe(0);
  });

  it('an aborted one makes room for the next without a second token', async () => {
    const setup = setUp();
    await exhaust(setup);
    const left: string[] = [];
    const stop = new AbortController();
    const gone = queue(setup.lanes, left, 'gone', 'final', { signal: stop.signal });
    const next = queue(setup.lanes, left, 'next', 'delta');
    stop.abort();
    await expect(gone).rejects.toThrow('aborted');
    await setup.clock.advance(75_000);
    expect(await next).toBe('next');
    expect(left).toEqual(['next']);
  });

  it('somebody more urgent does not sit out the pause of somebody less urgent', async () => {
    const { lanes, clock } = setUp();
    const left: string[] = [];
    for (let i = 0; i < LIMIT; i += 1) queue(lanes, left, 'delta', 'delta').catch(() => undefined);
    await clock.settle();
    const served = left.length;
    const final = queue(lanes, left, 'final', 'final');
    await clock.settle();
    expect(left.slice(served)).toEqual(['final']);
    await final;
    lanes.close();
  });

  it('closing turns away who waits, and who comes', async () => {
    const setup = setUp();
    await exhaust(setup);
    const write = queue(setup.lanes, [], 'x', 'final');
    setup.lanes.close();
    await expect(write).rejects.toMatchObject({ kind: 'retry', code: 'closing' });
    await expect(queue(setup.lanes, [], 'y', 'final')).rejects.toMatchObject({ code: 'closing' });
  });
});

describe('without the shared limiter', () => {
  it('goes on with a window of its own, within the same limit', async () => {
    const { lanes, limiter, log, clock } = setUp();
    limiter.broken = true;
    const left: string[] = [];
    const all = Array.from({ length: LIMIT + 1 }, (_, i) => queue(lanes, left, `${i}`, 'final'));
    await clock.settle();
    expect(left).toHaveLength(LIMIT);
    expect(log.lines.filter((line) => line.level === 'warn')).toHaveLength(1);
    await clock.advance(62_000);
    await Promise.all(all);
  });

  it('remembers what the shared one had granted', async () => {
    const setup = setUp();
    await exhaust(setup);
    setup.limiter.broken = true;
    const left: string[] = [];
    const write = queue(setup.lanes, left, 'x', 'final');
    await setup.clock.advance(30_000);
    expect(left).toEqual([]);
    await setup.clock.advance(32_000);
    expect(await write).toBe('x');
  });

  it('obeys a 429 all the same', async () => {
    const { lanes, limiter, clock } = setUp();
    limiter.broken = true;
    const sent: number[] = [];
    const write = queue(lanes, [], 'x', 'final', {
      send: () => {
        sent.push(clock.monotonic());
        return sent.length === 1 ? Promise.reject(limitedBy(7_000)) : Promise.resolve('x');
      },
    });
    await clock.advance(6_900);
    expect(sent).toHaveLength(1);
    await clock.advance(200);
    expect(await write).toBe('x');
  });

  it('does not wait longer than a second for one that hangs', async () => {
    const { lanes, limiter, clock } = setUp();
    limiter.take = () => new Promise(() => undefined);
    const write = queue(lanes, [], 'x', 'final');
    await clock.advance(1_000);
    expect(await write).toBe('x');
  });
});
