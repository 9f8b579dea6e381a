/** Who may change what, and forms as they come back. */
import { describe, expect, it } from 'vitest';
import type { Role } from '../../src/core/event.ts';
import { NO_LAYERS, resolve, type Layer } from '../../src/core/layers.ts';
import { KEYS } from '../../src/core/setting-keys.ts';
import {
  changedSince,
  dataFor,
  enteredIn,
  keysOf,
  mayChange,
  placeValue,
  readPlace,
  readTuneData,
  type TunePlace,
} from '../../src/core/tune.ts';
import { settingsContent, settingsForm } from '../../src/render/settings-form.ts';
import { readable } from '../render/slack-limits.ts';

const person = (role: Role): { user: string; name: string; role: Role } => ({ user: 'U1', name: 'U', role });
const everything = (): boolean => true;

describe('who may change settings', () => {
  it('admins all, members what is not kept for admins in a channel and its threads, nobody else anything', () => {
    for (const scope of ['workspace', 'channel', 'thread'] as const) {
      for (const key of KEYS) {
        expect(mayChange(person('admin'), scope, key)).toBe(key.scopes.includes(scope));
        const member = scope !== 'workspace' && key.who === 'member' && key.scopes.includes(scope);
        expect(mayChange(person('member'), scope, key)).toBe(member);
        for (const role of ['guest', 'outsider', 'bot', 'unknown'] as const)
          expect(mayChange(person(role), scope, key)).toBe(false);
        expect(mayChange(undefined, scope, key)).toBe(false);
      }
    }
  });
});

describe('a form that comes back', () => {
  const layer: Layer = { model: 'm', 'approval.approvers': [], enabled: false };
  const data = dataFor({ scope: 'channel', channel: 'C1' }, layer);
  const asShown = { model: 'm', 'approval.approvers': 'nobody', enabled: 'no' };

  it('changes nothing where nothing was entered', () => {
    expect(enteredIn(data, asShown, everything)).toEqual({});
  });

  it('says what was entered and what was emptied, of what the person may', () => {
    const values = { ...asShown, model: '', idle_timeout: ' 8h ', enabled: '_' };
    expect(enteredIn(data, values, everything)).toEqual({ model: '', idle_timeout: '8h', enabled: '' });
    expect(enteredIn(data, values, ({ who }) => who === 'member')).not.toHaveProperty('enabled');
  });

  it('knows what somebody else has changed meanwhile', () => {
    expect(changedSince(data, layer)).toEqual([]);
    const now = { ...layer, model: 'other', verbosity: 'quiet' };
    expect(changedSince(data, now).map(({ key }) => key)).toEqual(['model', 'verbosity']);
  });

  it.each([
    '',
    'x',
    'null',
    '{}',
    '{"scope":"thread","channel":"C1","shown":{}}',
    '{"scope":"thread","channel":"C1","thread":"x","shown":{}}',
    '{"scope":"channel","channel":"a b","shown":{}}',
    '{"scope":"channel","channel":"C1","shown":null}',
  ])('is ours, or nothing: %j', (text) => expect(readTuneData(text)).toBeUndefined());

  it.each<TunePlace>([
    { scope: 'workspace', channel: 'C1' },
    { scope: 'channel', channel: 'D1', thread: '1790000000.000100' },
    { scope: 'thread', channel: 'C1', thread: '1790000000.000100' },
  ])('names its place: %j', (place) => {
    expect(readPlace(placeValue(place))).toEqual(place);
    expect(readTuneData(JSON.stringify(dataFor(place, layer)))).toMatchObject(place);
  });

  it('carries less than Slack takes, and shows each key within Slack’s limits', () => {
    const long = {
      instructions: 'x'.repeat(3_000),
      'approval.approvers': Array.from({ length: 50 }, (_, n) => `U${String(n).padStart(10, '0')}`),
    };
    const resolved = resolve({ ...NO_LAYERS, channel: long });
    const thread = '1790000000.000100';
    const threads = { [thread]: 'x'.repeat(300), '1790000000.000200': '' };
    for (const scope of ['thread', 'channel', 'workspace'] as const) {
      for (const mayAll of [true, false]) {
        const place = { scope, channel: 'C1', thread };
        const form = settingsForm({ ...place, threads, layer: long, resolved, mayChange: () => mayAll });
        expect(readTuneData(form.data)).toMatchObject(place);
        expect(form.blocks[0]).toMatchObject({ accessory: { initial_option: { value: placeValue(place) } } });
        expect(form.data.length).toBeLessThan(3_000);
        expect(form.blocks.length).toBeLessThan(60);
        const inputs = form.blocks.filter(({ type }) => type === 'input');
        expect(inputs).toHaveLength(mayAll ? keysOf(scope).length : 0);
        expect(form.submit).toBe(mayAll ? 'Save' : undefined);
      }
    }
    const content = settingsContent(resolved, { scope: 'channel', channel: 'C1' });
    expect(readable(content)).toContain('set for this channel');
  });
});
