import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSlackSource, type MountableSlackSource } from '../../../src/adapters/slack/source.ts';
import { memoryLog, until, type MemoryLog } from './support/clock.ts';
import { fakeSlack, mount, SECRET, signed, type FakeSlack } from './support/fake-slack.ts';
import { testIntake, type TestIntake } from './support/intake.ts';
import * as payload from './support/payloads.ts';

let slack: FakeSlack;
let intake: TestIntake;
let log: MemoryLog;
let source: MountableSlackSource;
let server: Awaited<ReturnType<typeof mount>>;
let changed: string[];
const now = (): number => Math.floor(Date.now() / 1000);

beforeEach(async () => {
  slack = await fakeSlack();
  intake = testIntake();
  log = memoryLog();
  changed = [];
  source = createSlackSource({
    config: { botToken: 'xoxb-1', signingSecret: SECRET, apiUrl: slack.apiUrl },
    intake,
    log,
    slack: {
      ephemeral: () => Promise.reject(new Error('not scripted')),
      direct: () => Promise.reject(new Error('not scripted')),
      openForm: () => Promise.reject(new Error('not scripted')),
      personChanged: (user) => changed.push(user),
    },
  });
  const [route] = source.routes;
  if (!route) throw new Error('no route');
  expect([route.method, route.path]).toEqual(['POST', '/slack/events']);
  server = await mount(route.handler);
});

afterEach(async () => {
  await source.stop();
  await server.close();
  await slack.close();
});

async function send(body: string, headers = signed(body), type = 'application/json'): Promise<Response> {
  return fetch(server.url, { method: 'POST', body, headers: { 'content-type': type, ...headers } });
}

const deliver = (body: object, headers?: Record<string, string>): Promise<Response> =>
  send(JSON.stringify(body), headers);

const form = (fields: Record<string, unknown>): string =>
  new URLSearchParams(
    Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();

const sendForm = (body: string): Promise<Response> =>
  send(body, signed(body), 'application/x-www-form-urlencoded');

describe('events', () => {
  it('are admitted, then acknowledged', async () => {
    await source.start();
    let admitted = false;
    intake.admit = async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      admitted = true;
    };
    const response = await deliver(payload.event(payload.mention()));
    expect([response.status, await response.text(), admitted]).toEqual([200, '', true]);
    expect(intake.events).toMatchObject([{ kind: 'message', mentionEvent: true, channel: 'C1' }]);
    expect(intake.bots).toEqual([{ team: 'T1', botUserId: 'UBOT', botId: 'BBOT', appId: 'A1' }]);
  });

  it('I1: that cannot be admitted are not acknowledged, and are when Slack delivers again', async () => {
    await source.start();
    intake.admit = () => Promise.reject(new Error('the store is away'));
    const body = payload.event(payload.mention());
    const refused = await deliver(body);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('x-slack-no-retry')).toBeNull();
    expect(intake.events).toEqual([]);
    intake.admit = () => Promise.resolve();
    const raw = JSON.stringify(body);
    const again = await send(raw, {
      ...signed(raw),
      'x-slack-retry-num': '1',
      'x-slack-retry-reason': 'http_error',
    });
    expect(again.status).toBe(200);
    expect(intake.events).toHaveLength(1);
  });

  it('whose admission takes longer than Slack waits are answered 503 in time', async () => {
    await source.start();
    let finish = (): void => undefined;
    intake.admit = () => new Promise((resolve) => (finish = resolve));
    const before = Date.now();
    const response = await deliver(payload.event(payload.mention()));
    expect(response.status).toBe(503);
    expect(Date.now() - before).toBeLessThan(3_000);
    finish();
    await until('the late admission', () => intake.events.length === 1);
  });

  it('that mean nothing to a thread are acknowledged', async () => {
    await source.start();
    expect((await deliver(payload.event(payload.changed()))).status).toBe(200);
    expect((await deliver({ type: 'app_rate_limited', team_id: 'T1' })).status).toBe(200);
    expect((await deliver(payload.event({ type: 'message', channel: null, item: null }))).status).toBe(200);
    expect((await deliver(payload.event({ type: 'user_change', user: { id: 'U7' } }))).status).toBe(200);
    expect(intake.events).toEqual([]);
    expect(changed).toEqual(['U7']);
  });

  it('a replay is delivered again: it is the claim that makes it count once (fault: replayed)', async () => {
    await source.start();
    const raw = JSON.stringify(payload.event(payload.mention()));
    const headers = signed(raw);
    expect((await send(raw, headers)).status).toBe(200);
    expect((await send(raw, headers)).status).toBe(200);
    expect(intake.events.map((event) => event.eventId)).toEqual(['Ev1', 'Ev1']);
  });
});

