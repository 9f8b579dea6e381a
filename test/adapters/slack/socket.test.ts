import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSlackSource, type MountableSlackSource } from '../../../src/adapters/slack/source.ts';
import type { SlackAdapter } from '../../../src/adapters/slack/api.ts';
import { memoryLog, until, type MemoryLog } from './support/clock.ts';
import { fakeSlack, type FakeSlack } from './support/fake-slack.ts';
import { testIntake, type TestIntake } from './support/intake.ts';
import * as payload from './support/payloads.ts';

let slack: FakeSlack;
let intake: TestIntake;
let log: MemoryLog;
let source: MountableSlackSource;
let shown: Parameters<SlackAdapter['ephemeral']>[0][];
let ephemeral: SlackAdapter['ephemeral'];
const rejections: unknown[] = [];
const note = (reason: unknown): void => {
  rejections.push(reason);
};

beforeEach(async () => {
  process.on('unhandledRejection', note);
  slack = await fakeSlack();
  intake = testIntake();
  log = memoryLog();
  shown = [];
  ephemeral = (call) => {
    shown.push(call);
    return Promise.resolve();
  };
  source = createSlackSource({
    config: { botToken: 'xoxb-1', appToken: 'xapp-1-A1-1-secret', apiUrl: slack.apiUrl },
    intake,
    log,
    slack: {
      ephemeral: (call) => ephemeral(call),
      direct: () => Promise.reject(new Error('not scripted')),
      openForm: () => Promise.reject(new Error('not scripted')),
      personChanged: () => undefined,
    },
  });
});

afterEach(async () => {
  await source.stop();
  await slack.close();
  process.off('unhandledRejection', note);
  expect(rejections.splice(0)).toEqual([]);
});

let envelopes = 0;
/** Sends an envelope and gives its id. */
function envelope(type: string, body: unknown, more: object = {}): string {
  envelopes += 1;
  const id = `env-${envelopes}`;
  slack.send({
    type,
    envelope_id: id,
    payload: body,
    accepts_response_payload: type !== 'events_api',
    ...more,
  });
  return id;
}

const acked = (id: string): boolean => slack.acks.some((ack) => ack.envelope_id === id);
const ackOf = (id: string): unknown => slack.acks.find((ack) => ack.envelope_id === id)?.payload;

describe('events', () => {
  it('are admitted, then acknowledged', async () => {
    await source.start();
    let finish = (): void => undefined;
    let begun = false;
    intake.admit = () => {
      begun = true;
      return new Promise((resolve) => (finish = resolve));
    };
    const id = envelope('events_api', payload.event(payload.mention()));
    await until('the admission', () => begun);
    expect(acked(id)).toBe(false);
    finish();
    await until('the acknowledgement', () => acked(id));
    expect(intake.events).toMatchObject([{ kind: 'message', mentionEvent: true }]);
  });

  it('I1: that cannot be admitted are not acknowledged, and are when Slack delivers again', async () => {
    await source.start();
    intake.admit = () => Promise.reject(new Error('the store is away'));
    const body = payload.event(payload.mention());
    const first = envelope('events_api', body);
    const proof = envelope('events_api', payload.event(payload.changed()));
    await until('the one behind it', () => acked(proof));
    await until('the failure', () => log.all().includes('not admitted'));
    expect(acked(first)).toBe(false);
    intake.admit = () => Promise.resolve();
    const again = envelope('events_api', body, { retry_attempt: 1, retry_reason: 'timeout' });
    await until('the acknowledgement', () => acked(again));
    expect(intake.events).toHaveLength(1);
    expect(acked(first)).toBe(false);
  });
});

