/**
 * The page's HTTP server, on loopback only. It serves the page's files, mounts the Slack server's page requests,
 * tells about the bot's process and acts on it, and passes the bot's health through.
 *
 * | path | what |
 * |---|---|
 * | `/`, `/assets/*`, `/client/*` | the page (`static.ts`) |
 * | `/__page/*` | the Slack server (`../slack/page-api.ts`) |
 * | `/__parent/*` | the bot's process (`parent-api.ts`) |
 * | `/healthz`, `/readyz`, `/metrics` | the bot's own, or words about where it is |
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { refusal } from './guard.ts';
import { answerHealth, isHealthPath } from './health.ts';
import type { BotProcess, ParentAnswer, ParentEvent, ParentState } from './parent-api.ts';
import { answerStatic, type StaticDirs } from './static.ts';

/** What the page's server needs to know and to do; the parent process gives it. */
export interface PageParent {
  state(): ParentState;
  /** Calls back whenever the bot's process changes; the answer ends that. */
  onBot(listener: (bot: BotProcess) => void): () => void;
  kill(): BotProcess;
  restart(): BotProcess;
  /** Port of the bot's own health server, null while there is none. */
  botPort(): number | null;
}

export interface PageServerOptions {
  /** First port to try; the next free one above it is taken. 0: any free one. */
  readonly port: number;
  /** Answers requests below `/__page/`. */
  readonly slack: (request: IncomingMessage, response: ServerResponse) => void;
  readonly parent: PageParent;
  /** Default: beside this file, as the build lays them out. */
  readonly dirs?: Partial<StaticDirs>;
}

export interface PageServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const security: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Starts serving. @throws where no port from the wanted one on is free. */
export async function startPageServer(options: PageServerOptions): Promise<PageServer> {
  const dirs: StaticDirs = { assets: here('./assets/'), client: here('./client/'), ...options.dirs };
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(security)) response.setHeader(name, value);
    route({ ...options, dirs }, request, response).catch(() => response.destroy());
  });
  const port = await listenFrom(server, options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Routes extends PageServerOptions {
  readonly dirs: StaticDirs;
}

async function route(to: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = pathOf(request);
  const refused = refusal(request, path);
  if (refused !== null) {
    // The body was not read, so this connection cannot carry another request.
    response.setHeader('connection', 'close');
    sendText(response, refused.status, `${refused.reason}\n`);
    return;
  }
  if (path.startsWith('/__page/')) {
    to.slack(request, response);
    if (path === '/__page/events' && response.headersSent && !response.writableEnded)
      follow(to.parent, response);
    return;
  }
  if (path.startsWith('/__parent/')) {
    answerParent(to, path.slice('/__parent/'.length), request, response);
    return;
  }
  if (isHealthPath(path)) {
    await answerHealth(path, to.parent, response);
    return;
  }
  if (!(await answerStatic(to.dirs, path, response))) sendText(response, 404, 'There is nothing here.\n');
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split(/[?#]/)[0] ?? '/';
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}

function sendJson(response: ServerResponse, status: number, body: ParentState | ParentAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

function answerParent(to: Routes, what: string, request: IncomingMessage, response: ServerResponse): void {
  const { parent } = to;
  if (request.method === 'GET') {
    if (what === 'state') sendJson(response, 200, parent.state());
    else sendText(response, 404, 'There is nothing here.\n');
    return;
  }
  request.resume();
  if (what !== 'kill' && what !== 'restart') {
    sendJson(response, 404, { ok: false, error: 'unknown_action' });
    return;
  }
  sendJson(response, 200, { ok: true, bot: what === 'kill' ? parent.kill() : parent.restart() });
}

/**
 * What happens to the bot's process goes along on the Slack server's own event stream, as events named `parent`:
 * browsers keep six connections to a server, so windows with two streams each would soon wait for each other.
 */
function follow(parent: PageParent, response: ServerResponse): void {
  const tell = (event: ParentEvent): void => {
    response.write(`event: parent\ndata: ${JSON.stringify(event)}\n\n`);
  };
  tell({ type: 'state', state: parent.state() });
  response.on(
    'close',
    parent.onBot((bot) => tell({ type: 'bot', bot })),
  );
}

/** How many ports above a busy one are tried. */
const tries = 50;

async function listenFrom(server: Server, first: number): Promise<number> {
  for (let port = first; ; port += 1) {
    try {
      return await listen(server, port);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const more = code === 'EADDRINUSE' || code === 'EACCES';
      if (!more || first === 0 || port >= Math.min(first + tries, 65_535)) throw error;
    }
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