describe('what is not from Slack', () => {
  const raw = JSON.stringify(payload.event(payload.mention()));

  it.each<[string, () => Record<string, string>]>([
    ['no signature', () => ({})],
    ['no timestamp', () => ({ 'x-slack-signature': signed(raw)['x-slack-signature'] ?? '' })],
    ['another secret', () => signed(raw, now(), 'guessed')],
    ['another body', () => signed(`${raw} `)],
    ['another version', () => ({ ...signed(raw), 'x-slack-signature': 'v1=00' })],
    ['no hash', () => ({ ...signed(raw), 'x-slack-signature': 'v0' })],
    ['six minutes ago', () => signed(raw, now() - 360)],
    ['in six minutes', () => signed(raw, now() + 360)],
    ['a timestamp that is no number', () => ({ ...signed(raw), 'x-slack-request-timestamp': 'NaN' })],
    ['a timestamp in exponents', () => ({ ...signed(raw), 'x-slack-request-timestamp': '1e10' })],
  ])('is answered 401: %s (fault: unsigned, timestamp-wrong)', async (_, headers) => {
    await source.start();
    expect((await send(raw, headers())).status).toBe(401);
    expect(intake.events).toEqual([]);
  });

  it('a challenge counts only with a signature', async () => {
    await source.start();
    const body = JSON.stringify({ type: 'url_verification', challenge: 'c-1' });
    expect((await send(body, {})).status).toBe(401);
    expect(await (await send(body)).json()).toEqual({ challenge: 'c-1' });
  });

  it('an unsigned certificate check does nothing else', async () => {
    await source.start();
    const body = form({ ssl_check: 1, command: '/heddle', user_id: 'U1', channel_id: 'C1' });
    expect((await send(body, {}, 'application/x-www-form-urlencoded')).status).toBe(200);
    expect(intake.asks).toEqual([]);
  });

  it('is cut off above one megabyte (fault: body-giant)', async () => {
    await source.start();
    const big = JSON.stringify({ type: 'event_callback', filler: 'x'.repeat(1024 * 1024) });
    const status = await send(big).then(
      (response) => response.status,
      () => 'cut',
    );
    expect([413, 'cut']).toContain(status);
    expect((await deliver(payload.event(payload.mention()))).status).toBe(200);
  });

  it('is cut off above one megabyte, sent in pieces without a length (fault: body-giant)', async () => {
    await source.start();
    const port = Number(new URL(server.url).port);
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.on('error', () => undefined);
    socket.write('POST /slack/events HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
    for (let i = 0; i < 17; i += 1) socket.write(`10000\r\n${'x'.repeat(65_536)}\r\n`);
    await until('an answer', () => answer !== '');
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    socket.destroy();
  });
});

describe('what is malformed', () => {
  it.each(['', '{', 'null', '[]', '"text"', '12', '{"a":'.repeat(2_000), '['.repeat(300_000)])(
    'is answered 400 and harms nothing: %# (fault: json-hostile)',
    async (body) => {
      await source.start();
      expect((await send(body)).status).toBe(400);
      expect((await deliver(payload.event(payload.mention()))).status).toBe(200);
    },
  );

  it('a deeply nested payload is acknowledged and ignored', async () => {
    await source.start();
    const body = `{"type":"event_callback","event":{"type":"x","deep":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`;
    expect((await send(body)).status).toBe(200);
  });

  it('a form whose payload is no JSON', async () => {
    await source.start();
    expect((await sendForm(form({ payload: '{' }))).status).toBe(400);
    expect((await sendForm(form({ payload: 'null' }))).status).toBe(400);
    expect((await sendForm(form({ nothing: 'here' }))).status).toBe(200);
    expect(intake.asks).toEqual([]);
  });
});

describe('commands', () => {
  it('are answered with the acknowledgement, to the person alone', async () => {
    await source.start();
    const blocks = [{ type: 'markdown', text: 'All quiet.' }];
    intake.reply = () => Promise.resolve({ content: { text: 'All quiet.', blocks } });
    const response = await sendForm(form(payload.command()));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      response_type: 'ephemeral',
      replace_original: false,
      text: 'All quiet.',
      blocks,
    });
    expect(intake.asks).toMatchObject([{ kind: 'command', text: 'status', user: 'U1' }]);
  });

  it('without an answer are just acknowledged', async () => {
    await source.start();
    const response = await sendForm(form(payload.command()));
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('that fail say so in words, with an id that the log knows', async () => {
    await source.start();
    intake.reply = () => Promise.reject(new Error('the store is away'));
    const answer = (await (await sendForm(form(payload.command()))).json()) as { text: string };
    expect(answer.text).toMatch(/did not go through/);
    expect(answer.text).not.toContain('store');
    const id = /\((\w+)\)/.exec(answer.text)?.[1];
    expect(log.all()).toContain(`"id":"${id}"`);
  });

  it('that take long are acknowledged in time, and answered at their response_url', async () => {
    await source.start();
    let finish: (reply: { content: { text: string; blocks: [] } }) => void = () => undefined;
    intake.reply = () => new Promise((resolve) => (finish = resolve));
    const body = form(payload.command({ response_url: `${slack.origin}/respond/1` }));
    const response = await sendForm(body);
    expect([response.status, await response.text()]).toEqual([200, '']);
    finish({ content: { text: 'at last', blocks: [] } });
    await until('the answer', () => slack.responses.length === 1);
    expect(slack.responses).toEqual([
      { response_type: 'ephemeral', replace_original: false, text: 'at last' },
    ]);
  });
});

describe('starting and stopping', () => {
  it('answers 503 before it has started and after it has stopped', async () => {
    expect((await deliver(payload.event(payload.mention()))).status).toBe(503);
    expect(source.health()).toMatchObject({ ok: false });
    await source.start();
    expect(source.health()).toEqual({ ok: true });
    await source.stop();
    expect((await deliver(payload.event(payload.mention()))).status).toBe(503);
    expect(source.health()).toEqual({ ok: false, why: 'stopping' });
    expect(intake.events).toEqual([]);
  });

  it('stopping waits for what is being admitted, and that is acknowledged', async () => {
    await source.start();
    let finish = (): void => undefined;
    let begun = false;
    intake.admit = () => {
      begun = true;
      return new Promise((resolve) => (finish = resolve));
    };
    const delivery = deliver(payload.event(payload.mention()));
    await until('the admission', () => begun);
    let stopped = false;
    const stopping = source.stop().then(() => (stopped = true));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(stopped).toBe(false);
    finish();
    expect((await delivery).status).toBe(200);
    await stopping;
  });

  it.each(['invalid_auth', 'account_inactive', 'not_authed', 'token_revoked'])(
    'is refused where Slack refuses the token: %s',
    async (error) => {
      slack.on('auth.test', { ok: false, error });
      await expect(source.start()).rejects.toMatchObject({ kind: 'fatal', code: error });
    },
  );

  it('is refused with a token that is no bot’s', async () => {
    slack.on('auth.test', { ok: true, team_id: 'T1', user_id: 'U1' });
    await expect(source.start()).rejects.toMatchObject({ kind: 'fatal', code: 'not_a_bot_token' });
  });

  it('keeps trying while Slack cannot be asked, and says so', async () => {
    slack.on('auth.test', [
      { http: 503 },
      { ok: true, team_id: 'T1', user_id: 'UBOT', bot_id: 'BBOT', app_id: 'A1' },
    ]);
    const starting = source.start();
    await until(
      'the first attempt',
      () => !source.health().ok && /http_503/.test(JSON.stringify(source.health())),
    );
    expect(await starting).toMatchObject({ appId: 'A1' });
    expect(source.health()).toEqual({ ok: true });
  });

  it('stopping ends the trying', async () => {
    slack.on('auth.test', 'cut');
    const starting = source.start();
    starting.catch(() => undefined);
    await until('an attempt', () => slack.calls.length > 0);
    await source.stop();
    await expect(starting).rejects.toMatchObject({ kind: 'retry', code: 'stopping' });
  });

  it('learns the app’s id from bots.info where auth.test does not tell', async () => {
    slack.on('auth.test', { ok: true, team_id: 'T1', user_id: 'UBOT', bot_id: 'BBOT' });
    slack.on('bots.info', [{ http: 500 }, { ok: true, bot: { id: 'BBOT', app_id: 'A77' } }]);
    expect((await source.start()).appId).toBe('A77');
  });

  it('has the bot’s id stand in where Slack will not say', async () => {
    slack.on('auth.test', { ok: true, team_id: 'T1', user_id: 'UBOT', bot_id: 'BBOT' });
    slack.on('bots.info', { ok: false, error: 'missing_scope' });
    expect((await source.start()).appId).toBe('BBOT');
  });
});

it('the log holds no message and no payload', async () => {
  await source.start();
  intake.admit = () => Promise.reject(new Error('away'));
  await deliver(payload.event(payload.mention({ text: 'very private' })));
  await deliver(payload.event(payload.mention({ text: 'very private' })), {});
  expect(log.all()).not.toContain('private');
  expect(log.all()).not.toContain('verification-token');
});
