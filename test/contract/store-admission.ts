import { describe, expect } from 'vitest';
import {
  commit,
  held,
  inboxOf,
  message,
  post,
  T1,
  T2,
  textsOf,
  SHORT_MS,
  testsIn,
  type StoreWorld,
} from './store-world.ts';

/** Claims of one delivery, and of another that has one of them. */
const SAME: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['event', 'ts', 'client'], ['event']],
  [['event', 'ts', 'client'], ['ts']],
  [['event', 'ts', 'client'], ['client']],
  [['ts'], ['event', 'ts']],
  [
    ['event', 'ts'],
    ['client', 'ts', 'other'],
  ],
];

/** I1: claim and content, duplicates, caps. */
export function admissionContract(make: () => Promise<StoreWorld>): void {
  const it = testsIn(make);

  describe('admit', () => {
    it('I1: keeps the input as it was, in the order of admission', async ({ store }) => {
      const input = message('1790000100.000001', 'quotes " \\ \u{1F9F5} \ud800 line\nend [] {}');
      await store.admit({ thread: T1, claims: ['a'], input, when: 'any' });
      await store.admit(post(9));
      await store.admit(post(2));
      const { inbox } = await held(store, T1, 'p');
      expect(inbox[0]?.input).toEqual(input);
      expect(textsOf(inbox)).toEqual(['1', '9', '2']);
      expect(new Set(inbox.map((item) => item.seq)).size).toBe(3);
      expect(inbox[0]?.at).toBeLessThanOrEqual(inbox[2]?.at ?? 0);
    });

    for (const [first, second] of SAME) {
      it(`I1: ${first.join(', ')} make ${second.join(', ')} a duplicate, also where it was only to be taken if followed`, async ({
        store,
      }) => {
        const input = message('1790000100.000001');
        await store.admit({ thread: T1, claims: first, input, when: 'any' });
        for (const when of ['any', 'followed'] as const) {
          expect(await store.admit({ thread: T1, claims: second, input, when })).toEqual({
            outcome: 'duplicate',
          });
        }
        expect(await inboxOf(store)).toEqual(['1']);
      });
    }

    it('I1: a duplicate claims nothing of its own', async ({ store }) => {
      const input = message('1790000100.000001');
      await store.admit({ thread: T1, claims: ['a'], input, when: 'any' });
      await store.admit({ thread: T1, claims: ['a', 'b'], input, when: 'any' });
      expect(await store.admit({ thread: T1, claims: ['b'], input, when: 'any' })).toMatchObject({
        outcome: 'admitted',
      });
    });

    it('I1: two replicas that get the same delivery at once take it once', async ({ world, store }) => {
      const other = await world.open();
      const answers = await Promise.all([store, other, store, other].map((one) => one.admit(post(1))));
      expect(answers.filter(({ outcome }) => outcome === 'admitted')).toHaveLength(1);
      expect(await inboxOf(store)).toEqual(['1']);
    });

    it('takes inputs without claims, and the same claim in another channel', async ({ store }) => {
      const input = message('1790000100.000001');
      for (const thread of [T1, T1, T2]) await store.admit({ thread, claims: [], input, when: 'any' });
      expect(await inboxOf(store, T1)).toEqual(['1', '1']);
      await store.admit({ thread: T1, claims: ['x'], input, when: 'any' });
      const elsewhere = await store.admit({ thread: T2, claims: ['x'], input, when: 'any' });
      expect(elsewhere.outcome).toBe('admitted');
    });

    it('forgets a claim after its time', async ({ world, store }) => {
      const brief = await world.open({ claimMs: SHORT_MS });
      await brief.admit(post(1));
      expect((await store.admit(post(1))).outcome).toBe('duplicate');
      await world.pass(SHORT_MS + 1);
      expect((await store.admit(post(1))).outcome).toBe('admitted');
    });

    it('says whether somebody holds the thread', async ({ store }) => {
      expect(await store.admit(post(1))).toEqual({ outcome: 'admitted', held: false });
      await held(store, T1, 'p');
      expect(await store.admit(post(2))).toEqual({ outcome: 'admitted', held: true });
    });

    it('refuses what comes when 100 wait, without claiming it, and takes it once there is room', async ({
      store,
    }) => {
      for (let n = 1; n <= 100; n += 1) {
        expect((await store.admit(post(n))).outcome).toBe('admitted');
      }
      expect(await store.admit(post(101))).toEqual({ outcome: 'full' });
      expect(await store.admit(post(7))).toEqual({ outcome: 'duplicate' });
      const { token, inbox } = await held(store, T1, 'p');
      expect(inbox).toHaveLength(100);
      await store.commit(commit(T1, token, { consumed: [inbox[0]?.seq ?? ''] }));
      expect(await store.admit(post(101))).toEqual({ outcome: 'admitted', held: true });
    });
  });

  it('two apps on one server see nothing of each other', async ({ world, store }) => {
    const other = await world.openOtherApp();
    const { token } = await held(store, T1, 'p');
    await store.commit(commit(T1, token, { state: '{}', messages: ['1790000100.000009'] }));
    await store.admit(post(1));
    await store.once('k', 60_000);
    await store.noteSession('T1', 'U1', { thread: T1, at: Date.now() });
    await store.take('lane', { limit: 1, windowMs: 60_000, share: 1 });
    expect((await other.admit(post(1))).outcome).toBe('admitted');
    expect(await other.peek(T1)).toBeUndefined();
    expect((await held(other, T1, 'q')).inbox).toHaveLength(1);
    expect(await other.threadOf('T1', 'C1', '1790000100.000009')).toBeUndefined();
    expect(await other.once('k', 60_000)).toBe(true);
    expect(await other.sessionsOf('T1', 'U1', 9)).toEqual([]);
    expect(await other.take('lane', { limit: 1, windowMs: 60_000, share: 1 })).toMatchObject({
      granted: true,
    });
  });
}
