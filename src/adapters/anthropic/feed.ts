/**
 * The stream of one session as a `Feed`.
 *
 * D1  What arrives in one turn of the event loop is one batch.
 * D2  Unread events are bounded, in number and in bytes: then the connection is not read until they are taken.
 * D3  However it ends, it ends once: timers, listeners and the connection are gone when it has.
 * D4  An end the service made is an end, an end we made is an end; everything else is a `retry` with its code,
 *     because what was missed is in the history.
 *
 * The SDK parses (`core/streaming.js`, `Stream`); the bytes pass through `watch.ts` on their way to it.
 */
import type Anthropic from '@anthropic-ai/sdk';
import { APIError } from '@anthropic-ai/sdk';
import { Stream } from '@anthropic-ai/sdk/core/streaming';
import type { FeedItem } from '../../core/agent-event.ts';
import { messageOf, PortError } from '../../errors.ts';
import type { SystemClock } from '../../lib/time.ts';
import { withTimeout } from '../../lib/time.ts';
import type { Feed } from '../../ports.ts';
import { toPortError } from './failure.ts';
import { narrowFrame } from './narrow.ts';
import { watchBody } from './watch.ts';

export interface FeedOptions {
  readonly clock: SystemClock;
  /** Milliseconds until the service must have answered with headers. */
  readonly connectMs: number;
  readonly silentMs: number;
  readonly maxEventBytes: number;
  /** Told of each event's type that this version does not know. */
  readonly onUnknown: (type: string) => void;
}

/** How much may lie unread before the connection is left alone (D2). */
const MAX_UNREAD_ITEMS = 512;
const MAX_UNREAD_BYTES = 1024 * 1024;

/**
 * Opens the stream with previews of the agent's messages. Resolves when the service has answered with headers.
 * @throws PortError `gone` where the session is; `retry` with code `aborted` where the signal ended it
 */
export async function openFeed(
  client: Anthropic,
  session: string,
  signal: AbortSignal,
  options: FeedOptions,
): Promise<Feed> {
  const request = new AbortController();
  const forward = (): void => request.abort();
  if (signal.aborted) request.abort();
  signal.addEventListener('abort', forward, { once: true });
  try {
    const response = await connect(client, session, request, options);
    return readFeed(client, response, request, () => signal.removeEventListener('abort', forward), options);
  } catch (error) {
    request.abort();
    signal.removeEventListener('abort', forward);
    throw toPortError(error, { writes: false, names: 'resource' }, options.clock.now());
  }
}

async function connect(
  client: Anthropic,
  session: string,
  request: AbortController,
  { connectMs, clock }: FeedOptions,
): Promise<Response> {
  const open = (): Promise<Response> =>
    client.beta.sessions.events
      .stream(
        session,
        { event_deltas: ['agent.message'] },
        { signal: request.signal, maxRetries: 0, timeout: connectMs },
      )
      .asResponse();
  const response = await withTimeout('opening the stream', connectMs, open, request.signal, clock);
  const type = response.headers.get('content-type') ?? 'text/event-stream';
  if (!response.body || !type.includes('text/event-stream')) {
    throw new PortError({ kind: 'retry', code: 'not_a_stream', message: `the stream answered with ${type}` });
  }
  return response;
}

/** Reads on its own account from here on, into the bounded buffer that the iteration empties. */
function readFeed(
  client: Anthropic,
  response: Response,
  request: AbortController,
  release: () => void,
  options: FeedOptions,
): Feed {
  const unread = unreadItems(options.clock);
  const watched = watchBody(response.body as ReadableStream<Uint8Array>, {
    ...options,
    onBytes: (count) => unread.countBytes(count),
    onFail: (error) => finish(error),
  });
  // A controller of its own: the parser aborts it on every failure, which must not look like a close of ours.
  const frames = Stream.fromSSEResponse<unknown>(
    new Response(watched.body, { headers: response.headers }),
    new AbortController(),
    client,
  );

  function finish(failure?: PortError): void {
    if (!unread.end(failure)) return;
    watched.stop();
    request.signal.removeEventListener('abort', close);
    release();
    request.abort();
  }
  function close(): void {
    unread.drop();
    finish();
  }
  async function pump(): Promise<void> {
    for await (const frame of frames) {
      const item = narrowFrame(frame);
      if (!item) continue;
      if (item.type === 'other') options.onUnknown(item.name);
      await unread.add(item);
    }
  }
  request.signal.addEventListener('abort', close, { once: true });
  pump().then(
    () => finish(),
    (error: unknown) => finish(streamFailure(error)),
  );
  return {
    close,
    async *[Symbol.asyncIterator]() {
      try {
        for (let batch = await unread.take(); batch; batch = await unread.take()) yield batch;
      } finally {
        close();
      }
    },
  };
}

interface Unread {
  /** Resolves at once, or, when too much lies unread, after the next `take`. */
  add(item: FeedItem): Promise<void> | undefined;
  countBytes(bytes: number): void;
  /** Resolves with undefined at the end; rejects where there was a failure. */
  take(): Promise<readonly FeedItem[] | undefined>;
  drop(): void;
  /** True the first time. */
  end(failure?: PortError): boolean;
}

/** The buffer between the stream and whoever iterates. */
function unreadItems(clock: SystemClock): Unread {
  let items: FeedItem[] = [];
  let bytes = 0;
  let ended: { readonly failure: PortError | undefined } | undefined;
  let cancelFlush: (() => void) | undefined;
  const ripe = gate();
  const room = gate();

  function empty(): readonly FeedItem[] {
    const taken = items;
    items = [];
    bytes = 0;
    cancelFlush?.();
    cancelFlush = undefined;
    room.open();
    return taken;
  }
  return {
    add(item) {
      if (ended) return undefined;
      items.push(item);
      // A timer and not a microtask: the SDK yields what one chunk held one microtask after another (D1).
      cancelFlush ??= clock.setTimer(() => ripe.open(), 0);
      return items.length >= MAX_UNREAD_ITEMS || bytes >= MAX_UNREAD_BYTES ? room.passed() : undefined;
    },
    countBytes(count) {
      bytes += count;
    },
    async take() {
      for (;;) {
        if (!ended) await ripe.passed();
        const batch = empty();
        if (batch.length > 0) return batch;
        if (ended?.failure) throw ended.failure;
        if (ended) return undefined;
      }
    },
    drop: () => {
      empty();
    },
    end(failure) {
      if (ended) return false;
      ended = { failure };
      cancelFlush?.();
      ripe.open();
      room.open();
      return true;
    },
  };
}

interface Gate {
  /** Lets everybody through who waits, and the next one where nobody does. */
  open(): void;
  passed(): Promise<void>;
}

function gate(): Gate {
  let waiting: (() => void) | undefined;
  let open = false;
  return {
    open() {
      open = waiting === undefined;
      waiting?.();
      waiting = undefined;
    },
    passed() {
      if (open) {
        open = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
  };
}

/** `event: error` names the trouble; a frame that is no JSON and a broken connection are told apart for the log. */
function streamFailure(error: unknown): PortError {
  if (error instanceof PortError) return error;
  const code =
    error instanceof APIError
      ? (error.type ?? 'stream_error')
      : error instanceof SyntaxError
        ? 'bad_json'
        : 'connection_lost';
  return new PortError({ kind: 'retry', code, message: `${code}: ${messageOf(error)}`, cause: error });
}
