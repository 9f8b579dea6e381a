import type { App } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import {
  ManualClock,
  type SlackServer,
  type SlackServerOptions,
} from '../../../src/playground/slack/index.ts';
import { ids } from '../../../src/playground/slack/world.ts';
import { client, refusal, stage } from './helpers.ts';

const on = stage();

const button = (action_id: string, value: string): object => ({
  type: 'button',
  action_id,
  value,
  text: { type: 'plain_text', text: action_id },
});
const modal = (blocks: object[], more: object = {}): never =>
  ({
    type: 'modal',
    callback_id: 'form',
    title: { type: 'plain_text', text: 'Form' },
    submit: { type: 'plain_text', text: 'Send' },
    blocks,
    ...more,
  }) as never;
const question = {
  type: 'input',
  block_id: 'q',
  label: { type: 'plain_text', text: 'Why' },
  element: { type: 'plain_text_input', action_id: 'why' },
};

async function withApp(listen: (app: App) => void, options: SlackServerOptions = {}): Promise<SlackServer> {
  const server = await on.slack(options);
  await on.socketApp(server, listen);
  return server;
}

async function card(server: SlackServer, elements: object[]): Promise<string> {
  const root = server.control.say({ user: ids.ada, channel: ids.general, text: 'root' });
  const posted = await client(server).chat.postMessage({
    channel: ids.general,
    thread_ts: root,
    text: 'card',
    blocks: [{ type: 'actions', elements }] as never,
  });
  return String(posted.ts);
}

describe('clicks', () => {
  it('carry the button, its message and thread, and answer over the response_url', async () => {
    let body: Record<string, unknown> = {};
    const server = await withApp((app) =>
      app.action('approve', async ({ ack, respond, body: clicked, action }) => {
        body = { ...clicked, action };
        await ack();
        await respond({ text: 'done', replace_original: true });
      }),
    );
    const { control } = server;
    const ts = await card(server, [button('approve', 'token-1'), button('deny', 'token-2')]);
    expect(
      await control.click({ user: ids.grace, channel: ids.general, ts, actionId: 'approve' }),
    ).toMatchObject({ ok: true });
    await control.waitFor(() => control.message(ids.general, ts)?.text === 'done');
    expect(body).toMatchObject({
      type: 'block_actions',
      user: { id: ids.grace, team_id: server.teamId },
      channel: { id: ids.general },
      container: {
        message_ts: ts,
        thread_ts: control.message(ids.general, ts)?.threadTs,
        is_ephemeral: false,
      },
      message: { ts, text: 'card' },
      action: { action_id: 'approve', value: 'token-1', block_id: expect.stringMatching(/.+/) },
    });
    const again = await control.click({ user: ids.grace, channel: ids.general, ts, actionId: 'approve' });
    expect(again).toEqual({ ok: false, error: 'element_not_found' });
  });

  it('fail in front of the person where nobody acknowledges, and are not repeated', async () => {
    let clicks = 0;
    const server = await withApp(
      (app) =>
        app.action('slow', async () => {
          clicks += 1;
        }),
      { timings: { ackMs: 50, retries: [0, 0, 0] } },
    );
    const ts = await card(server, [button('slow', '')]);
    const pressed = await server.control.click({ user: ids.ada, channel: ids.general, ts, actionId: 'slow' });
    expect(pressed).toEqual({ ok: false, error: 'timeout' });
    expect(clicks).toBe(1);
  });

  it('of ephemeral messages can replace and delete them', async () => {
    const server = await withApp((app) => {
      app.action('more', async ({ ack, respond }) => {
        await ack();
        await respond({
          text: 'more',
          replace_original: true,
          blocks: [{ type: 'actions', elements: [button('gone', '')] }] as never,
        });
      });
      app.action('gone', async ({ ack, respond }) => {
        await ack();
        await respond({ delete_original: true });
      });
    });
    const { control } = server;
    const { message_ts: ts = '' } = await client(server).chat.postEphemeral({
      channel: ids.general,
      user: ids.ada,
      text: 'x',
      blocks: [{ type: 'actions', elements: [button('more', '')] }] as never,
    });
    await control.click({ user: ids.ada, channel: ids.general, ts, actionId: 'more' });
    await control.waitFor(() => control.ephemerals(ids.ada)[0]?.text === 'more');
    await control.click({ user: ids.ada, channel: ids.general, ts, actionId: 'gone' });
    await control.waitFor(() => control.ephemerals(ids.ada).length === 0);
    expect(control.messages(ids.general)).toEqual([]);
  });

  it('choose in menus and ask the app for choices', async () => {
    const chosen: unknown[] = [];
    const server = await withApp((app) => {
      app.action('pick', async ({ ack, action }) => {
        await ack();
        chosen.push('selected_option' in action ? action.selected_option : undefined);
      });
      app.options('ask', async ({ ack }) =>
        ack({ options: [{ text: { type: 'plain_text', text: 'A' }, value: 'a' }] }),
      );
    });
    const option = { text: { type: 'plain_text', text: 'One' }, value: '1' };
    const ts = await card(server, [
      { type: 'static_select', action_id: 'pick', options: [option] },
      { type: 'external_select', action_id: 'ask' },
    ]);
    const { control } = server;
    const use = { user: ids.ada, channel: ids.general, ts };
    await control.select({ ...use, actionId: 'pick', value: { selected_option: option } });
    expect(chosen).toEqual([option]);
    const answer = await fetch(`http://127.0.0.1:${server.port}/__page/options`, {
      method: 'POST',
      body: JSON.stringify({
        user: ids.ada,
        channel: ids.general,
        ts,
        action_id: 'ask',
        block_id: control.message(ids.general, ts)?.blocks[0]?.block_id,
        query: 'a',
      }),
    });
    expect(await answer.json()).toMatchObject({ ok: true, options: [{ value: 'a' }] });
  });
});

