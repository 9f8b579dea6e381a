/**
 * A text as a file in a thread: an address to upload to, the bytes, and the share, which is what people see and
 * the only step that must not happen twice (docs.slack.dev/messaging/working-with-files).
 */
import { PortError } from '../../errors.ts';
import { withTimeout } from '../../lib/time.ts';
import { CALL_MS, type SlackPort } from '../../ports.ts';
import type { Args, Calls } from './calls.ts';
import { text, type Fields } from './fields.ts';
import { isSlackHost } from './hosts.ts';

type Upload = Pick<SlackPort, 'upload'>;

const NAME = /^answer-([0-9a-f]{16})\.md$/;

function fileName(key: string): string {
  return `answer-${key}.md`;
}

/** The key in the name of one of our files. */
export function keyOfFile(name: string): string | undefined {
  return NAME.exec(name)?.[1];
}

export function createUploads(calls: Calls, apiUrl: string | undefined): Upload {
  return {
    async upload(call) {
      const { channel, threadTs, key, title, text: words } = call;
      const bytes = new TextEncoder().encode(words);
      const { team, priority, signal, guard } = call;
      const where = { team, priority, signal, guard };
      const ask = (method: string, args: Args): Promise<Fields | undefined> =>
        calls.write({ ...where, method, args: () => args });
      const begun = await certainlyWithoutEffect(
        ask('files.getUploadURLExternal', { filename: fileName(key), length: bytes.byteLength }),
      );
      const [url, id] = [text(begun, 'upload_url'), text(begun, 'file_id')];
      if (url === undefined || id === undefined) throw failed('refused', 'no_upload_url');
      await send(url, bytes, apiUrl);
      const files = [{ id, title }];
      await ask('files.completeUploadExternal', { files, channel_id: channel, thread_ts: threadTs });
      return id;
    },
  };
}

function failed(kind: 'retry' | 'refused', code: string): PortError {
  return new PortError({ kind, code });
}

/** Until the share nobody has seen anything: a lost answer there is as good as none. */
async function certainlyWithoutEffect<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof PortError && error.kind === 'unknown') throw failed('retry', error.code);
    throw error;
  }
}

async function send(url: string, bytes: Uint8Array<ArrayBuffer>, apiUrl: string | undefined): Promise<void> {
  if (!isSlackHost(url, 'files.slack.com', apiUrl)) throw failed('refused', 'foreign_upload_url');
  let response: Response;
  try {
    response = await withTimeout('uploading', CALL_MS, async (signal) => {
      const answer = await fetch(url, { method: 'POST', body: bytes, redirect: 'error', signal });
      await answer.arrayBuffer();
      return answer;
    });
  } catch {
    throw failed('retry', 'upload_failed');
  }
  if (!response.ok) throw failed(response.status >= 500 ? 'retry' : 'refused', 'upload_failed');
}
