/**
 * The playground's Slack: a real program on Slack's wire protocols, on loopback.
 *
 * | file | holds |
 * |---|---|
 * | `workspace.ts`, `channel-log.ts`, `records.ts`, `world.ts`, `journal.ts` | all state, and how it survives |
 * | `manifest.ts`, `options.ts` | what the app declares, how this Slack behaves |
 * | `web-api.ts`, `call.ts`, `methods/`, `blocks.ts`, `block-rules.ts`, `limiter.ts`, `faults.ts` | the Web API |
 * | `events.ts`, `deliveries.ts`, `sockets.ts`, `webhook.ts` | events, on their way to the app |
 * | `interactions.ts`, `views.ts`, `forms.ts`, `response-urls.ts` | clicks, commands, forms |
 * | `personas.ts`, `text.ts` | what people do |
 * | `control.ts`, `emu.ts`, `seen.ts`, `calls.ts` | what tests ask |
 * | `page.ts`, `page-events.ts`, `page-view.ts`, `page-api.ts` | what the page asks |
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WireCall } from '../wire.ts';
import type { Slack } from './call.ts';
import { CallLog } from './calls.ts';
import { realClock } from './clock.ts';
import { createControl, type SlackControl } from './control.ts';
import { Deliveries, type Transport } from './deliveries.ts';
import { answerEmu } from './emu.ts';
import { createEventSource } from './events.ts';
import { FaultBook } from './faults.ts';
import { downloadFile, takeUpload } from './file-transfer.ts';
import { parseJson, readBody, sendText, urlOf } from './http.ts';
import { Interactions } from './interactions.ts';
import { fileJournal, memoryJournal } from './journal.ts';
import { createLimiter } from './limiter.ts';
import { productApp } from './manifest.ts';
import { defaultTimings, resolveLimits, type SlackServerOptions } from './options.ts';
import { Page } from './page.ts';
import { Personas } from './personas.ts';
import { Sockets } from './sockets.ts';
import { createWebApi, type WebApi } from './web-api.ts';
import { Webhook } from './webhook.ts';
import { Workspace } from './workspace.ts';
import { ids, team } from './world.ts';

export type { SlackControl } from './control.ts';
export type { SlackServerOptions, Limits, Timings } from './options.ts';
export type { SeenMessage } from './seen.ts';
export { ManualClock } from './clock.ts';

export interface SlackServer {
  /** Base of the Web API, ending with `/api/`: the value of `SLACK_API_URL`. */
  apiUrl: string;
  port: number;
  botToken: string;
  appToken: string;
  signingSecret: string;
  teamId: string;
  botUserId: string;
  appId: string;
  control: SlackControl;
  /** Answers requests below `/__page/`, for another HTTP server to mount. */
  page: (request: IncomingMessage, response: ServerResponse) => void;
  /** Shows a call of the other server in the page's drawer too. */
  noteCall(call: WireCall): void;
  /** Lets go of everything; the journal stays. */
  stop(): Promise<void>;
}

