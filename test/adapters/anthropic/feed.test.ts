import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAgentPort } from '../../../src/adapters/anthropic/sessions.ts';
import type { AgentPortOptions } from '../../../src/adapters/anthropic/sessions.ts';
import type { FeedItem } from '../../../src/core/agent-event.ts';
import { systemClock } from '../../../src/lib/time.ts';
import type { Feed } from '../../../src/ports.ts';
import { cut, failureOf, frame, hang, json, keptLog, problem, startWire, stream } from './wire.ts';
import type { Wire } from './wire.ts';

let wire: Wire;
let lines: string[];

beforeEach(async () => {
  wire = await startWire();
  lines = [];
});

afterEach(() => wire.close());

function portTo(more: Partial<AgentPortOptions> = {}) {
  return createAgentPort({
    apiKey: 'sk-ant-test',
    baseURL: wire.baseUrl,
    agent: { id: 'agent_1' },
    environmentId: 'env_1',
    appId: 'A1',
    log: keptLog(lines),
    clock: systemClock,
    ...more,
  });
}

const never = new AbortController().signal;

/** Opens a feed and gives the server's side of it. */
async function opened(more: Partial<AgentPortOptions> = {}, signal = never) {
  let response: ServerResponse | undefined;
  wire.answer(
    stream((open) => {
      response = open;
    }),
  );
  const feed = await portTo(more).attach('sesn_1', signal);
  if (!response) throw new Error('the stream was not opened');
  return { feed, response };
}

async function batchesOf(feed: Feed): Promise<readonly (readonly FeedItem[])[]> {
  const batches: (readonly FeedItem[])[] = [];
  for await (const batch of feed) batches.push(batch);
  return batches;
}

const text = (id: string, words: string) =>
  frame({
    type: 'agent.message',
    id,
    content: [{ type: 'text', text: words }],
    processed_at: '2026-11-20T10:00:00Z',
  });

/** Real time for what is short; the watchdog's time passes by hand. */
function clockByHand() {
  let ahead = 0;
  let looks = 0;
  let held: { readonly at: number; readonly fn: () => void }[] = [];
  const monotonic = (): number => systemClock.monotonic() + ahead;
  const time = {
    clock: {
      ...systemClock,
      monotonic: () => {
        looks += 1;
        return monotonic();
      },
      setTimer: (fn: () => void, ms: number) => {
        const timer = { at: monotonic() + ms, fn };
        held.push(timer);
        return () => {
          held = held.filter((other) => other !== timer);
        };
      },
    },
    /** The stream has begun to wait for a byte so many times. */
    looked: (times: number) => vi.waitUntil(() => looks >= times),
    pass(ms: number) {
      ahead += ms;
      for (const timer of held.filter(({ at }) => at <= monotonic())) {
        held = held.filter((other) => other !== timer);
        timer.fn();
      }
    },
  };
  return time;
}

/** Resolves when the client has gone away. */
const gone = (response: ServerResponse) =>
  new Promise<void>((resolve) => {
    if (response.destroyed || response.closed) resolve();
    else response.once('close', () => resolve());
  });

describe('attaching', () => {
  it('resolves on headers, before the first byte, and asks for previews of messages', async () => {
    const { feed } = await opened();
    expect(wire.asked[0]?.path).toBe('/v1/sessions/sesn_1/events/stream');
    expect(wire.asked[0]?.query.getAll('event_deltas[]')).toEqual(['agent.message']);
    feed.close();
  });

  it.each([
    ['404', problem(404, 'not_found_error', 'Session not found: sesn_1'), 'gone', 'not_found_error'],
    [
      '400 with its words',
      problem(400, 'invalid_request_error', 'Session sesn_1 does not exist'),
      'gone',
      'invalid_request_error',
    ],
    ['500', problem(500, 'api_error', 'oh'), 'retry', 'api_error'],
    ['529', problem(529, 'overloaded_error', 'Overloaded'), 'retry', 'overloaded_error'],
    ['401', problem(401, 'authentication_error', 'invalid x-api-key'), 'fatal', 'authentication_error'],
    ['a cut connection', cut, 'retry', 'connection_lost'],
    [
      'HTML with status 200',
      stream((response) => response.end('<html></html>'), 'text/html'),
      'retry',
      'not_a_stream',
    ],
    ['JSON with status 200', json({ ok: true }), 'retry', 'not_a_stream'],
  ] as const)('%s', async (_name, answer, kind, code) => {
    wire.answer(answer);
    expect(await failureOf(portTo().attach('sesn_1', never))).toMatchObject({ kind, code });
    expect(wire.asked).toHaveLength(1);
  });

  it('gives up when no headers come in time', async () => {
    wire.answer(hang);
    const failure = await failureOf(portTo({ readMs: 50 }).attach('sesn_1', never));
    expect(failure).toMatchObject({ kind: 'retry', code: 'timeout' });
  });

  it('is ended by its signal while it connects', async () => {
    const controller = new AbortController();
    wire.answer(() => controller.abort());
    const failure = await failureOf(portTo().attach('sesn_1', controller.signal));
    expect(failure).toMatchObject({ kind: 'retry', code: 'aborted' });
  });
});

