import type { App } from '@slack/bolt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSlackServer, type SlackServer } from '../../../src/playground/slack/index.ts';
import { ids } from '../../../src/playground/slack/world.ts';
import { client, refusal, stage } from './helpers.ts';

const on = stage();

const plain = (text: string): object => ({ type: 'plain_text', text });
const option = (value: string): object => ({ text: plain(value), value });
const options = [option('a'), option('b'), option('c')];
const input = (block_id: string, element: object, more: object = {}): object => ({
  type: 'input',
  block_id,
  label: plain(block_id),
  element: { action_id: 'it', ...element },
  ...more,
});
const modal = (blocks: object[], more: object = {}): object => ({
  type: 'modal',
  callback_id: 'form',
  title: plain('Form'),
  submit: plain('Send'),
  blocks,
  ...more,
});

/** An app of which `/heddle` opens the given form, and what it heard. */
async function formApp(
  view: object,
  listen: (app: App) => void = () => undefined,
): Promise<{ server: SlackServer; viewId: string; open: () => Promise<string> }> {
  const server = await on.slack({ app: { home: true } });
  await on.socketApp(server, (app) => {
    app.command('/heddle', async ({ ack, body, client: web }) => {
      await ack();
      await web.views.open({ trigger_id: body.trigger_id, view: view as never });
    });
    listen(app);
  });
  const open = async (): Promise<string> => {
    await server.control.command({ user: ids.ada, channel: ids.general, command: '/heddle' });
    return (await server.control.waitFor(() => server.control.views(ids.ada)[0])).id;
  };
  return { server, viewId: await open(), open };
}

describe('what a form and the Home tab may hold', () => {
  let shared: SlackServer;
  beforeAll(async () => {
    shared = await startSlackServer({ limits: false, app: { home: true } });
  });
  afterAll(() => shared.stop());
  const home = (blocks: object[], more: object = {}): object => ({ type: 'home', blocks, ...more });
  const select = { type: 'static_select', options };
  const section = { type: 'section', text: { type: 'mrkdwn', text: 'x' } };

  it.each<[string, object, string]>([
    ['a section', home([section]), 'ok'],
    ['a hundred blocks', home(Array.from({ length: 100 }, () => section)), 'ok'],
    ['a hundred and one', home(Array.from({ length: 101 }, () => section)), 'invalid_arguments'],
    ['long texts that no message could hold', home(Array.from({ length: 9 }, () => long())), 'ok'],
    ['more than 250 kB', home(Array.from({ length: 99 }, () => long())), 'view_too_large'],
    ['private_metadata of 3000', home([section], { private_metadata: 'x'.repeat(3000) }), 'ok'],
    ['of 3001', home([section], { private_metadata: 'x'.repeat(3001) }), 'invalid_arguments'],
    ['a title', home([section], { title: plain('x') }), 'invalid_arguments'],
    ['markdown', home([{ type: 'markdown', text: 'x' }]), 'invalid_arguments'],
    ['a plan', home([{ type: 'plan', title: 'x', tasks: [] }]), 'invalid_arguments'],
    ['a number input', home([input('n', number())]), 'invalid_arguments'],
    ['a text input', home([input('t', { type: 'plain_text_input' })]), 'ok'],
    ['a choice made before', home([input('s', { ...select, initial_option: option('b') })]), 'ok'],
    [
      'one that is not offered',
      home([input('s', { ...select, initial_option: option('z') })]),
      'invalid_arguments',
    ],
    [
      'ticks that are not offered',
      home([input('c', { type: 'checkboxes', options, initial_options: [option('a'), option('z')] })]),
      'invalid_arguments',
    ],
    [
      'a confirmation that is too long',
      home([{ ...section, accessory: button({ title: plain('x'), text: plain('x'.repeat(301)) }) }]),
      'invalid_arguments',
    ],
  ])('%s', async (_what, view, verdict) => {
    const publish = client(shared).views.publish({ user_id: ids.ada, view: view as never });
    expect(await refusal(publish)).toBe(verdict);
  });

  function long(): object {
    return { type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3000) } };
  }
  function number(): object {
    return { type: 'number_input', is_decimal_allowed: false };
  }
  function button(confirm: object): object {
    return { type: 'button', text: plain('x'), confirm };
  }

  it('there is no Home tab where the manifest has none', async () => {
    const server = await on.slack({ app: { home: false } });
    const publish = client(server).views.publish({ user_id: ids.ada, view: home([section]) as never });
    expect(await refusal(publish)).toBe('not_enabled');
  });
});

