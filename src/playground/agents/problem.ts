/**
 * An error answer of the API: `{"type":"error","error":{type,message,details?},"request_id"}`
 * (shape: `core/error.ts` of @anthropic-ai/sdk 1.10.0).
 */
export class Problem extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    message: string,
    extra: { code?: string; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.type = typeOf(status);
    this.code = extra.code ?? null;
    this.headers = extra.headers ?? {};
  }

  body(requestId: string): Record<string, unknown> {
    const details = this.code === null ? {} : { details: { error_code: this.code } };
    return {
      type: 'error',
      error: { type: this.type, message: this.message, ...details },
      request_id: requestId,
    };
  }
}

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

function typeOf(status: number): string {
  return TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

export const invalid = (message: string, code?: string): Problem =>
  new Problem(400, message, code === undefined ? {} : { code });
export const notFound = (what: string, id: string): Problem => new Problem(404, `${what} not found: ${id}`);
export const conflict = (message: string): Problem => new Problem(409, message);