describe('what arrives', () => {
  it('what came in one chunk is one batch, pings and comments are nothing (D1)', async () => {
    const { feed, response } = await opened();
    response.write(
      [
        'event: ping\ndata: {"type":"ping"}\n\n',
        ': a comment\n\n',
        frame({ type: 'session.status_running', id: 'sevt_1', processed_at: '2026-11-20T10:00:00Z' }),
        frame({ type: 'event_start', event: { type: 'agent.message', id: 'sevt_2' } }),
        frame({
          type: 'event_delta',
          event_id: 'sevt_2',
          delta: { type: 'content_delta', index: 0, content: { type: 'text', text: 'Hel' } },
        }),
        text('sevt_2', 'Hello'),
      ].join(''),
    );
    response.end();
    const batches = await batchesOf(feed);
    expect(batches).toHaveLength(1);
    expect(batches[0]).toEqual([
      { type: 'session.status_running', id: 'sevt_1', at: '2026-11-20T10:00:00Z' },
      { type: 'event_start', eventId: 'sevt_2', of: 'agent.message' },
      { type: 'event_delta', eventId: 'sevt_2', index: 0, text: 'Hel' },
      { type: 'agent.message', id: 'sevt_2', at: '2026-11-20T10:00:00Z', text: 'Hello' },
    ]);
  });

  it('one byte at a time, through every character and every kind of line end (fault: stream-trickles)', async () => {
    const { feed, response } = await opened();
    const bytes = Buffer.from(
      text('sevt_1', 'Grüße 👩‍👩‍👧 שלום').replaceAll('\n', '\r\n') + text('sevt_2', '→'),
      'utf8',
    );
    for (const byte of bytes) {
      response.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
    const items = (await batchesOf(feed)).flat();
    expect(items.map((item) => 'text' in item && item.text)).toEqual(['Grüße 👩‍👩‍👧 שלום', '→']);
  });

  it('previews with gaps, deltas without a start and frames that are no events pass or are dropped', async () => {
    const { feed, response } = await opened();
    const delta = (index: number) =>
      frame({
        type: 'event_delta',
        event_id: 'sevt_9',
        delta: { type: 'content_delta', index, content: { type: 'text', text: 'x' } },
      });
    response.end(
      [
        delta(4),
        delta(0),
        'event: event_delta\ndata: {"type":"event_delta"}\n\n',
        'event: strange\ndata: 42\n\n',
        'event: strange\ndata: null\n\n',
        'data: {"type":"agent.message","id":"sevt_lost"}\n\n',
        frame({ type: 'agent.dreamt', id: 'sevt_3', processed_at: '2026-11-20T10:00:00Z' }),
        frame({ type: 'agent.dreamt', id: 'sevt_4', processed_at: '2026-11-20T10:00:00Z' }),
      ].join(''),
    );
    const items = (await batchesOf(feed)).flat();
    expect(items.map(({ type }) => type)).toEqual(['event_delta', 'event_delta', 'other', 'other']);
    expect(lines.filter((line) => line.includes('agent.dreamt'))).toHaveLength(1);
  });

  it('stops reading while nothing is taken, and loses nothing (D2)', async () => {
    const { feed, response } = await opened();
    const total = 3000;
    let written = 0;
    const pour = (): void => {
      while (written < total) {
        written += 1;
        if (!response.write(text(`sevt_${written}`, 'y'.repeat(4000)))) {
          response.once('drain', pour);
          return;
        }
      }
      response.end();
    };
    pour();
    let last = -1;
    await vi.waitUntil(() => {
      const stalled = last === written && response.writableNeedDrain;
      last = written;
      return stalled;
    });
    expect(written).toBeLessThan(total);
    const items = (await batchesOf(feed)).flat();
    expect(items).toHaveLength(total);
    expect(items.at(-1)).toMatchObject({ id: `sevt_${total}` });
  });
});

describe('how it ends', () => {
  it('a clean end is an end, after everything that came', async () => {
    const { feed, response } = await opened();
    response.end(text('sevt_1', 'a'));
    expect((await batchesOf(feed)).flat()).toHaveLength(1);
  });

  it('a cut connection rejects after what came', async () => {
    const { feed, response } = await opened();
    response.write(text('sevt_1', 'a'));
    const batches: unknown[] = [];
    const failure = await failureOf(
      (async () => {
        for await (const batch of feed) {
          batches.push(batch);
          response.socket?.resetAndDestroy();
        }
      })(),
    );
    expect(batches).toHaveLength(1);
    expect(failure).toMatchObject({ kind: 'retry', code: 'connection_lost' });
  });

  it.each([
    [
      'event: error',
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"m"}}\n\n',
      'overloaded_error',
    ],
    ['event: error without a body', 'event: error\ndata: gone\n\n', 'stream_error'],
    ['garbage', 'event: agent.message\ndata: {"type":"agent.mess\n\n', 'bad_json'],
  ])('%s', async (_name, bytes, code) => {
    const { feed, response } = await opened();
    response.write(text('sevt_1', 'a') + bytes);
    const seen: FeedItem[] = [];
    const failure = await failureOf(
      (async () => {
        for await (const batch of feed) seen.push(...batch);
      })(),
    );
    expect(seen).toHaveLength(1);
    expect(failure).toMatchObject({ kind: 'retry', code });
    await gone(response);
  });

  it('45 s of silence end it, a ping keeps it (D5) (fault: stream-half-open)', async () => {
    const time = clockByHand();
    const { feed, response } = await opened({ clock: time.clock });
    const failing = failureOf(batchesOf(feed));
    await time.looked(1);
    time.pass(44_000);
    response.write('event: ping\ndata: {"type":"ping"}\n\n');
    await time.looked(2);
    time.pass(44_000);
    expect(response.destroyed).toBe(false);
    time.pass(1_001);
    expect(await failing).toMatchObject({ kind: 'retry', code: 'silent' });
    await gone(response);
  });

  it('a reader that is slow is not silence (D5)', async () => {
    const time = clockByHand();
    const { feed, response } = await opened({ clock: time.clock });
    const padding = 'z'.repeat(1_200_000);
    response.write(frame({ type: 'agent.dreamt', id: 'sevt_1', processed_at: null, padding }));
    const iterator = feed[Symbol.asyncIterator]();
    // Told while it is read: from then on nothing more is read.
    await vi.waitUntil(() => lines.some((line) => line.includes('agent.dreamt')));
    time.pass(100_000);
    expect((await iterator.next()).value).toHaveLength(1);
    response.end();
    expect((await iterator.next()).done).toBe(true);
  });

  it('an event over the cap ends it under its own code (E3) (fault: event-huge)', async () => {
    const { feed, response } = await opened({ maxEventBytes: 100_000 });
    response.write(text('sevt_1', 'a'.repeat(90_000)));
    response.write(text('sevt_2', 'a'.repeat(90_000)));
    response.write(text('sevt_3', 'b'.repeat(150_000)));
    const seen: FeedItem[] = [];
    const failure = await failureOf(
      (async () => {
        for await (const batch of feed) seen.push(...batch);
      })(),
    );
    expect(seen.map((item) => 'id' in item && item.id)).toEqual(['sevt_1', 'sevt_2']);
    expect(failure).toMatchObject({ kind: 'retry', code: 'event_too_large' });
  });

  it('many small events in small pieces never reach the cap', async () => {
    const { feed, response } = await opened({ maxEventBytes: 2_000 });
    for (let i = 0; i < 100; i += 1) {
      const bytes = text(`sevt_${i}`, 'x'.repeat(300));
      response.write(bytes.slice(0, -1));
      await new Promise((resolve) => setImmediate(resolve));
      response.write(bytes.slice(-1));
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
    expect((await batchesOf(feed)).flat()).toHaveLength(100);
  });

  it('close ends a waiting reader at once and drops the connection (D3)', async () => {
    const { feed, response } = await opened();
    const reading = batchesOf(feed);
    feed.close();
    expect(await reading).toEqual([]);
    await gone(response);
    feed.close();
  });

  it('the signal ends it and keeps no listener (D3)', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const listening = new Set<unknown>();
    const spied = Object.assign(Object.create(signal) as AbortSignal, {
      addEventListener: (type: 'abort', listener: () => void) => {
        listening.add(listener);
        signal.addEventListener(type, listener);
      },
      removeEventListener: (type: 'abort', listener: () => void) => {
        listening.delete(listener);
        signal.removeEventListener(type, listener);
      },
    });
    Object.defineProperty(spied, 'aborted', { get: () => signal.aborted });
    const first = await opened({}, spied);
    first.response.end();
    await batchesOf(first.feed);
    expect(listening.size).toBe(0);
    const second = await opened({}, spied);
    expect(listening.size).toBe(1);
    const reading = batchesOf(second.feed);
    controller.abort();
    expect(await reading).toEqual([]);
    expect(listening.size).toBe(0);
    await gone(second.response);
  });

  it('leaving the loop closes the connection', async () => {
    const { feed, response } = await opened();
    response.write(text('sevt_1', 'a'));
    for await (const batch of feed) {
      expect(batch).toHaveLength(1);
      break;
    }
    await gone(response);
  });
});
