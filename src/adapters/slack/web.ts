/**
 * The Web API client as this program uses it. The limits and retries are ours (`lanes.ts`), so the client's own
 * are turned off: it would pause every method of the token for one 429, and would repeat writes whose answer was
 * lost (`@slack/web-api/dist/WebClient.js`, `makeRequest`).
 *
 * - `retryConfig` is always set: Socket Mode writes its own into an options object that leaves it open.
 * - `headers` is never set: the first client would write its token into the shared object.
 */
import { LogLevel, webApi, type Logger } from '@slack/bolt';
import type { Log } from '../../ports.ts';
import { UnreadableAnswer } from './failures.ts';
import { textAnswer } from '../http-fetch.ts';
import { fieldsOf } from './fields.ts';
import { UNSTATED_RETRY_MS } from './limits.ts';

export interface WebOptions {
  /** Base of the Web API; undefined for Slack's own. */
  readonly apiUrl: string | undefined;
  /** Milliseconds until a call is given up. */
  readonly timeoutMs: number;
  readonly log: Log;
}

/** Options for a WebClient, made anew for each so that no two share an object. */
export function webOptions({ apiUrl, timeoutMs, log }: WebOptions): webApi.WebClientOptions {
  return {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    timeout: timeoutMs,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    fetch: readableFetch,
    logger: bridge(log),
  };
}

export function webClient(token: string, options: WebOptions): webApi.WebClient {
  return new webApi.WebClient(token, webOptions(options));
}

/**
 * `fetch` that tells an unreadable answer from one of Slack's own errors, which the client does not, that reads
 * the body under the call's timeout, and that gives every 429 a number to wait.
 */
const readableFetch: webApi.FetchFunction = async (url, init) => {
  const { status, body, header } = await textAnswer(url, init);
  if (status === 429) {
    return new Response(null, { status, headers: { 'retry-after': retryAfter(header('retry-after')) } });
  }
  if (status === 200 && !isJsonObject(body)) throw new UnreadableAnswer(status);
  return new Response(body === '' ? null : body, {
    status,
    headers: { 'content-type': header('content-type') ?? 'application/json' },
  });
};

/** Whole seconds, rounded up, at most a day; 30 where the header is missing or no number. */
export function retryAfter(header: string | null): string {
  const seconds = header !== null && /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) : Number.NaN;
  return String(Math.ceil(Number.isNaN(seconds) ? UNSTATED_RETRY_MS / 1000 : Math.min(seconds, 86_400)));
}

function isJsonObject(body: string): boolean {
  try {
    return fieldsOf(JSON.parse(body)) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Bolt's logger, led into ours. Its debug lines hold whole payloads and are dropped; of the others only the first
 * text counts, without anything that looks like a token. They are told one level lower: what they mean for this
 * program is said by the code that acts on it.
 */
export function bridge(log: Log): Logger {
  const line = (parts: readonly unknown[]): string => {
    const [first] = parts;
    const said = first instanceof Error ? `${first.name}: ${first.message}` : String(first);
    return said.replace(/xox[a-z]-[\w-]+|xapp-[\w-]+/g, '[token]').slice(0, 300);
  };
  const from = log.child({ from: 'bolt' });
  return {
    debug: () => undefined,
    info: (...parts: unknown[]) => from.debug({}, line(parts)),
    warn: (...parts: unknown[]) => from.debug({}, line(parts)),
    error: (...parts: unknown[]) => from.warn({}, line(parts)),
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  };
}
