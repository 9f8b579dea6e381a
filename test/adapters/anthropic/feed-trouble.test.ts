/** What networks, proxies and a service in trouble do to a stream. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createAgentPort } from '../../../src/adapters/anthropic/sessions.ts';
import type { AgentPortOptions } from '../../../src/adapters/anthropic/sessions.ts';
import { systemClock } from '../../../src/lib/time.ts';
import type { Feed } from '../../../src/ports.ts';
import { failureOf, frame, json, keptLog, startWire, stream } from './wire.ts';
import type { Wire } from './wire.ts';

let wire: Wire;

beforeEach(async () => {
  wire = await startWire();
});

afterEach(() => wire.close());

const port = (more: Partial<AgentPortOptions> = {}) =>
  createAgentPort({
    apiKey: 'sk-ant-test',
    baseURL: wire.baseUrl,
    agent: { id: 'agent_1' },
    environmentId: 'env_1',
    appId: 'A1',
    log: keptLog([]),
    clock: systemClock,
    ...more,
  });

const never = new AbortController().signal;

async function opened(more: Partial<AgentPortOptions> = {}) {
  let response: ServerResponse | undefined;
  wire.answer(
    stream((open) => {
      response = open;
    }),
  );
  const feed = await port(more).attach('sesn_1', never);
  if (!response) throw new Error('the stream was not opened');
  return { feed, response };
}

async function itemsOf(feed: Feed) {
  const items = [];
  for await (const batch of feed) items.push(...batch);
  return items;
}

const message = (id: string, words: string) =>
  frame({
    type: 'agent.message',
    id,
    content: [{ type: 'text', text: words }],
    processed_at: '2026-11-20T10:00:00Z',
  });

it('asks with what the SDK asks with: credentials, versions, who is asking', async () => {
  const { feed } = await opened();
  feed.close();
  wire.answer(json({ id: 'sesn_1', status: 'idle' }));
  await port().status('sesn_1');
  const [raw, own] = wire.asked.map(({ headers }) => headers);
  for (const name of [
    'authorization',
    'x-api-key',
    'anthropic-version',
    'anthropic-beta',
    'user-agent',
    'x-stainless-lang',
  ])
    expect([name, raw?.[name]]).toEqual([name, own?.[name]]);
  expect(raw?.authorization).toBe('Bearer sk-ant-test');
});

it('a bearer token in place of the key', async () => {
  const { feed } = await opened({ apiKey: undefined, authToken: 'token-1' });
  feed.close();
  expect(wire.asked[0]?.headers.authorization).toBe('Bearer token-1');
  expect(wire.asked[0]?.headers['x-api-key']).toBeUndefined();
});

it('one byte a second is no silence, and an event all the same', async () => {
  let ahead = 0;
  const timers: { at: number; fn: () => void }[] = [];
  const clock = {
    ...systemClock,
    monotonic: () => ahead,
    setTimer: (fn: () => void, ms: number) => {
      const timer = { at: ahead + ms, fn };
      timers.push(timer);
      return () => {
        timer.at = Infinity;
      };
    },
  };
  const seconds = (): void => {
    ahead += 1_000;
    for (const timer of timers.filter(({ at }) => at <= ahead)) {
      timer.at = Infinity;
      timer.fn();
    }
  };
  const { feed, response } = await opened({ clock });
  const items = itemsOf(feed);
  for (const byte of Buffer.from(message('sevt_1', 'slowly'))) {
    response.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
    seconds();
  }
  expect(ahead).toBeGreaterThan(100_000);
  response.end();
  expect(await items).toMatchObject([{ id: 'sevt_1', text: 'slowly' }]);
});

it('a reset ends it after what came', async () => {
  const { feed, response } = await opened();
  response.write(message('sevt_1', 'a'));
  const iterator = feed[Symbol.asyncIterator]();
  expect((await iterator.next()).value).toHaveLength(1);
  response.socket?.resetAndDestroy();
  expect(await failureOf(iterator.next())).toMatchObject({ kind: 'retry', code: 'connection_lost' });
});

it('a reset right after the headers is told too, whoever listens by then', async () => {
  for (let i = 0; i < 20; i += 1) {
    wire.answer(stream((response) => setImmediate(() => response.socket?.resetAndDestroy())));
    const failure = await failureOf(port().attach('sesn_1', never).then(itemsOf));
    expect(failure).toMatchObject({ kind: 'retry', code: 'connection_lost' });
  }
});

it('a body that ends in the middle of its last chunk is no clean end', async () => {
  const { feed, response } = await opened();
  response.write(message('sevt_1', 'a'));
  const iterator = feed[Symbol.asyncIterator]();
  await iterator.next();
  response.socket?.end();
  expect(await failureOf(iterator.next())).toMatchObject({ kind: 'retry', code: 'connection_lost' });
});

it('an event of 20 MB neither blocks the process nor is kept', async () => {
  const { feed, response } = await opened();
  let longest = 0;
  let last = performance.now();
  const beat = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  const failure = failureOf(itemsOf(feed));
  response.on('error', () => undefined);
  const piece = Buffer.alloc(64 * 1024, 'x');
  response.write('event: agent.message\ndata: {"type":"agent.message","text":"');
  let written = 0;
  const pour = (): void => {
    while (written < 20 * 1024 * 1024 && !response.destroyed) {
      written += piece.length;
      if (!response.write(piece)) {
        response.once('drain', pour);
        return;
      }
    }
  };
  pour();
  expect(await failure).toMatchObject({ kind: 'retry', code: 'event_too_large' });
  clearInterval(beat);
  // It is given up after 4 MB: the other side never gets rid of the rest.
  await vi.waitUntil(() => response.destroyed || response.closed);
  expect(written).toBeLessThan(20 * 1024 * 1024);
  expect(longest).toBeLessThan(1_000);
});
