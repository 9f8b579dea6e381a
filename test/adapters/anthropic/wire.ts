/** A server that says exactly what a test tells it to, byte by byte, and remembers what it was asked. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../../../src/ports.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export type Answer = (asked: Asked, response: ServerResponse) => void;

export interface Wire {
  readonly baseUrl: string;
  readonly asked: readonly Asked[];
  /** The next requests are answered by these, in order; the last one stays. */
  answer(...answers: readonly Answer[]): void;
  close(): Promise<void>;
}

export async function startWire(): Promise<Wire> {
  const asked: Asked[] = [];
  let answers: readonly Answer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://wire');
      const text = Buffer.concat(chunks).toString('utf8');
      const one: Asked = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: text ? (JSON.parse(text) as unknown) : undefined,
      };
      asked.push(one);
      const [next, ...rest] = answers;
      if (rest.length > 0) answers = rest;
      if (next) next(one, response);
      else problem(500, 'api_error', 'no answer is set')(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    asked,
    answer: (...next) => {
      answers = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  (_asked, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };

export const problem = (
  status: number,
  type: string,
  message: string,
  extra: { code?: string; headers?: Record<string, string> } = {},
): Answer => {
  const details = extra.code === undefined ? {} : { details: { error_code: extra.code } };
  return json({ type: 'error', error: { type, message, ...details } }, status, extra.headers ?? {});
};

/** The request was read, and then the connection is cut. */
export const cut: Answer = (_asked, response) => response.socket?.resetAndDestroy();

/** Nothing is ever answered. */
export const hang: Answer = () => undefined;

/** Headers, and then whatever the test writes. */
export const stream =
  (onOpen: (response: ServerResponse) => void, type = 'text/event-stream'): Answer =>
  (_asked, response) => {
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' });
    response.flushHeaders();
    onOpen(response);
  };

export const frame = (event: { type: string; [field: string]: unknown }): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/** A log that keeps its lines. */
export function keptLog(lines: string[] = []): Log {
  const keep =
    (level: string) =>
    (fields: object, msg: string): void => {
      lines.push(`${level} ${msg} ${JSON.stringify(fields)}`);
    };
  const log: Log = {
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    notice: keep('notice'),
    child: () => log,
  };
  return log;
}

/** The rejection of a promise that must reject. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it did not reject');
    },
    (error: unknown) => error,
  );
}
