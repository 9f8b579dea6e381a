/** App Home: the person's own things, within Slack's limits, whatever stands in them. */
import { describe, expect, it } from 'vitest';
import type { Person } from '../../src/core/event.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import type { ThreadState } from '../../src/core/state.ts';
import type { Block } from '../../src/ports.ts';
import { homeBlocks, homeRefused, type HomeThread } from '../../src/render/home.ts';
import { play } from '../core/support/play.ts';
import { readable, refusals, tokens } from './slack-limits.ts';

const asking = play().asking().state;
const resting = play().resting().state;
const [ask] = asking.asks;
const owner = asking.turns.at(-1)?.user ?? '';
const used = { input: 10, output: 5, cacheRead: 0, cacheWritten: 0, usd: 0.5 };

function home(
  threads: readonly HomeThread[],
  person: Partial<Person> = {},
  asked: readonly HomeThread[] = [],
): readonly Block[] {
  const who: Person = { user: owner, name: 'Ada', role: 'member', ...person };
  const agents = [{ name: 'weaver', isDefault: true }];
  const now = 1_790_000_000_000;
  return homeBlocks({ person: who, threads, asked, settings: DEFAULT_SETTINGS, agents, now });
}

const words = (blocks: readonly Block[]): string => {
  const headers = blocks.flatMap(({ type, text }) => (type === 'header' ? JSON.stringify(text) : []));
  return `${headers.join('\n')}\n${readable({ text: '-', blocks })}`;
};
const at = (state: ThreadState): HomeThread => ({ state, at: 1_790_000_000_000, usage: used });
/** In halves: Home may have twice the blocks of a message, and headers. */
const wrong = (blocks: readonly Block[]): readonly string[] => {
  const others = blocks.filter(({ type }) => type !== 'header');
  return [others.slice(0, 50), others.slice(50)].flatMap((half) => refusals({ text: '-', blocks: half }));
};

describe('App Home', () => {
  it('says where each default comes from, and leads to what somebody may change', () => {
    const source = { reply_mode: 'workspace', idle_timeout: 'heddle.yaml' } as const;
    const view = { threads: [], settings: DEFAULT_SETTINGS, agents: [], now: 0, source, channel: 'D1' };
    const of = (role: Person['role']): readonly Block[] =>
      homeBlocks({ ...view, person: { user: owner, name: 'Ada', role } });
    expect(words(of('member'))).toMatch(/without a mention _\(set for the workspace\)_/);
    expect(words(of('member'))).toMatch(/after 30 min _\(from heddle.yaml\)_/);
    expect(words(of('member'))).toMatch(/\$10.00 a session _\(built in\)_/);
    expect(JSON.stringify(of('member'))).toContain('"channel|D1"');
    expect(JSON.stringify(of('member'))).not.toContain('"workspace|D1"');
    expect(JSON.stringify(of('admin'))).toContain('"workspace|D1"');
    expect(wrong(of('admin'))).toEqual([]);
    expect(JSON.stringify(home([]))).not.toContain('heddle.settings_open');
  });

  it('without anything says so in each part, and what to do', () => {
    const text = words(home([]));
    expect(text).toContain('Nothing waits for your approval or answer.');
    expect(text).toContain('Nothing of yours runs.');
    expect(text).toContain('You have no open session. Mention me');
    expect(text).toContain('No open session costs anything.');
    expect(text).toContain('*weaver* answers.');
    expect(wrong(home([]))).toEqual([]);
  });

  it('shows what waits, runs and rests, each with what can be done, and what it used', () => {
    const blocks = home([at(asking), at(resting)]);
    const text = words(blocks);
    expect(text).toContain(`Approve or deny \`${ask?.name}\``);
    expect(text).toContain('Together $1.00.');
    const actions = blocks.flatMap(({ accessory }) =>
      accessory === undefined ? [] : [(accessory as { action_id: string }).action_id],
    );
    expect(actions).toEqual(['heddle.stop', 'heddle.close']);
    expect(JSON.stringify(blocks)).toContain('heddle.home_refresh');
    expect(wrong(blocks)).toEqual([]);
  });

  it.each<[string, Partial<Person>, boolean]>([
    ['who asked', {}, true],
    ['somebody else', { user: 'UELSE' }, false],
    ['an admin who did not ask', { user: 'UADMIN', role: 'admin' }, false],
    ['who asked and is a guest', { role: 'guest' }, false],
    ['nobody knows who', { role: 'unknown' }, false],
  ])('an approval waits for %s: %s', (_, person, waits) => {
    expect(words(home([at(asking)], person)).includes('Approve or deny')).toBe(waits);
  });

  it('an approval by a group waits for those who are in it', () => {
    if (!ask) throw new Error('nothing is asked');
    const rule = { requester: owner, approvers: ['S1'], twoPersons: false, gen: 1, expiresAt: 0, spanMs: 0 };
    const state = { ...asking, asks: [{ ...ask, rule }] };
    expect(words(home([at(state)], { user: 'UELSE', groups: ['S1'] }))).toContain('Approve or deny');
    expect(words(home([at(state)], { user: 'UELSE', groups: [] }))).not.toContain('Approve or deny');
    expect(words(home([at(state)], { user: 'UELSE' }))).not.toContain('Approve or deny');
  });

  it('in a thread of others an approval waits for who is asked, and leads to their own card', () => {
    if (!ask) throw new Error('nothing is asked');
    const rule = {
      requester: owner,
      approvers: ['UELSE'],
      twoPersons: false,
      gen: 1,
      expiresAt: 0,
      spanMs: 0,
    };
    const state = { ...asking, asks: [{ ...ask, rule }] };
    const asked = (given: ThreadState) => words(home([], { user: 'UELSE' }, [at(given)]));
    expect(asked(state)).toContain('Decide in the thread');
    expect(asked(state)).toContain('Nothing of yours runs.');
    const copies = [{ user: 'UELSE', channel: 'D9' }];
    const direct = { is: 'known', copies, unreached: [], more: 0 } as const;
    const slot = `q${ask.turn}.${ask.toolUseId}@UELSE`;
    const posted = { [slot]: { intent: 1, gen: 0, ts: '1790000009.000100' } };
    const own = asked({ ...state, asks: [{ ...ask, rule, direct }], posted });
    expect(own).toMatch(/archives\/D9\/p1790000009000100[^|]*\|Decide in your direct messages/);
  });

  it('of somebody with very much stays within 100 blocks, and says that there is more', () => {
    const hostile = { ...asking, title: `<!channel> \`${'x'.repeat(5_000)}` };
    const asks = asking.asks.map((each) => ({ ...each, name: '<!here>`\u202e'.repeat(900) }));
    const many = Array.from({ length: 70 }, () => at({ ...hostile, asks }));
    const blocks = home([...many, ...many.map(() => at({ ...resting, title: '<@UEVE>' }))]);
    expect(blocks.length).toBeLessThanOrEqual(100);
    expect(words(blocks)).toContain('…and 50 more.');
    expect(tokens(words(blocks)).filter((token) => /UEVE|!channel|!here/.test(token))).toEqual([]);
    expect(wrong(blocks)).toEqual([]);
  });

  it.each(['guest', 'outsider', 'bot', 'unknown'] as const)('for a %s is a plain refusal', (role) => {
    const blocks = homeRefused(role);
    const text = words(blocks);
    expect(text).toMatch(role === 'unknown' ? /could not find out who you are/ : /cannot use Heddle/);
    expect(text).not.toContain('Running');
    expect(JSON.stringify(blocks).includes('heddle.home_refresh')).toBe(role === 'unknown');
    expect(wrong(blocks)).toEqual([]);
  });
});
