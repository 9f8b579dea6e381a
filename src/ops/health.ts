/**
 * The one HTTP server: `/healthz`, `/readyz`, `/metrics`, and whatever else is mounted on the same port
 * (Slack's path in HTTP mode).
 *
 * H1  A slow or silent client holds a connection for seconds, never for ever.
 * H2  A route that fails answers 500 and is logged; it never takes the server down.
 * H3  A port that cannot be had is a setting's problem (`ConfigError`), told before anything else starts.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '../errors.ts';
import { systemClock } from '../lib/time.ts';
import type { Log } from '../ports.ts';

/** One more path. The route answers every request that has its path and method. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  handle(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
}

export interface HttpOptions {
  /** 0 asks for any free port. */
  readonly port: number;
  /** Nothing means every address. */
  readonly host?: string | undefined;
  readonly routes?: readonly Route[];
  /** Why the process cannot serve now, one sentence a reason; none means that it can. */
  readonly reasons: () => readonly string[] | Promise<readonly string[]>;
  /** What is wrong without keeping the process from serving: said beside a `200`. */
  readonly warnings?: () => readonly string[];
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
  readonly log: Log;
  /** How long headers, and whole requests, are waited for (H1), milliseconds. Tests shorten them. */
  readonly patience?: Patience;
}

interface Patience {
  readonly headersMs: number;
  readonly requestMs: number;
  /** Between two looks at who takes too long. */
  readonly lookMs: number;
}

const PATIENCE: Patience = { headersMs: 10_000, requestMs: 20_000, lookMs: 2_000 };

export interface Http {
  readonly port: number;
  /** Takes no new connection, lets answers under way finish, and cuts what is left after `graceMs`. */
  close(graceMs?: number): Promise<void>;
}

/** Bytes of a request's body as announced; Slack's own payloads stay far below. */
const largestBody = 4 * 1024 * 1024;

/** @throws {ConfigError} where the port is taken or may not be used */
export async function createHttp(options: HttpOptions): Promise<Http> {
  const { headersMs, requestMs, lookMs } = options.patience ?? PATIENCE;
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: lookMs,
      keepAliveTimeout: 5000,
      maxHeaderSize: 16_384,
    },
    (request, response) => answer(options, request, response),
  );
  server.maxConnections = 1000;
  await listen(server, options);
  server.on('error', (error) => options.log.error({ err: error }, 'http server failed'));
  const { port } = server.address() as AddressInfo;
  return { port, close: (graceMs = 1000) => close(server, graceMs) };
}

function listen(server: Server, { port, host }: HttpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, port)));
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function explain(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    return new ConfigError([
      `PORT ${port} is taken by another program; stop that one, or set PORT to a free one.`,
    ]);
  }
  if (error.code === 'EACCES') {
    return new ConfigError([`PORT ${port} may not be used by this user; set PORT to a number above 1023.`]);
  }
  return error;
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = systemClock.setTimer(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      cancel();
      resolve();
    });
    server.closeIdleConnections();
  });
}

function answer(options: HttpOptions, request: IncomingMessage, response: ServerResponse): void {
  respond(options, request, response).catch((error: unknown) => {
    options.log.error({ err: error, path: pathOf(request) }, 'http route failed');
    if (!response.headersSent) json(response, 500, { error: 'internal' });
    else response.destroy();
  });
}

async function respond(
  options: HttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = pathOf(request);
  if (Number(request.headers['content-length'] ?? 0) > largestBody) {
    response.setHeader('connection', 'close');
    json(response, 413, { error: 'too large' });
    return;
  }
  const routes = [...builtIn(options), ...(options.routes ?? [])].filter((route) => route.path === path);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const route = routes.find((candidate) => candidate.method === method);
  if (route) {
    await route.handle(request, response);
  } else if (routes.length > 0) {
    response.setHeader('allow', routes.map((candidate) => candidate.method).join(', '));
    json(response, 405, { error: 'method not allowed' });
  } else {
    json(response, 404, { error: 'not found' });
  }
}

function builtIn({ reasons, warnings = () => [], metrics }: HttpOptions): Route[] {
  return [
    { method: 'GET', path: '/healthz', handle: (_, response) => json(response, 200, { ok: true }) },
    {
      method: 'GET',
      path: '/readyz',
      async handle(_, response) {
        const why = await reasons();
        const beside = warnings().length > 0 ? { warnings: warnings() } : {};
        if (why.length === 0) json(response, 200, { ok: true, ...beside });
        else json(response, 503, { ok: false, reasons: why, ...beside });
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      async handle(_, response) {
        const { contentType, body } = await metrics();
        response.writeHead(200, { 'content-type': contentType }).end(body);
      },
    },
  ];
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/';
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
