import { createHmac } from 'node:crypto';
import { request, type IncomingHttpHeaders } from 'node:http';
import type { Attempt, Outcome, Parcel, Transport } from './deliveries.ts';
import type { Json } from './records.ts';

/** Slack's signature of a request: v0 HMAC-SHA256 (docs.slack.dev/authentication/verifying-requests-from-slack). */
export function sign(secret: string, timestamp: number, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}

/** How a parcel travels over HTTP: events as JSON, the others as forms. */
export function encodeParcel(parcel: Parcel): { body: string; type: string } {
  if (parcel.kind === 'events_api') return { body: JSON.stringify(parcel.body), type: 'application/json' };
  const form =
    parcel.kind === 'interactive'
      ? new URLSearchParams({ payload: JSON.stringify(parcel.body) })
      : new URLSearchParams(
          Object.entries(parcel.body).map(([name, value]): [string, string] => [name, String(value)]),
        );
  return { body: form.toString(), type: 'application/x-www-form-urlencoded' };
}

/** Events, clicks, commands and forms as signed HTTP requests. */
export class Webhook implements Transport {
  readonly url: string;
  readonly #secret: string;
  readonly #ackMs: number;
  readonly #presence: (present: boolean) => void;
  #present = false;

  constructor(url: string, secret: string, ackMs: number, presence: (present: boolean) => void) {
    this.url = url;
    this.#secret = secret;
    this.#ackMs = ackMs;
    this.#presence = presence;
  }

  present(): boolean {
    return this.#present;
  }

  async send(parcel: Parcel, attempt: Attempt, copies = 1): Promise<Outcome> {
    const sent = Array.from({ length: copies }, () => this.#post(parcel, attempt));
    return Promise.race(sent);
  }

  async #post(parcel: Parcel, attempt: Attempt): Promise<Outcome> {
    const { body, type } = encodeParcel(parcel);
    const retried = attempt.number > 0;
    try {
      const response = await this.request(body, type, {
        ...(retried ? { 'X-Slack-Retry-Num': String(attempt.number) } : {}),
        ...(retried ? { 'X-Slack-Retry-Reason': attempt.reason } : {}),
      });
      this.#note(true);
      if (response.status >= 200 && response.status < 300) {
        return { type: 'acknowledged', body: readAnswer(response.text) };
      }
      const final = response.headers['x-slack-no-retry'] === '1';
      const reason = response.status >= 300 && response.status < 400 ? 'too_many_redirects' : 'http_error';
      return { type: 'failed', reason, final };
    } catch (error) {
      const timeout = error instanceof Error && error.name === 'TimeoutError';
      if (!timeout) this.#note(false);
      return { type: 'failed', reason: timeout ? 'http_timeout' : 'connection_failed' };
    }
  }

  /** A signed request; `headers` may override the signature and its time to forge one. */
  request(body: string, type: string, headers: Record<string, string> = {}): Promise<Answer> {
    const timestamp = Math.floor(Date.now() / 1000);
    return post(this.url, body, this.#ackMs, {
      'Content-Type': type,
      'User-Agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      'X-Slack-Request-Timestamp': String(timestamp),
      'X-Slack-Signature': sign(this.#secret, timestamp, body),
      ...headers,
    });
  }

  #note(present: boolean): void {
    if (this.#present === present) return;
    this.#present = present;
    this.#presence(present);
  }
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** One request on a connection of its own, so that an app that stops need not wait for idle ones. */
function post(
  url: string,
  body: string,
  timeoutMs: number,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const length = String(Buffer.byteLength(body));
    const call = request(url, {
      method: 'POST',
      agent: false,
      headers: { ...headers, 'Content-Length': length },
    });
    signal.addEventListener('abort', () => call.destroy(signal.reason as Error), { once: true });
    call.on('error', reject);
    call.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    call.end(body);
  });
}

/** An acknowledgement may be empty, a plain text or JSON. */
function readAnswer(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text) as Json;
  } catch {
    return { text };
  }
}