describe('frames that would end the process', () => {
  it.each<[string, unknown]>([
    ['app_rate_limited', { type: 'app_rate_limited', team_id: 'T1', minute_rate_limited: 1 }],
    ['no event', { type: 'event_callback' }],
    ['an event that is null', { type: 'event_callback', event: null }],
    ['an event named as the client’s own signal', payload.event({ type: 'ws_message' })],
    ['an event named close', payload.event({ type: 'close' })],
    ['an event named slack_event', payload.event({ type: 'slack_event' })],
    ['no payload', undefined],
    ['a text for payload', 'payload'],
    ['a channel that is null', payload.event({ type: 'message', channel: null, item: null })],
  ])('are acknowledged and ignored: %s', async (_, body) => {
    await source.start();
    const id = envelope('events_api', body);
    await until('the acknowledgement', () => acked(id));
    const next = envelope('events_api', payload.event(payload.mention()));
    await until('the next one', () => acked(next));
    expect(intake.events).toHaveLength(1);
    expect(slack.connections).toBe(1);
  });

  it.each(['', 'null', '[]', '{', '12', '{"type":"error"}', '{"type":7}', '{"type":"events_api"}'])(
    'without an envelope are dropped: %s',
    async (frame) => {
      await source.start();
      slack.send(frame);
      const next = envelope('events_api', payload.event(payload.mention()));
      await until('the next one', () => acked(next));
      expect(slack.connections).toBe(1);
    },
  );

  it('of a type that nobody knows are acknowledged', async () => {
    await source.start();
    const id = envelope('something_new', { a: 1 });
    await until('the acknowledgement', () => acked(id));
  });
});

describe('clicks, commands, shortcuts', () => {
  const content = { text: 'Stopped.', blocks: [{ type: 'markdown', text: 'Stopped.' }] };

  it('a click is admitted, acknowledged, and its answer shown to the person in the thread', async () => {
    await source.start();
    intake.reply = () => Promise.resolve({ content });
    const id = envelope('interactive', payload.action());
    await until('the answer', () => shown.length === 1 && acked(id));
    expect(ackOf(id)).toEqual({});
    expect(intake.asks).toMatchObject([{ kind: 'action', actionId: 'heddle.stop' }]);
    expect(shown).toMatchObject([{ channel: 'C1', user: 'U1', threadTs: '1790000000.000100', content }]);
  });

  it('a click that could not be taken is told to the person', async () => {
    await source.start();
    intake.reply = () => Promise.reject(new Error('the store is away'));
    const id = envelope('interactive', payload.action());
    await until('the answer', () => shown.length === 1 && acked(id));
    expect(shown[0]?.content.text).toMatch(/did not go through/);
  });

  it('where no ephemeral can be posted the response_url is used', async () => {
    await source.start();
    ephemeral = () => Promise.reject(new Error('not_in_channel'));
    intake.reply = () => Promise.resolve({ content });
    envelope('interactive', payload.action({ response_url: `${slack.origin}/respond/1` }));
    await until('the answer', () => slack.responses.length === 1);
    expect(slack.responses).toMatchObject([{ text: 'Stopped.', thread_ts: '1790000000.000100' }]);
  });

  it('a response_url of another host is never followed', async () => {
    await source.start();
    const stranger = await fakeSlack();
    ephemeral = () => Promise.reject(new Error('not_in_channel'));
    intake.reply = () => Promise.resolve({ content });
    envelope('interactive', payload.action({ response_url: `${stranger.origin}/respond/1` }));
    await until('giving up', () => log.all().includes('no response_url of Slack'));
    expect(stranger.responses).toEqual([]);
    await stranger.close();
  });

  it('a command is answered in its acknowledgement', async () => {
    await source.start();
    intake.reply = () => Promise.resolve({ content });
    const id = envelope('slash_commands', payload.command());
    await until('the acknowledgement', () => acked(id));
    expect(ackOf(id)).toEqual({ response_type: 'ephemeral', replace_original: false, ...content });
    expect(shown).toEqual([]);
  });

  it('a shortcut is admitted', async () => {
    await source.start();
    const id = envelope('interactive', payload.shortcut());
    await until('the acknowledgement', () => acked(id));
    expect(intake.asks).toMatchObject([{ kind: 'shortcut', callbackId: 'stop_agent_message' }]);
  });

  it('what is not ours is acknowledged', async () => {
    await source.start();
    const ids = [
      envelope('interactive', payload.action({ actions: [{ action_id: 'x', type: 'button' }] })),
      envelope('interactive', payload.action({ actions: [] })),
      envelope('interactive', { type: 'view_submission', view: {} }),
      envelope('interactive', { type: 'shortcut', callback_id: 'global' }),
      envelope('interactive', null),
    ];
    await until('all acknowledgements', () => ids.every(acked));
    expect(intake.asks).toEqual([]);
  });
});

