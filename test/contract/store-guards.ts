import { describe, expect } from 'vitest';
import {
  commit,
  held,
  inboxOf,
  post,
  stopWord,
  T1,
  T2,
  SHORT_MS,
  testsIn,
  textsOf,
  type StoreWorld,
} from './store-world.ts';

/** Quotas, load, threads that processes die of, and inputs that were set aside. */
export function guardsContract(make: () => Promise<StoreWorld>): void {
  const it = testsIn(make);

  describe('a quota', () => {
    const quota = { member: 'U1', limit: 2, windowMs: SHORT_MS };

    it('takes so many in its window, claims nothing of the others, and takes again after it', async ({
      world,
      store,
    }) => {
      for (const n of [1, 2])
        expect(await store.admit({ ...post(n), quota })).toMatchObject({ outcome: 'admitted' });
      expect(await store.admit({ ...post(3), quota })).toEqual({ outcome: 'flooded' });
      expect(await store.admit({ ...post(4), quota: { ...quota, member: 'U2' } })).toMatchObject({
        outcome: 'admitted',
      });
      expect(await store.admit(stopWord(5))).toMatchObject({ outcome: 'admitted' });
      await world.pass(SHORT_MS + 1);
      expect(await store.admit({ ...post(3), quota })).toMatchObject({ outcome: 'admitted' });
      expect(await inboxOf(store)).toEqual(['1', '2', '4', 'stop', '3']);
    });

    it('is not used up by duplicates or by what nobody follows', async ({ store }) => {
      const once = { ...quota, limit: 1 };
      expect(await store.admit({ ...post(7, T2, 'followed'), quota: once })).toEqual({
        outcome: 'unfollowed',
      });
      expect(await store.admit({ ...post(1), quota: once })).toMatchObject({ outcome: 'admitted' });
      expect(await store.admit({ ...post(1), quota: once })).toEqual({ outcome: 'duplicate' });
      expect(await store.admit({ ...post(2), quota: once })).toEqual({ outcome: 'flooded' });
    });
  });

  describe('share', () => {
    it('answers what all other processes have, until they have not said so for a while', async ({
      world,
      store,
    }) => {
      const other = await world.open();
      expect(await store.share('p1', { a: 1, b: 2 }, 60_000)).toEqual({});
      expect(await other.share('p2', { b: 3 }, SHORT_MS)).toEqual({ a: 1, b: 2 });
      expect(await store.share('p3', {}, 60_000)).toEqual({ a: 1, b: 5 });
      expect(await store.share('p1', { a: 7 }, 60_000)).toEqual({ b: 3 });
      await world.pass(SHORT_MS + 1);
      expect(await store.share('p3', {}, 60_000)).toEqual({ a: 7 });
    });
  });

  describe('tries', () => {
    const die = async (world: StoreWorld, process: string): Promise<number> => {
      const replica = await world.open({ leaseMs: 50 });
      const { tries } = await held(replica, T1, process);
      await world.pass(60);
      return tries;
    };

    it('grow with each process that takes a thread and commits nothing, and end with a commit', async ({
      world,
      store,
    }) => {
      await store.admit(post(1));
      expect([await die(world, 'p1'), await die(world, 'p2'), await die(world, 'p3')]).toEqual([1, 2, 3]);
      const { token, tries } = await held(store, T1, 'p4');
      expect(tries).toBe(4);
      await store.commit(commit(T1, token, { then: 'handover' }));
      expect((await held(store, T1, 'p5')).tries).toBe(1);
    });

    it('do not grow where the same process takes it again: that one lives', async ({ world, store }) => {
      expect([await die(world, 'p1'), await die(world, 'p1')]).toEqual([1, 1]);
      expect((await held(store, T1, 'p2')).tries).toBe(2);
    });
  });

  describe('backlog', () => {
    it('counts threads that nobody holds, timers that are due and inputs set aside', async ({
      world,
      store,
    }) => {
      expect(await store.backlog()).toEqual({ threads: 0, oldestMs: 0, overdue: 0, parked: 0 });
      await store.admit(post(1));
      await store.admit(post(2));
      await world.pass(50);
      const waiting = await store.backlog();
      expect(waiting).toMatchObject({ threads: 1, overdue: 0, parked: 0 });
      expect(waiting.oldestMs).toBeGreaterThanOrEqual(50);
      const { token, inbox } = await held(store, T1, 'p');
      expect(await store.backlog()).toMatchObject({ threads: 0 });
      const seq = inbox[0]?.seq ?? '';
      const timers = { idle: { inMs: 0, id: 1 } };
      await store.commit(commit(T1, token, { consumed: [seq], parked: { [seq]: 'x' }, timers }));
      await world.pass(1);
      expect(await store.backlog()).toMatchObject({ threads: 0, overdue: 1, parked: 1 });
    });

    it('counts a thread whose holder has died', async ({ world, store }) => {
      const dying = await world.open({ leaseMs: 20 });
      await held(dying, T1, 'p');
      await world.pass(30);
      expect(await store.backlog()).toMatchObject({ threads: 1 });
    });
  });

  describe('parked inputs', () => {
    it('are taken from the inbox with the reason, listed, and put back or dropped', async ({ store }) => {
      for (const n of [1, 2, 3]) await store.admit(post(n));
      const { token, inbox } = await held(store, T1, 'p');
      const [first, second] = inbox.map(({ seq }) => seq);
      if (first === undefined || second === undefined) throw new Error('nothing admitted');
      const parked = { [first]: 'why not', [second]: 'too bad' };
      await store.commit(commit(T1, token, { consumed: [first, second], parked, then: 'handover' }));
      expect(await store.parked()).toEqual([
        { id: first, thread: T1, input: inbox[0]?.input, at: inbox[0]?.at, why: 'why not' },
        { id: second, thread: T1, input: inbox[1]?.input, at: inbox[1]?.at, why: 'too bad' },
      ]);
      expect(await store.unpark(T1, first, 'resume')).toBe(true);
      expect(await store.unpark(T1, second, 'drop')).toBe(true);
      expect(await store.unpark(T1, second, 'resume')).toBe(false);
      expect(await store.parked()).toEqual([]);
      expect(textsOf((await held(store, T1, 'q')).inbox)).toEqual(['3', '1']);
    });

    it('wakes somebody when one is put back into a thread that nobody holds', async ({ store }) => {
      await store.admit(post(1));
      const { token, inbox } = await held(store, T1, 'p');
      const seq = inbox[0]?.seq ?? '';
      await store.commit(commit(T1, token, { consumed: [seq], parked: { [seq]: 'x' }, then: 'release' }));
      expect(await store.sweep(10)).toEqual([]);
      await store.unpark(T1, seq, 'resume');
      expect(await store.sweep(10)).toHaveLength(1);
    });
  });
}
