import { SocketModeClient } from '@slack/socket-mode';
import { LogLevel } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import {
  ManualClock,
  type SlackServer,
  type SlackServerOptions,
} from '../../../src/playground/slack/index.ts';
import { Heard, stage } from './helpers.ts';

const on = stage();

interface Envelope {
  ack: () => Promise<void>;
  envelope_id: string;
  body: { event_id: string; event: { text: string } };
  retry_num?: number;
  retry_reason?: string;
}

/** The real Socket Mode client, bare: nothing is acknowledged unless `take` does it. */
async function socket(server: SlackServer, take: (envelope: Envelope) => void): Promise<SocketModeClient> {
  const client = new SocketModeClient({
    appToken: server.appToken,
    logLevel: LogLevel.ERROR,
    clientPingTimeout: 150,
    clientOptions: { slackApiUrl: server.apiUrl, retryConfig: { retries: 0 } },
  });
  client.on('slack_event', take);
  await client.start();
  on.onEnd(() => client.disconnect());
  return client;
}

const quick: SlackServerOptions = { timings: { ackMs: 40, retries: [0, 20, 20] } };
const say = (server: SlackServer, text: string): string =>
  server.control.say({ user: server.control.ids.ada, channel: server.control.ids.general, text });
const acked = (heard: Heard<Envelope>) => (envelope: Envelope) => {
  heard.push(envelope);
  envelope.ack().catch(() => undefined);
};

describe('deliveries over Socket Mode', () => {
  it('redelivers what is not acknowledged, with the same event id, and then gives up', async () => {
    const server = await on.slack(quick);
    const heard = new Heard<Envelope>();
    await socket(server, (envelope) => heard.push(envelope));
    say(server, 'x');
    const all = await heard.until(4);
    expect(all.map((one) => one.retry_num)).toEqual([0, 1, 2, 3]);
    expect(all[1]?.retry_reason).toBe('timeout');
    expect(new Set(all.map((one) => one.body.event_id)).size).toBe(1);
    expect(new Set(all.map((one) => one.envelope_id)).size).toBe(4);
  });

  it('keeps what happens while no socket is open, in order, but not for ever', async () => {
    const clock = new ManualClock();
    const server = await on.slack({ clock });
    say(server, 'too old');
    clock.advance(400_000);
    say(server, 'one');
    say(server, 'two');
    const heard = new Heard<Envelope>();
    await socket(server, acked(heard));
    const all = await heard.until(2);
    expect(all.map((one) => one.body.event.text)).toEqual(['one', 'two']);
  });

  it('gives each payload to one of several sockets', async () => {
    const server = await on.slack();
    const [first, second] = [new Heard<Envelope>(), new Heard<Envelope>()];
    await socket(server, acked(first));
    await socket(server, acked(second));
    for (let n = 0; n < 10; n++) say(server, String(n));
    await Promise.all([first.until(5), second.until(5)]);
    const texts = [...first.all, ...second.all].map((one) => one.body.event.text);
    expect(texts.toSorted()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  });

  it('duplicates, doubts, loses and reorders on request', async () => {
    // Nothing here waits for an acknowledgement that is late, so a busy machine gets its usual three seconds.
    const server = await on.slack({ timings: { retries: [0, 20, 20] } });
    const { deliveries, waitFor } = server.control;
    const heard = new Heard<Envelope>();
    await socket(server, acked(heard));
    deliveries.addFault({ kind: 'duplicate' });
    say(server, 'twice');
    deliveries.addFault({ kind: 'lost_ack' });
    say(server, 'again');
    deliveries.addFault({ kind: 'lose' });
    say(server, 'never');
    await heard.until(4);
    deliveries.addFault({ kind: 'hold', times: 2, event: 'message' });
    say(server, 'first');
    say(server, 'second');
    deliveries.release(true);
    const all = await heard.until(6);
    await waitFor(() => deliveries.waiting === 0);
    expect(all.map((one) => `${one.body.event.text} ${one.retry_num}`)).toEqual([
      'twice 0',
      'twice 0',
      'again 0',
      'again 1',
      'second 0',
      'first 0',
    ]);
  });

  it.each(['refresh_requested', 'warning'] as const)('is found again after a %s frame', async (reason) => {
    const server = await on.slack({ timings: { warningMs: 20 } });
    const heard = new Heard<Envelope>();
    await socket(server, acked(heard));
    server.control.sockets.disconnect(reason);
    await server.control.waitFor(() => server.control.sockets.count === 0);
    say(server, 'meanwhile');
    const [only] = await heard.until(1);
    expect(only?.body.event.text).toBe('meanwhile');
  });

  it('delivers again what a cut connection left open', async () => {
    const server = await on.slack({ timings: { retries: [0, 0, 0] } });
    const heard = new Heard<Envelope>();
    let first = true;
    await socket(server, (envelope) => {
      heard.push(envelope);
      if (first) server.control.sockets.drop();
      else envelope.ack().catch(() => undefined);
      first = false;
    });
    say(server, 'x');
    const [, second] = await heard.until(2);
    expect(second?.retry_num).toBe(1);
  });

  it('swallows what is sent over a half-open connection, and delivers it over the next', async () => {
    const server = await on.slack();
    const heard = new Heard<Envelope>();
    await socket(server, acked(heard));
    server.control.sockets.mute(true);
    say(server, 'unheard');
    server.control.sockets.mute(false);
    server.control.sockets.drop();
    const [only] = await heard.until(1);
    expect(only?.body.event.text).toBe('unheard');
  });

  it('refuses an eleventh socket and a ticket that was used', async () => {
    const server = await on.slack();
    for (let n = 0; n < 10; n++) await socket(server, () => undefined);
    const eleventh = new SocketModeClient({
      appToken: server.appToken,
      logLevel: LogLevel.ERROR,
      autoReconnectEnabled: false,
      clientOptions: { slackApiUrl: server.apiUrl, retryConfig: { retries: 0 } },
    });
    await expect(eleventh.start()).rejects.toMatchObject({ data: { error: 'too_many_websockets' } });
    const stale = new WebSocketProbe(
      server.apiUrl.replace('http', 'ws').replace('/api/', '/link/?ticket=gone'),
    );
    await expect(stale.opened).rejects.toThrow();
  });
});

class WebSocketProbe {
  readonly opened: Promise<void>;

  constructor(url: string) {
    this.opened = import('ws').then(
      ({ WebSocket }) =>
        new Promise((resolve, reject) => {
          const probe = new WebSocket(url);
          probe.on('open', () => resolve());
          probe.on('error', reject);
        }),
    );
  }
}
