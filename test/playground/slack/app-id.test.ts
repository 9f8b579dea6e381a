import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { botIdentity } from '../../../src/adapters/slack/identity.ts';
import { systemClock } from '../../../src/lib/time.ts';
import { startSlackServer, type SlackServer } from '../../../src/playground/slack/index.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { client, stage } from './helpers.ts';

const on = stage();
const given = 'A0TESTAPP1';

function journalPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slack-app-id-'));
  on.onEnd(async () => rmSync(folder, { recursive: true }));
  return join(folder, 'slack.jsonl');
}

/** Who the bot takes itself for: over Socket Mode it reads its app-level token, over HTTP it asks bots.info. */
async function identity(server: SlackServer, appToken?: string): Promise<string> {
  const { appId } = await botIdentity({
    botToken: server.botToken,
    appToken,
    apiUrl: server.apiUrl,
    clock: systemClock,
    log: quietLog,
    onWait: () => undefined,
    signal: AbortSignal.timeout(5000),
  });
  return appId;
}

/** What every field that names an app says, wherever it stands in `said`. */
function appsIn(said: unknown): string[] {
  const found = new Set<string>();
  JSON.stringify(said, (name, value: unknown) => {
    if (/^(api_)?app_id$/.test(name)) found.add(String(value));
    return value;
  });
  return [...found];
}

describe('the app id', () => {
  it('is another one for each journal, as for each server without one', async () => {
    const servers = await Promise.all([
      on.slack({ journal: journalPath() }),
      on.slack({ journal: journalPath() }),
      on.slack(),
    ]);
    const drawn = servers.map(({ appId }) => appId);
    expect(new Set(drawn).size).toBe(3);
    for (const server of servers) {
      expect(server.appId).toMatch(/^A0[A-Z0-9]{8}$/);
      expect(await identity(server, server.appToken)).toBe(server.appId);
      expect(await identity(server)).toBe(server.appId);
    }
  });

  it('stays as long as the journal, whatever a later start is given', async () => {
    const journal = journalPath();
    const first = await startSlackServer({ journal });
    await first.stop();
    const second = await on.slack({ journal, appId: given });
    expect([second.appId, second.appToken]).toEqual([first.appId, first.appToken]);
    expect(await identity(second)).toBe(first.appId);
  });

  it('of a journal from before ids were drawn is the one that its token names', async () => {
    const journal = journalPath();
    const appToken = ['xapp', '1', 'A0HEDDLE01', '1000000000003', 'ab12'].join('-');
    const secrets = { botToken: ['xoxb', '1', '2', 'ab12'].join('-'), appToken, signingSecret: 'ab12' };
    writeFileSync(journal, `${JSON.stringify({ k: 'secrets', id: '', v: secrets })}\n`);
    const server = await on.slack({ journal });
    expect(server).toMatchObject({ ...secrets, appId: 'A0HEDDLE01' });
    expect(await identity(server)).toBe('A0HEDDLE01');
  });
});

const text = { type: 'plain_text', text: 'x' };
const elements = [{ type: 'button', action_id: 'go', value: 'v', text }];
const card = [{ type: 'actions', elements }] as never;
const form = { type: 'modal', callback_id: 'f', title: text, submit: text, blocks: card };

/** What travels to the app, with what a test looks at. */
interface Payload {
  api_app_id: string;
  type?: string;
  command?: string;
  event?: { type: string; view?: unknown };
  view?: unknown;
  message?: unknown;
}

function kindOf({ event, command, type }: Payload): string | undefined {
  return event?.type ?? command ?? type;
}

/** Keeps all that comes in, acknowledges it, and opens a form where a button of a message was used. */
function listen(app: App, heard: Payload[], answers: unknown[]): void {
  app.use(async ({ body, next }) => {
    heard.push(body as unknown as Payload);
    await next();
  });
  app.action('go', async ({ ack, body, client: web, respond }) => {
    await ack();
    if (!('message' in body)) return;
    answers.push(await web.views.open({ trigger_id: body.trigger_id, view: form as never }));
    await respond({ text: 'answered', response_type: 'in_channel', replace_original: false });
  });
  app.command('/heddle', async ({ ack }) => ack());
  app.shortcut('stop_agent_message', async ({ ack }) => ack());
  app.view('f', async ({ ack }) => ack());
}

