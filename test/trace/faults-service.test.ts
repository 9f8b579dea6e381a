/** Services that are slow, down, or refuse for good: people are told, nothing is stormed, nothing is lost. */
import { describe, expect, it } from 'vitest';
import { startApp } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { quietLog } from '../support/quiet-log.ts';
import { slowProxy, type Slowness } from '../support/slow-proxy.ts';
import { SHORT, type Whole } from '../support/whole.ts';
import { ask, endsSound, onGround, reply } from './support/ground.ts';
import { gate, turn } from './support/talk.ts';

type Times = NonNullable<Parameters<typeof startApp>[1]['times']>;

/** The product once more, in place of the one that was started, with a slow way to one of its services. */
async function slowed(
  whole: Whole,
  behind: string,
  slowness: Slowness,
  change: (config: Config, port: number) => Config,
  times: Times = {},
): Promise<() => Promise<void>> {
  await whole.app.stop(500);
  const proxy = await slowProxy(Number(new URL(behind).port), slowness);
  const app = await startApp(change(whole.config, proxy.port), { log: quietLog, times });
  return async () => {
    await app.stop(2_000);
    await proxy.stop();
  };
}

describe.concurrent('a Redis that takes half a second for each answer', () => {
  it(
    'is waited for: Slack is acknowledged in time, and the turn goes on (fault: redis-slow)',
    onGround(
      async (whole) => {
        const redisUrl = (port: number): string => `redis://127.0.0.1:${port}`;
        const change = (config: Config, port: number): Config => ({ ...config, redisUrl: redisUrl(port) });
        const stop = await slowed(whole, whole.redis.url, { laterMs: 250 }, change);
        const { control } = whole.slack;
        const thread = ask(whole, { script: turn('Half of it.', gate('slow'), 'The rest.') });
        await thread.until(() => thread.live(1), 'half of it', 15_000);
        const began = performance.now();
        const command = {
          user: control.ids.ada,
          channel: thread.channel,
          command: '/heddle',
          text: 'status',
        };
        expect(await control.command(command)).toMatchObject({ ok: true });
        expect(performance.now() - began).toBeLessThan(3_000);
        whole.agents.control.open('slow');
        await endsSound(thread);
        whole.agents.control.script(turn('And more.'));
        const next = reply(thread, 'and then?');
        await endsSound(thread, { messages: 2, given: [thread.ts, next] });
        await stop();
      },
      { times: {} },
    ),
  );
});

describe.concurrent('a stream that comes byte by byte', () => {
  it(
    'is read as it comes, and is not taken for silent (fault: stream-trickles)',
    onGround(async (whole) => {
      const change = (config: Config, port: number): Config => ({
        ...config,
        anthropic: { apiKey: 'test-key', baseURL: `http://127.0.0.1:${port}` },
      });
      const slowness = { trickles: /^GET [^ ]*\/events\/stream/ };
      const stop = await slowed(whole, whole.agents.url, slowness, change, { ...SHORT, silentMs: 500 });
      const words = 'Warp and weft, over and under. '.repeat(30).trim();
      const thread = ask(whole, { script: turn(words, 'And the end.') });
      await thread.until(() => thread.words().includes('And the end.'), 'the end', 20_000);
      await endsSound(thread);
      expect(whole.agents.control.calls()['events.stream']).toBe(1);
      await stop();
    }),
  );
});

describe.concurrent('a Slack that is down', () => {
  it(
    'while answers end gets their final texts afterwards, once (fault: slack-down)',
    onGround(async (whole) => {
      const { control } = whole.slack;
      const { general, engineering, secret } = control.ids;
      whole.agents.control.script(turn('Half of it.', gate('down'), 'The rest.'));
      const threads = [general, engineering, secret].map((channel) => ask(whole, { channel }));
      for (const thread of threads) await thread.until(() => thread.live(1), 'half of it');
      const down = control.faults.add({ method: '*', times: Infinity, fault: { type: 'http', status: 503 } });
      whole.agents.control.open('down');
      for (const thread of threads) await thread.until(() => thread.session.status === 'idle', 'the end');
      // Past a lease: whoever holds the threads then goes on with what waits.
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      expect(down.hits()).toBeLessThan(150);
      down.remove();
      for (const thread of threads) await endsSound(thread);
    }),
  );
});

describe.concurrent('what only an operator can lift', () => {
  it(
    'a revoked key: each thread is told, nothing is stormed (fault: key-revoked)',
    onGround(async (whole) => {
      const { control } = whole.agents;
      const revoked = { kind: 'status', status: 401, times: Infinity } as const;
      for (const endpoint of [
        'sessions.create',
        'sessions.list',
        'sessions.retrieve',
        'events.send',
        'events.list',
      ])
        control.fault({ endpoint, ...revoked });
      const { general, engineering, secret } = whole.slack.control.ids;
      const threads = [general, engineering, secret].map((channel) => ask(whole, { channel }));
      for (const thread of threads) {
        await thread.untilCalm();
        expect(thread.words()).toMatch(/:warning:/);
        expect(thread.bot()).toHaveLength(1);
      }
      const calls = Object.values(control.calls()).reduce((sum, count) => sum + count, 0);
      expect(calls).toBeLessThan(15);
      expect(threads.flatMap((thread) => thread.sessions())).toEqual([]);
    }),
  );

  it(
    'an archived agent: new threads are told, what runs goes on (fault: agent-archived)',
    onGround(async (whole) => {
      const { control } = whole.agents;
      const running = ask(whole, { script: turn('Half of it.', gate('on'), 'The rest.') });
      await running.until(() => running.live(1), 'half of it');
      const { baseURL } = whole.config.anthropic;
      const archived = await fetch(`${baseURL}/v1/agents/${whole.config.agent.id}/archive`, {
        method: 'POST',
        headers: {
          'x-api-key': 'test-key',
          'anthropic-beta': 'managed-agents-2026-04-01',
          'anthropic-version': '2023-06-01',
        },
      });
      expect(archived.status).toBe(200);
      const { engineering, secret } = whole.slack.control.ids;
      const late = [engineering, secret].map((channel) => ask(whole, { channel }));
      for (const thread of late) {
        await thread.untilCalm();
        expect(thread.words()).toMatch(/:warning:/);
        expect(thread.sessions()).toEqual([]);
      }
      expect(control.calls()['sessions.create']).toBeLessThan(6);
      control.open('on');
      await endsSound(running);
    }),
  );
});
