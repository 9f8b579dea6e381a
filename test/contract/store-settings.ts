import { describe, expect } from 'vitest';
import { UNSET } from '../../src/ports-settings.ts';
import { testsIn, type StoreWorld } from './store-world.ts';

/** What was set in Slack. */
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
}