/** All that people can do to the app, and all that the app can say. */
async function converse(server: SlackServer): Promise<unknown[]> {
  const { control, botUserId } = server;
  const { ada, general, botId } = control.ids;
  const web = client(server);
  const root = control.say({ user: ada, channel: general, text: '@heddle hello' });
  const posted = await web.chat.postMessage({ channel: general, thread_ts: root, text: 'a', blocks: card });
  await web.chat.postEphemeral({ channel: general, user: ada, text: 'psst' });
  await web.chat.startStream({
    channel: general,
    thread_ts: root,
    recipient_user_id: ada,
    recipient_team_id: server.teamId,
    markdown_text: 'streamed',
  });
  await web.filesUploadV2({ channel_id: general, thread_ts: root, filename: 'a.txt', content: 'abc' });
  await control.click({ user: ada, channel: general, ts: String(posted.ts), actionId: 'go' });
  await control.command({ user: ada, channel: general, command: '/heddle' });
  await control.shortcut({
    user: ada,
    callbackId: 'stop_agent_message',
    channel: general,
    ts: String(posted.ts),
  });
  const view = await control.waitFor(() => control.views(ada)[0]);
  await control.click({ user: ada, viewId: view.id, actionId: 'go' });
  await control.submitView({ user: ada, viewId: view.id, values: {} });
  const home = await web.views.publish({ user_id: ada, view: { type: 'home', blocks: card } });
  control.openHome({ user: ada, tab: 'home' });
  await control.waitFor(() => control.messages(general, root).length === 4);
  await control.waitFor(() => control.messages(general).some((one) => one.text === 'answered'));
  return [
    posted,
    home,
    await web.bots.info({ bot: botId }),
    await web.users.info({ user: botUserId }),
    (await web.conversations.replies({ channel: general, ts: root })).messages?.slice(1),
  ];
}

describe('the app id in all that is said', () => {
  it('is the same in every event, interaction, message, view and answer, over Socket Mode', async () => {
    const server = await on.slack({ appId: given, limits: false, app: { home: true } });
    const heard: Payload[] = [];
    const answers: unknown[] = [];
    await on.socketApp(server, (app) => listen(app, heard, answers), { ignoreSelf: false });
    const said = await converse(server);
    await server.control.waitFor(() => JSON.stringify(heard).includes('app_home_opened'));

    expect(server.appId).toBe(given);
    expect(server.appToken.startsWith(`xapp-1-${given}-`)).toBe(true);
    expect(new Set(heard.map(kindOf))).toEqual(
      new Set([
        'message',
        'app_mention',
        'app_home_opened',
        'block_actions',
        'message_action',
        'view_submission',
        '/heddle',
      ]),
    );
    for (const body of heard) expect(body.api_app_id).toBe(given);
    const shown = heard.flatMap(({ view, message, event }) => [view, message, event?.view]);
    const inside = shown.filter((one) => one !== undefined);
    expect(inside).toHaveLength(5);
    for (const one of inside) expect(one).toMatchObject({ app_id: given });
    expect(appsIn([heard, answers, said])).toEqual([given]);
    for (const answer of [...answers, ...said]) expect(appsIn(answer)).toEqual([given]);
    const [, , , , replies] = said;
    for (const message of replies as unknown[]) expect(message).toMatchObject({ app_id: given });

    const page = await fetch(`http://127.0.0.1:${server.port}/__page/state?user=${server.control.ids.ada}`);
    expect(await page.json()).toMatchObject({ bot: { app_id: given } });
  });

  it('is in the address of a socket and in its greeting', async () => {
    const server = await on.slack({ appId: given });
    const { url = '' } = await client(server, {}).apps.connections.open({ token: server.appToken });
    expect(new URL(url).searchParams.get('app_id')).toBe(given);
    const socket = new WebSocket(url);
    const [hello] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(hello.toString())).toMatchObject({ connection_info: { app_id: given } });
    socket.close();
  });

  it('is in what HTTP carries', async () => {
    const bodies: string[] = [];
    const app = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        bodies.push(body);
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(app, 'listening');
    on.onEnd(async () => app.close());
    const { port } = app.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const server = await on.slack({ appId: given, events: { mode: 'http', url } });
    const { ada, general } = server.control.ids;
    server.control.say({ user: ada, channel: general, text: 'hello' });
    await server.control.waitFor(() => bodies.length === 1);
    await server.control.command({ user: ada, channel: general, command: '/heddle' });
    const [event = '', command = ''] = bodies;
    expect(JSON.parse(event)).toMatchObject({ api_app_id: given });
    expect(new URLSearchParams(command).get('api_app_id')).toBe(given);
  });
});