describe('sending a form', () => {
  const blocks = [
    input('name', { type: 'plain_text_input', min_length: 3 }),
    input('how', { type: 'static_select', options, initial_option: option('b') }),
    input('many', { type: 'multi_static_select', options }, { optional: true }),
    input('cost', { type: 'number_input', is_decimal_allowed: true, min_value: '1', max_value: '9.5' }),
    input('who', { type: 'multi_users_select', initial_users: [ids.grace] }),
    input('where', { type: 'conversations_select', response_url_enabled: true }, { optional: true }),
  ];

  it('brings every value, also those nobody touched', async () => {
    const sent: unknown[] = [];
    let urls: unknown;
    const { server, viewId } = await formApp(modal(blocks), (app) =>
      app.view('form', async ({ ack, view, body }) => {
        await ack();
        sent.push(view.state.values);
        urls = (body as unknown as { response_urls: unknown }).response_urls;
      }),
    );
    const where = { type: 'conversations_select', selected_conversation: ids.general };
    const values = {
      name: { it: { value: 'Loom' } },
      cost: { it: { value: '2.5' } },
      gone: { it: { value: 'x' } },
      where: { it: where },
    };
    expect(await server.control.submitView({ user: ids.ada, viewId, values })).toEqual({ ok: true });
    expect(sent).toEqual([
      {
        name: { it: { type: 'plain_text_input', value: 'Loom' } },
        how: { it: { type: 'static_select', selected_option: option('b') } },
        many: { it: { type: 'multi_static_select', selected_options: [] } },
        cost: { it: { type: 'number_input', value: '2.5' } },
        who: { it: { type: 'multi_users_select', selected_users: [ids.grace] } },
        where: { it: where },
      },
    ]);
    expect(urls).toMatchObject([{ block_id: 'where', action_id: 'it', channel_id: ids.general }]);
  });

  it.each([
    ['too short', 'ab', '2', { name: 'Please enter at least 3 characters.' }],
    ['too much', 'abc', '10', { cost: 'Please enter 9.5 or less.' }],
    ['no number', 'abc', 'x', { cost: 'Please enter a number.' }],
    ['nothing', '', '', { name: expect.any(String), cost: 'Please complete this required field.' }],
  ])('is refused by the client itself: %s', async (_what, name, cost, errors) => {
    let asked = 0;
    const { server, viewId } = await formApp(modal(blocks), (app) =>
      app.view('form', async ({ ack }) => {
        asked += 1;
        await ack();
      }),
    );
    const values = { name: { it: { value: name } }, cost: { it: { value: cost } } };
    expect(await server.control.submitView({ user: ids.ada, viewId, values })).toEqual({ ok: true, errors });
    expect(asked).toBe(0);
  });

  it.each<[string, object]>([
    ['errors at a block that is no input', { response_action: 'errors', errors: { nowhere: 'x' } }],
    ['no errors at all', { response_action: 'errors', errors: {} }],
    ['an action nobody knows', { response_action: 'sing' }],
    ['a form without a title', { response_action: 'update', view: { ...modal([]), title: undefined } }],
    ['a form with markdown', { response_action: 'push', view: modal([{ type: 'markdown', text: 'x' }]) }],
  ])('an answer that cannot be followed leaves it open: %s', async (_what, answer) => {
    const question = input('q', { type: 'plain_text_input' }, { optional: true });
    const { server, viewId } = await formApp(modal([question]), (app) =>
      app.view('form', async ({ ack }) => ack(answer as never)),
    );
    expect(await server.control.submitView({ user: ids.ada, viewId, values: {} })).toEqual({
      ok: false,
      error: 'invalid_view_response',
    });
    expect(server.control.views(ids.ada).map((view) => view.id)).toEqual([viewId]);
  });

  it('three forms lie on top of each other, and no more', async () => {
    const { server } = await formApp(modal([]), (app) =>
      app.view('form', async ({ ack }) => ack({ response_action: 'push', view: modal([]) as never })),
    );
    const { submitView, views } = server.control;
    const top = (): string => views(ids.ada).at(-1)?.id ?? '';
    expect(await submitView({ user: ids.ada, viewId: top(), values: {} })).toEqual({ ok: true });
    expect(await submitView({ user: ids.ada, viewId: top(), values: {} })).toEqual({ ok: true });
    expect(await submitView({ user: ids.ada, viewId: top(), values: {} })).toMatchObject({ ok: false });
    expect(views(ids.ada)).toHaveLength(3);
  });

  it('an external_id belongs to one form', async () => {
    const { server } = await formApp(modal([], { external_id: 'one' }));
    const publish = client(server).views.publish({
      user_id: ids.ada,
      view: { type: 'home', blocks: [], external_id: 'one' },
    });
    expect(await refusal(publish)).toBe('duplicate_external_id');
  });
});

