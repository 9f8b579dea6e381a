/** What sessions are made of: settings as they are entered, and the share of threads that a trial gets. */
import { describe, expect, it } from 'vitest';
import { keyNamed } from '../../src/core/layers.ts';
import {
  isInShare,
  readMemoryStore,
  readRepository,
  readTrial,
  sessionOf,
} from '../../src/core/session-of.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/core/settings.ts';
import { says } from './support/inputs.ts';
import { only, play } from './support/play.ts';

const parse = (key: string, raw: unknown): unknown => {
  const parsed = keyNamed(key)?.parse(raw);
  return parsed?.ok ? parsed.value : parsed?.why;
};

describe('what a session is given', () => {
  it.each<[string, string, unknown]>([
    ['vaults', 'vlt_01abc, vlt_01def', ['vlt_01abc', 'vlt_01def']],
    ['vaults', 'none', []],
    ['vaults', 'vlt_01abc secrets', '“secrets” is not the id of a vault (vlt_…).'],
    ['memory_stores', 'memstore_1', ['memstore_1:read_only']],
    ['memory_stores', 'memstore_1:read_write', ['memstore_1:read_write']],
    ['memory_stores', 'memstore_1:rw', expect.stringContaining('is not the id of a memory store')],
    ['repositories', 'acme/shop@release/2', ['acme/shop@release/2']],
    ['repositories', 'https://github.com/acme/shop.git', ['acme/shop']],
    ['repositories', 'https://evil.example/acme/shop', expect.stringContaining('is not a repository')],
    ['repositories', 'acme/..', expect.stringContaining('is not a repository')],
    ['agent_trial.agent', 'coder@8', 'coder@8'],
    ['agent_trial.agent', '8', expect.stringContaining('such as coder@8')],
    ['agent_trial.percent', '101', expect.stringContaining('0 to 100')],
  ])('%s: %j', (key, raw, value) => expect(parse(key, raw)).toEqual(value));

  it('is read back as it was written', () => {
    expect(readMemoryStore('memstore_1:read_write')).toEqual({ id: 'memstore_1', access: 'read_write' });
    expect(readRepository('acme/shop@main')).toEqual({ owner: 'acme', name: 'shop', at: 'main' });
    expect(readTrial('agent_x@12')).toEqual({ agent: 'agent_x', version: 12 });
    expect(readTrial('agent_x@0')).toBeUndefined();
  });

  it('is decided when the session is made, and kept with what is being made', () => {
    const vaults = ['vlt_1'];
    const now = play({ vaults });
    const { of } = only(now.give(says(1, 'hello')), 'create');
    expect(of).toMatchObject({ agent: '', vaults });
    expect(now.state.phase).toMatchObject({ is: 'starting', of: { vaults } });
    expect(only(play().give(says(1, 'hello')), 'create').of).toEqual({
      agent: '',
      environment: '',
      model: '',
    });
  });
});

describe('a version on trial', () => {
  const thread = (n: number) => ({
    team: 'T1',
    channel: 'C1',
    ts: `1790000000.${String(n).padStart(6, '0')}`,
  });
  const share = (trial: Settings['trial']): readonly number[] =>
    Array.from({ length: 4_000 }, (_, n) => n).filter(
      (n) => sessionOf({ ...DEFAULT_SETTINGS, trial }, thread(n)).trial !== undefined,
    );

  it.each([0, 1, 10, 50, 100])('has %d % of the threads', (percent) => {
    const got = share({ agent: 'coder@8', percent }).length / 40;
    expect(Math.abs(got - percent)).toBeLessThan(percent === 0 || percent === 100 ? 0.001 : 2.5);
  });

  it('keeps its threads when its share grows, and another trial has others', () => {
    const few = share({ agent: 'coder@8', percent: 10 });
    const more = new Set(share({ agent: 'coder@8', percent: 20 }));
    expect(few.every((n) => more.has(n))).toBe(true);
    const others = new Set(share({ agent: 'coder@9', percent: 10 }));
    expect(few.filter((n) => others.has(n)).length).toBeLessThan(few.length / 2);
    expect(isInShare('x', 100)).toBe(true);
  });
});
