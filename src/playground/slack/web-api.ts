import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { WireCall } from '../wire.ts';
import { Args, SlackApiError, type Method, type Slack } from './call.ts';
import type { LoggedCall } from './calls.ts';
import type { FaultKind } from './faults.ts';
import { decodeArguments, readBody, sendJson, sendText } from './http.ts';
import type { Limiter } from './limiter.ts';
import { missingScope } from './methods/shared.ts';
import { methods } from './methods/index.ts';
import type { AppDistribution } from './options.ts';
import type { Json } from './records.ts';
import { directMessageId, ids } from './world.ts';

export interface WebApi {
  /** Answers one call of `/api/<method>`. */
  answer(request: IncomingMessage, response: ServerResponse, method: string): Promise<void>;
}

export interface WebApiParts {
  slack: Slack;
  limiter: Limiter;
  /** Methods this workspace lacks; may change while it runs. */
  lacks: Set<string>;
  latency: () => number;
  log: (call: LoggedCall, wire: WireCall) => void;
}

/** What a call came to before it is written to the connection. */
interface Result {
  status: number;
  body: Json | string;
  headers: Record<string, string>;
  committed: boolean;
}

/**
 * The Web API over HTTP. The order of checks is Slack's: method, token, limits, scope, arguments. Every answer
 * but 429 and a planted fault has status 200.
 */
export function createWebApi(parts: WebApiParts): WebApi {
  const { slack } = parts;

  const answer = async (request: IncomingMessage, response: ServerResponse, name: string): Promise<void> => {
    const at = Date.now();
    const started = performance.now();
    const decoded = decodeArguments(request, await readBody(request));
    const { token: inBody, ...args } = decoded.ok ? decoded.args : {};
    const fault = slack.faults.strike(name, args);
    const latency = parts.latency() + (fault?.type === 'delay' ? fault.ms : 0);
    if (latency > 0) await wait(latency / 2);
    const skip = fault !== undefined && fault.type !== 'delay' && !('commit' in fault && fault.commit);
    const method = known(name);
    const token =
      bearer(request) ?? (decoded.ok && !decoded.json && typeof inBody === 'string' ? inBody : undefined);
    const result = skip ? untouched() : await attempt(name, method, decoded, args, token);
    if (latency > 0) await wait(latency / 2);
    const shown = fault === undefined ? result : spoilt(result, fault);
    const status = write(request, response, shown, fault);
    const ms = Math.round(performance.now() - started);
    const body = shown.body;
    const error = errorOf(body);
    parts.log(
      {
        at,
        method: name,
        args,
        status,
        committed: result.committed,
        ms,
        ...(error === undefined || status === 0 ? {} : { error }),
      },
      {
        at,
        side: 'slack',
        method: request.method ?? 'POST',
        path: `/api/${name}`,
        status,
        request: args,
        response: status === 0 ? null : body,
        ms,
      },
    );
  };

  const known = (name: string): Method | undefined => (parts.lacks.has(name) ? undefined : methods[name]);

  const attempt = async (
    name: string,
    method: Method | undefined,
    decoded: ReturnType<typeof decodeArguments>,
    args: Json,
    token: string | undefined,
  ): Promise<Result> => {
    try {
      if (!method) throw new SlackApiError('unknown_method', { req_method: name });
      if (!decoded.ok) throw new SlackApiError(decoded.error);
      if (name !== 'api.test') checkToken(slack, method, token);
      const channel = laneOf(slack, args['channel']);
      const pause = parts.limiter.take(
        name,
        effectiveTier(name, method, slack.options.appDistribution),
        channel,
      );
      if (pause > 0) return limited(Math.max(1, Math.ceil(pause / 1000)));
      if (method.scope !== undefined && !slack.scopes.has(method.scope))
        throw missingScope(slack, method.scope);
      // Methods that only read take no JSON: Slack then sees no arguments at all.
      const readable = decoded.json && method.formOnly ? {} : args;
      const body = await method.run(slack, new Args(readable));
      return { status: 200, body: { ok: true, ...body }, headers: scopeHeaders(method), committed: true };
    } catch (error) {
      if (!(error instanceof SlackApiError)) throw error;
      const body = { ok: false, error: error.code, ...error.more };
      return { status: 200, body, headers: scopeHeaders(method), committed: false };
    }
  };

  const scopeHeaders = (method: Method | undefined): Record<string, string> => ({
    'x-oauth-scopes': [...slack.scopes].join(','),
    ...(method?.scope === undefined ? {} : { 'x-accepted-oauth-scopes': method.scope }),
  });

  return { answer };
}

function errorOf(body: Json | string): string | undefined {
  if (typeof body === 'string') return 'unreadable';
  return body['ok'] === true ? undefined : String(body['error']);
}

/** Commercially distributed apps outside the Marketplace read history once a minute. */
function effectiveTier(
  name: string,
  method: Method,
  distribution: AppDistribution | undefined,
): Method['tier'] {
  const reading = name === 'conversations.history' || name === 'conversations.replies';
  return reading && distribution === 'commercial' ? 1 : method.tier;
}

/** A person's id and the id of their direct message are one place. */
function laneOf(slack: Slack, channel: unknown): string {
  if (typeof channel !== 'string') return '';
  return slack.workspace.user(channel) ? directMessageId(ids.bot, channel) : channel;
}

function bearer(request: IncomingMessage): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

function checkToken(slack: Slack, method: Method, token: string | undefined): void {
  const { botToken, appToken } = slack.workspace.secrets;
  if (token === undefined || token === '') throw new SlackApiError('not_authed');
  if (token !== botToken && token !== appToken) throw new SlackApiError('invalid_auth');
  if ((token === appToken) !== (method.appToken ?? false)) throw new SlackApiError('not_allowed_token_type');
}

function limited(seconds: number): Result {
  const headers = { 'retry-after': String(seconds) };
  return { status: 429, body: { ok: false, error: 'ratelimited' }, headers, committed: false };
}

function untouched(): Result {
  return { status: 200, body: { ok: false, error: 'internal_error' }, headers: {}, committed: false };
}

/** What the caller is told instead. */
function spoilt(result: Result, fault: FaultKind): Result {
  if (fault.type === 'error') return { ...result, body: { ok: false, error: fault.error, ...fault.more } };
  if (fault.type === 'rate_limited') {
    const headers: Record<string, string> =
      fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
    return { ...result, status: 429, body: { ok: false, error: 'ratelimited' }, headers };
  }
  if (fault.type === 'http')
    return { ...result, status: fault.status, body: fault.body ?? 'upstream trouble', headers: {} };
  if (fault.type === 'garbage')
    return { ...result, body: fault.body ?? '<html>not the answer</html>', headers: {} };
  return result;
}

/** Writes the answer, or does not; the status as the caller sees it, 0 for none. */
function write(
  request: IncomingMessage,
  response: ServerResponse,
  result: Result,
  fault: FaultKind | undefined,
): number {
  if (fault?.type === 'hang') return 0;
  if (fault?.type === 'reset') {
    request.socket.resetAndDestroy();
    return 0;
  }
  if (typeof result.body === 'string')
    sendText(response, result.status, result.body, { 'Content-Type': 'text/html' });
  else sendJson(response, result.status, result.body, result.headers);
  return result.status;
}
