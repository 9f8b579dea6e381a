/**
 * Files over `node:http`, as streams both ways: as fast as the slower side, nothing gathered.
 *
 * B1  A redirect is an answer like any other and is not followed: credentials go where they were meant to go.
 * B2  Where no byte moves for a while the transfer ends with a `PortError` `retry`.
 * B3  The signal ends a transfer at once, in whatever state it is.
 */
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PortError } from '../errors.ts';
import { withTimeout, type SystemClock } from '../lib/time.ts';
import type { Bytes } from '../ports-files.ts';
import { textOf } from './http-fetch.ts';

export interface Patience {
  readonly clock: Pick<SystemClock, 'setTimer'>;
  /** Milliseconds without a byte. */
  readonly silentMs: number;
  readonly signal: AbortSignal;
}

function broken(error: unknown): PortError {
  if (error instanceof PortError) return error;
  return new PortError({ kind: 'retry', code: 'transfer_broken', cause: error });
}

/** The body of an answer. What is not read to its end ends with the loop that reads it. */
export async function* bodyOf(
  message: AsyncIterable<Uint8Array> & { destroy(error?: Error): unknown },
  { clock, silentMs, signal }: Patience,
): AsyncGenerator<Uint8Array> {
  const chunks = message[Symbol.asyncIterator]();
  try {
    for (;;) {
      const read = (): Promise<IteratorResult<Uint8Array>> => chunks.next();
      const { done, value } = await withTimeout('the next byte', silentMs, read, signal, clock);
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw broken(error);
  } finally {
    message.destroy();
  }
}

/** Status and text of the answer to `bytes`, of which there are `length`. */
export async function postBytes(
  url: string,
  { bytes, length }: { readonly bytes: Bytes; readonly length: number },
  { silentMs, signal }: Patience,
): Promise<{ readonly status: number; readonly text: string }> {
  const make = url.startsWith('https:') ? httpsRequest : httpRequest;
  const request = make(url, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(length) },
    timeout: silentMs,
    signal,
  });
  request.once('timeout', () => request.destroy(new Error('no byte for too long')));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
  try {
    // The answer may come before everything has been sent: then it is a refusal, and says why.
    const sent = pipeline(Readable.from(bytes), request).then(() => answered);
    const message = await Promise.any([answered, sent]);
    return { status: message.statusCode ?? 0, text: await textOf(message, signal, MOST_ANSWER) };
  } catch (error) {
    signal.throwIfAborted();
    const causes: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
    throw broken(causes.find((cause) => cause instanceof PortError) ?? causes[0]);
  } finally {
    request.destroy();
  }
}

const MOST_ANSWER = 64 * 1024;
