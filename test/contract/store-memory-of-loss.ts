/** The store's knowledge of its own life: whether it was filled, who fills it, up to when nothing was missed. */
import { describe, expect } from 'vitest';
import { commit, held, SHORT_MS, T1, T2, testsIn, type StoreWorld } from './store-world.ts';

export function lossContract(make: () => Promise<StoreWorld>): void {
  const it = testsIn(make);

  describe('a store that came back empty', () => {
    it('says with each lease that it is blank until it was filled, to every replica', async ({
      world,
      store,
    }) => {
      const other = await world.open();
      expect(await store.memory.filled()).toBe(false);
      expect((await held(store, T1, 'p')).blank).toBe(true);
      await store.memory.fill();
      expect(await other.memory.filled()).toBe(true);
      expect((await held(other, T2, 'q')).blank).toBeUndefined();
      expect((await held(store, T1, 'p')).blank).toBeUndefined();
    });

    it('is blank or filled for each app by itself', async ({ world, store }) => {
      await store.memory.fill();
      expect(await (await world.openOtherApp()).memory.filled()).toBe(false);
    });

    it('gives a state that was saved while it was blank', async ({ store }) => {
      const { token } = await held(store, T1, 'p');
      await store.commit(commit(T1, token, { state: '{"a":1}', then: 'release' }));
      const again = await held(store, T1, 'q');
      expect([again.state, again.blank]).toEqual(['{"a":1}', true]);
    });
  });

  describe('something that one process does for all', () => {
    it('belongs to one owner, who may go on and give it back', async ({ world, store }) => {
      const other = await world.open();
      expect(await store.memory.hold('rebuild', 'p', 60_000)).toBe(true);
      expect(await other.memory.hold('rebuild', 'q', 60_000)).toBe(false);
      expect(await store.memory.hold('rebuild', 'p', 60_000)).toBe(true);
      expect(await other.memory.hold('orphans', 'q', 60_000)).toBe(true);
      expect(await other.memory.hold('rebuild', 'q', 0)).toBe(false);
      expect(await store.memory.hold('rebuild', 'p', 0)).toBe(false);
      expect(await other.memory.hold('rebuild', 'q', 60_000)).toBe(true);
    });

    it('is free again when its owner died', async ({ world, store }) => {
      expect(await store.memory.hold('rebuild', 'p', SHORT_MS)).toBe(true);
      await world.pass(SHORT_MS + 1);
      expect(await store.memory.hold('rebuild', 'q', 60_000)).toBe(true);
    });
  });

  describe('the moment up to which nothing was missed', () => {
    it('is not known at first, and stays so until somebody says it', async ({ store }) => {
      expect((await store.memory.beat(60_000)).last).toBeUndefined();
      expect((await store.memory.beat(60_000)).last).toBeUndefined();
    });

    it('moves on while somebody is connected', async ({ world, store }) => {
      const began = await world.now();
      await store.memory.caughtUp(began);
      await world.pass(20);
      const first = await store.memory.beat(60_000);
      expect(first.last).toBe(began);
      expect(first.now).toBeGreaterThanOrEqual(began + 20);
      expect((await store.memory.beat(60_000)).last).toBe(first.now);
    });

    it('counts its beats, whoever makes them', async ({ world, store }) => {
      const first = await store.memory.beat(60_000);
      const second = await (await world.open()).memory.beat(60_000);
      await store.memory.caughtUp(await world.now());
      const third = await store.memory.beat(60_000);
      expect(second.count).toBeGreaterThan(first.count);
      expect(third.count).toBeGreaterThan(second.count);
    });

    it('stays where it is after a pause, until what was missed is caught up with', async ({
      world,
      store,
    }) => {
      const began = await world.now();
      await store.memory.caughtUp(began);
      await world.pass(50);
      const other = await world.open();
      expect((await other.memory.beat(10)).last).toBe(began);
      expect((await store.memory.beat(10)).last).toBe(began);
      await store.memory.caughtUp(began + 40);
      expect((await other.memory.beat(60_000)).last).toBe(began + 40);
    });
  });
}