describe('response_url', () => {
  it('works five times within thirty minutes', async () => {
    const clock = new ManualClock();
    const urls: string[] = [];
    const server = await withApp(
      (app) =>
        app.command('/heddle', async ({ ack, body }) => {
          urls.push(body.response_url);
          await ack();
        }),
      { clock },
    );
    const command = { user: ids.ada, channel: ids.general, command: '/heddle' };
    await server.control.command(command);
    await server.control.command(command);
    const use = async (n: number, body: object): Promise<string> => {
      const response = await fetch(urls[n] ?? '', { method: 'POST', body: JSON.stringify(body) });
      return response.text();
    };
    expect(await use(0, { text: '' })).toContain('no_text');
    for (let n = 0; n < 3; n++) expect(await use(0, { text: 'x' })).toBe('ok');
    expect(await use(0, { text: 'all', response_type: 'in_channel' })).toBe('ok');
    expect(await use(0, { text: 'x' })).toContain('used_url');
    expect(server.control.ephemerals(ids.ada)).toHaveLength(3);
    expect(server.control.messages(ids.general).map((one) => one.text)).toEqual(['all']);
    clock.advance(30 * 60_000 + 1);
    expect(await use(1, { text: 'x' })).toContain('expired_url');
  });
});

describe('commands and shortcuts', () => {
  it('a command is answered in its acknowledgement, privately or for all', async () => {
    const server = await withApp((app) =>
      app.command('/heddle', async ({ ack, command }) => {
        if (command.text === 'all') await ack({ text: 'everybody', response_type: 'in_channel' });
        else await ack(`you said ${command.text}`);
      }),
    );
    const { control } = server;
    await control.command({
      user: ids.ada,
      channel: ids.general,
      command: '/heddle',
      text: 'help @grace & #random',
    });
    await control.command({ user: ids.ada, channel: ids.general, command: '/heddle', text: 'all' });
    expect(control.ephemerals(ids.ada).map((one) => one.text)).toEqual([
      `you said help <@${ids.grace}|grace> &amp; <#${ids.random}|random>`,
    ]);
    expect(control.messages(ids.general).map((one) => one.text)).toEqual(['everybody']);
  });

  it('a message shortcut brings the message, its thread and a trigger', async () => {
    let seen: Record<string, unknown> = {};
    const server = await withApp((app) =>
      app.shortcut('heddle.ask_message', async ({ ack, shortcut, client: web }) => {
        await ack();
        seen = { ...shortcut };
        await web.views.open({ trigger_id: shortcut.trigger_id, view: modal([question]) });
      }),
    );
    const { control } = server;
    const ts = control.say({ user: ids.grace, channel: ids.general, text: 'look' });
    await control.shortcut({ user: ids.ada, callbackId: 'heddle.ask_message', channel: ids.general, ts });
    await control.waitFor(() => control.views(ids.ada).length === 1);
    expect(seen).toMatchObject({
      type: 'message_action',
      message: { ts, text: 'look' },
      channel: { id: ids.general },
    });
  });

  it('triggers work once and for three seconds', async () => {
    const clock = new ManualClock();
    const triggers: string[] = [];
    const server = await withApp(
      (app) =>
        app.command('/heddle', async ({ ack, body }) => {
          triggers.push(body.trigger_id);
          await ack();
        }),
      { clock },
    );
    const command = { user: ids.ada, channel: ids.general, command: '/heddle' };
    await server.control.command(command);
    await server.control.command(command);
    const web = client(server);
    const open = (trigger_id: string): Promise<string> =>
      refusal(web.views.open({ trigger_id, view: modal([question]) }));
    expect(await open('made.up')).toBe('invalid_trigger_id');
    expect(await open(triggers[0] ?? '')).toBe('ok');
    expect(await open(triggers[0] ?? '')).toBe('exchanged_trigger_id');
    clock.advance(3001);
    expect(await open(triggers[1] ?? '')).toBe('expired_trigger_id');
  });
});

