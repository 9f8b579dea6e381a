/** When a taken-over text is shown: not before it is known that nobody has more of it. */
import { describe, expect, it } from 'vitest';
import type { FeedItem } from '../../src/core/agent-event.ts';
import { newThread, type ThreadState } from '../../src/core/state.ts';
import { openTurn } from '../../src/core/turn.ts';
import { following, type Following } from '../../src/flow/following.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { quietLog } from '../support/quiet-log.ts';
import { virtualClock, type VirtualClock } from '../support/virtual-clock.ts';

const thread = { team: 'T1', channel: 'C1', ts: '1790000000.000100' };
const grows: FeedItem = { type: 'event_delta', eventId: 'm1', index: 0, text: 'of the rest' };

interface Rig {
  readonly here: Following;
  readonly clock: VirtualClock;
  readonly grown: number;
  push(item: FeedItem): Promise<void>;
}

/** A run that another holder had begun; its history has been listed. */
async function takenOver(text = 'A whole text.'): Promise<Rig> {
  const clock = virtualClock();
  const waiting: ((items: readonly FeedItem[]) => void)[] = [];
  const feed = {
    async *[Symbol.asyncIterator]() {
      for (;;) yield await new Promise<readonly FeedItem[]>((resolve) => waiting.push(resolve));
    },
    close: () => undefined,
  };
  const agent = { attach: () => Promise.resolve(feed), history: () => Promise.resolve([]) };
  const session = { id: 'sesn_1', createdAt: 0 };
  const turn = openTurn(1, 'U1', thread.ts, 0);
  const items = text === '' ? [] : [{ is: 'text', id: 'm1', at: '2026-01-01T00:00:00Z', text } as const];
  const turns = [{ ...turn, segments: [{ after: thread.ts, items }] }];
  const state: ThreadState = {
    ...newThread(thread, 'channel'),
    turns,
    phase: { is: 'working', session, run: true },
  };
  let grown = 0;
  const here = following(
    {
      agent,
      clock,
      random: systemRandom,
      log: quietLog,
      meter: { streamLost: () => undefined },
      pace: () => Promise.resolve(),
    },
    {
      state: () => state,
      input: () => undefined,
      heard: () => undefined,
      grown: () => {
        grown += 1;
      },
    },
  );
  here.adjust();
  await clock.settle();
  return {
    here,
    clock,
    get grown() {
      return grown;
    },
    async push(item) {
      waiting.shift()?.([item]);
      await clock.settle();
    },
  };
}

describe('taken over in the middle of a run', () => {
  it('what the history told is shown when nobody has written for a while', async () => {
    const r = await takenOver();
    await r.clock.advance(2_900);
    expect([r.here.behind, r.grown]).toEqual([true, 0]);
    await r.clock.advance(200);
    expect([r.here.behind, r.grown]).toEqual([false, 1]);
  });

  it('but nothing is taken away where no text is whole: what is read there may be its beginning', async () => {
    const r = await takenOver('');
    await r.clock.advance(60_000);
    expect([r.here.behind, r.grown]).toEqual([true, 0]);
  });

  it('not while a text is being written whose beginning nobody has', async () => {
    const r = await takenOver();
    for (let row = 0; row < 5; row += 1) {
      await r.clock.advance(2_000);
      await r.push(grows);
    }
    expect(r.here.behind).toBe(true);
    await r.push({ type: 'session.status_running', id: 'r1', at: '2026-01-01T00:00:00.000000Z' });
    expect(r.here.behind).toBe(false);
    expect(r.clock.timers).toBe(0);
  });

  it('and not because somebody replies meanwhile', async () => {
    const r = await takenOver('');
    await r.push({ type: 'user.message', id: 'u1', at: null, text: 'words' });
    await r.clock.advance(60_000);
    expect([r.here.behind, r.grown]).toEqual([true, 0]);
  });

  it('leaves no timer behind when it ends', async () => {
    const r = await takenOver();
    expect(r.clock.timers).toBe(1);
    r.here.stop();
    expect(r.clock.timers).toBe(0);
  });
});
