import { describe, expect, it } from 'vitest';
import { agentOf, agentParam, environmentOf, type Choices } from '../../../src/adapters/anthropic/chosen.ts';
import { PortError } from '../../../src/errors.ts';

const choices: Choices = {
  agent: { id: 'agent_default' },
  environmentId: 'env_default',
  agents: [{ name: 'weaver', id: 'agent_w', version: 3 }, { name: 'planned' }],
  environments: { linux: 'env_l' },
};
const of = (agent: string, environment = ''): { agent: string; environment: string; model: string } => ({
  agent,
  environment,
  model: '',
});

describe('the agent of a session', () => {
  it.each([
    ['', { id: 'agent_default' }],
    ['weaver', { id: 'agent_w', version: 3 }],
    ['agent_x', { id: 'agent_x', version: undefined }],
    ['agent_x@7', { id: 'agent_x', version: 7 }],
  ])('%j', (wanted, chosen) => expect(agentOf(choices, of(wanted))).toEqual(chosen));

  it.each(['nobody', 'planned', 'agent_x@', '__proto__'])('%j is nobody', (wanted) => {
    expect(() => agentOf(choices, of(wanted))).toThrow(PortError);
  });

  it('is pinned and given another model as the service takes it', () => {
    expect(agentParam({ id: 'a' }, '')).toBe('a');
    expect(agentParam({ id: 'a', version: 2 }, '')).toEqual({ type: 'agent', id: 'a', version: 2 });
    expect(agentParam({ id: 'a', version: 2 }, 'm')).toEqual({
      type: 'agent_with_overrides',
      id: 'a',
      version: 2,
      model: 'm',
    });
  });
});

describe('the environment of a session', () => {
  it.each([
    ['', 'env_default'],
    ['linux', 'env_l'],
    ['env_9', 'env_9'],
  ])('%j', (wanted, id) => expect(environmentOf(choices, of('', wanted))).toBe(id));

  it.each(['nowhere', 'constructor'])('%j is none', (wanted) => {
    expect(() => environmentOf(choices, of('', wanted))).toThrow(PortError);
  });
});
