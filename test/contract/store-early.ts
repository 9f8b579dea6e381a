import { describe, expect } from 'vitest';
import type { ThreadInput } from '../../src/core/event.ts';
import {
  commit,
  held,
  inboxOf,
  message,
  post,
  SHORT_MS,
  stopWord,
  T1,
  T2,
  testsIn,
  tsOf,
  type StoreWorld,
} from './store-world.ts';

/** Takes up nothing where it is admitted: it starts no thread. */
const NO_STARTS: readonly ThreadInput[] = [
  { kind: 'command', user: 'U1', name: 'help' },
  { kind: 'stop', user: 'U1', via: 'mention', ts: '1790000100.000002' },
  { kind: 'stop', user: 'U1', via: 'reaction' },
];

/** Replies that arrive before the message that calls the bot into their thread. */
export function earlyContract(make: () => Promise<StoreWorld>): void {
  const it = testsIn(make);

  describe('replies in a thread that is not followed', () => {
    it('are taken at once where the thread has state, or waiting inputs', async ({ store }) => {
      await store.admit(post(1));
      expect((await store.admit(post(2, T1, 'followed'))).outcome).toBe('admitted');
      const { token } = await held(store, T2, 'p');
      await store.commit(commit(T2, token, { state: '{}' }));
      expect((await store.admit(post(3, T2, 'followed'))).outcome).toBe('admitted');
    });

    it('claim nothing, and stand behind the start in the order of their ts', async ({ store }) => {
      for (const n of [5, 3, 4, 3]) {
        expect(await store.admit(post(n, T1, 'followed'))).toEqual({ outcome: 'unfollowed' });
      }
      expect(await store.peek(T1)).toBeUndefined();
      expect(await store.sweep(10)).toEqual([]);
      await store.admit(post(2));
      expect(await inboxOf(store)).toEqual(['2', '3', '4', '5']);
      for (const n of [3, 4, 5]) expect((await store.admit(post(n))).outcome).toBe('duplicate');
    });

    it('that were written before the start are let go, unclaimed', async ({ store }) => {
      for (const n of [3, 5]) await store.admit(post(n, T1, 'followed'));
      await store.admit(post(4));
      await store.admit(post(1));
      expect(await inboxOf(store)).toEqual(['4', '5', '1']);
      expect((await store.admit(post(3, T1, 'followed'))).outcome).toBe('admitted');
    });

    it('are told earlier from later by the whole ts', async ({ store }) => {
      const at = (ts: string) => ({ thread: T1, claims: [ts], input: message(ts) });
      for (const ts of ['1790000099.900000', '1790000100.499999', '1790000100.500001', '1790000101.000000']) {
        await store.admit({ ...at(ts), when: 'followed' });
      }
      await store.admit({ ...at('1790000100.500000'), when: 'any' });
      const { inbox } = await held(store, T1, 'p');
      expect(inbox.map(({ input }) => 'ts' in input && input.ts)).toEqual([
        '1790000100.500000',
        '1790000100.500001',
        '1790000101.000000',
      ]);
    });

    it('are dropped where the start is the same post', async ({ store }) => {
      await store.admit(post(1, T1, 'followed'));
      await store.admit(post(2, T1, 'followed'));
      expect((await store.admit(post(1))).outcome).toBe('admitted');
      expect(await inboxOf(store)).toEqual(['1', '2']);
    });

    for (const input of NO_STARTS) {
      const name = 'ts' in input ? `${input.kind} with a ts` : input.kind;
      it(`are left remembered by a ${name}, for the message that starts the thread`, async ({ store }) => {
        for (const n of [1, 4, 5]) await store.admit(post(n, T1, 'followed'));
        expect(await store.admit({ thread: T1, claims: ['c'], input, when: 'any' })).toMatchObject({
          outcome: 'admitted',
        });
        const { token, inbox } = await held(store, T1, 'p');
        expect(inbox.map((item) => item.input)).toEqual([input]);
        // Nothing of it is kept: the thread is not followed after it.
        const consumed = inbox.map(({ seq }) => seq);
        await store.commit(commit(T1, token, { state: null, consumed, then: 'release' }));
        expect(await store.admit(post(6, T1, 'followed'))).toEqual({ outcome: 'unfollowed' });
        await store.admit(post(3));
        expect(await inboxOf(store)).toEqual(['3', '4', '5', '6']);
      });
    }

    it('are taken up by a fork, whose first message stands there', async ({ store }) => {
      for (const n of [1, 4]) await store.admit(post(n, T1, 'followed'));
      const { ts } = post(3).input;
      const input: ThreadInput = {
        kind: 'fork',
        ts,
        user: 'U1',
        text: 'fork',
        surface: 'channel',
        from: T2,
        until: 1,
      };
      await store.admit({ thread: T1, claims: ['fork'], input, when: 'any' });
      expect(await inboxOf(store)).toEqual(['fork', '4']);
    });

    it('are taken up by a message that stands behind a command', async ({ store }) => {
      await store.admit(post(4, T1, 'followed'));
      await store.admit({ ...stopWord(2), when: 'any' });
      await store.admit(post(3, T1, 'followed'));
      expect(await inboxOf(store)).toEqual(['stop', '3', '4']);
    });

    it('that are a stop count by their ts as well', async ({ store }) => {
      await store.admit(stopWord(1, T1, 'followed'));
      await store.admit(post(2));
      expect(await inboxOf(store, T1)).toEqual(['2']);
      await store.admit(stopWord(3, T2, 'followed'));
      await store.admit(post(2, T2));
      expect(await inboxOf(store, T2)).toEqual(['2', 'stop']);
    });

    it('count by their arrival where they have no ts', async ({ world, store }) => {
      const stop: ThreadInput = { kind: 'stop', user: 'U1', via: 'reaction' };
      const now = await world.now();
      const at = (ms: number) => message(tsOf(now + ms));
      for (const thread of [T1, T2]) {
        for (const [claim, input] of [at(60_000), stop, at(-1000)].entries()) {
          await store.admit({ thread, claims: [String(claim)], input, when: 'followed' });
        }
      }
      await store.admit({ thread: T1, claims: ['start'], input: at(-2000), when: 'any' });
      await store.admit({ thread: T2, claims: ['start'], input: at(50_000), when: 'any' });
      const inputs = async (thread = T1) => (await held(store, thread, 'p')).inbox.map(({ input }) => input);
      expect(await inputs(T1)).toEqual([at(-2000), at(-1000), stop, at(60_000)]);
      expect(await inputs(T2)).toEqual([at(50_000), at(60_000)]);
    });

    it('are forgotten after a minute', async ({ world, store }) => {
      const brief = await world.open({ earlyMs: SHORT_MS });
      await brief.admit(post(4, T1, 'followed'));
      await world.pass(SHORT_MS + 1);
      await store.admit(post(5, T1, 'followed'));
      await store.admit(post(3));
      expect(await inboxOf(store)).toEqual(['3', '5']);
    });

    it('are forgotten one by one, each after its own minute', async ({ world, store }) => {
      const brief = await world.open({ earlyMs: SHORT_MS });
      await brief.admit(post(4, T1, 'followed'));
      await store.admit(post(5, T1, 'followed'));
      await world.pass(SHORT_MS + 1);
      await store.admit(post(3));
      expect(await inboxOf(store)).toEqual(['3', '5']);
    });

    it('are never more than 100: the earlier ones make room for a busy thread’s newest', async ({
      store,
    }) => {
      for (let n = 2; n <= 250; n += 1) await store.admit(post(n, T1, 'followed'));
      await store.admit(post(1));
      const taken = (await inboxOf(store)).map(Number);
      expect(taken[0]).toBe(1);
      expect(taken.length).toBeLessThanOrEqual(101);
      expect(taken.length).toBeGreaterThan(50);
      expect(taken.slice(1)).toEqual(
        Array.from({ length: taken.length - 1 }, (_, i) => 252 - taken.length + i),
      );
    });

    it('belong to their own thread', async ({ store }) => {
      const sibling = { ...T1, ts: '1790000009.000900' };
      await store.admit(post(2, T1, 'followed'));
      await store.admit(post(1, sibling));
      expect(await inboxOf(store, sibling)).toEqual(['1']);
    });
  });
}
