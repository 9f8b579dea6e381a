import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { StorePort } from '../../src/ports.ts';
import { T1, T2, SHORT_MS, testsIn, type StoreWorld } from './store-world.ts';

/** How far the index of sessions may be behind. */
const LAG_MS = 5 * 60_000;

/** What replicas share besides threads: rates, running replies, first times, a person's threads. */
export function sharedContract(make: () => Promise<StoreWorld>): void {
  const it = testsIn(make);

  describe('take', () => {
    const grants = async (
      store: StorePort,
      lane: string,
      rule: { limit: number; windowMs: number; share: number },
      tries: number,
    ) => {
      let count = 0;
      for (let n = 0; n < tries; n += 1) if ((await store.take(lane, rule)).granted) count += 1;
      return count;
    };

    it('grants at most the limit, shared by replicas, in lanes of their own', async ({ world, store }) => {
      const rule = { limit: 5, windowMs: 60_000, share: 1 };
      const other = await world.open();
      expect((await other.take('chat.update:T1', rule)).granted).toBe(true);
      expect(await grants(store, 'chat.update:T1', rule, 9)).toBe(4);
      expect(await grants(store, 'chat.postMessage:T1', rule, 9)).toBe(5);
    });

    it('keeps room for those with a larger share, and always lets one through', async ({ store }) => {
      const rule = { limit: 10, windowMs: 60_000, share: 0.8 };
      expect(await grants(store, 'l', rule, 20)).toBe(8);
      expect(await grants(store, 'l', { ...rule, share: 1 }, 20)).toBe(2);
      expect(await grants(store, 'small', { limit: 1, windowMs: 60_000, share: 0.1 }, 5)).toBe(1);
    });

    it('says exactly when to ask again', async ({ world, store }) => {
      const rule = { limit: 2, windowMs: 60_000, share: 1 };
      const before = await world.now();
      await store.take('l', rule);
      const first = await world.now();
      await world.pass(10);
      await store.take('l', rule);
      const asked = await world.now();
      const refused = await store.take('l', rule);
      if (refused.granted) throw new Error('granted above the limit');
      expect(refused.retryInMs).toBeGreaterThanOrEqual(before + 60_000 - (await world.now()));
      expect(refused.retryInMs).toBeLessThanOrEqual(first + 60_000 - asked);
      expect((await store.take('other', rule)).granted).toBe(true);
    });

    it('grants when that time has passed', async ({ world, store }) => {
      const rule = { limit: 2, windowMs: 200, share: 1 };
      let answer = await store.take('l', rule);
      for (let tries = 0; answer.granted && tries < 1000; tries += 1) answer = await store.take('l', rule);
      if (answer.granted) throw new Error('never refused');
      await world.pass(answer.retryInMs);
      expect((await store.take('l', rule)).granted).toBe(true);
    });

    it('grants nothing on a blocked lane, and a shorter block does not shorten a longer one', async ({
      world,
      store,
    }) => {
      const rule = { limit: 100, windowMs: 1000, share: 1 };
      await store.block('l', 60_000);
      await store.block('l', 10);
      const refused = await store.take('l', rule);
      if (refused.granted) throw new Error('granted on a blocked lane');
      expect(refused.retryInMs).toBeGreaterThan(50_000);
      expect((await store.take('other', rule)).granted).toBe(true);
      await store.block('brief', SHORT_MS);
      expect((await store.take('brief', rule)).granted).toBe(false);
      await world.pass(SHORT_MS + 1);
      expect((await store.take('brief', rule)).granted).toBe(true);
    });

    it('never grants more than the limit in any window', async ({ world, store }) => {
      const windowMs = 50;
      await fc.assert(
        fc.asyncProperty(
          fc.uuid(),
          fc.integer({ min: 1, max: 4 }),
          fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 5, maxLength: 12 }),
          async (lane, limit, gaps) => {
            const granted: { before: number; after: number }[] = [];
            for (const gap of gaps) {
              await world.pass(gap);
              const before = await world.now();
              const { granted: yes } = await store.take(lane, { limit, windowMs, share: 1 });
              if (yes) granted.push({ before, after: await world.now() });
            }
            for (const [i, first] of granted.entries()) {
              const beyond = granted[i + limit];
              if (beyond) expect(beyond.after - first.before).toBeGreaterThanOrEqual(windowMs);
            }
          },
        ),
        { numRuns: 6 },
      );
    });
  });

  describe('marks of running replies', () => {
    const rule = { limit: 2, windowMs: 60_000, share: 1 };
    const on = (member: string, ttlMs = 60_000) => [{ member, ttlMs }];

    it('are counted with each token, on all replicas, each member once', async ({ world, store }) => {
      const other = await world.open();
      expect(await store.take('l', rule, on('a'))).toMatchObject({ granted: true, running: 1 });
      expect(await other.take('l', rule, on('b'))).toMatchObject({ granted: true, running: 2 });
      expect(await store.take('l', rule, on('a'))).toMatchObject({ granted: false, running: 2 });
      expect(await store.take('l', rule)).toMatchObject({ granted: false, running: 2 });
      expect(await store.take('other', rule)).toMatchObject({ granted: true, running: 0 });
    });

    it('hold where the token is refused, several at once, until they are taken back', async ({ store }) => {
      await store.block('l', 60_000);
      const three = ['a', 'b', 'c'].flatMap((member) => on(member));
      expect(await store.take('l', rule, three)).toMatchObject({ granted: false, running: 3 });
      const gone = [...on('a', 0), ...on('never there', 0), ...on('b', 0)];
      expect(await store.take('l', rule, gone)).toMatchObject({ granted: false, running: 1 });
    });

    it('end with their time', async ({ world, store }) => {
      await store.take('l', rule, [...on('a', SHORT_MS), ...on('b')]);
      await world.pass(SHORT_MS + 1);
      expect((await store.take('l', rule)).running).toBe(1);
    });
  });

  describe('once', () => {
    it('is true the first time, and again after its time', async ({ world, store }) => {
      expect(await store.once('k', SHORT_MS)).toBe(true);
      expect(await store.once('k', SHORT_MS)).toBe(false);
      expect(await store.once('j', SHORT_MS)).toBe(true);
      await world.pass(SHORT_MS + 1);
      expect(await store.once('k', SHORT_MS)).toBe(true);
    });
  });

  describe('sessionsOf', () => {
    it('gives a person’s threads, newest first, each once', async ({ store }) => {
      const at = Date.now();
      await store.noteSession('T1', 'U1', { thread: T1, at });
      await store.noteSession('T1', 'U1', { thread: T2, at: at + 1 });
      await store.noteSession('T1', 'U2', { thread: T2, at: at + 1 });
      await store.noteSession('T1', 'U1', { thread: T1, at: at + LAG_MS });
      await store.noteSession('T1', 'U1', { thread: T1, at: at - LAG_MS });
      expect(await store.sessionsOf('T1', 'U1', 9)).toEqual([
        { thread: T1, at: at + LAG_MS },
        { thread: T2, at: at + 1 },
      ]);
      expect(await store.sessionsOf('T1', 'U1', 1)).toEqual([{ thread: T1, at: at + LAG_MS }]);
      expect(await store.sessionsOf('T2', 'U1', 9)).toEqual([]);
    });

    it('may lag behind who goes on in a thread, by at most five minutes', async ({ store }) => {
      const at = Date.now();
      for (const after of [0, 1000, LAG_MS - 1]) {
        await store.noteSession('T1', 'U1', { thread: T1, at: at + after });
        const [note] = await store.sessionsOf('T1', 'U1', 1);
        expect(note?.at).toBeGreaterThan(at + after - LAG_MS);
        expect(note?.at).toBeLessThanOrEqual(at + after);
      }
    });

    it('forgets after 30 days', async ({ store }) => {
      await store.noteSession('T1', 'U1', { thread: T1, at: Date.now() - 31 * 86_400_000 });
      await store.noteSession('T1', 'U1', { thread: T2, at: Date.now() });
      expect((await store.sessionsOf('T1', 'U1', 9)).map(({ thread }) => thread)).toEqual([T2]);
    });
  });

  it('answers a ping', async ({ store }) => {
    await expect(store.ping()).resolves.toBeUndefined();
  });
}
