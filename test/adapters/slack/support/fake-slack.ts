/**
 * A small Slack at the wire for staging faults: the Web API over HTTP, Socket Mode over WebSocket, and signed
 * requests towards a mounted path. It holds no state of its own beyond what the test scripts.
 */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'node:querystring';
import { WebSocketServer, type WebSocket } from 'ws';

export interface ApiCall {
  readonly method: string;
  /** Decoded: what is JSON in the form is parsed. */
  readonly args: Record<string, unknown>;
  readonly token: string;
  readonly at: number;
}

export type Answer =
  | Record<string, unknown>
  | { readonly http: number; readonly headers?: Record<string, string>; readonly body?: string }
  | 'hang'
  | 'cut';

export interface FakeSlack {
  readonly apiUrl: string;
  readonly origin: string;
  readonly calls: ApiCall[];
  callsOf(method: string): ApiCall[];
  /** Scripts a method; a list is used up from the front, its last answer stays. */
  on(method: string, answer: Answer | readonly Answer[] | ((call: ApiCall) => Answer)): void;
  /** Sockets that are open, oldest first. */
  readonly sockets: WebSocket[];
  /** How many connections there have ever been. */
  readonly connections: number;
  /** Sent over the newest open socket. */
  send(frame: unknown): void;
  /** What came back over any socket. */
  readonly acks: { readonly envelope_id: string; readonly payload?: Record<string, unknown> }[];
  /** Bodies that were posted to a `response_url`. */
  readonly responses: Record<string, unknown>[];
  /** Whether new sockets are greeted. */
  greets: boolean;
  close(): Promise<void>;
}

export async function fakeSlack(): Promise<FakeSlack> {
  const scripts = new Map<string, (call: ApiCall) => Answer>();
  const calls: ApiCall[] = [];
  const sockets: WebSocket[] = [];
  const acks: FakeSlack['acks'][number][] = [];
  const responses: Record<string, unknown>[] = [];
  let connections = 0;
  const http = createServer((request, response) => {
    receive(request)
      .then((raw) => serve(request, response, raw))
      .catch(() => response.destroy());
  });
  const ws = new WebSocketServer({ server: http });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;

  const slack: FakeSlack = {
    apiUrl: `http://127.0.0.1:${port}/api/`,
    origin: `http://127.0.0.1:${port}`,
    calls,
    callsOf: (method) => calls.filter((call) => call.method === method),
    on(method, answer) {
      if (typeof answer === 'function') scripts.set(method, answer);
      else if (Array.isArray(answer)) {
        const left = [...(answer as readonly Answer[])];
        scripts.set(method, () => (left.length > 1 ? left.shift() : left[0]) as Answer);
      } else scripts.set(method, () => answer as Answer);
    },
    sockets,
    get connections() {
      return connections;
    },
    send: (frame) => sockets.at(-1)?.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    acks,
    responses,
    greets: true,
    async close() {
      for (const socket of sockets) socket.terminate();
      ws.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };

  ws.on('connection', (socket) => {
    connections += 1;
    sockets.push(socket);
    socket.on('message', (data: Buffer) => {
      acks.push(JSON.parse(data.toString()) as FakeSlack['acks'][number]);
    });
    socket.on('close', () => sockets.splice(sockets.indexOf(socket), 1));
    if (slack.greets) socket.send(JSON.stringify({ type: 'hello', connection_info: { app_id: 'A1' } }));
  });

  function serve(request: IncomingMessage, response: ServerResponse, raw: string): void {
    const path = request.url ?? '';
    if (path.startsWith('/respond')) {
      responses.push(JSON.parse(raw) as Record<string, unknown>);
      response.end('ok');
      return;
    }
    const method = path.replace('/api/', '');
    const token = (request.headers.authorization ?? '').replace('Bearer ', '');
    const call = { method, args: decode(raw), token, at: Date.now() };
    calls.push(call);
    const answer = scripts.get(method)?.(call) ?? { ok: false, error: 'unknown_method' };
    if (answer === 'hang') return;
    if (answer === 'cut') {
      request.socket.destroy();
      return;
    }
    if ('http' in answer) {
      response.writeHead(answer.http as number, answer.headers as Record<string, string>);
      response.end(answer.body);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  }

  slack.on('auth.test', {
    ok: true,
    team_id: 'T1',
    user_id: 'UBOT',
    bot_id: 'BBOT',
    app_id: 'A1',
  });
  slack.on('apps.connections.open', { ok: true, url: `ws://127.0.0.1:${port}/link` });
  return slack;
}

async function receive(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString();
}

function decode(raw: string): Record<string, unknown> {
  const decoded: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parse(raw))) {
    decoded[name] = typeof value === 'string' && /^[[{]/.test(value) ? JSON.parse(value) : value;
  }
  return decoded;
}

/** A server that mounts one listener, as whoever owns the product's server does. */
export async function mount(
  listener: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    listener(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/slack/events`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const SECRET = 'signing-secret-of-the-test';

/** Headers of a request signed as Slack signs, `at` in Unix seconds. */
export function signed(
  body: string,
  at = Math.floor(Date.now() / 1000),
  secret = SECRET,
): Record<string, string> {
  const mac = createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': String(at), 'x-slack-signature': `v0=${mac}` };
}
