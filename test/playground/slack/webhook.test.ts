import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { SlackServer, SlackServerOptions } from '../../../src/playground/slack/index.ts';
import { eavesdrop, type Outer } from './eavesdrop.ts';
import { client, freePort, Heard, stage } from './helpers.ts';

const on = stage();
const secret = 'a'.repeat(32);

async function httpServer(options: SlackServerOptions = {}): Promise<{ server: SlackServer; port: number }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/slack/events`;
  const server = await on.slack({
    timings: { retries: [0, 20, 20], ackMs: 500 },
    events: { mode: 'http', url, signingSecret: secret },
    ...options,
  });
  return { server, port };
}

async function httpApp(server: SlackServer, port: number, listen: (app: App) => void): Promise<App> {
  const receiver = new HTTPReceiver({
    signingSecret: server.signingSecret,
    processBeforeResponse: true,
    logLevel: LogLevel.ERROR,
  });
  const app = new App({
    token: server.botToken,
    receiver,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: server.apiUrl, retryConfig: { retries: 0 } },
  });
  listen(app);
  await app.start(port);
  on.onEnd(() => app.stop());
  return app;
}

describe('events over HTTP', () => {
  it('signs what it sends, so that Bolt takes events, commands and clicks', async () => {
    const { server, port } = await httpServer();
    const heard = new Heard<Outer>();
    await httpApp(server, port, (app) => {
      eavesdrop(app, heard);
      app.command('/heddle', async ({ ack }) => ack('said'));
      app.action('go', async ({ ack, respond }) => {
        await ack();
        await respond({ text: 'pressed', replace_original: false });
      });
    });
    const { control } = server;
    const { ada, general } = control.ids;
    control.say({ user: ada, channel: general, text: '@heddle hi' });
    const events = await heard.until(2);
    expect(events.map(({ event }) => event.type).toSorted()).toEqual(['app_mention', 'message']);
    await control.command({ user: ada, channel: general, command: '/heddle', text: 'help' });
    expect(control.ephemerals(ada).map((one) => one.text)).toEqual(['said']);
    const button = { type: 'button', action_id: 'go', text: { type: 'plain_text', text: 'Go' } };
    const { ts = '' } = await client(server).chat.postMessage({
      channel: general,
      text: 'x',
      blocks: [{ type: 'actions', elements: [button] }] as never,
    });
    await control.click({ user: ada, channel: general, ts, actionId: 'go' });
    await control.waitFor(() => control.ephemerals(ada).length === 2);
    expect(control.ephemerals(ada)[1]?.text).toBe('pressed');
  });

  it('tries again after an error, and says so in the headers', async () => {
    const { server, port } = await httpServer();
    const heard = new Heard<Outer>();
    let failing = 2;
    await httpApp(server, port, (app) => {
      eavesdrop(app, heard);
      app.message(async () => {
        failing -= 1;
        if (failing >= 0) throw new Error('not yet');
      });
      app.error(async (error) => {
        throw error;
      });
    });
    server.control.say({ user: server.control.ids.ada, channel: server.control.ids.general, text: 'x' });
    const all = await heard.until(3);
    expect(all.map((one) => one.retry)).toEqual([undefined, 1, 2]);
    expect(new Set(all.map((one) => one.event_id)).size).toBe(1);
  });

  it('stops trying when told X-Slack-No-Retry, and after three retries', async () => {
    const { server, port } = await httpServer();
    const seen: (string | undefined)[] = [];
    const calls = new Heard<string>();
    const sink = createServer((request, response) => {
      const reason = request.headers['x-slack-retry-reason'];
      seen.push(typeof reason === 'string' ? reason : undefined);
      request.resume();
      response.writeHead(503, seen.length > 4 ? { 'X-Slack-No-Retry': '1' } : {});
      response.end();
      calls.push(String(reason));
    }).listen(port, '127.0.0.1');
    on.onEnd(async () => sink.close());
    const { control } = server;
    control.say({ user: control.ids.ada, channel: control.ids.general, text: 'four times' });
    await calls.until(4);
    control.say({ user: control.ids.ada, channel: control.ids.general, text: 'once' });
    await calls.until(5);
    control.say({ user: control.ids.ada, channel: control.ids.general, text: 'once' });
    await calls.until(6);
    expect(seen).toEqual([undefined, 'http_error', 'http_error', 'http_error', undefined, undefined]);
  });

  it('forges signatures, which Bolt refuses', async () => {
    const { server, port } = await httpServer();
    await httpApp(server, port, (app) => app.message(async () => undefined));
    const { forge } = server.control;
    const body = JSON.stringify({ type: 'event_callback', event: { type: 'message' } });
    expect(await forge({ body, headers: { 'X-Slack-Signature': 'v0=00' } })).toBe(401);
    expect(await forge({ body, headers: { 'X-Slack-Request-Timestamp': '1' } })).toBe(401);
    expect(await forge({ body: JSON.stringify({ type: 'url_verification', challenge: 'c' }) })).toBe(200);
  });
});