describe('forms', () => {
  async function openForm(
    listen: (app: App) => void,
    options: SlackServerOptions = {},
  ): Promise<{ server: SlackServer; viewId: string }> {
    const server = await withApp((app) => {
      app.command('/heddle', async ({ ack, body, client: web }) => {
        await ack();
        await web.views.open({
          trigger_id: body.trigger_id,
          view: modal([question], { private_metadata: 'p', notify_on_close: true }),
        });
      });
      listen(app);
    }, options);
    await server.control.command({ user: ids.ada, channel: ids.general, command: '/heddle' });
    await server.control.waitFor(() => server.control.views(ids.ada).length === 1);
    return { server, viewId: server.control.views(ids.ada)[0]?.id ?? '' };
  }
  const values = (value: string): never => ({ q: { why: { type: 'plain_text_input', value } } }) as never;

  it('show the errors of an acknowledgement, and close with an empty one', async () => {
    const sent: unknown[] = [];
    const { server, viewId } = await openForm((app) =>
      app.view('form', async ({ ack, view }) => {
        sent.push(view.private_metadata, view.state.values['q']?.['why']?.value);
        if (sent.length === 2) await ack({ response_action: 'errors', errors: { q: 'Longer, please' } });
        else await ack();
      }),
    );
    const { submitView, views } = server.control;
    expect(await submitView({ user: ids.ada, viewId, values: values('') })).toMatchObject({
      errors: { q: expect.any(String) },
    });
    expect(sent).toEqual([]);
    expect(await submitView({ user: ids.ada, viewId, values: values('a') })).toMatchObject({
      errors: { q: 'Longer, please' },
    });
    expect(views(ids.ada)).toHaveLength(1);
    expect(await submitView({ user: ids.ada, viewId, values: values('b') })).toEqual({ ok: true });
    expect(sent).toEqual(['p', 'a', 'p', 'b']);
    expect(views(ids.ada)).toEqual([]);
  });

  it('are updated, pushed, cleared and closed', async () => {
    const closed: string[] = [];
    const { server, viewId } = await openForm((app) => {
      app.view('form', async ({ ack, view }) => {
        const said = view.state.values['q']?.['why']?.value;
        if (said === 'update')
          await ack({ response_action: 'update', view: modal([question], { private_metadata: 'new' }) });
        else if (said === 'push')
          await ack({ response_action: 'push', view: modal([question], { private_metadata: 'top' }) });
        else await ack({ response_action: 'clear' });
      });
      app.view({ callback_id: 'form', type: 'view_closed' }, async ({ ack, view }) => {
        await ack();
        closed.push(view.id);
      });
    });
    const { submitView, views, command, waitFor, closeView } = server.control;
    await submitView({ user: ids.ada, viewId, values: values('update') });
    expect(views(ids.ada)[0]).toMatchObject({ id: viewId, private_metadata: 'new' });
    await submitView({ user: ids.ada, viewId, values: values('push') });
    const top = views(ids.ada)[1];
    expect(top).toMatchObject({ private_metadata: 'top', previous_view_id: viewId, root_view_id: viewId });
    await submitView({ user: ids.ada, viewId: top?.id ?? '', values: values('clear') });
    expect(views(ids.ada)).toEqual([]);
    await command({ user: ids.ada, channel: ids.general, command: '/heddle' });
    const second = await waitFor(() => views(ids.ada)[0]);
    await closeView({ user: ids.ada, viewId: second.id });
    expect(closed).toEqual([second.id]);
  });

  it('are checked: title, submit, hash; and the Home tab is published', async () => {
    const { server, viewId } = await openForm(() => undefined, { app: { home: true } });
    const web = client(server);
    const update = (view: never, hash?: string): Promise<string> =>
      refusal(web.views.update({ view_id: viewId, view, ...(hash === undefined ? {} : { hash }) }));
    expect(await update(modal([question], { submit: undefined }))).toBe('invalid_arguments');
    expect(await update(modal([question], { title: { type: 'plain_text', text: 'x'.repeat(25) } }))).toBe(
      'invalid_arguments',
    );
    expect(await update(modal([{ type: 'sparkle' }]))).toBe('invalid_arguments');
    expect(await update(modal([question]), 'old')).toBe('hash_conflict');
    expect(await update(modal([question]), server.control.views(ids.ada)[0]?.hash)).toBe('ok');
    await web.views.publish({ user_id: ids.ada, view: { type: 'home', blocks: [{ type: 'divider' }] } });
    expect(server.control.home(ids.ada)?.blocks).toMatchObject([{ type: 'divider' }]);
  });
});
