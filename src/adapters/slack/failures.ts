/**
 * What a failed Web API call means.
 *
 * A definite `ok: false` had no effect. What is ambiguous (`fatal_error`, `internal_error`, `request_timeout`,
 * HTTP 5xx, a broken connection, an answer that is no JSON) may have happened: `unknown` for a write, `retry`
 * for a read. Only a connection that never came about is certainly without effect.
 * Codes: the error tables of docs.slack.dev/reference/methods; classes: `@slack/web-api/dist/errors.d.ts`.
 */
import { webApi } from '@slack/bolt';
import { messageOf, PortError, type FailureKind } from '../../errors.ts';
import { fieldsOf, number, object } from './fields.ts';
import { UNSTATED_RETRY_MS } from './limits.ts';

export type CallKind = 'read' | 'write';

/** Answers of Slack that leave open whether the call had an effect. */
const AMBIGUOUS = new Set(['fatal_error', 'internal_error', 'request_timeout']);

/** Refused for now, without effect. */
const LATER = new Set([
  'service_unavailable',
  'team_added_to_org',
  'message_limit_exceeded',
  'accesslimited',
]);

/** A limit, said in the body instead of by HTTP status 429. */
const LIMITED = new Set(['ratelimited', 'rate_limited']);

/** What the call names is not there any more, or not for this bot. */
const GONE = new Set([
  'message_not_found',
  'cant_update_message',
  'cant_delete_message',
  'duplicate_message_not_found',
  'duplicate_channel_not_found',
  'channel_not_found',
  'channel_is_archived',
  'is_archived',
  'is_inactive',
  'not_in_channel',
  'user_not_in_channel',
  'thread_not_found',
  'cannot_reply_to_message',
  'session_not_found',
]);

/** Nothing works until somebody puts the app's token, scopes or installation right. */
const FATAL = new Set([
  'not_authed',
  'invalid_auth',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'no_permission',
  'missing_scope',
  'not_allowed_token_type',
  'org_login_required',
  'ekm_access_denied',
  'team_access_not_granted',
  'team_disabled',
  'user_removed_from_team',
  'two_factor_setup_required',
  'app_uninstalled',
]);

/** What Slack's own error code means, for a call of this kind. */
export function kindOfCode(code: string, call: CallKind): FailureKind {
  if (AMBIGUOUS.has(code)) return call === 'write' ? 'unknown' : 'retry';
  if (LATER.has(code) || LIMITED.has(code)) return 'retry';
  if (GONE.has(code)) return 'gone';
  if (FATAL.has(code)) return 'fatal';
  return 'refused';
}

/** Slack answered with something that is not the JSON object its API promises. */
export class UnreadableAnswer extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`Slack answered with HTTP ${status} and a body that is no JSON object`);
    this.name = 'UnreadableAnswer';
    this.status = status;
  }
}

/** No request left: the name did not resolve or nobody took the connection (codes of Node and undici). */
const NEVER_LEFT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whatever a WebClient call threw, as the error of the port. */
export function failureOf(error: unknown, method: string, call: CallKind): PortError {
  if (error instanceof PortError) return error;
  const doubt: FailureKind = call === 'write' ? 'unknown' : 'retry';
  const say = (kind: FailureKind, code: string, more: { status?: number; retryAfterMs?: number } = {}) =>
    new PortError({ kind, code, message: `${method}: ${code}`, cause: error, ...more });
  if (error instanceof webApi.WebAPIRateLimitedError) {
    return say('retry', 'ratelimited', { status: 429, retryAfterMs: error.retryAfter * 1000 });
  }
  if (error instanceof webApi.WebAPIPlatformError) return platformFailure(error, say, call);
  if (error instanceof webApi.WebAPIHTTPError) {
    const status = error.statusCode;
    const turnedAway = status >= 400 && status < 500 && status !== 408;
    return say(turnedAway ? 'refused' : doubt, `http_${status}`, { status });
  }
  const causes = chain(error);
  const unreadable = causes.find((cause) => cause instanceof UnreadableAnswer);
  if (unreadable) return say(doubt, 'unreadable_answer', { status: unreadable.status });
  if (causes.some((cause) => cause.name === 'TimeoutError')) return say(doubt, 'timeout');
  const code = causes.map(codeOf).find((code) => code !== undefined);
  if (code !== undefined && NEVER_LEFT.has(code)) return say('retry', code.toLowerCase());
  return say(doubt, code === undefined ? 'connection' : code.toLowerCase());
}

type Say = (kind: FailureKind, code: string, more?: { retryAfterMs?: number }) => PortError;

function platformFailure(error: webApi.WebAPIPlatformError, say: Say, call: CallKind): PortError {
  const code = error.data.error;
  if (!LIMITED.has(code)) return say(kindOfCode(code, call), code);
  const seconds = number(object(fieldsOf(error.data), 'response_metadata'), 'retryAfter');
  return say('retry', 'ratelimited', {
    retryAfterMs: seconds === undefined ? UNSTATED_RETRY_MS : seconds * 1000,
  });
}

/** The error and what caused it, down to the socket's; of several attempts at one connection, all. */
function chain(error: unknown, depth = 0): readonly Error[] {
  if (!(error instanceof Error) || depth > 6) return [];
  const inner = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [error.cause];
  return [error, ...inner.flatMap((cause) => chain(cause, depth + 1))];
}

function codeOf(error: Error): string | undefined {
  const code = (error as { readonly code?: unknown }).code;
  return typeof code === 'string' && /^(E[A-Z]|UND_)/.test(code) ? code : undefined;
}

/** For the log: the code where it is one of ours, else the text. Never a body. */
export function sayFailure(error: unknown): string {
  return error instanceof PortError ? error.code : messageOf(error);
}
