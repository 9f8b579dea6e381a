import { describe, expect } from 'vitest';
import type { AuditEntry } from '../../src/core/audit.ts';
import { UNSET } from '../../src/ports-settings.ts';
import { SHORT_MS, testsIn, type StoreWorld } from './store-world.ts';

/** What was set in Slack, and what is written down of it. */
export function settingsContract(make: () => Promise<StoreWorld>): void {
  const it = testsIn(make);

  describe('settings', () => {
    it('are empty at first, and the same on every replica after a change', async ({ world, store }) => {
      const { settings } = store;
      expect(await settings.layers('T1')).toEqual({ version: '0', workspace: UNSET, channels: {} });
      const layer = { model: 'claude-opus-5', 'approval.approvers': ['U1', 'S2'], enabled: false };
      const first = await settings.change({ team: 'T1', channel: 'C1', from: '0', layer });
      const second = await settings.change({ team: 'T1', from: '0', layer: { model: 'x' } });
      if (first.outcome !== 'ok' || second.outcome !== 'ok') throw new Error('refused');
      const other = await world.open();
      expect(await other.settings.layers('T1')).toMatchObject({
        workspace: { layer: { model: 'x' }, version: second.version },
        channels: { C1: { layer, version: first.version } },
      });
      expect(await settings.layers('T2')).toMatchObject({ version: '0' });
      expect(await (await world.openOtherApp()).settings.layers('T1')).toMatchObject({ version: '0' });
    });

    it('are not read again where nothing has changed', async ({ world, store }) => {
      expect(await store.settings.layers('T1', '0')).toBeUndefined();
      await store.settings.change({ team: 'T1', channel: 'C1', from: '0', layer: { model: 'x' } });
      const known = await store.settings.layers('T1', '0');
      expect(known?.channels['C1']?.layer).toEqual({ model: 'x' });
      expect(await store.settings.layers('T1', known?.version)).toBeUndefined();
      await (await world.open()).settings.change({ team: 'T1', from: '0', layer: {} });
      expect(await store.settings.layers('T1', known?.version)).toBeDefined();
    });

    it('are changed by one of two who began at the same version', async ({ world, store }) => {
      const other = await world.open();
      const change = (from: string, model: string, by = store) =>
        by.settings.change({ team: 'T1', channel: 'C1', from, layer: { model } });
      const outcomes = await Promise.all([change('0', 'a'), change('0', 'b', other)]);
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['ok', 'stale']);
      const won = outcomes.findIndex(({ outcome }) => outcome === 'ok');
      const stale = outcomes[1 - won];
      if (stale?.outcome !== 'stale') throw new Error('both won');
      expect(stale.now.layer).toEqual({ model: won === 0 ? 'a' : 'b' });
      expect(await change(stale.now.version, 'c')).toMatchObject({ outcome: 'ok' });
      expect(await change(stale.now.version, 'd')).toMatchObject({ outcome: 'stale' });
    });
  });

  describe('audit', () => {
    const entry = (by: string): AuditEntry => ({ what: 'stopped', by, channel: 'C1' });

    it('keeps entries of a workspace in order, page by page', async ({ world, store }) => {
      const other = await world.open();
      for (const by of ['U1', 'U2', 'U3'])
        await (by === 'U2' ? other : store).audit.note('T1', `n${by}`, entry(by));
      await store.audit.note('T2', 'n', entry('U9'));
      const page = await store.audit.entries('T1', 0, 2);
      expect(page.map((note) => note.entry)).toEqual([entry('U1'), entry('U2')]);
      expect(page[0]).toMatchObject({ nonce: 'nU1' });
      const next = await store.audit.entries('T1', page[1]?.id ?? '', 2);
      expect(next.map((note) => note.entry)).toEqual([entry('U3')]);
      expect(await store.audit.entries('T1', next[0]?.id ?? '', 2)).toEqual([]);
    });

    it('answers from a time on', async ({ world, store }) => {
      await store.audit.note('T1', 'n1', entry('U1'));
      await world.pass(SHORT_MS);
      const now = await world.now();
      await store.audit.note('T1', 'n2', entry('U2'));
      const late = await store.audit.entries('T1', now, 10);
      expect(late.map((note) => note.nonce)).toEqual(['n2']);
      expect(late[0]?.at).toBeGreaterThanOrEqual(now);
      expect(await store.audit.entries('T1', 0, 10)).toHaveLength(2);
    });
  });
}
