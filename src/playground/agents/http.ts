/**
 * The HTTP face: one request from its first byte to its answer, through authentication, beta header, limits and
 * injected faults, in the order in which the service refuses.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { WireCall } from '../wire.ts';
import { BETA } from './beta.ts';
import type { Ask, Endpoint, Reply } from './endpoint.ts';
import { problemOf, type Fault } from './faults.ts';
import { newId } from './ids.ts';
import { Problem } from './problem.ts';
import { findEndpoint } from './router.ts';
import { shown } from './shown.ts';
import type { World } from './world.ts';

const MAX_BODY = 32 * 1024 * 1024;
const MAX_FILE = 500 * 1024 * 1024;

export interface Face {
  readonly world: World;
  readonly endpoints: readonly Endpoint[];
  /** Answers `/__emu/…`. */
  readonly control: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly onCall: ((call: WireCall) => void) | undefined;
}

export function createFace(face: Face): Server {
  const server = createServer((request, response) => {
    exchange(face, request, response).catch(() => response.destroy());
  });
  // Streams live for hours, and a slow client is a case to be tested, not to be cut off.
  server.requestTimeout = 0;
  server.headersTimeout = 60_000;
  server.keepAliveTimeout = 30_000;
  return server;
}

/** One exchange in progress, with all that its report needs. */
interface Exchange {
  readonly face: Face;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly at: number;
  readonly id: string;
  body: unknown;
}

async function exchange(face: Face, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url?.startsWith('/__emu')) {
    await face.control(request, response);
    return;
  }
  const here: Exchange = { face, request, response, at: Date.now(), id: newId('req'), body: undefined };
  try {
    await answer(here);
  } catch (error) {
    refuse(here, error);
  }
}

async function answer(here: Exchange): Promise<void> {
  const { face, request, response } = here;
  const { world } = face;
  const url = new URL(request.url ?? '/', 'http://localhost');
  authenticate(request);
  const { endpoint, params } = findEndpoint(face.endpoints, request.method ?? 'GET', url.pathname);
  checkBeta(endpoint, request);
  world.calls.set(endpoint.name, (world.calls.get(endpoint.name) ?? 0) + 1);
  world.outbound.stir();
  countAgainstLimit(world, endpoint);
  const fault = world.faults.take(endpoint.name, params['id'] ?? null);
  const raw = await read(request, endpoint.name === 'files.upload' ? MAX_FILE : MAX_BODY);
  const body = decode(request, raw);
  here.body = body;
  const before = fault && (fault.commit ?? 'before') === 'before';
  if (before && !(await strike(here, fault))) return;
  const ask: Ask = { world, params, query: url.searchParams, headers: request.headers, body, raw };
  const reply = await endpoint.run(ask);
  world.outbound.flush();
  if (fault && !before && !(await strike(here, fault))) return;
  if (!response.destroyed) send(here, reply);
}

function authenticate(request: IncomingMessage): void {
  const key = request.headers['x-api-key'];
  const bearer = /^Bearer\s+(\S+)/i.exec(request.headers.authorization ?? '')?.[1];
  if (!bearer && (typeof key !== 'string' || key === ''))
    throw new Problem(401, 'authentication is required');
}

function checkBeta(endpoint: Endpoint, request: IncomingMessage): void {
  if (!endpoint.beta) return;
  const given = String(request.headers['anthropic-beta'] ?? '');
  const betas = given.split(',').map((value) => value.trim());
  if (!betas.includes(BETA)) throw new Problem(404, 'Not Found');
}

function countAgainstLimit(world: World, endpoint: Endpoint): void {
  const { settings, clock } = world;
  const kind = endpoint.limit === 'send' ? settings.sendCountsAs : endpoint.limit;
  if (!settings.limits || kind === 'none') return;
  if (kind === 'create') world.creates.take(clock.now(), settings.createPerMinute);
  else world.reads.take(clock.now(), settings.readPerMinute);
}

/** @throws Problem 413 */
export async function read(request: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > most) throw new Problem(413, 'Request exceeds the maximum size');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decode(request: IncomingMessage, raw: Buffer): unknown {
  if (raw.length === 0 || (request.headers['content-type'] ?? '').startsWith('multipart/')) return undefined;
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    throw new Problem(400, 'The request body is not valid JSON');
  }
}

/** Lets a fault act. Returns whether the request goes on. */
async function strike(here: Exchange, fault: Fault): Promise<boolean> {
  const { response } = here;
  if (fault.kind === 'status') throw problemOf(fault);
  if (fault.kind === 'delay') {
    await delay(fault.ms ?? 1000);
    return true;
  }
  if (fault.kind === 'html')
    write(here, 200, 'text/html', Buffer.from('<html><body>Bad gateway</body></html>'), {});
  if (fault.kind === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '4096' });
    response.write('{"data":[');
    setImmediate(() => response.destroy());
  }
  if (fault.kind === 'reset') response.socket?.resetAndDestroy();
  if (fault.kind !== 'html') reportCall(here, 0, null);
  return false;
}

function send(here: Exchange, reply: Reply): void {
  if ('json' in reply) {
    write(here, 200, 'application/json', Buffer.from(JSON.stringify(reply.json)), {}, reply.json);
  } else if ('bytes' in reply) {
    write(here, 200, reply.mime, reply.bytes, {}, { bytes: reply.bytes.length });
  } else {
    openStream(here, reply.open);
  }
}

/** Headers go out at once: a client's `await stream()` resolves on them. */
function openStream(here: Exchange, open: (response: ServerResponse) => void): void {
  const { response } = here;
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'request-id': here.id,
  });
  response.flushHeaders();
  response.socket?.setNoDelay(true);
  open(response);
  reportCall(here, 200, { stream: true });
}

function refuse(here: Exchange, error: unknown): void {
  const problem =
    error instanceof Problem ? error : new Problem(500, `Internal server error: ${String(error)}`);
  const body = problem.body(here.id);
  here.face.world.outbound.flush();
  if (here.response.headersSent || here.response.destroyed) here.response.destroy();
  else
    write(here, problem.status, 'application/json', Buffer.from(JSON.stringify(body)), problem.headers, body);
}

function write(
  here: Exchange,
  status: number,
  mime: string,
  bytes: Buffer,
  headers: Record<string, string>,
  body: unknown = null,
): void {
  here.response.writeHead(status, {
    'content-type': mime,
    'content-length': String(bytes.length),
    'request-id': here.id,
    ...headers,
  });
  here.response.end(bytes);
  reportCall(here, status, body);
}

function reportCall(here: Exchange, status: number, body: unknown): void {
  const { request } = here;
  here.face.onCall?.({
    at: here.at,
    side: 'agents',
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    status,
    ms: Date.now() - here.at,
    request: shown(here.body),
    response: shown(body),
  });
}
