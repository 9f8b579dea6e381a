/**
 * Files in Slack: read by people's messages, and shared in threads
 * (docs.slack.dev/messaging/working-with-files, docs.slack.dev/reference/objects/file-object).
 *
 * F1  The bot token leaves for `https://files.slack.com` or the configured Web API's own host, and nowhere else:
 *     addresses are asked for anew, looked at, and redirects are not followed.
 * F2  Nothing of a file is kept here: bytes pass.
 * F3  Until the share nobody has seen anything; storing bytes twice is harmless.
 */
import { PortError } from '../../errors.ts';
import type { Clock } from '../../ports.ts';
import type { OpenedFile, SlackFiles } from '../../ports-files.ts';
import { bodyOf, postBytes } from '../http-bytes.ts';
import { answerTo } from '../http-fetch.ts';
import type { Args, Calls } from './calls.ts';
import { flag, object, text, type Fields } from './fields.ts';
import { isSlackHost } from './hosts.ts';

export interface FilesOptions {
  readonly calls: Calls;
  readonly clock: Clock;
  readonly token: string;
  readonly apiUrl: string | undefined;
  /** Milliseconds without a byte after which a transfer is given up. */
  readonly silentMs?: number;
}

const FILES_HOST = 'files.slack.com';
const SILENT_MS = 10_000;
/** A missing scope is believed for so long: it comes with a new installation. */
const SCOPELESS_MS = 10 * 60_000;

/** Files whose bytes lie at Slack. Canvases, lists and the like have an address too, but no content of their own. */
const WITH_BYTES: ReadonlySet<string> = new Set(['hosted', 'snippet', 'email', 'post']);

function refused(code: string): PortError {
  return new PortError({ kind: 'refused', code });
}

/** What has no bytes that the bot may read is refused, with the reason. */
function judge(file: Fields | undefined): PortError | undefined {
  if (!file) return refused('gone');
  const mode = text(file, 'mode') ?? 'hosted';
  const access = text(file, 'file_access') ?? 'visible';
  if (access === 'file_not_found' || mode === 'tombstone' || mode === 'hidden_by_limit')
    return refused('gone');
  if (access !== 'visible') return refused('denied');
  if (flag(file, 'is_external') || mode === 'external' || mode === 'remote') return refused('external');
  return WITH_BYTES.has(mode) ? undefined : refused('no_file');
}

/** `files.info`'s refusals, in the words of the port. */
function meaningOf(error: unknown): unknown {
  if (!(error instanceof PortError)) return error;
  if (error.code === 'file_not_found' || error.code === 'file_deleted') return refused('gone');
  if (error.kind === 'refused' || error.kind === 'gone') return refused('denied');
  return error;
}

export function createFiles(options: FilesOptions): SlackFiles {
  const { calls, clock, token, apiUrl, silentMs = SILENT_MS } = options;
  /** Until then a scope is missing (monotonic ms), by method. */
  const scopeless = new Map<string, number>();

  async function within<T>(method: string, call: () => Promise<T>): Promise<T> {
    if ((scopeless.get(method) ?? 0) > clock.monotonic())
      throw new PortError({ kind: 'fatal', code: 'missing_scope' });
    try {
      return await call();
    } catch (error) {
      if (error instanceof PortError && error.code === 'missing_scope')
        scopeless.set(method, clock.monotonic() + SCOPELESS_MS);
      throw error;
    }
  }

  async function infoOf(team: string, id: string): Promise<Fields> {
    let answer: Fields;
    try {
      answer = await within('files.info', () => calls.read(team, 'files.info', { file: id }));
    } catch (error) {
      throw meaningOf(error);
    }
    const file = object(answer, 'file');
    const no = judge(file);
    if (no || !file) throw no ?? refused('gone');
    return file;
  }

  function addressOf(file: Fields): string {
    const url = text(file, 'url_private_download') ?? text(file, 'url_private');
    if (url === undefined) throw refused('denied');
    if (!isSlackHost(url, FILES_HOST, apiUrl)) throw refused('external');
    return url;
  }

  async function ask(url: string, signal: AbortSignal): ReturnType<typeof answerTo> {
    try {
      return await answerTo(url, { headers: { authorization: `Bearer ${token}` }, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw new PortError({ kind: 'retry', code: 'transfer_broken', cause: error });
    }
  }

  return {
    async openFile({ team, file: id, signal }) {
      const file = await infoOf(team, id);
      const message = await ask(addressOf(file), signal);
      const failure = failureOf(message.statusCode ?? 0, message.headers['retry-after']);
      if (failure) {
        message.destroy();
        throw failure;
      }
      const length = Number(message.headers['content-length']);
      const opened: OpenedFile = {
        name: text(file, 'name') ?? text(file, 'title') ?? id,
        mimetype: text(file, 'mimetype') ?? '',
        bytes: bodyOf(message, { clock, silentMs, signal }),
        close() {
          message.destroy();
        },
        ...(Number.isSafeInteger(length) ? { length } : {}),
      };
      return opened;
    },

    async storeFile({ team, name, length, bytes, signal, guard }) {
      const method = 'files.getUploadURLExternal';
      const args = (): Args => ({ filename: name, length });
      const where = { team, method, priority: 'status', signal, guard, args } as const;
      const begun = await within(method, () => calls.write(where));
      const [url, id] = [text(begun, 'upload_url'), text(begun, 'file_id')];
      if (url === undefined || id === undefined) throw refused('no_upload_url');
      if (!isSlackHost(url, FILES_HOST, apiUrl)) throw refused('foreign_upload_url');
      const { status } = await postBytes(url, { bytes, length }, { clock, silentMs, signal });
      if (status >= 500 || status === 429)
        throw new PortError({ kind: 'retry', code: 'upload_failed', status });
      if (status !== 200) throw refused('upload_failed');
      return id;
    },

    async shareFile({ team, channel, threadTs, share, title, priority, signal, guard }) {
      const method = 'files.completeUploadExternal';
      const args = (): Args => ({ files: [{ id: share, title }], channel_id: channel, thread_ts: threadTs });
      const done = await calls.write({ team, method, priority, signal, guard, args });
      return done && share;
    },
  };
}

/** What an answer other than 200 means. Slack sends who may not see a file elsewhere to log in. */
function failureOf(status: number, retryAfter: string | undefined): PortError | undefined {
  if (status === 200) return undefined;
  if (status === 429 || status >= 500) {
    const seconds = Number(retryAfter);
    const wait = Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {};
    return new PortError({ kind: 'retry', code: `http_${status}`, status, ...wait });
  }
  return refused(status === 410 ? 'gone' : 'denied');
}
