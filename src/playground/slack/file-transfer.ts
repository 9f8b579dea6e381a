import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Slack } from './call.ts';
import { readBody, sendText, uploadedBytes, urlOf } from './http.ts';
import type { FileRecord } from './records.ts';
import { ids } from './world.ts';

/** The bytes of files: what an upload address takes, and private downloads. */

export async function takeUpload(
  slack: Slack,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const id = urlOf(request).pathname.slice('/upload/v1/'.length);
  const file = slack.workspace.files.get(id);
  if (!file) return sendText(response, 404, 'not found');
  const bytes = uploadedBytes(request, await readBody(request));
  slack.workspace.journal.putBytes(id, bytes);
  slack.workspace.putFile({ ...file, size: bytes.byteLength });
  return sendText(response, 200, `OK - ${bytes.byteLength}`);
}

/** Without the right to see a file Slack answers 200 and a page to log in on, not an error. */
export function downloadFile(slack: Slack, request: IncomingMessage, response: ServerResponse): void {
  const id = /^\/files-pri\/[^/]+-([^/-]+)\//.exec(urlOf(request).pathname)?.[1] ?? '';
  const { workspace } = slack;
  const file = workspace.files.get(id);
  const bytes = workspace.journal.getBytes(id);
  const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const shared = file?.shares.some(({ channel }) =>
    workspace.channels.get(channel)?.members.includes(ids.bot),
  );
  const allowed = token === workspace.secrets.botToken && slack.scopes.has('files:read');
  if (!file || !bytes || !allowed || !(shared || file.user === ids.bot)) {
    return sendText(response, 200, LOGIN, { 'Content-Type': 'text/html' });
  }
  if (file.odd?.download !== undefined && oddly(slack, file, response, bytes)) return;
  response.writeHead(200, { 'Content-Type': file.mimetype, 'Content-Length': String(bytes.byteLength) });
  response.end(bytes);
}

const LOGIN = '<!DOCTYPE html><title>Sign in to Slack</title>';

/** False where the file is answered as any other after all. */
function oddly(slack: Slack, file: FileRecord, response: ServerResponse, bytes: Uint8Array): boolean {
  const how = file.odd?.download;
  if (how === 'cut' || how === 'hang') {
    // Says nothing of its length.
    response.writeHead(200, { 'Content-Type': file.mimetype });
    response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)));
    if (how === 'cut') setImmediate(() => response.destroy());
    return true;
  }
  if (how === undefined) return false;
  if (how === 'login') sendText(response, 200, LOGIN, { 'Content-Type': 'text/html' });
  else if ('redirect' in how) sendText(response, 302, '', { Location: how.redirect });
  else {
    if (how.times <= 0) return false;
    const odd = { ...file.odd, download: { ...how, times: how.times - 1 } };
    slack.workspace.putFile({ ...file, odd });
    sendText(response, how.status, 'not now');
  }
  return true;
}
