import { describe, expect } from 'vitest';
import type { AuditEntry } from '../../src/core/audit.ts';
import type { AuditNote } from '../../src/ports-settings.ts';
import type { StorePort } from '../../src/ports.ts';
import { commit, held, post, SHORT_MS, T1, T2, testsIn, type StoreWorld } from './store-world.ts';

const entry = (by: string, channel = 'C1'): AuditEntry => ({ what: 'stopped', by, channel });

async function notes(store: StorePort, from = 0, team = 'T1'): Promise<AuditNote[]> {
  const all: AuditNote[] = [];
  for await (const note of store.audit.entries(team, from)) all.push(note);
  return all;
}

async function whoIn(store: StorePort, from = 0, team = 'T1'): Promise<string[]> {
  return (await notes(store, from, team)).map((note) => note.entry.by);
}

/** What is written down of who did what. */
export function auditContract(make: () => Promise<StoreWorld>): void {
  const it = testsIn(make);

  describe('audit', () => {
    it('keeps what is done in no thread, in order, for its workspace alone', async ({ world, store }) => {
      const other = await world.open();
      for (const by of ['U1', 'U2', 'U3'])
        await (by === 'U2' ? other : store).audit.note('T1', `n${by}`, entry(by));
      await store.audit.note('T2', 'n', entry('U9'));
      const all = await notes(store);
      expect(all.map((note) => note.entry)).toEqual([entry('U1'), entry('U2'), entry('U3')]);
      expect(all[0]).toMatchObject({ nonce: 'nU1' });
      expect(await whoIn(store, 0, 'T2')).toEqual(['U9']);
      expect(await whoIn(await world.openOtherApp())).toEqual([]);
    });

    it('keeps what people wrote about answers apart, in order, for its workspace alone', async ({
      world,
      store,
    }) => {
      const said = (words: string) => ({ by: 'U1', channel: 'C1', thread: '1.2', gen: 1, turn: 1, words });
      await store.audit.say('T1', 'n1', said('one'));
      await world.pass(5);
      const now = await world.now();
      await store.audit.say('T1', 'n2', said('two'));
      await store.audit.say('T2', 'n3', said('three'));
      const words = async (from: number): Promise<readonly string[]> => {
        const all: string[] = [];
        for await (const note of store.audit.said('T1', from)) all.push(`${note.nonce} ${note.said.words}`);
        return all;
      };
      expect(await words(0)).toEqual(['n1 one', 'n2 two']);
      expect(await words(now)).toEqual(['n2 two']);
      expect(await notes(store)).toEqual([]);
    });

    it('answers from a time on', async ({ world, store }) => {
      await store.audit.note('T1', 'n1', entry('U1'));
      await world.pass(5);
      const { token } = await held(store, T1, 'p1');
      await store.commit(commit(T1, token, { trail: [entry('U2')] }));
      await world.pass(SHORT_MS);
      const now = await world.now();
      await store.commit(commit(T1, token, { trail: [entry('U3')] }));
      await world.pass(5);
      await store.audit.note('T1', 'n2', entry('U4'));
      const late = await notes(store, now);
      expect(late.map((note) => note.entry.by)).toEqual(['U3', 'U4']);
      for (const { at } of late) expect(at).toBeGreaterThanOrEqual(now);
      expect(await whoIn(store)).toEqual(['U1', 'U2', 'U3', 'U4']);
    });

    it('merges what threads of several shards wrote, over more than one page', async ({ world, store }) => {
      const one = await held(store, T1, 'p1');
      const two = await held(store, T2, 'p1');
      const first = Array.from({ length: 450 }, (_, n) => entry(`U${n}`));
      await store.commit(commit(T1, one.token, { trail: first }));
      await world.pass(5);
      await store.commit(commit(T2, two.token, { trail: [entry('U450', 'C2')] }));
      await world.pass(5);
      await store.audit.note('T1', 'n', entry('U451'));
      await world.pass(5);
      await store.commit(commit(T1, one.token, { trail: [entry('U452')] }));
      const expected = Array.from({ length: 453 }, (_, n) => `U${n}`);
      expect(await whoIn(await world.open())).toEqual(expected);
      expect(new Set((await notes(store)).map(({ nonce }) => nonce)).size).toBe(453);
    });

    it('holds what a commit did once, however often the commit is repeated', async ({ store }) => {
      const { token } = await held(store, T1, 'p1');
      const change = commit(T1, token, { state: 'one', trail: [entry('U1'), entry('U2')] });
      for (let n = 0; n < 3; n += 1) await store.commit(change);
      expect(await whoIn(store)).toEqual(['U1', 'U2']);
    });

    it('holds nothing of a commit that was refused', async ({ store }) => {
      const old = await held(store, T1, 'p1');
      await store.commit(commit(T1, old.token, { then: 'handover', trail: [entry('U1')] }));
      const { token } = await held(store, T1, 'p2');
      const late = commit(T1, old.token, { state: 'late', trail: [entry('U2')] });
      expect(await store.commit(late)).toEqual({ outcome: 'stale' });
      await store.admit(post(1));
      const released = await store.commit(commit(T1, token, { then: 'release', trail: [entry('U3')] }));
      expect(released).toMatchObject({ outcome: 'ok', released: false });
      expect(await whoIn(store)).toEqual(['U1', 'U3']);
    });
  });
}
