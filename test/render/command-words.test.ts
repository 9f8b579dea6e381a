/** What commands are answered with. */
import { describe, expect, it } from 'vitest';
import type { KnownAgent } from '../../src/core/agents.ts';
import {
  agentsText,
  costLine,
  costTotal,
  dollars,
  help,
  unknownCommand,
  usageLine,
} from '../../src/render/command-words.ts';
import { tokens } from './slack-limits.ts';

const used = { input: 12_345, output: 678, cacheRead: 0, cacheWritten: 0, usd: 1.5 };

describe('money', () => {
  it.each([
    [0, '$0.00'],
    [0.004, 'less than $0.01'],
    [0.01, '$0.01'],
    [12.3, '$12.30'],
    [1234.5, '$1,234.50'],
  ])('%d is %s', (usd, words) => {
    expect(dollars(usd)).toBe(words);
  });

  it('and tokens in one line, what went through the cache apart', () => {
    expect(usageLine(used)).toBe('$1.50; 12,345 tokens in, 678 out');
    expect(usageLine({ ...used, cacheRead: 900, cacheWritten: 100 })).toContain(', 1,000 through the cache');
    const { usd: _, ...unknown } = used;
    expect(usageLine(unknown)).toContain('cost not known yet');
  });

  it('of a session says which one of the thread it is, and where it could not be asked', () => {
    expect(costLine(1, used)).not.toContain('earlier');
    expect(costLine(3, used)).toContain('session 3 of this thread');
    expect(costLine(1, undefined)).toContain('try again');
  });

  it('of several is added up, without those that are not known', () => {
    expect(costTotal([used, used])).toMatch(/^Together \$3\.00\./);
    expect(costTotal([used, undefined])).toContain('without one that is not known');
    expect(costTotal([undefined, undefined])).toContain('without 2 that are not known');
  });
});

describe('agents', () => {
  const agents: readonly KnownAgent[] = [
    { name: 'default', id: 'agent_d', version: 3, model: 'claude-opus-4-5', isDefault: true },
    { name: 'fresh', model: 'claude-haiku-4-5', isDefault: false },
    { name: 'other', id: 'agent_o', isDefault: false },
  ];
  const lineOf = (name: string, agent = '', model = ''): string =>
    agentsText(agents, { agent, model })
      .split('\n')
      .find((line) => line.includes(`*${name}*`)) ?? '';

  it.each([
    ['default', '', '', 'model `claude-opus-4-5`, version 3, *answers here*'],
    ['default', 'other', '', 'model `claude-opus-4-5`, version 3'],
    ['other', 'other', '', 'newest version, *answers here*'],
    ['other', 'agent_o@7', '', 'version 7, *answers here*'],
    ['other', 'agent_o', 'claude-x', 'model `claude-x`, newest version, *answers here*'],
    ['fresh', '', '', 'model `claude-haiku-4-5`, not created yet'],
  ])('%s, where %j and model %j are set', (name, agent, model, words) => {
    expect(lineOf(name, agent, model)).toBe(`• *${name}*: ${words}`);
  });

  it('one that is set and stands in no file is named', () => {
    const trial = { agent: 'coder@8', percent: 10 };
    expect(agentsText(agents, { agent: '', model: '', trial })).toContain('On trial: `coder@8` in 10 %');
    expect(agentsText(agents, { agent: '', model: '', trial: { ...trial, percent: 0 } })).not.toContain(
      'trial',
    );
    expect(agentsText(agents, { agent: 'agent_z@2', model: '' })).toContain(
      '`agent_z@2`: set for this place',
    );
  });

  it('no name pings', () => {
    const hostile = [{ name: '<!channel>', id: 'a', model: '`<@U1>', isDefault: true }];
    expect(tokens(agentsText(hostile, { agent: '', model: '' }))).toEqual([]);
  });
});

describe('words that are no command', () => {
  it('are answered with the one that was meant, else with help', () => {
    expect(unknownCommand('staus', 'status', 'channel')).toContain('Did you mean `/heddle status`?');
    expect(unknownCommand('weave', undefined, 'im')).toContain(help('im'));
    expect(tokens(unknownCommand('<!here>`', undefined, 'channel'))).toEqual([]);
  });
});
