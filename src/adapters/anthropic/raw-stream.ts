/**
 * Streams over `node:http` in place of the SDK's `fetch`. The SDK makes the request (address, credentials, beta
 * header) and its own errors from a refusal; what is its own way to read a stream, web streams and a chain of
 * generators, takes four times the memory and the time of a plain socket for thousands of quiet sessions.
 */
import type Anthropic from '@anthropic-ai/sdk';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { PortError } from '../../errors.ts';

export interface RawStreams {
  /**
   * The stream of a session with previews of the agent's messages; resolves when the service has answered with
   * headers, and nothing has been read of the body then. The signal ends the waiting, not the stream.
   * @throws what the SDK throws; PortError `retry` with code `not_a_stream` for another kind of answer
   */
  open(session: string, signal: AbortSignal, timeoutMs: number): Promise<IncomingMessage>;
}

export function rawStreams(client: Anthropic): RawStreams {
  const bodies = new WeakMap<Response, IncomingMessage>();
  // A stream ends with its connection, so there is nothing to keep alive; TLS sessions are kept all the same.
  const agents = { http: new HttpAgent({ keepAlive: false }), https: new HttpsAgent({ keepAlive: false }) };
  const streaming = client.withOptions({
    fetch: (url, init) => fetchHeaders(url, init ?? {}, agents, bodies),
  });
  return {
    async open(session, signal, timeout) {
      const response = await streaming.beta.sessions.events
        .stream(session, { event_deltas: ['agent.message'] }, { signal, maxRetries: 0, timeout })
        .asResponse();
      const body = bodies.get(response);
      if (body) return body;
      const type = response.headers.get('content-type') ?? 'nothing';
      throw new PortError({
        kind: 'retry',
        code: 'not_a_stream',
        message: `the stream answered with ${type}`,
      });
    },
  };
}

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/** Of an answer that is no stream so much is read, bytes: enough for any error's words. */
const MAX_WORDS = 64 * 1024;

type FetchArguments = Parameters<NonNullable<ConstructorParameters<typeof Anthropic>[0]>['fetch'] & {}>;

/** `fetch` as the SDK calls it, for a GET. The body of a stream is not part of the answer but kept aside. */
async function fetchHeaders(
  url: FetchArguments[0],
  init: NonNullable<FetchArguments[1]>,
  agents: Agents,
  bodies: WeakMap<Response, IncomingMessage>,
): Promise<Response> {
  const address = new URL(url instanceof Request ? url.url : url);
  const message = await answerOf(address, new Headers(init.headers), init.signal ?? undefined, agents);
  const headers = new Headers();
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    headers.append(message.rawHeaders[at] ?? '', message.rawHeaders[at + 1] ?? '');
  }
  const status = message.statusCode ?? 0;
  const type = headers.get('content-type') ?? 'text/event-stream';
  if (status === 200 && type.includes('text/event-stream')) {
    const response = new Response(null, { status, headers });
    bodies.set(response, message);
    return response;
  }
  const words = await wordsOf(message);
  return new Response(words === '' ? null : words, { status, headers });
}

function answerOf(
  address: URL,
  headers: Headers,
  signal: AbortSignal | undefined,
  agents: Agents,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const isPlain = address.protocol === 'http:';
    const request = (isPlain ? httpRequest : httpsRequest)(address, {
      headers: Object.fromEntries(headers),
      agent: isPlain ? agents.http : agents.https,
    });
    const abort = (): void => {
      reject(signal?.reason as Error);
      request.destroy();
    };
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    // Stays: what goes wrong after the headers is told by the answer, and here once more.
    request.on('error', reject);
    request.once('response', (message) => {
      signal?.removeEventListener('abort', abort);
      resolve(message);
    });
    request.end();
  });
}

async function wordsOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= MAX_WORDS) break;
  }
  message.destroy();
  return Buffer.concat(chunks).toString('utf8', 0, MAX_WORDS);
}