/** Starts the server on 127.0.0.1. Rejects where the port is taken or the journal cannot be opened. */
export async function startSlackServer(options: SlackServerOptions = {}): Promise<SlackServer> {
  const clock = options.clock ?? realClock;
  const timings = { ...defaultTimings, ...options.timings };
  const app = { ...productApp(), ...options.app };
  const remember = { calls: 5000, edits: 500, ...options.remember };
  const journal = options.journal === undefined ? memoryJournal() : fileJournal(options.journal);
  const workspace = new Workspace(clock, journal, remember.edits, options.appId);
  const calls = new CallLog(remember.calls);
  const limiter = createLimiter(clock, resolveLimits(options.limits));
  const lacks = new Set(options.lacks);
  const presence = (present: boolean): void => {
    if (present) deliveries.flush();
    workspace.tell({ kind: 'presence', present });
  };
  const sockets = new Sockets(workspace.appId, clock, timings, presence);
  const target = options.events ?? { mode: 'socket' };
  if (target.mode === 'http' && target.signingSecret !== undefined) {
    workspace.secrets.signingSecret = target.signingSecret;
  }
  const webhook =
    target.mode === 'http'
      ? new Webhook(target.url, workspace.secrets.signingSecret, timings.ackMs, presence)
      : undefined;
  const transport: Transport = webhook ?? sockets;
  const deliveries = new Deliveries({
    transport,
    clock,
    timings,
    journal,
    acknowledged: (event_id) => {
      options.onDelivery?.('acknowledged', event_id);
      workspace.tell({ kind: 'acknowledged', event_id });
    },
    sending: (event_id) => options.onDelivery?.('sending', event_id),
  });
  const slack: Slack = {
    workspace,
    options,
    timings,
    app,
    scopes: new Set(app.scopes),
    events: new Set(app.events),
    faults: new FaultBook(),
    interactions: new Interactions(workspace, timings, (parcel) =>
      transport.send(parcel, { number: 0, reason: '' }),
    ),
    sockets,
  };
  const source = createEventSource(workspace, {
    subscribed: (name) => slack.events.has(name),
    post: (event_id, body) => deliveries.post(event_id, body),
  });
  workspace.listen((change) => source.hear(change));
  const personas = new Personas(slack, source);
  const page = new Page({ slack, personas, calls, limiter, present: () => transport.present() });
  workspace.listen((change) => page.events.hear(change));
  const noteCall = (call: WireCall): void => workspace.tell({ kind: 'call', call: calls.addWire(call) });

  let latencyMs = options.latencyMs ?? 0;
  const webApi = createWebApi({
    slack,
    limiter,
    lacks,
    latency: () => latencyMs,
    log: (call, wire) => {
      calls.add(call);
      options.onCall?.(wire);
      noteCall(wire);
    },
  });
  const setLatency = (ms: number): void => {
    latencyMs = ms;
  };
  const control = createControl({
    slack,
    personas,
    calls,
    deliveries,
    sockets,
    webhook,
    limiter,
    lacks,
    setLatency,
  });

  const server = createServer((request, response) => {
    route({ slack, webApi, page, control }, request, response).catch(() => {
      // The connection broke or a request could not be read: nobody is left to tell.
      response.destroy();
    });
  });
  server.keepAliveTimeout = 30_000;
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  const port = await listen(server, options.port ?? 0).catch((error: unknown) => {
    journal.close();
    throw error;
  });
  workspace.fileBase = `http://127.0.0.1:${port}`;
  const [before] = journal.load('base') as string[];
  if (before !== undefined && before !== workspace.fileBase) deliveries.rebase(before, workspace.fileBase);
  journal.put('base', '', workspace.fileBase);
  sockets.listenAt(`ws://127.0.0.1:${port}`);
  if (webhook) deliveries.flush();

  return {
    apiUrl: `http://127.0.0.1:${port}/api/`,
    port,
    ...workspace.secrets,
    teamId: team.id,
    botUserId: ids.bot,
    appId: workspace.appId,
    control,
    page: (request, response) => {
      page.answer(request, response).catch(() => response.destroy());
    },
    noteCall,
    stop: async () => {
      deliveries.stop();
      sockets.close();
      page.events.close();
      await close(server);
      journal.close();
    },
  };
}

interface Routes {
  slack: Slack;
  webApi: WebApi;
  page: Page;
  control: SlackControl;
}

async function route(to: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = urlOf(request);
  const { slack } = to;
  if (pathname.startsWith('/api/'))
    return to.webApi.answer(request, response, pathname.slice('/api/'.length));
  if (pathname.startsWith('/__page/')) return to.page.answer(request, response);
  if (pathname.startsWith('/__emu/')) return answerEmu(to.control, request, response);
  if (pathname.startsWith('/upload/v1/')) return takeUpload(slack, request, response);
  if (pathname.startsWith('/files-pri/')) return downloadFile(slack, request, response);
  if (slack.interactions.responses.knows(pathname)) {
    const body = parseJson((await readBody(request)).toString());
    const { status, text } = slack.interactions.responses.use(pathname, body);
    return sendText(response, status, text);
  }
  return sendText(response, 404, 'not found');
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

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
