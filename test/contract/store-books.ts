import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { AuditEntry } from '../../src/core/audit.ts';
import type { StorePort } from '../../src/ports.ts';
import { commit, held, T1, T2, testsIn, type StoreWorld } from './store-world.ts';

const spent = (usd: number, by = 'U1', channel = 'C1'): AuditEntry => ({
  what: 'spent',
  usd,
  session: 'sesn_1',
  by,
  channel,
});

async function cents(store: StorePort, user = 'U1', channel = 'C1', team = 'T1'): Promise<number[]> {
  const { spent: sums } = await store.books.today(team, user, channel);
  return [sums.person, sums.channel, sums.workspace];
}

/** What a day cost. */
export function booksContract(make: () => Promise<StoreWorld>): void {
  const it = testsIn(make);

  describe('the books of a day', () => {
    it('add up what commits of all threads spent: by person, channel and workspace', async ({
      world,
      store,
    }) => {
      const one = await held(store, T1, 'p1');
      const two = await held(await world.open(), T2, 'p2');
      await store.commit(commit(T1, one.token, { trail: [spent(1.25), spent(0.5, 'U2')] }));
      await store.commit(commit(T2, two.token, { trail: [spent(2, 'U1', 'C2')] }));
      const reader = await world.open();
      expect(await cents(reader)).toEqual([325, 175, 375]);
      expect(await cents(reader, 'U2', 'C2')).toEqual([50, 200, 375]);
      expect(await cents(reader, 'U9', 'C9')).toEqual([0, 0, 375]);
      expect(await cents(reader, 'U1', 'C1', 'T2')).toEqual([0, 0, 0]);
      expect(await cents(await world.openOtherApp())).toEqual([0, 0, 0]);
      const { day } = await reader.books.today('T1', 'U1', 'C1');
      expect(day).toBe(new Date(await world.now()).toISOString().slice(0, 10));
    });

    it('know by how much a limit was raised for the day; a session’s own is not the day’s', async ({
      store,
    }) => {
      const { token } = await held(store, T1, 'p1');
      const raised = { what: 'raised', usd: 5, by: 'UADMIN', day: '2026-11-20' } as const;
      const trail: AuditEntry[] = [
        { ...raised, scope: 'person', of: 'U1' },
        { ...raised, scope: 'channel', of: 'C1', usd: 7 },
        { ...raised, scope: 'workspace', of: 'T1', usd: 9 },
        { what: 'raised', usd: 100, by: 'UADMIN', session: 'sesn_1' },
      ];
      await store.commit(commit(T1, token, { trail }));
      const { raised: sums } = await store.books.today('T1', 'U1', 'C1');
      expect(sums).toEqual({ person: 500, channel: 700, workspace: 900 });
      const { raised: others } = await store.books.today('T1', 'U2', 'C2');
      expect(others).toEqual({ person: 0, channel: 0, workspace: 900 });
    });

    it('count a commit once, however often it is repeated, and one that was refused never', async ({
      store,
    }) => {
      const old = await held(store, T1, 'p1');
      const first = commit(T1, old.token, { trail: [spent(1)] });
      for (let n = 0; n < 3; n += 1) await store.commit(first);
      await store.commit(commit(T1, old.token, { then: 'handover', trail: [spent(2)] }));
      await held(store, T1, 'p2');
      expect(await store.commit(commit(T1, old.token, { trail: [spent(4)] }))).toEqual({ outcome: 'stale' });
      expect(await cents(store)).toEqual([300, 300, 300]);
    });

    it('lose no fraction of a cent', async ({ store }) => {
      const amounts = fc.sample(fc.nat(3_000_000), { numRuns: 40, seed: 7 });
      const { token } = await held(store, T1, 'p1');
      await store.commit(commit(T1, token, { trail: amounts.map((micros) => spent(micros / 1_000_000)) }));
      const sum = amounts.reduce((all, micros) => all + micros, 0) / 10_000;
      expect(await cents(store)).toEqual([sum, sum, sum]);
    });
  });
}
