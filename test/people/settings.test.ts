/** Settings changed in Slack, on the whole product: by an admin, a member and a guest, and by two at once. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRedisStore } from '../../src/adapters/store/redis.ts';
import type { AuditEntry } from '../../src/core/audit.ts';
import { ids, team } from '../../src/playground/slack/world.ts';
import { quietLog } from '../support/quiet-log.ts';
import { startWhole, until, type Whole } from '../support/whole.ts';

let whole: Whole;
const creates: unknown[] = [];
beforeAll(async () => {
  whole = await startWhole();
  whole.listen(({ side, method, path, request }) => {
    if (side === 'agents' && method === 'POST' && path === '/v1/sessions') creates.push(request);
  });
});
afterAll(() => whole.stop());

interface View {
  readonly id: string;
  readonly blocks: readonly { readonly block_id?: string; readonly type: string }[];
}

type Values = Parameters<Whole['slack']['control']['submitView']>[0]['values'];
const text = (value: string): Values[string] => ({ value: { type: 'plain_text_input', value } });

/** Of what agent the newest session was made. */
const made = (): unknown => (creates.at(-1) as { agent?: unknown } | undefined)?.agent;

async function opened(user: string): Promise<View> {
  const { control } = whole.slack;
  for (const { id: viewId } of control.views(user)) await control.closeView({ user, viewId, cleared: true });
  await control.command({ user, channel: ids.general, command: '/heddle', text: 'settings' });
  return until(() => control.views(user).at(-1) as View | undefined, 'the form');
}

const shown = (user: string): string => JSON.stringify(whole.slack.control.views(user).at(-1) ?? '');
const fields = ({ blocks }: View): readonly string[] =>
  blocks.flatMap(({ type, block_id }) => (type === 'input' && block_id !== undefined ? [block_id] : []));

it('an admin sets a model for a channel: it holds at once, says from when on, and is written down', async () => {
  const { control } = whole.slack;
  const form = await opened(ids.admin);
  expect(fields(form)).toContain('approval.approvers');
  await control.submitView({
    user: ids.admin,
    viewId: form.id,
    values: { model: text('claude-opus-5'), idle_timeout: text('8h') },
  });
  await until(() => /Saved for/.test(shown(ids.admin)), 'the answer');
  expect(shown(ids.admin)).toMatch(/At once.*“Close when quiet for”/);
  expect(shown(ids.admin)).toMatch(/next session.*“Model”/);
  const root = control.say({ user: ids.ada, channel: ids.general, text: '@heddle hello' });
  await whole.calm(ids.general, root);
  expect(made()).toMatchObject({ type: 'agent_with_overrides', model: 'claude-opus-5' });
  const store = await createRedisStore({ path: whole.redis.path, appId: whole.slack.appId, log: quietLog });
  const entries: AuditEntry[] = [];
  for await (const { entry } of store.audit.entries(team.id, 0)) entries.push(entry);
  await store.close();
  expect(entries).toContainEqual({
    what: 'changed',
    scope: 'channel',
    key: 'model',
    from: null,
    to: 'claude-opus-5',
    by: ids.admin,
    role: 'admin',
    channel: ids.general,
  });
});

it('a member sees all and changes what is not kept for admins; a wrong value is told at its field', async () => {
  const { control } = whole.slack;
  const form = await opened(ids.grace);
  expect(fields(form)).toContain('instructions');
  expect(fields(form)).not.toContain('enabled');
  expect(JSON.stringify(form)).toMatch(/set for this channel/);
  const bad = await control.submitView({
    user: ids.grace,
    viewId: form.id,
    values: { idle_timeout: text('soon'), agent: text('nobody') },
  });
  expect(JSON.stringify(bad)).toMatch(/Must be a span/);
  expect(JSON.stringify(bad)).toMatch(/No agent is called that/);
});

it('what a member may not change is not changed by a form that says so', async () => {
  const form = await opened(ids.grace);
  await whole.slack.control.submitView({
    user: ids.grace,
    viewId: form.id,
    values: { enabled: text('no'), 'allow.guests': text('yes'), model: text('claude-opus-5') },
  });
  const root = whole.slack.control.say({ user: ids.ada, channel: ids.general, text: '@heddle there?' });
  await whole.calm(ids.general, root);
  expect(whole.bot(ids.general, root)).not.toHaveLength(0);
});

it('the second of two who change the same place is told what changed, and loses nothing', async () => {
  const { control } = whole.slack;
  const [first, second] = [await opened(ids.admin), await opened(ids.grace)];
  await control.submitView({ user: ids.admin, viewId: first.id, values: { model: text('m1') } });
  await until(() => /Saved for/.test(shown(ids.admin)), 'the first answer');
  const values = { model: text('claude-opus-5'), idle_timeout: text('8h'), instructions: text('Be brief.') };
  await control.submitView({ user: ids.grace, viewId: second.id, values });
  await until(() => /Nothing is saved yet/.test(shown(ids.grace)), 'the second answer');
  expect(shown(ids.grace)).toMatch(/“Model”/);
  expect(shown(ids.grace)).toContain('Be brief.');
});

it('a guest gets no form', async () => {
  const { control } = whole.slack;
  const before = control.views(ids.guest).length;
  await control.command({ user: ids.guest, channel: ids.general, command: '/heddle', text: 'settings' });
  expect(control.views(ids.guest)).toHaveLength(before);
});
