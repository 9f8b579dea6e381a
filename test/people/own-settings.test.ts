/** Settings of one thread, on the whole product: changed by a colleague, in that thread alone, and kept over a restart. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRedisStore } from '../../src/adapters/store/redis.ts';
import type { AuditEntry } from '../../src/core/audit.ts';
import { request } from '../../src/playground/agents/index.ts';
import { ids, team } from '../../src/playground/slack/world.ts';
import { quietLog } from '../support/quiet-log.ts';
import { startWhole, until, type Whole } from '../support/whole.ts';

let whole: Whole;
beforeAll(async () => {
  whole = await startWhole({ agents: { settings: { statusLagMs: 0, answerLagMs: 0 } } });
});
afterAll(() => whole.stop());

const channel = ids.general;

interface View {
  readonly id: string;
  readonly blocks: readonly { readonly block_id?: string; readonly type: string }[];
}
const view = (user: string): View | undefined => whole.slack.control.views(user).at(-1);
const shown = (user: string): string => JSON.stringify(view(user) ?? '');
const toldTo = (user: string): readonly { readonly ts: string; readonly shown: string }[] =>
  whole.slack.control.ephemerals(user);

/** How many of the thread's answers say below what they cost. */
const footers = (root: string): number =>
  whole.bot(channel, root).filter(({ shown: text }) => /tokens/.test(text)).length;
const answers = (root: string, words: string): number =>
  whole.bot(channel, root).filter(({ shown: text }) => text.includes(words)).length;

async function says(root: string | undefined, text: string): Promise<string> {
  const { slack, agents } = whole;
  const words = `Heard: ${text}.`;
  agents.control.script({ requests: [[...request(words)]] });
  const mention = root === undefined ? '@heddle ' : '';
  const ts = slack.control.say({
    user: ids.ada,
    channel,
    text: `${mention}${text}`,
    ...(root === undefined ? {} : { threadTs: root }),
  });
  await until(() => answers(root ?? ts, words) > 0, 'the answer');
  await whole.calm(channel, root ?? ts);
  return root ?? ts;
}

async function privately(
  user: string,
  threadTs: string,
  text: string,
): Promise<{ ts: string; shown: string }> {
  const before = toldTo(user).length;
  whole.slack.control.say({ user, channel, threadTs, text });
  await until(() => toldTo(user).length > before, 'a private answer');
  return toldTo(user).at(-1) ?? { ts: '', shown: '' };
}

it('a colleague makes one thread quiet: it says so, the other stays as it was, and a restart changes nothing', async () => {
  const { control } = whole.slack;
  const [quiet, other] = [await says(undefined, 'one'), await says(undefined, 'two')];
  expect([footers(quiet), footers(other)]).toEqual([1, 1]);
  const { ts, shown: told } = await privately(ids.grace, quiet, '@heddle settings');
  expect(told).toMatch(/Steps shown.*Normal: the last few \(built in\)/);
  await control.click({ user: ids.grace, channel, ts, actionId: 'heddle.settings_open' });
  const form = await until(() => view(ids.grace), 'the form');
  const fields = form.blocks.filter(({ type }) => type === 'input').map(({ block_id: id }) => id);
  expect(fields).toEqual(['agent', 'model', 'instructions', 'busy_mode', 'verbosity', 'idle_timeout']);
  const option = { text: { type: 'plain_text', text: 'Quiet' }, value: 'quiet' };
  await control.submitView({
    user: ids.grace,
    viewId: form.id,
    values: { verbosity: { value: { type: 'static_select', selected_option: option } } },
  });
  await until(() => /which says in a line/.test(shown(ids.grace)), 'the form says that it is sent');
  await until(() => whole.words(channel, quiet).includes('changed settings of this thread'), 'the line');
  expect(whole.words(channel, quiet)).toMatch(/GRACE.*changed settings of this thread.*Quiet: that it works/);
  await says(quiet, 'three');
  await says(other, 'four');
  expect([footers(quiet), footers(other)]).toEqual([1, 2]);
  await whole.app.stop(2_000);
  await whole.replica();
  await says(quiet, 'five');
  await says(other, 'six');
  expect([footers(quiet), footers(other)]).toEqual([1, 3]);
  const store = await createRedisStore({ path: whole.redis.path, appId: whole.slack.appId, log: quietLog });
  const entries: AuditEntry[] = [];
  for await (const { entry } of store.audit.entries(team.id, 0)) entries.push(entry);
  await store.close();
  expect(entries).toContainEqual({
    what: 'changed',
    scope: 'thread',
    key: 'verbosity',
    from: null,
    to: 'quiet',
    by: ids.grace,
    role: 'member',
    channel,
    thread: quiet,
  });
});

it('by words: what is no key is guessed, what is wrong is told, and `reset` gives the channel’s back', async () => {
  const root = await says(undefined, 'seven');
  expect((await privately(ids.ada, root, '@heddle settings verbosty quiet')).shown).toMatch(
    /mean.*verbosity/,
  );
  expect((await privately(ids.ada, root, '@heddle settings verbosity loud')).shown).toMatch(
    /quiet, normal or/,
  );
  expect((await privately(ids.guest, root, '@heddle settings verbosity quiet')).shown).toMatch(/guests/);
  whole.slack.control.say({
    user: ids.ada,
    channel,
    threadTs: root,
    text: '@heddle settings verbosity quiet',
  });
  await until(() => whole.words(channel, root).includes('Quiet: that it works'), 'the line');
  whole.slack.control.say({
    user: ids.ada,
    channel,
    threadTs: root,
    text: '@heddle settings verbosity reset',
  });
  await until(() => whole.words(channel, root).includes('as around this thread again'), 'the line');
});

it('`/heddle settings` offers one’s own threads of the channel beside it, and a key with its value is filled in', async () => {
  const { control } = whole.slack;
  const root = await says(undefined, 'eight');
  await control.command({ user: ids.ada, channel, command: '/heddle', text: 'settings model claude-opus-5' });
  const form = await until(() => view(ids.ada), 'the form');
  expect(shown(ids.ada)).toContain('"initial_value":"claude-opus-5"');
  const selected = { text: { type: 'plain_text', text: 'Thread' }, value: `thread|${channel}|${root}` };
  expect(shown(ids.ada)).toContain(selected.value);
  await control.select({
    user: ids.ada,
    viewId: form.id,
    actionId: 'heddle.settings',
    value: { selected_option: selected },
  });
  await until(() => shown(ids.ada).includes('this thread'), 'the thread’s settings');
});

it('App Home leads an admin to the workspace’s settings, and everybody to those of their own direct message', async () => {
  const { control } = whole.slack;
  const home = (user: string): { id: string; blocks: unknown } | undefined => control.home(user);
  for (const user of [ids.admin, ids.grace]) {
    control.openHome({ user });
    await until(() => JSON.stringify(home(user) ?? '').includes('heddle.settings_open'), 'App Home');
  }
  const blockId = 'heddle.home.all';
  expect(JSON.stringify(home(ids.grace))).not.toContain(blockId);
  const press = (user: string, block: string): Promise<unknown> =>
    control.click({
      user,
      viewId: home(user)?.id ?? '',
      blockId: block,
      actionId: 'heddle.settings_open',
    });
  await press(ids.admin, blockId);
  await until(() => shown(ids.admin).includes('Settings for the whole workspace'), 'the workspace’s form');
  await press(ids.grace, 'heddle.home.own');
  await until(() => shown(ids.grace).includes('Settings for this direct message'), 'her own form');
});
