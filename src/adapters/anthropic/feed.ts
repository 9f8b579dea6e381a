/**
 * The stream of one session as a `Feed`.
 *
 * D1  What arrives together, in one chunk, is one batch.
 * D2  Unread events are bounded, in number and in size: then the connection is not read until they are taken.
 * D3  However it ends, it ends once: timers, listeners and the connection are gone when it has.
 * D4  An end the service made is an end, an end we made is an end; everything else is a `retry` with its code,
 *     because what was missed is in the history.
 * D5  Silence is no byte while we wait for one; a ping is not silence, and a slow reader is not either.
 */
import { APIError } from '@anthropic-ai/sdk';
import type { IncomingMessage } from 'node:http';
import type { FeedItem } from '../../core/agent-event.ts';
import { messageOf, PortError } from '../../errors.ts';
import { withTimeout, type SystemClock } from '../../lib/time.ts';
import type { Feed } from '../../ports.ts';
import { toPortError } from './failure.ts';
import { narrowFrame } from './narrow.ts';
import type { RawStreams } from './raw-stream.ts';
import { SseParser } from './sse.ts';

export interface FeedOptions {
  readonly clock: SystemClock;
  /** Milliseconds until the service must have answered with headers. */
  readonly connectMs: number;
  /** Milliseconds without a byte after which the connection counts as dead. */
  readonly silentMs: number;
  /** Bytes of one event, its framing included. */
  readonly maxEventBytes: number;
  /** Told of each event's type that this version does not know. */
  readonly onUnknown: (type: string) => void;
}

/** How much may lie unread before the connection is left alone (D2). */
const MAX_UNREAD_ITEMS = 512;
const MAX_UNREAD_CHARS = 1024 * 1024;

/**
 * Opens the stream with previews of the agent's messages. Resolves when the service has answered with headers.
 * @throws PortError `gone` where the session is; `retry` with code `aborted` where the signal ended it
 */
export async function openFeed(
  streams: RawStreams,
  session: string,
  signal: AbortSignal,
  options: FeedOptions,
): Promise<Feed> {
  const { clock, connectMs } = options;
  try {
    const open = (within: AbortSignal): Promise<IncomingMessage> => streams.open(session, within, connectMs);
    const message = await withTimeout('opening the stream', connectMs, open, signal, clock);
    const feed = new StreamFeed(message, signal, options);
    if (signal.aborted) feed.close();
    return feed;
  } catch (error) {
    throw toPortError(error, { writes: false, names: 'resource' }, clock.now());
  }
}

type Next = IteratorResult<readonly FeedItem[], undefined>;

/** A class, and its few fields: there are thousands of them, most of them quiet. */
class StreamFeed implements Feed {
  readonly #message: IncomingMessage;
  readonly #signal: AbortSignal;
  readonly #options: FeedOptions;
  readonly #parser: SseParser;
  #items: FeedItem[] = [];
  #chars = 0;
  #ended: { readonly failure: PortError | undefined } | undefined;
  /** Whoever waits for the next batch. */
  #waiter: ((next: Next | Promise<never>) => void) | undefined;
  /** Monotonic milliseconds; undefined while nothing is read (D2). */
  #waitingSince: number | undefined;
  #cancelLook: () => void;

