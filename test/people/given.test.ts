/** What an admin gives to the sessions of a channel, on the whole product: vaults, memory, repositories, a version on trial. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClient } from '../../src/adapters/anthropic/client.ts';
import { ids } from '../../src/playground/slack/world.ts';
import { startWhole, until, type Whole } from '../support/whole.ts';

let whole: Whole;
const creates: unknown[] = [];
beforeAll(async () => {
  whole = await startWhole({ agents: { settings: { statusLagMs: 0, answerLagMs: 0 } } });
  whole.listen(({ side, method, path, request }) => {
    if (side === 'agents' && method === 'POST' && path === '/v1/sessions') creates.push(request);
  });
});
afterAll(() => whole.stop());

const channel = ids.general;
const shown = (user: string): string => JSON.stringify(whole.slack.control.views(user).at(-1) ?? '');

async function set(values: Readonly<Record<string, string>>): Promise<void> {
  const { control } = whole.slack;
  for (const { id: viewId } of control.views(ids.admin))
    await control.closeView({ user: ids.admin, viewId, cleared: true });
  await control.command({ user: ids.admin, channel, command: '/heddle', text: 'settings' });
  const form = await until(() => control.views(ids.admin).at(-1), 'the form');
  const entered = Object.entries(values).map(([key, value]) => [
    key,
    { value: { type: 'plain_text_input' as const, value } },
  ]);
  await control.submitView({ user: ids.admin, viewId: form.id, values: Object.fromEntries(entered) });
  await until(() => /Saved for/.test(shown(ids.admin)), 'the answer');
}

function asks(): string {
  return whole.slack.control.say({ user: ids.ada, channel, text: '@heddle hello' });
}

it('sessions are given what the channel says; what is archived is told by its setting, and the words are kept', async () => {
  const { apiKey, baseURL } = whole.config.anthropic as { apiKey: string; baseURL: string };
  const { beta } = createClient({ apiKey, baseURL });
  const vault = await beta.vaults.create({ display_name: 'keys' });
  const store = await beta.memoryStores.create({ name: 'notes' });
  const { id, version } = whole.config.agent;
  await beta.agents.update(id, { description: 'on trial' });
  const repositories = 'acme/shop@main';
  await set({
    vaults: vault.id,
    memory_stores: `${store.id}:read_write`,
    repositories,
    'agent_trial.agent': `${id}@2`,
    'agent_trial.percent': '100',
  });
  await whole.calm(channel, asks());
  expect(version).toBeUndefined();
  expect(creates.at(-1)).toMatchObject({
    agent: { type: 'agent', id, version: 2 },
    vault_ids: [vault.id],
    resources: [
      { type: 'memory_store', memory_store_id: store.id, access: 'read_write' },
      { type: 'github_repository', url: 'https://github.com/acme/shop', checkout: { name: 'main' } },
    ],
  });
  await beta.vaults.archive(vault.id);
  const refused = asks();
  await until(() => /Vaults/.test(whole.words(channel, refused)), 'the refusal');
  expect(whole.words(channel, refused)).toMatch(/archived.*\/heddle settings.*words are kept/s);
  await set({ vaults: 'none' });
  whole.slack.control.say({ user: ids.ada, channel, threadTs: refused, text: 'and now?' });
  await until(() => creates.length === 3, 'another try');
  await whole.calm(channel, refused);
  expect(creates.at(-1)).not.toHaveProperty('vault_ids');
});
