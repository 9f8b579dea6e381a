/** Forms, App Home, shortcuts and people's own edits, with Slack's real SDKs against the playground's Slack. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Form } from '../../../src/ports-forms.ts';
import { adapterWorld, endWorlds, type AdapterWorld } from './support/adapter-world.ts';
import { until } from './support/clock.ts';

afterEach(endWorlds);

const form: Form = {
  callbackId: 'heddle.deny-form',
  title: 'A title that is longer than Slack takes',
  submit: 'Deny',
  data: 'T1:C1:1.1|token',
  blocks: [
    {
      type: 'input',
      block_id: 'reason',
      label: { type: 'plain_text', text: 'Why' },
      element: { type: 'plain_text_input', action_id: 'text' },
    },
    {
      type: 'input',
      block_id: 'scope',
      optional: true,
      label: { type: 'plain_text', text: 'For' },
      element: {
        type: 'static_select',
        action_id: 'choice',
        options: [{ text: { type: 'plain_text', text: 'All' }, value: 'all' }],
      },
    },
  ],
};

const button = {
  type: 'actions',
  block_id: 'b',
  elements: [
    { type: 'button', action_id: 'heddle.deny-why', text: { type: 'plain_text', text: 'Why' }, value: 'v' },
  ],
};

async function withButton({ slack, port }: AdapterWorld): Promise<string> {
  const { ids } = slack.control;
  const threadTs = slack.control.say({ user: ids.ada, channel: ids.general, text: 'root' });
  const content = { text: 'card', blocks: [button] };
  const ts = await port.post({
    team: slack.teamId,
    channel: ids.general,
    threadTs,
    priority: 'question',
    key: 'k',
    clientMsgId: 'c',
    content: () => content,
  });
  return ts ?? '';
}

async function opened(world: AdapterWorld): Promise<string> {
  const { slack, intake } = world;
  const { ids, click, views } = slack.control;
  intake.reply = () => Promise.resolve({ form });
  const ts = await withButton(world);
  await click({ user: ids.ada, channel: ids.general, ts, blockId: 'b', actionId: 'heddle.deny-why' });
  await until('the form', () => views(ids.ada).length === 1);
  return views(ids.ada)[0]?.id ?? '';
}

describe('a form', () => {
  it('is opened by a click, and comes back with what was entered', async () => {
    const world = await adapterWorld('socket');
    const { slack, intake } = world;
    const { ids } = slack.control;
    const viewId = await opened(world);
    expect(slack.control.views(ids.ada)[0]).toMatchObject({ title: { text: 'A title that is longer …' } });
    intake.reply = () => Promise.resolve({});
    const values = { reason: { text: { type: 'plain_text_input', value: 'not now' } } };
    await slack.control.submitView({ user: ids.ada, viewId, values });
    expect(intake.asks.at(-1)).toMatchObject({
      kind: 'form',
      callbackId: 'heddle.deny-form',
      data: 'T1:C1:1.1|token',
      user: ids.ada,
      values: { reason: 'not now' },
    });
    expect(slack.control.views(ids.ada)).toEqual([]);
  });

  it('stays open with a sentence at the field where something is wrong', async () => {
    const world = await adapterWorld('http');
    const { slack, intake } = world;
    const { ids } = slack.control;
    const viewId = await opened(world);
    intake.reply = () => Promise.resolve({ errors: { reason: 'Too short.' } });
    const values = {
      reason: { text: { type: 'plain_text_input', value: 'x' } },
      scope: { choice: { type: 'static_select', selected_option: { value: 'all' } } },
    };
    const sent = await slack.control.submitView({ user: ids.ada, viewId, values });
    expect(sent).toEqual({ ok: true, errors: { reason: 'Too short.' } });
    expect(intake.asks.at(-1)).toMatchObject({ values: { reason: 'x', scope: 'all' } });
    expect(slack.control.views(ids.ada)).toHaveLength(1);
  });

  it('is opened by a command and a global shortcut too; without a trigger it says so', async () => {
    const { slack, intake } = await adapterWorld('socket');
    const { ids, views, closeView } = slack.control;
    intake.reply = () => Promise.resolve({ form });
    await slack.control.command({
      user: ids.ada,
      channel: ids.general,
      command: '/heddle',
      text: 'settings',
    });
    await until('the form', () => views(ids.ada).length === 1);
    await closeView({ user: ids.ada, viewId: views(ids.ada)[0]?.id ?? '' });
    await slack.control.shortcut({ user: ids.grace, callbackId: 'ask_heddle' }).catch(() => undefined);
    expect(intake.asks[0]).toMatchObject({ kind: 'command', trigger: expect.any(String) });
  });
});

describe('beside messages', () => {
  it('App Home is told when it is opened, and shows what is published', async () => {
    const { slack, intake, port } = await adapterWorld('socket');
    const { ids } = slack.control;
    slack.control.openHome({ user: ids.ada });
    await until('home', () => intake.events.length === 1);
    expect(intake.events[0]).toMatchObject({ kind: 'home', user: ids.ada });
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'hello' } }];
    await port.publishHome({ team: slack.teamId, user: ids.ada, blocks });
    expect(slack.control.home(ids.ada)).toMatchObject({ blocks: [{ text: { text: 'hello' } }] });
  });

  it('an edit of somebody’s words arrives; an unfurl and our own edits do not; nor does a deletion of another bot', async () => {
    const { slack, intake } = await adapterWorld('socket');
    const { ids } = slack.control;
    const channel = ids.general;
    const ts = slack.control.say({ user: ids.ada, channel, text: '@heddle one' });
    await until('the mention', () => intake.events.length === 2);
    slack.control.unfurl({ channel, ts });
    slack.control.edit({ user: ids.ada, channel, ts, text: '@heddle two' });
    slack.control.delete({ user: ids.ada, channel, ts });
    await until('both', () => intake.events.length >= 4);
    expect(intake.events.slice(2)).toEqual([
      expect.objectContaining({ kind: 'edited', ts, user: ids.ada, text: expect.stringContaining('two') }),
      expect.objectContaining({ kind: 'deleted', ts, user: ids.ada, own: false }),
    ]);
  });
});
