import type { IncomingMessage, ServerResponse } from 'node:http';
import { isObject } from './blocks.ts';
import type { Json } from './records.ts';

/** Reading requests and writing answers, over plain `node:http`. */

const maxBodyBytes = 256 * 1024 * 1024;

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBodyBytes) throw new Error('body too large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

export function urlOf(request: IncomingMessage): URL {
  return new URL(request.url ?? '/', 'http://127.0.0.1');
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  sendText(response, status, JSON.stringify(body), {
    'Content-Type': 'application/json; charset=utf-8',
    ...headers,
  });
}

export function sendText(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Length': String(Buffer.byteLength(body)), ...headers });
  response.end(body);
}

/** A page of another site, in the browser of whoever runs this: it must not act here. */
export function isForeign(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return false;
  const from = URL.canParse(origin) ? new URL(origin) : undefined;
  const here =
    from !== undefined && (from.host === host || ['127.0.0.1', 'localhost', '[::1]'].includes(from.hostname));
  return !here;
}

/** Arguments of a Web API call: query, then body as its content type says. */
export type Decoded = { ok: true; args: Json; json: boolean } | { ok: false; error: string };

export function decodeArguments(request: IncomingMessage, body: Buffer): Decoded {
  const query: Json = Object.fromEntries(urlOf(request).searchParams);
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  if (body.length === 0) return { ok: true, args: query, json: false };
  if (type === 'application/json') {
    const parsed = parseJson(body.toString());
    if (parsed === undefined) return { ok: false, error: 'invalid_json' };
    if (!isObject(parsed)) return { ok: false, error: 'json_not_object' };
    return { ok: true, args: { ...query, ...parsed }, json: true };
  }
  if (type === 'application/x-www-form-urlencoded' || type === '') {
    const form = Object.fromEntries(new URLSearchParams(body.toString()));
    return { ok: true, args: { ...query, ...form }, json: false };
  }
  return { ok: false, error: 'invalid_post_type' };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The file in an upload: the body itself, or the first part of a multipart form. */
export function uploadedBytes(request: IncomingMessage, body: Buffer): Buffer {
  const boundary = /multipart\/form-data.*boundary="?([^";]+)"?/i.exec(
    request.headers['content-type'] ?? '',
  )?.[1];
  if (boundary === undefined) return body;
  const head = body.indexOf('\r\n\r\n');
  const end = body.lastIndexOf(`\r\n--${boundary}--`);
  return head < 0 || end < 0 ? body : body.subarray(head + 4, secondPart(body, boundary, head + 4, end));
}

function secondPart(body: Buffer, boundary: string, from: number, end: number): number {
  const next = body.indexOf(`\r\n--${boundary}\r\n`, from);
  return next < 0 ? end : next;
}
