/**
 * Who may talk to the page's server. It listens on loopback only, but every web page a person has open can send
 * requests there too, so:
 *
 * - a request must name a loopback host (a foreign name that was pointed at 127.0.0.1 is refused);
 * - a request that changes something must not come from another site, and its JSON must say that it is JSON,
 *   which other sites cannot send without asking first;
 * - bodies have a declared and limited length.
 */
import type { IncomingMessage } from 'node:http';

/** Largest JSON body, bytes: a 40,000 character message several times over. */
const maxJson = 1024 * 1024;
/** Largest uploaded file, bytes. */
const maxUpload = 32 * 1024 * 1024;

export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

/** Why a request is refused, or null. `path` is its path without the query. */
export function refusal(request: IncomingMessage, path: string): Refusal | null {
  const host = request.headers.host ?? '';
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i.test(host)) {
    return { status: 403, reason: 'This server answers to 127.0.0.1 and localhost only.' };
  }
  if (request.method === 'GET' || request.method === 'HEAD') return null;
  if (request.method !== 'POST') return { status: 405, reason: 'Only GET and POST are understood here.' };
  return foreign(request, host) ?? oversized(request, path);
}

function foreign(request: IncomingMessage, host: string): Refusal | null {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isForeign =
    (origin !== undefined && origin !== `http://${host}`) || (site !== undefined && site !== 'same-origin');
  return isForeign ? { status: 403, reason: 'Requests from other sites are refused.' } : null;
}

function oversized(request: IncomingMessage, path: string): Refusal | null {
  const isUpload = path === '/__page/upload';
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim();
  if (!isUpload && type !== 'application/json') return { status: 415, reason: 'The body must be JSON.' };
  const declared = request.headers['content-length'];
  if (declared === undefined || !/^\d{1,12}$/.test(declared)) {
    return { status: 411, reason: 'The length of the body must be given.' };
  }
  const most = isUpload ? maxUpload : maxJson;
  return Number(declared) > most ? { status: 413, reason: `At most ${most} bytes are taken.` } : null;
}
