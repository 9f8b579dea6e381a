import { describe, expect } from 'vitest';
import { threadKey } from '../../src/core/event.ts';
import {
  commit,
  dyingReplica,
  held,
  post,
  T1,
  T2,
  textsOf,
  SHORT_MS,
  testsIn,
  type StoreWorld,
} from './store-world.ts';
import { eventually } from '../support/eventually.ts';

const K1 = threadKey(T1);
const K2 = threadKey(T2);

/** I3 and I4: leases, fencing, commits, hand-over, timers, sweep, wake-ups. */
export function leaseContract(make: () => Promise<StoreWorld>): void {
  const it = testsIn(make);

  describe('acquire', () => {
    it('I3: gives a lease to one, and gives its own again', async ({ store }) => {
      const first = await held(store, T1, 'p');
      expect(await store.acquire(T1, 'q')).toBeUndefined();
      expect((await held(store, T1, 'p')).token).toEqual(first.token);
    });

    it('I3: of many at once one gets it', async ({ store }) => {
      const got = await Promise.all(Array.from({ length: 8 }, async (_, n) => store.acquire(T1, `p${n}`)));
      expect(got.filter(Boolean)).toHaveLength(1);
    });

    it('I3: after expiry another gets it, with a higher fence', async ({ world, store }) => {
      const dying = await dyingReplica(world);
      const before = await held(dying, T1, 'p');
      await world.pass(SHORT_MS + 1);
      const after = await held(store, T1, 'q');
      expect(after.token.fence).toBeGreaterThan(before.token.fence);
    });

    it('I3: our own that ran out is a new one', async ({ world, store }) => {
      const dying = await dyingReplica(world);
      const before = await held(dying, T1, 'p');
      await world.pass(SHORT_MS + 1);
      const after = await held(store, T1, 'p');
      expect(after.token.fence).toBeGreaterThan(before.token.fence);
      expect(await store.commit(commit(T1, before.token, { state: 'old' }))).toEqual({ outcome: 'stale' });
    });
  });

  describe('commit', () => {
    it('I4: writes state, and takes what was consumed out of the inbox', async ({ store }) => {
      await store.admit(post(1));
      await store.admit(post(2));
      const { token, inbox, state } = await held(store, T1, 'p');
      expect(state).toBeUndefined();
      const done = await store.commit(commit(T1, token, { state: 'one', consumed: [inbox[0]?.seq ?? ''] }));
      expect(done).toMatchObject({ outcome: 'ok', released: false });
      expect(done.outcome === 'ok' ? textsOf(done.inbox) : []).toEqual(['2']);
      expect(textsOf(await store.inbox(T1, token))).toEqual(['2']);
      expect(await store.peek(T1)).toBe('one');
      expect((await held(store, T1, 'p')).state).toBe('one');
    });

    it('I4: leaves, keeps on and deletes the state', async ({ world, store }) => {
      const { token } = await held(store, T1, 'p');
      await store.commit(commit(T1, token, { state: 'one', keepMs: SHORT_MS }));
      await store.commit(commit(T1, token, { keepMs: 60_000 }));
      await world.pass(SHORT_MS + 1);
      expect(await store.peek(T1)).toBe('one');
      await store.commit(commit(T1, token, { state: null }));
      expect(await store.peek(T1)).toBeUndefined();
    });

    it('lets the state go when nobody commits for its time', async ({ world, store }) => {
      const { token } = await held(store, T1, 'p');
      await store.commit(commit(T1, token, { state: 'one', keepMs: SHORT_MS }));
      await world.pass(SHORT_MS + 1);
      expect(await store.peek(T1)).toBeUndefined();
    });

    it('I3: writes nothing for a lease that ran out, taken over or not', async ({ world, store }) => {
      const dying = await dyingReplica(world);
      await store.admit(post(1));
      const { token, inbox } = await held(dying, T1, 'p');
      const late = (state: string) =>
        commit(T1, token, {
          state,
          consumed: inbox.map(({ seq }) => seq),
          timers: { idle: { inMs: 0, id: 1 } },
          messages: ['1790000100.000009'],
          then: 'release',
        });
      await world.pass(SHORT_MS + 1);
      expect(await store.commit(late('expired'))).toEqual({ outcome: 'stale' });
      const successor = await held(store, T1, 'q');
      expect(await store.commit(late('taken'))).toEqual({ outcome: 'stale' });
      expect(await store.inbox(T1, token)).toEqual([]);
      expect(textsOf(await store.inbox(T1, successor.token))).toEqual(['1']);
      expect(await store.peek(T1)).toBeUndefined();
      expect(await store.threadOf('T1', 'C1', '1790000100.000009')).toBeUndefined();
      expect(await store.acquire(T1, 'p')).toBeUndefined();
    });

    it('I3: compares the token whole', async ({ store }) => {
      const { token } = await held(store, T1, 'p');
      for (const wrong of [
        { ...token, process: 'q' },
        { ...token, fence: token.fence + 1 },
      ]) {
        expect(await store.commit(commit(T1, wrong, { state: 'x' }))).toEqual({ outcome: 'stale' });
      }
    });

    it('answers a repeated nonce with ok and changes nothing', async ({ store }) => {
      await store.admit(post(1));
      const { token, inbox } = await held(store, T1, 'p');
      const first = commit(T1, token, { state: 'one', consumed: [inbox[0]?.seq ?? ''] });
      await store.commit(first);
      await store.admit(post(2));
      expect(await store.commit({ ...first, state: 'changed' })).toMatchObject({ outcome: 'ok' });
      expect(await store.peek(T1)).toBe('one');
    });

    it('answers a repeated release with ok, also when another has the thread by now', async ({ store }) => {
      const { token } = await held(store, T1, 'p');
      const last = commit(T1, token, { state: 'one', then: 'release' });
      expect(await store.commit(last)).toMatchObject({ outcome: 'ok', released: true });
      expect(await store.commit(last)).toMatchObject({ outcome: 'ok', released: true });
      const next = await held(store, T1, 'q');
      await store.commit(commit(T1, next.token, { state: 'two' }));
      expect(await store.commit(last)).toMatchObject({ outcome: 'ok', released: true });
      expect(await store.peek(T1)).toBe('two');
      expect(await store.acquire(T1, 'p')).toBeUndefined();
    });

    it('refuses a release while the inbox holds more, and says what', async ({ store }) => {
      const { token } = await held(store, T1, 'p');
      await store.admit(post(1));
      const refused = await store.commit(commit(T1, token, { state: 'one', then: 'release' }));
      expect(refused).toMatchObject({ outcome: 'ok', released: false });
      expect(refused.outcome === 'ok' ? textsOf(refused.inbox) : []).toEqual(['1']);
      expect(await store.acquire(T1, 'q')).toBeUndefined();
      const consumed = (await store.inbox(T1, token)).map(({ seq }) => seq);
      expect(await store.commit(commit(T1, token, { consumed, then: 'release' }))).toMatchObject({
        released: true,
      });
      expect(await store.sweep(10)).toEqual([]);
      expect(await store.acquire(T1, 'q')).toBeDefined();
    });

    it('hands over always, and calls everybody', async ({ store }) => {
      const woken: unknown[] = [];
      const stop = await store.subscribe('q', (thread, why) => woken.push([thread, why]));
      const { token } = await held(store, T1, 'p');
      await store.admit(post(1));
      expect(await store.commit(commit(T1, token, { state: 'one', then: 'handover' }))).toMatchObject({
        outcome: 'ok',
        released: true,
      });
      await eventually(() => expect(woken).toEqual([[K1, 'ready']]));
      expect(await store.sweep(10)).toEqual([K1]);
      expect(await store.commit(commit(T1, token))).toEqual({ outcome: 'stale' });
      expect(textsOf((await held(store, T1, 'q')).inbox)).toEqual(['1']);
      expect(await store.sweep(10)).toEqual([]);
      await stop();
    });

    it('finds the thread of a bot message', async ({ store }) => {
      const { token } = await held(store, T1, 'p');
      await store.commit(commit(T1, token, { messages: ['1790000100.000007', '1790000100.000008'] }));
      expect(await store.threadOf('T1', 'C1', '1790000100.000008')).toEqual(T1);
      expect(await store.threadOf('T1', 'C2', '1790000100.000008')).toBeUndefined();
      expect(await store.threadOf('T1', 'C1', '1790000100.000006')).toBeUndefined();
    });

    it('lets a bot message go some time after the last commit that named it', async ({ world }) => {
      const store = await world.open({ messageMs: SHORT_MS });
      const { token } = await held(store, T1, 'p');
      await store.commit(commit(T1, token, { messages: ['1790000100.000007'] }));
      expect(await store.threadOf('T1', 'C1', '1790000100.000007')).toEqual(T1);
      await world.pass(SHORT_MS + 1);
      expect(await store.threadOf('T1', 'C1', '1790000100.000007')).toBeUndefined();
    });
  });

  describe('renew', () => {
    it('extends leases, and tells what is lost and what waits', async ({ world, store }) => {
      const dying = await dyingReplica(world);
      const kept = await held(dying, T1, 'p');
      const lost = await held(dying, T2, 'p');
      await store.renew([{ thread: T1, token: kept.token }]);
      await world.pass(SHORT_MS + 1);
      await store.admit(post(1));
      await store.admit(post(2, T2));
      const answer = await store.renew([
        { thread: T1, token: kept.token },
        { thread: T2, token: lost.token },
      ]);
      expect(answer).toEqual({ lost: [K2], waiting: [K1], failed: [] });
      expect(await store.commit(commit(T1, kept.token))).toMatchObject({ outcome: 'ok' });
    });

    it('of nothing is nothing', async ({ store }) => {
      expect(await store.renew([])).toEqual({ lost: [], waiting: [], failed: [] });
    });

    it('I3: does not bring back a lease that ran out', async ({ world, store }) => {
      const dying = await dyingReplica(world);
      const { token } = await held(dying, T1, 'p');
      await world.pass(SHORT_MS + 1);
      expect(await store.renew([{ thread: T1, token }])).toEqual({ lost: [K1], waiting: [], failed: [] });
      expect(await store.acquire(T1, 'q')).toBeDefined();
    });
  });

  describe('timers', () => {
    const arm = (inMs: number, id: number) => ({ timers: { idle: { inMs, id } } });

    it('fall due into the inbox once, whoever holds the thread', async ({ world, store }) => {
      const { token } = await held(store, T1, 'p');
      await store.commit(commit(T1, token, { ...arm(SHORT_MS, 7), state: 'x', then: 'release' }));
      expect(await store.sweep(10)).toEqual([]);
      await world.pass(SHORT_MS + 1);
      expect(await store.sweep(10)).toEqual([K1]);
      expect(await store.sweep(10)).toEqual([K1]);
      const { inbox } = await held(store, T1, 'q');
      expect(inbox.map(({ input }) => input)).toEqual([{ kind: 'timer', name: 'idle', id: 7 }]);
      expect(await store.sweep(10)).toEqual([]);
    });

    it('wake the holder', async ({ store }) => {
      const woken: unknown[] = [];
      const stop = await store.subscribe('p', (thread, why) => woken.push([thread, why]));
      const { token } = await held(store, T1, 'p');
      await store.commit(commit(T1, token, arm(0, 1)));
      expect(await store.sweep(10)).toEqual([]);
      await eventually(() => expect(woken).toEqual([[K1, 'inbox']]));
      expect(await store.inbox(T1, token)).toHaveLength(1);
      await stop();
    });

    it('are armed again, with the later id and time, and cleared, each name by itself', async ({ store }) => {
      const { token } = await held(store, T1, 'p');
      await store.commit(commit(T1, token, arm(0, 1)));
      await store.commit(commit(T1, token, arm(60_000, 2)));
      await store.sweep(10);
      expect(await store.inbox(T1, token)).toEqual([]);
      await store.commit(
        commit(T1, token, { timers: { idle: { inMs: 0, id: 3 }, watch: { inMs: 0, id: 4 } } }),
      );
      await store.commit(commit(T1, token, { timers: { watch: null } }));
      await store.sweep(10);
      expect((await store.inbox(T1, token)).map(({ input }) => input)).toEqual([
        { kind: 'timer', name: 'idle', id: 3 },
      ]);
    });

    it('are not armed by a stale commit, nor again by a repeated one', async ({ store }) => {
      const { token } = await held(store, T1, 'p');
      const once = commit(T1, token, arm(0, 1));
      await store.commit(once);
      await store.sweep(10);
      await store.commit(once);
      await store.sweep(10);
      expect(await store.inbox(T1, token)).toHaveLength(1);
    });
  });

  describe('sweep', () => {
    it('names threads with inputs and no holder, until somebody takes them', async ({ store }) => {
      await store.admit(post(1));
      await store.admit(post(2, T2));
      expect([...(await store.sweep(10))].sort()).toEqual([K1, K2].sort());
      expect(await store.sweep(1)).toHaveLength(1);
      await held(store, T1, 'p');
      expect(await store.sweep(10)).toEqual([K2]);
    });

    it('names threads whose holder died, also with an empty inbox', async ({ world, store }) => {
      const dying = await dyingReplica(world);
      await held(dying, T1, 'p');
      expect(await store.sweep(10)).toEqual([]);
      await world.pass(SHORT_MS + 1);
      expect(await store.sweep(10)).toEqual([K1]);
      await store.admit(post(1));
      expect(await store.sweep(10)).toEqual([K1]);
      await held(store, T1, 'q');
      expect(await store.sweep(10)).toEqual([]);
    });

    it('names every thread in the end, however small the limit', async ({ store }) => {
      const threads = Array.from({ length: 12 }, (_, n) => ({ ...T1, channel: `C${n + 1}` }));
      for (const thread of threads) await store.admit(post(1, thread));
      const seen = new Set<string>();
      for (let round = 0; seen.size < threads.length && round < 500; round += 1) {
        for (const key of await store.sweep(2)) {
          seen.add(key);
          const thread = threads.find((one) => threadKey(one) === key);
          if (thread) await held(store, thread, 'p');
        }
      }
      expect(seen.size).toBe(12);
    });
  });

  describe('subscribe', () => {
    it('calls the holder, and nobody else, when something was admitted', async ({ world, store }) => {
      const woken: string[] = [];
      const stops = [
        await store.subscribe('p', (thread) => woken.push(`p ${thread}`)),
        await store.subscribe('q', (thread) => woken.push(`q ${thread}`)),
      ];
      await held(store, T1, 'p');
      await held(store, T2, 'q');
      const other = await world.open();
      await other.admit(post(1));
      await eventually(() => expect(woken).toEqual([`p ${K1}`]));
      await stops[0]?.();
      await other.admit(post(2));
      await other.admit(post(3, T2));
      await eventually(() => expect(woken).toEqual([`p ${K1}`, `q ${K2}`]));
      await stops[1]?.();
    });
  });
}
