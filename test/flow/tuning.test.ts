/** Settings of each place, kept in the process for a few seconds. */
import { describe, expect, it } from 'vitest';
import { createMemoryServer } from '../../src/adapters/store/memory.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { PortError } from '../../src/errors.ts';
import { createTuning, settingsAt, tuned, type Tuning } from '../../src/flow/tuning.ts';
import type { Layer } from '../../src/core/layers.ts';
import type { SettingsStore } from '../../src/ports-settings.ts';
import { quietLog } from '../support/quiet-log.ts';

const C1 = { team: 'T1', channel: 'C1' };

interface Rig {
  readonly tuning: Tuning;
  readonly other: SettingsStore;
  reads: number;
  now: number;
  broken: boolean;
}

function rig(): Rig {
  const server = createMemoryServer();
  const { settings } = server.open({ appId: 'A1' });
  const counting: SettingsStore = {
    ...settings,
    async layers(team, known) {
      the.reads += 1;
      if (the.broken) throw new PortError({ kind: 'retry', code: 'redis_away' });
      return settings.layers(team, known);
    },
  };
  const tuning = createTuning({
    store: { settings: counting },
    clock: { monotonic: () => the.now },
    log: quietLog,
    settings: DEFAULT_SETTINGS,
    said: { model: 'heddle.yaml' },
  });
  const the: Rig = { tuning, other: settings, reads: 0, now: 100_000, broken: false };
  return the;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('settings of a place', () => {
  it('are read once, and again only after some seconds, without anybody waiting', async () => {
    const r = rig();
    await r.tuning.ready('T1');
    await r.tuning.ready('T1');
    expect(r.reads).toBe(1);
    await r.other.change({ team: 'T1', channel: 'C1', from: '0', layer: { model: 'far' } });
    r.now += 4_999;
    expect(r.tuning.at(C1).settings.model).toBe('');
    await turn();
    expect(r.reads).toBe(1);
    r.now += 1;
    expect(r.tuning.at(C1).settings.model).toBe('');
    await turn();
    expect(r.tuning.at(C1).settings.model).toBe('far');
    expect(r.tuning.at(C1).source).toMatchObject({ model: 'channel', agent: 'built-in' });
    expect(r.reads).toBe(2);
  });

  it('that this process changes hold at once', async () => {
    const r = rig();
    await r.tuning.ready('T1');
    const { version: from } = r.tuning.stored('T1', 'C1');
    expect(await r.tuning.change({ ...C1, from, layer: { model: 'here' } })).toMatchObject({ outcome: 'ok' });
    expect(r.tuning.at(C1).settings.model).toBe('here');
    expect(await r.tuning.change({ ...C1, from, layer: { model: 'late' } })).toMatchObject({
      outcome: 'stale',
    });
    expect(r.tuning.at(C1).settings.model).toBe('here');
    expect(r.tuning.at({ team: 'T1', channel: 'C2' }).settings.model).toBe('');
  });

  it('are made of the same layers once, and anew where one of them is another', async () => {
    const r = rig();
    await r.tuning.ready('T1');
    const own: Layer = { model: 'own' };
    const [plain, mine] = [r.tuning.at(C1), r.tuning.at(C1, own)];
    expect(r.tuning.at({ team: 'T1', channel: 'C2' })).toBe(plain);
    expect(r.tuning.at(C1, own)).toBe(mine);
    expect(r.tuning.at(C1, { model: 'other' }).settings.model).toBe('other');
    await r.tuning.change({ ...C1, from: '0', layer: { model: 'here' } });
    expect(r.tuning.at(C1).settings.model).toBe('here');
    expect(r.tuning.at(C1, own).settings.model).toBe('own');
    expect(r.tuning.at({ team: 'T1', channel: 'C2' })).toBe(plain);
  });

  it('are never guessed: who asks before they were read waits, and is told that they cannot be had', async () => {
    const r = rig();
    r.broken = true;
    const deps = { settings: DEFAULT_SETTINGS, tuning: r.tuning };
    await expect(settingsAt(deps, C1)).rejects.toThrow(PortError);
    r.broken = false;
    expect(await settingsAt(deps, C1)).toEqual(DEFAULT_SETTINGS);
  });

  it('go on as they were while they cannot be read again', async () => {
    const r = rig();
    await r.other.change({ team: 'T1', from: '0', layer: { enabled: false } });
    await r.tuning.ready('T1');
    r.broken = true;
    r.now += 60_000;
    for (let i = 0; i < 3; i += 1) {
      expect(r.tuning.at(C1).settings.enabled).toBe(false);
      await turn();
    }
    expect(r.reads).toBe(2);
  });

  it('are those of the thread where it has its own, whenever they are asked for', async () => {
    const r = rig();
    await r.tuning.ready('T1');
    let overrides: Layer | undefined;
    const deps = tuned({ settings: DEFAULT_SETTINGS, tuning: r.tuning }, C1, () => overrides);
    expect(deps.settings.busyMode).toBe('steer');
    overrides = { busy_mode: 'queue', enabled: false };
    expect(deps.settings).toMatchObject({ busyMode: 'queue', enabled: true });
  });
});