describe('elements', () => {
  const use = { type: 'radio_buttons', action_id: 'mode', options, initial_option: option('a') };

  it('in a message bring the state of all of them', async () => {
    const heard: unknown[] = [];
    const server = await on.slack();
    await on.socketApp(server, (app) =>
      app.action('mode', async ({ ack, body }) => {
        await ack();
        heard.push((body as unknown as { state: unknown }).state);
      }),
    );
    const ticks = { type: 'checkboxes', action_id: 'also', options, initial_options: [option('c')] };
    const { ts = '' } = await client(server).chat.postMessage({
      channel: ids.general,
      text: 'x',
      blocks: [{ type: 'actions', block_id: 'row', elements: [use, ticks] }] as never,
    });
    const where = { user: ids.grace, channel: ids.general, ts, actionId: 'mode' };
    const selected = { selected_option: option('b') };
    await server.control.select({ ...where, value: selected, state: { row: { mode: selected } } });
    expect(heard).toEqual([
      {
        values: {
          row: {
            mode: { type: 'radio_buttons', ...selected },
            also: { type: 'checkboxes', selected_options: [option('c')] },
          },
        },
      },
    ]);
  });

  it('of the Home tab bring the view, and only to the one who sees it', async () => {
    const heard: Record<string, unknown>[] = [];
    const server = await on.slack({ app: { home: true } });
    await on.socketApp(server, (app) =>
      app.action('mode', async ({ ack, body }) => {
        await ack();
        heard.push(body as unknown as Record<string, unknown>);
      }),
    );
    await client(server).views.publish({
      user_id: ids.ada,
      view: { type: 'home', private_metadata: 'p', blocks: [{ type: 'actions', elements: [use] }] as never },
    });
    const viewId = server.control.home(ids.ada)?.id ?? '';
    const value = { selected_option: option('c') };
    const by = (user: string): Promise<unknown> =>
      server.control.select({ user, viewId, actionId: 'mode', value });
    expect(await by(ids.grace)).toMatchObject({ ok: false });
    expect(await by(ids.ada)).toMatchObject({ ok: true });
    expect(heard).toMatchObject([
      {
        type: 'block_actions',
        user: { id: ids.ada },
        container: { type: 'view', view_id: viewId },
        view: { id: viewId, type: 'home', private_metadata: 'p', app_installed_team_id: server.teamId },
        actions: [{ action_id: 'mode', type: 'radio_buttons', selected_option: { value: 'c' } }],
        trigger_id: expect.any(String),
      },
    ]);
    expect(heard[0]).not.toHaveProperty('message');
    expect(heard[0]).not.toHaveProperty('channel');
  });
});
