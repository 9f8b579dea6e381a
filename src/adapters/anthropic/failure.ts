/**
 * What a failed call to the Anthropic API means: the SDK's error becomes a `PortError`.
 *
 * F1  A write that got no answer, or one that does not say that nothing happened (a timeout, a broken
 *     connection, 5xx, 529), is `unknown`. Only a connection that was never opened is `retry`.
 * F2  `gone` is said only of what the service itself calls archived, terminated or deleted.
 * F3  A limit that passes is `retry` with the wait it names; one that only an operator can lift is `fatal`.
 *
 * Statuses and error codes: https://platform.claude.com/docs/en/api/errors and the SDK's `core/error.js`.
 */
import {
  AnthropicError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from '@anthropic-ai/sdk';
import { messageOf, PortError } from '../../errors.ts';
import type { FailureKind } from '../../errors.ts';
import { TimeoutError } from '../../lib/time.ts';

/** What the failed call was, as far as its failure's meaning depends on it. */
export interface CallFacts {
  /** Whether repeating it could make its effect happen twice. */
  readonly writes: boolean;
  /**
   * What a 404 speaks of: the thing named in the path (`resource`), or what the operator configured and the
   * body names (`setup`: agent and environment of a new session).
   */
  readonly names: 'resource' | 'setup';
}

interface Verdict {
  readonly kind: FailureKind;
  readonly code: string;
}

/** Error codes behind which stands a bill or a contract, not a rate (`error.details.error_code`). */
const OPERATOR_CODES = new Set([
  'contract_spend_limit_reached',
  'enforced_spend_limit_reached',
  'linked_organization_spend_limit_reached',
  'organization_on_hold',
  'model_not_budgetable',
  'environment_archived',
  'environment_not_found',
  'agent_archived',
  'agent_not_found',
]);

/** Why a budget could not be changed (platform.claude.com, sessions: updating a session). */
const BUDGET_CODES = new Set(['budget_create_only', 'budget_not_raised']);

/** A connection that was never opened: nothing was sent over it. */
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

const WAITING = /waiting on responses to events/i;
const BUDGET = /\bbudget|list cost/i;
const ONLY_ANSWERS = /only\b.*user\.tool_confirmation/i;
const SESSION_GONE =
  /\bsession\b.*\b(?:does not exist|not found|no longer exists|archived|terminated|deleted)\b/i;
const SETUP_GONE =
  /\b(?:agent|environment|vault)\b.*\b(?:does not exist|not found|archived|deleted|disabled)\b/i;
const SPEND = /\bspend|credit balance|billing|usage limit/i;

/** Whether the service's own words say that the session is archived, terminated or deleted (F2). */
export function saysGone(error: unknown): boolean {
  return error instanceof APIError && SESSION_GONE.test(wordsOf(error));
}

/** Whether an archive was refused because the service believes that the session still runs. */
export function saysRunning(error: unknown): boolean {
  return error instanceof APIError && /\bwhile\b.*\brunning\b|workflow_run_open/i.test(wordsOf(error));
}

/**
 * @param error what the SDK or `withTimeout` threw
 * @param now wall time in milliseconds, for a `retry-after` that is a date
 */
export function toPortError(error: unknown, call: CallFacts, now: number): PortError {
  if (error instanceof PortError) return error;
  const verdict = judge(error, call);
  const retryAfterMs = error instanceof APIError ? retryAfter(error, now) : undefined;
  return new PortError({
    ...verdict,
    message: `${verdict.code}: ${wordsOf(error)}`,
    cause: error,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(error instanceof APIError && error.status !== undefined ? { status: error.status } : {}),
  });
}

function judge(error: unknown, call: CallFacts): Verdict {
  const unanswered: FailureKind = call.writes ? 'unknown' : 'retry';
  if (error instanceof TimeoutError) return { kind: unanswered, code: 'timeout' };
  if (error instanceof APIUserAbortError || isAbort(error)) return { kind: unanswered, code: 'aborted' };
  if (error instanceof APIConnectionTimeoutError) return { kind: unanswered, code: 'timeout' };
  if (error instanceof APIConnectionError) {
    return neverConnected(error)
      ? { kind: 'retry', code: 'unreachable' }
      : { kind: unanswered, code: 'connection_lost' };
  }
  if (error instanceof APIError && error.status !== undefined) return judgeStatus(error, call, error.status);
  // The client refused before anything left: no credential, a path it will not build.
  if (error instanceof AnthropicError) return { kind: 'fatal', code: 'client' };
  return { kind: unanswered, code: 'bad_answer' };
}

function judgeStatus(error: APIError, call: CallFacts, status: number): Verdict {
  const code = error.errorCode ?? error.type ?? `http_${status}`;
  if (OPERATOR_CODES.has(code)) return { kind: 'fatal', code };
  if (status === 408 || status === 499 || status >= 500) {
    return { kind: call.writes ? 'unknown' : 'retry', code };
  }
  switch (status) {
    case 401:
    case 403:
      return { kind: 'fatal', code };
    case 402:
      return { kind: 'fatal', code: 'billing_error' };
    case 429:
      return judgeLimit(error, code);
    case 404:
      return judgeAbsent(error, call, code);
    default:
      return judgeRefusal(error, call, status, code);
  }
}

/** A limit without a time to wait is a spending cap when it says so: waiting does not lift it (F3). */
function judgeLimit(error: APIError, code: string): Verdict {
  const capped = retryAfterHeader(error) === undefined && SPEND.test(wordsOf(error));
  return capped ? { kind: 'fatal', code: 'spend_limit' } : { kind: 'retry', code };
}

/** A 404 that is not the API's own (a proxy's page, a wrong address) says nothing about what was asked for (F2). */
function judgeAbsent(error: APIError, call: CallFacts, code: string): Verdict {
  if (typeof error.error !== 'object') return { kind: 'retry', code: 'not_the_api' };
  return call.names === 'setup' ? { kind: 'fatal', code } : { kind: 'gone', code };
}

function judgeRefusal(error: APIError, call: CallFacts, status: number, code: string): Verdict {
  const words = wordsOf(error);
  if (call.names === 'setup' && SETUP_GONE.test(words)) return { kind: 'fatal', code };
  if (WAITING.test(words)) return { kind: 'refused', code: 'requires_action' };
  if (BUDGET_CODES.has(code)) return { kind: 'refused', code };
  if (call.names === 'resource') {
    if (SESSION_GONE.test(words)) return { kind: 'gone', code };
    if (status === 400 && (BUDGET.test(words) || ONLY_ANSWERS.test(words))) {
      return { kind: 'refused', code: 'budget_reached' };
    }
  }
  // 409 otherwise is a lock that somebody else holds; the SDK itself repeats it (`shouldRetry`).
  return status === 409 ? { kind: 'retry', code } : { kind: 'refused', code };
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Looks through the causes: fetch wraps the socket's error, and several addresses give an aggregate. */
function neverConnected(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string' && NEVER_CONNECTED.has(at.code)) return true;
  }
  return false;
}

function retryAfterHeader(error: APIError): string | undefined {
  return error.headers?.get('retry-after-ms') ?? error.headers?.get('retry-after') ?? undefined;
}

/** Milliseconds the service asked to wait: `retry-after-ms`, or `retry-after` in seconds or as a date. */
function retryAfter(error: APIError, now: number): number | undefined {
  const exact = Number(error.headers?.get('retry-after-ms') ?? NaN);
  if (Number.isFinite(exact)) return Math.max(0, exact);
  const header = error.headers?.get('retry-after');
  if (!header) return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** The service's own sentence where there is one. */
function wordsOf(error: unknown): string {
  return error instanceof APIError ? (error.apiMessage ?? error.message) : messageOf(error);
}
