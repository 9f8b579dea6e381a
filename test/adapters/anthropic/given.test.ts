/** Vaults, memory, repositories and trials of new sessions, by the real SDK against the playground's service. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentOf, type Choices } from '../../../src/adapters/anthropic/chosen.ts';
import { createClient } from '../../../src/adapters/anthropic/client.ts';
import { givenOf } from '../../../src/adapters/anthropic/given.ts';
import { createAgentPort } from '../../../src/adapters/anthropic/sessions.ts';
import type { SessionOf } from '../../../src/core/session-of.ts';
import { systemClock } from '../../../src/lib/time.ts';
import { startAgentsServer, type AgentsServer } from '../../../src/playground/agents/index.ts';
import { asked } from './port.ts';
import { keptLog } from './wire.ts';

const NOTHING: SessionOf = { agent: '', environment: '', model: '' };
const choices: Choices = {
  agent: { id: 'agent_1', version: 7 },
  environmentId: 'env_1',
  agents: [{ name: 'coder', id: 'agent_c', version: 3 }],
  githubTokens: { acme: 'ghp_all', 'Acme/Shop': 'ghp_shop' },
};

describe('what a session is given', () => {
  it('is nothing where nothing is set', () => {
    expect(givenOf(choices, undefined)).toEqual({});
    expect(givenOf(choices, NOTHING)).toEqual({});
  });

  it('is said as the service takes it; a token goes with its own repositories only', () => {
    const sha = 'a'.repeat(40);
    const repositories = ['acme/shop', 'ACME/till@main', 'other/shop', `acme/x@${sha}`];
    const of = { ...NOTHING, vaults: ['vlt_1'], memoryStores: ['memstore_1:read_only'], repositories };
    const url = (path: string): object => ({ type: 'github_repository', url: `https://github.com/${path}` });
    expect(givenOf(choices, of)).toEqual({
      vault_ids: ['vlt_1'],
      resources: [
        { type: 'memory_store', memory_store_id: 'memstore_1', access: 'read_only' },
        { ...url('acme/shop'), authorization_token: 'ghp_shop' },
        { ...url('ACME/till'), authorization_token: 'ghp_all', checkout: { type: 'branch', name: 'main' } },
        url('other/shop'),
        { ...url('acme/x'), authorization_token: 'ghp_all', checkout: { type: 'commit', sha } },
      ],
    });
  });

  it('a trial counts for its own agent alone', () => {
    expect(agentOf(choices, { ...NOTHING, agent: 'coder', trial: 'coder@8' })).toEqual({
      id: 'agent_c',
      version: 8,
    });
    expect(agentOf(choices, { ...NOTHING, agent: 'coder', trial: 'agent_c@8' }).version).toBe(8);
    expect(agentOf(choices, { ...NOTHING, trial: 'coder@8' })).toEqual({ id: 'agent_1', version: 7 });
    expect(agentOf(choices, { ...NOTHING, trial: 'agent_1@9' })).toEqual({ id: 'agent_1', version: 9 });
  });
});

describe('a session that the service will not make', () => {
  let server: AgentsServer;
  beforeAll(async () => {
    server = await startAgentsServer({ pace: 0 });
  });
  afterAll(() => server.stop());

  async function made(of: Partial<SessionOf>): Promise<unknown> {
    const { agentId, environmentId } = server.control.seed();
    const reach = { apiKey: 'sk-ant-test', baseURL: server.url, environmentId };
    const port = createAgentPort({
      ...reach,
      agent: { id: agentId },
      appId: 'A1',
      log: keptLog(),
      clock: systemClock,
    });
    const trial = of.trial === undefined ? {} : { trial: `${agentId}${of.trial}` };
    return port.create({ ...asked, of: { ...NOTHING, ...of, ...trial } }).catch((error: unknown) => error);
  }

  it('says which setting it comes from', async () => {
    const client = createClient({ apiKey: 'sk-ant-test', baseURL: server.url });
    const vault = await client.beta.vaults.create({ display_name: 'keys' });
    const store = await client.beta.memoryStores.create({ name: 'notes' });
    expect(await made({ vaults: [vault.id], memoryStores: [`${store.id}:read_write`] })).toMatch(/^sesn_/);
    await client.beta.vaults.archive(vault.id);
    const refused = { kind: 'refused' };
    expect(await made({ vaults: [vault.id] })).toMatchObject({ ...refused, code: 'vault_unusable' });
    const absent = await made({ vaults: [], memoryStores: ['memstore_none:read_only'] });
    expect(absent).toMatchObject({ ...refused, code: 'memory_store_unusable' });
    expect(await made({ trial: '@99' })).toMatchObject({ ...refused, code: 'trial_unusable' });
    expect(await made({ environment: 'env_none' })).toMatchObject({ kind: 'fatal' });
  });
});
