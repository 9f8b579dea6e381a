/** Settings in layers: what wins, where it comes from, and that nothing that is stored can break it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changed, checkChange, differences, keyNamed, NO_LAYERS, resolve } from '../../src/core/layers.ts';
import { spanText, valueText } from '../../src/core/setting-entry.ts';
import { KEYS } from '../../src/core/setting-keys.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';

const SCOPES = ['workspace', 'channel', 'thread'] as const;

describe('layers', () => {
  it('the nearest one wins, and each value says where it comes from', () => {
    const { settings, source } = resolve({
      ...NO_LAYERS,
      said: { output: 'heddle.yaml' },
      workspace: { busy_mode: 'queue', verbosity: 'quiet' },
      channel: { busy_mode: 'interrupt' },
      thread: { verbosity: 'verbose' },
    });
    expect(settings).toEqual({ ...DEFAULT_SETTINGS, busyMode: 'interrupt', verbosity: 'verbose' });
    expect(source).toMatchObject({
      busy_mode: 'channel',
      verbosity: 'thread',
      output: 'heddle.yaml',
      idle_timeout: 'built-in',
    });
  });

  it('instructions add up, from the outermost on', () => {
    const base = { ...DEFAULT_SETTINGS, instructions: ['file'] };
    const { settings } = resolve({
      ...NO_LAYERS,
      base,
      workspace: { instructions: 'workspace' },
      channel: { instructions: '' },
      thread: { instructions: 'thread' },
    });
    expect(settings.instructions).toEqual(['file', 'workspace', 'thread']);
  });

  it('nothing is read from a layer that may not set it, nor what cannot be read', () => {
    const { settings } = resolve({
      ...NO_LAYERS,
      channel: { busy_mode: 'loud', unknown: 1 },
      thread: { enabled: false, 'approval.approvers': ['U0EVIL0001'], 'allow.guests': true },
    });
    expect(settings).toEqual(DEFAULT_SETTINGS);
  });

  it('whatever is stored, it is settings', () => {
    const junk = fc.dictionary(
      fc.constantFrom(...KEYS.map(({ key }) => key), '__proto__', 'constructor', 'x'),
      fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.array(fc.string())),
    );
    fc.assert(
      fc.property(junk, junk, junk, (workspace, channel, thread) => {
        const { settings } = resolve({ ...NO_LAYERS, workspace, channel, thread });
        expect(Object.keys(settings).sort()).toEqual(Object.keys(DEFAULT_SETTINGS).sort());
        expect(settings.idleTimeoutMs).toBeGreaterThanOrEqual(0);
        expect(['steer', 'interrupt', 'queue']).toContain(settings.busyMode);
      }),
    );
  });
});

describe('a change', () => {
  it.each<[string, unknown, unknown]>([
    ['idle_timeout', '8h', 28_800_000],
    ['idle_timeout', '0', 0],
    ['session_budget_usd', '$ 2.50', 2.5],
    ['enabled', 'off', false],
    [
      'approval.approvers',
      'requester, <@U0ADA00001|ada> <!subteam^S0OPS00001>',
      ['requester', 'U0ADA00001', 'S0OPS00001'],
    ],
    ['approval.approvers', 'nobody', []],
    ['model', '  claude-opus-5-5 ', 'claude-opus-5-5'],
    ['busy_mode', '', null],
  ])('%s from %j is %j', (key, raw, value) => {
    expect(checkChange('channel', { [key]: raw })).toEqual({ ok: true, change: { [key]: value } });
  });

  it.each<[(typeof SCOPES)[number], string, unknown, RegExp]>([
    ['channel', 'idle_timeout', 'soon', /span such as 90s/],
    ['channel', 'idle_timeout', '999999999d', /span such as/],
    ['channel', 'session_budget_usd', '-3', /from 0 to 100000/],
    ['channel', 'session_budget_usd', '1e9', /from 0 to/],
    ['channel', 'approval.approvers', 'everyone', /“everyone” is neither/],
    ['channel', 'instructions', 'x'.repeat(3_001), /at most 3000 characters, and has 3001/],
    ['channel', 'nonsense', 'x', /no setting called “nonsense”/],
    ['thread', 'enabled', 'no', /cannot be set for a thread/],
    ['thread', 'approval.approvers', 'requester', /cannot be set for a thread/],
  ])('%s: %s from %j is refused in words', (scope, key, raw, words) => {
    const checked = checkChange(scope, { [key]: raw });
    expect(checked.ok).toBe(false);
    expect(checked.ok ? '' : checked.errors[key]).toMatch(words);
  });

  it('takes a key away with null, and says only what differs', () => {
    const layer = { busy_mode: 'queue', verbosity: 'quiet' };
    expect(changed(layer, { busy_mode: null, output: 'auto' })).toEqual({
      verbosity: 'quiet',
      output: 'auto',
    });
    expect(differences(layer, { busy_mode: 'queue', verbosity: null, output: null })).toEqual({
      verbosity: null,
    });
  });
});

describe('every key', () => {
  it.each(KEYS.map((key) => [key.key, key] as const))('%s is read back as it is shown', (_, key) => {
    const value = key.read(DEFAULT_SETTINGS);
    const parsed = key.parse(valueText(key.entry, value));
    expect(parsed).toEqual({ ok: true, value });
    expect(key.read(key.write(DEFAULT_SETTINGS, value))).toEqual(value);
    expect(key.title.length).toBeLessThanOrEqual(48);
    expect(keyNamed(key.key)).toBe(key);
  });

  it('spans are shown as people write them', () => {
    expect([0, 90_000, 1_800_000, 86_400_000, 5_400_000].map(spanText)).toEqual([
      '0',
      '90s',
      '30m',
      '1d',
      '90m',
    ]);
  });
});
