/**
 * Slack over HTTP: one path for events, commands and interactivity, as a listener that a server owned by others
 * mounts.
 *
 * The request is checked on its raw bytes before anything of it is parsed: at most 1 MB within ten seconds, a
 * timestamp within five minutes on both sides (Bolt's own check lets future ones pass), then the signature.
 * Rules: docs.slack.dev, "Verifying requests from Slack"; answers: "Events API", "Error handling".
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse as parseForm } from 'node:querystring';
import { isValidSlackRequest, type App, type Receiver, type ReceiverEvent } from '@slack/bolt';
import { messageOf } from '../../errors.ts';
import { TimeoutError, withTimeout } from '../../lib/time.ts';
import type { Clock, Log } from '../../ports.ts';
import { fieldsOf, text, type Fields } from './fields.ts';

export interface HttpReceiver extends Receiver {
  /** Answers one `POST /slack/events`. Resolves when it was answered; never rejects. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export interface HttpReceiverOptions {
  readonly signingSecret: string;
  readonly clock: Clock;
  readonly log: Log;
}

const BODY_AT_MOST = 1024 * 1024;
const BODY_MS = 10_000;
const SKEW_SECONDS = 300;
/** Slack waits 3 s for an acknowledgement. */
const ANSWER_MS = 2_900;

type Problem = 400 | 401 | 408 | 413;
type Checked = { readonly body: Fields } | { readonly status: Problem | 200; readonly why: string };

export function createHttpReceiver({ signingSecret, clock, log }: HttpReceiverOptions): HttpReceiver {
  let app: Pick<App, 'processEvent'> | undefined;

  async function checked(request: IncomingMessage): Promise<Checked> {
    const raw = await rawBody(request, clock);
    if (typeof raw === 'number') return { status: raw, why: 'body' };
    if (isSslCheck(request, raw)) return { status: 200, why: 'ssl_check' };
    if (!isSigned(request, raw, signingSecret, clock)) return { status: 401, why: 'signature' };
    const body = parseBody(request, raw);
    return body === undefined ? { status: 400, why: 'malformed' } : { body };
  }

  async function deliver(request: IncomingMessage, response: ServerResponse, body: Fields): Promise<void> {
    const late = clock.setTimer(() => answer(response, 503), ANSWER_MS);
    try {
      if (!app) return answer(response, 503);
      await app.processEvent(receiverEvent(request, response, body));
    } catch (error) {
      // No X-Slack-No-Retry: Slack's own redelivery is the queue for what could not be admitted.
      log.warn({ why: messageOf(error) }, 'a delivery was not acknowledged');
      answer(response, 503);
    } finally {
      late();
    }
  }

  return {
    init(bolt) {
      app = bolt;
    },
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    async handle(request, response) {
      try {
        const delivery = await checked(request);
        if ('status' in delivery) {
          if (delivery.status !== 200)
            log.warn({ status: delivery.status, why: delivery.why }, 'a request was refused');
          answer(response, delivery.status);
        } else if (text(delivery.body, 'type') === 'url_verification') {
          answer(response, 200, { challenge: text(delivery.body, 'challenge') ?? '' });
        } else {
          await deliver(request, response, delivery.body);
        }
      } catch (error) {
        log.debug({ why: messageOf(error) }, 'a request broke off');
        answer(response, 400);
      }
    },
  };
}

function receiverEvent(request: IncomingMessage, response: ServerResponse, body: Fields): ReceiverEvent {
  const retry = Number(header(request, 'x-slack-retry-num'));
  const reason = header(request, 'x-slack-retry-reason');
  return {
    body,
    ack: (content?: unknown) => {
      answer(response, 200, content);
      return Promise.resolve();
    },
    ...(Number.isInteger(retry) ? { retryNum: retry } : {}),
    ...(reason === undefined ? {} : { retryReason: reason }),
  };
}

/** The bytes as they came; 413 for too many of them, 408 for too slow ones. */
async function rawBody(request: IncomingMessage, clock: Clock): Promise<Buffer | 408 | 413> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_AT_MOST) return 413;
  try {
    return await withTimeout('a request body', BODY_MS, () => collect(request), undefined, clock);
  } catch (error) {
    if (error instanceof TimeoutError) return 408;
    throw error;
  }
}

async function collect(request: IncomingMessage): Promise<Buffer | 413> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > BODY_AT_MOST) return 413;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function isSigned(request: IncomingMessage, raw: Buffer, signingSecret: string, clock: Clock): boolean {
  const stamp = header(request, 'x-slack-request-timestamp');
  const signature = header(request, 'x-slack-signature');
  if (stamp === undefined || signature === undefined || !/^\d{1,12}$/.test(stamp)) return false;
  const seconds = Number(stamp);
  if (Math.abs(clock.now() / 1000 - seconds) > SKEW_SECONDS) return false;
  return isValidSlackRequest({
    signingSecret,
    body: raw.toString(),
    headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': seconds },
    nowMilliseconds: clock.now(),
  });
}

function isForm(request: IncomingMessage): boolean {
  return (header(request, 'content-type') ?? '').startsWith('application/x-www-form-urlencoded');
}

/** Slack looks at a command's certificate now and then, without a signature. Nothing else of it counts. */
function isSslCheck(request: IncomingMessage, raw: Buffer): boolean {
  return (
    isForm(request) &&
    header(request, 'x-slack-signature') === undefined &&
    parseForm(raw.toString())['ssl_check'] === '1'
  );
}

/** JSON for events; a form for commands; a form with JSON in `payload` for clicks and shortcuts. */
function parseBody(request: IncomingMessage, raw: Buffer): Fields | undefined {
  try {
    if (!isForm(request)) return fieldsOf(JSON.parse(raw.toString()));
    const form = parseForm(raw.toString());
    const payload = form['payload'];
    return fieldsOf(typeof payload === 'string' ? JSON.parse(payload) : form);
  } catch {
    return undefined;
  }
}

/** Only the first answer counts: what is late was answered already, and Slack delivers again. */
function answer(response: ServerResponse, status: number, content?: unknown): void {
  if (response.headersSent || response.destroyed) return;
  if (status >= 400) response.setHeader('connection', 'close');
  // It will not get better by being sent again.
  if (status === 400 || status === 413) response.setHeader('x-slack-no-retry', '1');
  if (content === undefined || content === '') response.writeHead(status).end();
  else if (typeof content === 'string') {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(content);
  } else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}
