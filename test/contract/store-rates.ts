import { describe, expect } from 'vitest';
import type { RateGrant, RateRule, StorePort } from '../../src/ports.ts';
import { testsIn, type StoreWorld } from './store-world.ts';

const WINDOW = { windowMs: 60_000, share: 1 };

/** Milliseconds until it is worth asking again; 0 where granted. */
function wait(grant: RateGrant): number {
  return grant.granted ? 0 : grant.retryInMs;
}

/** What lanes do beyond a plain window: room for finals, bursts, what is learnt above the stated limit. */
export function ratesContract(make: () => Promise<StoreWorld>): void {
  const it = testsIn(make);

  async function fill(store: StorePort, lane: string, rule: RateRule, most = 60): Promise<number> {
    let granted = 0;
    while (granted < most && (await store.take(lane, rule)).granted) granted += 1;
    return granted;
  }

  describe('room for the finals of running replies', () => {
    const growth: RateRule = { ...WINDOW, limit: 10, share: 0.8, keepsFinals: true };
    const on = (members: number): { member: string; ttlMs: number }[] =>
      Array.from({ length: members }, (_, n) => ({ member: `m${n}`, ttlMs: 60_000 }));

    it('is left by growth: a grant for each, or the share where that is more', async ({ store }) => {
      await store.take('l', { ...WINDOW, limit: 0 }, on(6));
      expect(await fill(store, 'l', growth)).toBe(4);
      expect(await fill(store, 'l', { ...WINDOW, limit: 10 })).toBe(6);
      await store.take('few', { ...WINDOW, limit: 0 }, on(1));
      expect(await fill(store, 'few', growth)).toBe(8);
    });

    it('may be all there is: growth then gets nothing, and asks again later', async ({ store }) => {
      const refused = await store.take('l', growth, on(12));
      expect(refused).toMatchObject({ granted: false, running: 12, used: 0, limit: 10 });
      expect(wait(refused)).toBeGreaterThan(0);
      expect(await fill(store, 'l', { ...WINDOW, limit: 10 })).toBe(10);
    });
  });

  it('a rule for nothing grants nothing and counts who runs', async ({ store }) => {
    const nothing = { ...WINDOW, limit: 0 };
    expect(await store.take('l', nothing, [{ member: 'm', ttlMs: 60_000 }])).toMatchObject({
      granted: false,
      running: 1,
    });
    expect(await fill(store, 'l', { ...WINDOW, limit: 2 })).toBe(2);
  });

  it('a token held back costs nothing, and is not good while the lane is blocked', async ({
    world,
    store,
  }) => {
    const rule = { ...WINDOW, limit: 1 };
    expect((await store.take('l', rule)).granted).toBe(true);
    expect((await store.take('l', { ...rule, held: true })).granted).toBe(true);
    const other = await world.open();
    await other.block('l', 30_000);
    expect(wait(await store.take('l', { ...rule, held: true }))).toBeGreaterThan(20_000);
  });

  it('a bucket lets a burst pass after a rest, and then one at a time', async ({ world, store }) => {
    const rule = { limit: 3, windowMs: 1, share: 1, bucket: { everyMs: 400, lagMs: 200 } };
    const began = await world.now();
    expect(await fill(store, 'l', rule, 9)).toBe(3);
    const first = wait(await store.take('l', rule));
    const took = (await world.now()) - began;
    expect(first).toBeLessThanOrEqual(600);
    expect(first).toBeGreaterThan(599 - took);
    await world.pass(first + 1);
    expect((await store.take('l', rule)).granted).toBe(true);
    const next = wait(await store.take('l', rule));
    expect(next).toBeLessThanOrEqual(400);
    expect(next).toBeGreaterThan(200);
  });

  describe('above the stated limit', () => {
    const learn = { afterMs: 800, warnedMs: 60_000, keptMs: 60_000 };
    const others: RateRule = { limit: 20, windowMs: 400, share: 1, learn: { ...learn, tries: false } };
    const growth: RateRule = {
      ...others,
      share: 0.8,
      keepsFinals: true,
      learn: { ...learn, tries: true },
    };

    /** Growth that takes whatever it gets, for so long. */
    async function press({ world, store }: { world: StoreWorld; store: StorePort }, ms: number) {
      let most = 0;
      const until = (await world.now()) + ms;
      while ((await world.now()) < until) {
        const grant = await store.take('l', growth);
        most = Math.max(most, grant.used ?? 0);
        if (!grant.granted) await world.pass(Math.min(10, grant.retryInMs));
      }
      return most;
    }

    it('nothing is tried before the limit was in the way for a while', async ({ world, store }) => {
      expect(await press({ world, store }, 500)).toBe(16);
      expect(await store.take('l', others)).toMatchObject({ limit: 20 });
    });

    it('growth tries a twentieth more, and what passed is there for all', async ({ world, store }) => {
      expect(await press({ world, store }, 2_600)).toBeGreaterThan(20);
      await world.pass(800);
      const other = await world.open();
      const { limit = 0 } = await other.take('l', others);
      expect(limit).toBeGreaterThan(20);
      expect(limit).toBeLessThan(40);
    });

    it('a 429 halves it, never below what is stated, and it is not provoked again', async ({
      world,
      store,
    }) => {
      const met = await press({ world, store }, 2_600);
      await store.block('l', 10);
      await store.block('l', 10);
      await world.pass(500);
      expect(await store.take('l', others)).toMatchObject({ limit: 20 });
      await world.pass(500);
      expect(await press({ world, store }, 2_600)).toBeLessThanOrEqual(Math.max(20, 0.9 * met));
    });

    it('who does not grow never tries', async ({ world, store }) => {
      const until = (await world.now()) + 1_800;
      while ((await world.now()) < until) {
        const grant = await store.take('l', others);
        expect(grant.used ?? 0).toBeLessThanOrEqual(20);
        if (!grant.granted) await world.pass(Math.min(10, grant.retryInMs));
      }
    });
  });
}
