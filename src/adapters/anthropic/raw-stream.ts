/**
 * Streams from the socket itself. The SDK makes the request (address, credentials, beta header) and its own errors
 * from a refusal; what is its own way to read a stream, web streams and a chain of generators, takes four times the
 * memory and the time of a plain socket for thousands of quiet sessions.
 */
import type Anthropic from '@anthropic-ai/sdk';
import type { IncomingMessage } from 'node:http';
import { PortError } from '../../errors.ts';
import { answerTo, leaveAgent, responseOf, singleUse, textOf } from '../http-fetch.ts';

export interface RawStreams {
  /**
   * The stream of a session with previews of the agent's messages; resolves when the service has answered with
   * headers, and nothing has been read of the body then. The signal ends the waiting, not the stream.
   * @throws what the SDK throws; PortError `retry` with code `not_a_stream` for another kind of answer
   */
  open(session: string, signal: AbortSignal, timeoutMs: number): Promise<IncomingMessage>;
}

/** Of an answer that is no stream so much is read, bytes: enough for any error's words. */
const MAX_WORDS = 64 * 1024;

export function rawStreams(client: Anthropic): RawStreams {
  const bodies = new WeakMap<Response, IncomingMessage>();
  // A stream ends with its connection: there is nothing to keep alive.
  const agents = singleUse();
  const streaming = client.withOptions({
    async fetch(url, init = {}) {
      const message = await answerTo(url, init, agents);
      const type = message.headers['content-type'] ?? 'text/event-stream';
      if (message.statusCode !== 200 || !type.includes('text/event-stream')) {
        return responseOf(message, await textOf(message, init.signal ?? undefined, MAX_WORDS));
      }
      leaveAgent(message);
      const response = responseOf(message, null);
      bodies.set(response, message);
      return response;
    },
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
