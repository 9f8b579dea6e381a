/** What Slack says of the tokens, asked once and for `heddle doctor` only. Nothing is posted or opened. */
import { messageOf } from '../../errors.ts';
import type { SystemClock } from '../../lib/time.ts';
import { withTimeout } from '../../lib/time.ts';

export interface SlackProbeOptions {
  /** Base of the Web API, with a slash at its end. */
  readonly apiUrl: string;
  readonly token: string;
  readonly clock: SystemClock;
  /** Milliseconds until Slack counts as unreachable. */
  readonly timeoutMs: number;
}

export type SlackAnswer =
  | {
      readonly is: 'ok';
      readonly fields: Readonly<Record<string, unknown>>;
      /** The `x-oauth-scopes` header; undefined where there was none. */
      readonly scopes: readonly string[] | undefined;
      /** How far this machine's clock is ahead of Slack's, milliseconds; the header counts whole seconds. */
      readonly aheadMs: number | undefined;
    }
  /** `error` of an answer that is not ok. */
  | { readonly is: 'refused'; readonly code: string }
  | { readonly is: 'unreachable'; readonly why: string };

/** `auth.test`: who the bot token is, and its scopes (docs.slack.dev/reference/methods/auth.test). */
export function probeBotToken(options: SlackProbeOptions): Promise<SlackAnswer> {
  return ask('auth.test', options);
}

/** `apps.connections.open`: whether the app token may open a Socket Mode connection. None is opened. */
export function probeAppToken(options: SlackProbeOptions): Promise<SlackAnswer> {
  return ask('apps.connections.open', options);
}

async function ask(
  method: string,
  { apiUrl, token, clock, timeoutMs }: SlackProbeOptions,
): Promise<SlackAnswer> {
  try {
    return await withTimeout(
      method,
      timeoutMs,
      async (signal) => {
        const response = await fetch(new URL(method, apiUrl), {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
          redirect: 'error',
          signal,
        });
        return answerOf(response, clock.now());
      },
      undefined,
      clock,
    );
  } catch (error) {
    return { is: 'unreachable', why: reason(error) };
  }
}

async function answerOf(response: Response, now: number): Promise<SlackAnswer> {
  const date = Date.parse(response.headers.get('date') ?? '');
  const body: unknown = await response.json().catch(() => undefined);
  if (typeof body !== 'object' || body === null) {
    return { is: 'unreachable', why: `it answered with HTTP ${response.status} and no JSON` };
  }
  const fields = body as Readonly<Record<string, unknown>>;
  if (fields['ok'] !== true) {
    const { error } = fields;
    return { is: 'refused', code: typeof error === 'string' ? error : `http_${response.status}` };
  }
  return {
    is: 'ok',
    fields,
    scopes: response.headers
      .get('x-oauth-scopes')
      ?.split(',')
      .map((scope) => scope.trim())
      .filter(Boolean),
    aheadMs: Number.isNaN(date) ? undefined : now - date,
  };
}

/** `fetch failed` says nothing; its cause does. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return messageOf(cause instanceof Error && cause.message ? cause : error);
}