  constructor(message: IncomingMessage, signal: AbortSignal, options: FeedOptions) {
    this.#message = message;
    this.#signal = signal;
    this.#options = options;
    this.#parser = new SseParser(options.maxEventBytes, (event, data) => this.#take(event, data));
    this.#waitingSince = options.clock.monotonic();
    this.#cancelLook = options.clock.setTimer(() => this.#look(), options.silentMs);
    signal.addEventListener('abort', this.close, { once: true });
    message.on('data', (chunk: Buffer) => this.#read(chunk));
    message.on('end', () => this.#finish());
    message.on('error', (error) => this.#finish(failed('connection_lost', error)));
    message.on('close', () => this.#closed());
    // It may have ended before anybody listened.
    if (message.destroyed) this.#closed();
  }

  readonly close = (): void => {
    this.#items = [];
    this.#finish();
  };

  [Symbol.asyncIterator](): AsyncIterator<readonly FeedItem[], undefined> {
    return {
      next: () => this.#next(),
      return: () => {
        this.close();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #next(): Promise<Next> {
    const next = this.#ready();
    if (next) return Promise.resolve(next);
    return new Promise((resolve) => {
      this.#waiter = resolve;
    });
  }

  /** What there is to say; undefined while there is nothing. */
  #ready(): Next | Promise<never> | undefined {
    if (this.#items.length > 0) return { done: false, value: this.#batch() };
    if (!this.#ended) return undefined;
    const { failure } = this.#ended;
    return failure ? Promise.reject(failure) : { done: true, value: undefined };
  }

  #batch(): readonly FeedItem[] {
    const batch = this.#items;
    this.#items = [];
    this.#chars = 0;
    if (this.#waitingSince === undefined && !this.#ended) {
      this.#waitingSince = this.#options.clock.monotonic();
      this.#message.resume();
    }
    return batch;
  }

  #wake(): void {
    const waiter = this.#waiter;
    const next = waiter && this.#ready();
    if (!next) return;
    this.#waiter = undefined;
    waiter(next);
  }

  #read(chunk: Buffer): void {
    if (this.#ended) return;
    this.#waitingSince = this.#options.clock.monotonic();
    if (!this.#parser.push(chunk)) this.#finish(tooLarge(this.#options.maxEventBytes));
    this.#wake();
    if (this.#items.length < MAX_UNREAD_ITEMS && this.#chars < MAX_UNREAD_CHARS) return;
    this.#waitingSince = undefined;
    this.#message.pause();
  }

  /** A frame without a type is nothing, and neither is a ping (`core/streaming.js` of the SDK). */
  #take(event: string, data: string): void {
    if (this.#ended || event === '' || event === 'ping') return;
    if (event === 'error') {
      this.#finish(toldFailure(data));
      return;
    }
    if (data === '') return;
    try {
      const item = narrowFrame(JSON.parse(data));
      if (!item) return;
      if (item.type === 'other') this.#options.onUnknown(item.name);
      this.#items.push(item);
      this.#chars += data.length;
    } catch (error) {
      this.#finish(failed('bad_json', error));
    }
  }

  /** One timer for the whole stream that looks at the clock, instead of one armed again for each chunk. */
  #look(): void {
    const { clock, silentMs } = this.#options;
    const waited = this.#waitingSince === undefined ? 0 : clock.monotonic() - this.#waitingSince;
    if (waited >= silentMs) this.#finish(failed('silent', `no byte for ${silentMs} ms`));
    else this.#cancelLook = clock.setTimer(() => this.#look(), Math.max(1, silentMs - waited));
  }

  #closed(): void {
    this.#finish(failed('connection_lost', 'the connection was closed'));
  }

  #finish(failure?: PortError): void {
    if (this.#ended) return;
    this.#ended = { failure };
    this.#cancelLook();
    this.#signal.removeEventListener('abort', this.close);
    this.#message.destroy();
    this.#wake();
  }
}

function failed(code: string, cause: unknown): PortError {
  return new PortError({ kind: 'retry', code, message: `${code}: ${messageOf(cause)}`, cause });
}

function tooLarge(maxEventBytes: number): PortError {
  const message = `an event of the stream is longer than ${maxEventBytes} bytes; the list has it`;
  return new PortError({ kind: 'retry', code: 'event_too_large', message });
}

/** `event: error` names the trouble. */
function toldFailure(data: string): PortError {
  const body = parsed(data);
  const type = (body as { error?: { type?: string } } | null)?.error?.type;
  const error = new APIError(undefined, body ?? undefined, data, undefined);
  return failed(type ?? 'stream_error', error);
}

function parsed(text: string): object | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}