describe('the connection', () => {
  it('C1: an announced end leaves no gap', async () => {
    await source.start();
    const old = slack.sockets[0];
    slack.send({ type: 'disconnect', reason: 'warning', debug_info: {} });
    await until('the successor', () => slack.connections === 2);
    expect(source.health()).toEqual({ ok: true });
    await until('the end of the first', () => !slack.sockets.includes(old as never));
    const id = envelope('events_api', payload.event(payload.mention()));
    await until('the acknowledgement', () => acked(id));
    expect(source.health()).toEqual({ ok: true });
  });

  it('C1: the old connection still delivers until the new one stands', async () => {
    await source.start();
    slack.on('apps.connections.open', 'hang');
    slack.send({ type: 'disconnect', reason: 'refresh_requested' });
    await until('the attempt', () => slack.callsOf('apps.connections.open').length === 2);
    const id = envelope('events_api', payload.event(payload.mention()));
    await until('the acknowledgement', () => acked(id));
  });

  it('C2: a lost connection is replaced at once', async () => {
    await source.start();
    const before = Date.now();
    slack.sockets[0]?.terminate();
    await until('the loss', () => !source.health().ok || slack.connections === 2);
    await until('the successor', () => slack.connections === 2 && source.health().ok);
    expect(Date.now() - before).toBeLessThan(1_000);
    const id = envelope('events_api', payload.event(payload.mention()));
    await until('the acknowledgement', () => acked(id));
  });

  it('C2: a peer that fell silent without closing is noticed', async () => {
    await source.start();
    (slack.sockets[0] as unknown as { _socket: { pause(): void } })._socket.pause();
    await until('the successor', () => slack.connections === 2, 15_000);
  });

  it('C3: failing to connect again ends nothing, and health tells', async () => {
    await source.start();
    const url = `ws://${new URL(slack.apiUrl).host}/link`;
    slack.on('apps.connections.open', [
      { http: 500 },
      { ok: false, error: 'invalid_auth' },
      { ok: true, url: 'ws://127.0.0.1:1/' },
      { ok: true, url },
    ]);
    slack.sockets[0]?.terminate();
    await until('the trouble', () => !source.health().ok);
    await until('the successor', () => slack.connections === 2 && source.health().ok);
  });

  it('start waits until a connection stands, and health says why it does not', async () => {
    slack.on('apps.connections.open', [
      { http: 502 },
      { ok: true, url: `ws://${new URL(slack.apiUrl).host}/` },
    ]);
    const starting = source.start();
    await until('the reason', () => JSON.stringify(source.health()).includes('http_502'));
    await starting;
    expect(source.health()).toEqual({ ok: true });
  });

  it('is refused where Slack refuses the app token', async () => {
    slack.on('apps.connections.open', { ok: false, error: 'not_allowed_token_type' });
    await expect(source.start()).rejects.toMatchObject({ kind: 'fatal', code: 'not_allowed_token_type' });
  });

  it('each token goes where it belongs', async () => {
    await source.start();
    expect(slack.calls.map((call) => [call.method, call.token])).toEqual([
      ['auth.test', 'xoxb-1'],
      ['apps.connections.open', 'xapp-1-A1-1-secret'],
    ]);
  });

  it('stopping lets what is being admitted go out acknowledged, then closes', async () => {
    await source.start();
    let finish = (): void => undefined;
    let begun = false;
    intake.admit = () => {
      begun = true;
      return new Promise((resolve) => (finish = resolve));
    };
    const id = envelope('events_api', payload.event(payload.mention()));
    await until('the admission', () => begun);
    const stopping = source.stop();
    const late = envelope('events_api', payload.event(payload.mention(), { event_id: 'Ev2' }));
    finish();
    await stopping;
    await until('the acknowledgement', () => acked(id));
    await until('the end', () => slack.sockets.length === 0);
    expect(acked(late)).toBe(false);
    expect(slack.connections).toBe(1);
    expect(source.health()).toEqual({ ok: false, why: 'stopping' });
  });

  it('stopping does not wait for a server that says no hello', async () => {
    slack.greets = false;
    const starting = source.start();
    starting.catch(() => undefined);
    await until('a socket', () => slack.sockets.length === 1);
    await source.stop();
    await expect(starting).rejects.toThrow();
  });
});

it('the log holds no message, no token and no payload', async () => {
  await source.start();
  intake.admit = () => Promise.reject(new Error('away'));
  envelope('events_api', payload.event(payload.mention({ text: 'very private' })));
  envelope('events_api', payload.event({ type: 'ws_message', text: 'very private' }));
  await until('the failure', () => log.all().includes('not admitted'));
  expect(log.all()).not.toContain('private');
  expect(log.all()).not.toContain('secret');
});
