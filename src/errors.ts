/**
 * The errors of this program: a small coded family.
 *
 * Behaviour hangs on `kind` and `code`, never on the text. The text is for the log and the operator; what a
 * person in Slack reads is written where it is shown.
 */

/**
 * What a failed call at a port means for whoever made it. The adapters decide it, from the status and the
 * platform's own error code; one loop in flow acts on it.
 *
 * - `retry`    the call certainly had no effect and may work later (a limit, a 503 before processing, no connection)
 * - `gone`     what it names does not exist any more (message deleted, channel archived, session archived)
 * - `refused`  the call was understood and refused; repeating it as it is cannot help (400, `invalid_blocks`)
 * - `fatal`    nothing will work until an operator acts (revoked token, missing scope, unknown agent)
 * - `unknown`  it may have happened: a timeout or a broken connection after the request left. Look it up
 *              before repeating it.
 */
export type FailureKind = 'retry' | 'gone' | 'refused' | 'fatal' | 'unknown';

/** What every error of the family carries besides its text. */
export interface HeddleErrorOptions {
  readonly cause?: unknown;
}

/** Base of the family: a stable `code` for the log and for decisions, and a text for people. */
export class HeddleError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options: HeddleErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.code = code;
  }
}

/**
 * Settings with which nothing can be started: each problem is one plain sentence that names the variable or
 * key and the cure. The process says them on stderr, one a line, and exits with 78 (`EX_CONFIG`).
 */
export class ConfigError extends HeddleError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options: HeddleErrorOptions = {}) {
    super('config', problems.join('\n'), options);
    this.problems = problems;
  }
}

/** The particulars of a failed call at a port. */
export interface PortErrorDetails extends HeddleErrorOptions {
  readonly kind: FailureKind;
  /** The platform's own error code (`ratelimited`, `not_found_error`), or a short one of ours (`timeout`). */
  readonly code: string;
  readonly message?: string;
  /** Milliseconds the platform asked to wait (`Retry-After`). */
  readonly retryAfterMs?: number;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
}

/** A call at a port (Slack, Managed Agents, the store) that did not give its result. */
export class PortError extends HeddleError {
  readonly kind: FailureKind;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;

  constructor(details: PortErrorDetails) {
    super(details.code, details.message ?? details.code, 'cause' in details ? { cause: details.cause } : {});
    this.kind = details.kind;
    this.retryAfterMs = details.retryAfterMs;
    this.status = details.status;
  }
}

/**
 * What an error of any origin means. What is not ours is a bug or a surprise: it is treated as `unknown`,
 * because nothing says that the call did not happen.
 */
export function classify(error: unknown): FailureKind {
  if (error instanceof PortError) return error.kind;
  if (error instanceof ConfigError) return 'fatal';
  return 'unknown';
}

/** The text of whatever was thrown, for a log line or an operator. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
