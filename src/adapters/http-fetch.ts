/**
 * `fetch` over `node:http`, as far as the SDKs need it: text out, text in. Node's own costs three to four times the
 * CPU a call, twenty milliseconds and six megabytes the first time (measured with Node 20 on loopback), and cannot
 * keep a quiet stream open cheaply. Connections are kept by Node's global agent, which heeds what a server says of
 * how long it keeps them.
 *
 * H1  A redirect is an answer like any other and is not followed: credentials go where they were meant to go.
 * H2  The signal holds until the body has been read.
 * H3  A failure is the socket's own error, whose code says whether anything can have left.
 * H4  Headers and body leave together, once the connection stands, right after the last look at whether they may.
 */
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { failpoint } from '../lib/failpoint.ts';
import { lastLook } from '../lib/last-look.ts';

type Fetch = typeof fetch;
type Init = NonNullable<Parameters<Fetch>[1]>;

/** Statuses whose answer has no body (`Response` refuses one). */
const EMPTY: ReadonlySet<number> = new Set([204, 205, 304]);

/** `fetch` for requests whose body is text or nothing; every other body goes Node's own way. */
export const textFetch: Fetch = async (url, init = {}) => {
  if (!isText(init.body)) return fetch(url, init);
  const message = await answerTo(url, init);
  return responseOf(message, await textOf(message, init.signal ?? undefined));
};

/** An answer that has been read. */
export interface TextAnswer {
  readonly status: number;
  readonly body: string;
  /** Null where it is missing. */
  readonly header: (name: string) => string | null;
}

/** The same, for whoever makes a `Response` of it anew: one costs more than the rest of an answer. */
export async function textAnswer(url: Parameters<Fetch>[0], init: Init = {}): Promise<TextAnswer> {
  if (!isText(init.body)) {
    const response = await fetch(url, init);
    const { status, headers } = response;
    return { status, body: await response.text(), header: (name) => headers.get(name) };
  }
  const message = await answerTo(url, init);
  const body = await textOf(message, init.signal ?? undefined);
  const header = (name: string): string | null => message.headers[name]?.toString() ?? null;
  return { status: message.statusCode ?? 0, body, header };
}

function isText(body: Init['body']): boolean {
  return typeof body === 'string' || body === undefined || body === null;
}

/** Agents for requests without a body that have a connection each. TLS sessions are taken up again all the same. */
export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

export function singleUse(): Agents {
  return { http: new HttpAgent({ keepAlive: false }), https: new HttpsAgent({ keepAlive: false }) };
}

/** Resolves with the answer when its headers are there; its body has not been read then. */
export function answerTo(url: Parameters<Fetch>[0], init: Init, agents?: Agents): Promise<IncomingMessage> {
  const address = new URL(url instanceof Request ? url.url : url);
  const signal = init.signal ?? undefined;
  const isPlain = address.protocol === 'http:';
  const look = lastLook();
  const method = init.method ?? 'GET';
  const options = agents
    ? { method, headers: headerLines(address, init), agent: isPlain ? agents.http : agents.https }
    : { method, headers: plainHeaders(init) };
  const request = (isPlain ? httpRequest : httpsRequest)(address, options);
  const body = init.body ?? undefined;
  request.once('socket', (socket) => {
    const leave = (): void => leaveWith(request, body, look);
    if (socket.connecting) socket.once(isPlain ? 'connect' : 'secureConnect', leave);
    else leave();
  });
  return answered(request, signal);
}

function leaveWith(request: ClientRequest, body: unknown, look: (() => void) | undefined): void {
  try {
    if (look) {
      look();
      failpoint('on write');
    }
    request.end(body);
  } catch (error) {
    request.destroy(error as Error);
  }
}

/** A function of its own, so that nothing of how the request was made is kept while its answer is a quiet stream. */
function answered(request: ClientRequest, signal: AbortSignal | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal?.reason as Error);
      request.destroy();
    };
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const failed = (error: Error): void => {
      signal?.removeEventListener('abort', abort);
      reject(error);
    };
    request.on('error', failed);
    request.once('response', (message) => {
      signal?.removeEventListener('abort', abort);
      // What goes wrong from now on is told by the answer, and by the request once more.
      request.on('error', unheard);
      request.off('error', failed);
      resolve(message);
    });
  });
}

function unheard(): void {
  // The answer's error is the one that counts.
}

function plainHeaders({ headers, body }: Init): Record<string, string> {
  const plain =
    headers instanceof Headers || Array.isArray(headers)
      ? Object.fromEntries(headers as Iterable<[string, string]>)
      : { ...headers };
  if (typeof body === 'string') plain['content-length'] = String(Buffer.byteLength(body));
  return plain as Record<string, string>;
}

/** Names and values in turn: these Node writes down at once, and keeps no table of them while the answer lasts. */
function headerLines({ host }: URL, init: Init): string[] {
  return ['host', host, ...Object.entries(plainHeaders(init)).flat()];
}

/**
 * The connection is the answer's alone from here on, and nothing of how it was made is kept ("HTTP", class
 * `http.Agent`, event `agentRemove`).
 */
export function leaveAgent({ socket }: IncomingMessage): void {
  socket.emit('agentRemove');
}

/** @param most bytes after which the rest is left unread */
export function textOf(message: IncomingMessage, signal?: AbortSignal, most = Infinity): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const abort = (): void => {
      message.destroy(signal?.reason as Error);
    };
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const done = (settle: () => void): void => {
      signal?.removeEventListener('abort', abort);
      settle();
    };
    const text = (): string => Buffer.concat(chunks).toString();
    message.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length < most) return;
      done(() => resolve(text()));
      message.destroy();
    });
    message.once('end', () => done(() => resolve(text())));
    message.once('error', (error) => done(() => reject(error)));
    message.once('close', () => done(() => reject(new Error('the answer was cut off'))));
  });
}

/** The answer as the SDKs read it; `text` is null where its body is kept aside. */
export function responseOf(message: IncomingMessage, text: string | null): Response {
  const headers = new Headers();
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    headers.append(message.rawHeaders[at] ?? '', message.rawHeaders[at + 1] ?? '');
  }
  const { statusCode: status = 0, statusMessage: statusText = '' } = message;
  return new Response(EMPTY.has(status) || text === '' ? null : text, { status, statusText, headers });
}
