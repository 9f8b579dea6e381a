/**
 * The Files API and the files of a session (platform.claude.com/docs/build-with-claude/files and
 * platform.claude.com/docs/managed-agents/files): bytes pass through in both directions.
 *
 * The SDK's own upload gathers the whole file first (`internal/uploads.js`, `addFormValue`), so the form is written
 * here and sent through the SDK's client, which knows address, login and errors.
 */
import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import type Anthropic from '@anthropic-ai/sdk';
import type { BetaManagedAgentsSessionResource } from '@anthropic-ai/sdk/resources/beta/sessions/resources';
import type { BetaFileMetadata } from '@anthropic-ai/sdk/resources/beta/files';
import type { OutputFile } from '../../core/outputs.ts';
import { PortError } from '../../errors.ts';
import { systemRandom } from '../../lib/random.ts';
import { several } from '../../lib/several.ts';
import { withTimeout, type SystemClock } from '../../lib/time.ts';
import type { AgentFiles, Bytes, Mount, Mounted } from '../../ports-files.ts';
import { bodyOf } from '../http-bytes.ts';
import { eachItem, type Calls } from './calls.ts';
import { toPortError, type CallFacts } from './failure.ts';

export interface FilesReach {
  /** For what is asked and answered in JSON. */
  readonly client: Anthropic;
  /** For what is not text: its `fetch` keeps bodies as they are, in both directions. */
  readonly binary: Anthropic;
  readonly calls: Calls;
  readonly clock: SystemClock;
}

/** Nobody waits longer for one file, milliseconds: 500 MB, the most that the service takes, pass in that time at 2 MB/s. */
const TRANSFER_MS = 250_000;
const SILENT_MS = 15_000;
/** Without a byte of the answer the service is given up only after it has had time to store what it got. */
const ANSWER_MS = 60_000;
/** A session is used for 29 days at most. Between one hour and ninety days are allowed (`FileUploadParams`). */
const EXPIRES_S = 45 * 24 * 3_600;
/** Newest outputs that are looked at. */
const OUTPUTS_AT_MOST = 1_000;
const FILES_A_SESSION = 500;
const MOUNTS_AT_ONCE = 4;
const BETA = 'managed-agents-2026-04-01';

const UPLOADING: CallFacts = { writes: false, names: 'setup' };
const READING: CallFacts = { writes: false, names: 'resource' };

export function createFiles(reach: FilesReach): AgentFiles {
  return {
    upload: (file, signal) => upload(reach, file, signal),
    discard: (file) => discard(reach, file),
    mount: (session, files, signal) => mount(reach, session, files, signal),
    outputs: (session) => outputs(reach, session),
    openOutput: (file, signal) => openOutput(reach, file, signal),
  };
}

// ---------------------------------------------------------------------------------------------- to the service

async function upload(
  { binary, clock }: FilesReach,
  file: Parameters<AgentFiles['upload']>[0],
  outer: AbortSignal,
): Promise<string> {
  const boundary = `heddle-${systemRandom.token()}`;
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  const send = (signal: AbortSignal): Promise<unknown> => {
    const body = ReadableStream.from(formOf(file, boundary));
    return binary.post('/v1/files', { body, headers, signal, maxRetries: 0, timeout: TRANSFER_MS });
  };
  try {
    const made = await withTimeout('uploading a file', TRANSFER_MS, send, outer, clock);
    const id = (made as Partial<BetaFileMetadata> | null)?.id;
    if (typeof id === 'string' && id !== '') return id;
  } catch (error) {
    outer.throwIfAborted();
    throw toPortError(error, UPLOADING, clock.now());
  }
  throw new PortError({ kind: 'retry', code: 'bad_answer', message: 'files.upload answered without an id' });
}

/** RFC 7578: two fields, of which the file is the last. */
async function* formOf(
  { name, type, bytes }: { readonly name: string; readonly type: string; readonly bytes: Bytes },
  boundary: string,
): AsyncGenerator<Uint8Array> {
  const field = (head: string): string => `--${boundary}\r\ncontent-disposition: form-data; ${head}\r\n\r\n`;
  const quoted = name.replace(/["\r\n]/g, (character) => encodeURIComponent(character));
  yield Buffer.from(
    `${field('name="expires_in_seconds"')}${EXPIRES_S}\r\n` +
      field(`name="file"; filename="${quoted}"\r\ncontent-type: ${type}`),
  );
  yield* bytes;
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}

async function discard({ client, calls }: FilesReach, file: string): Promise<void> {
  await calls.write('discarding a file', READING, (limits) => client.beta.files.delete(file, {}, limits));
}

// ---------------------------------------------------------------------------------------------- in a session

/** What is there already is left as it is, so that a lost answer is simply asked for again. */
async function mount(
  reach: FilesReach,
  session: string,
  files: readonly Mount[],
  signal: AbortSignal,
): Promise<Mounted> {
  const there = await mountedIn(reach, session);
  let room = FILES_A_SESSION - there.length;
  const results = await several(files, MOUNTS_AT_ONCE, async ({ file, path }) => {
    signal.throwIfAborted();
    if (there.some((mounted) => mounted.endsWith(path))) return [path, 'mounted'] as const;
    if (room <= 0) return [path, 'session-full'] as const;
    room -= 1;
    return [path, (await add(reach, session, file, path)) ? 'mounted' : 'refused'] as const;
  });
  return new Map(results);
}

async function mountedIn({ client, calls }: FilesReach, session: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const listing = eachItem<BetaManagedAgentsSessionResource>((page) =>
    calls.read('listing the files of a session', (limits) =>
      client.beta.sessions.resources.list(session, { limit: 1_000, ...(page ? { page } : {}) }, limits),
    ),
  );
  for await (const resource of listing) if (resource.type === 'file') paths.push(resource.mount_path);
  return paths;
}

/** False where the service refuses this file; everything else that goes wrong is thrown. */
async function add(
  { client, calls }: FilesReach,
  session: string,
  file_id: string,
  mount_path: string,
): Promise<boolean> {
  // A lost answer is no doubt: the listing of the next try shows what became of it.
  try {
    await calls.write('mounting a file', READING, (limits) =>
      client.beta.sessions.resources.add(session, { type: 'file', file_id, mount_path }, limits),
    );
    return true;
  } catch (error) {
    if (error instanceof PortError && (error.kind === 'refused' || isAboutFile(error))) return false;
    throw error;
  }
}

/** A 404 that names the file, not the session: the upload is gone. */
function isAboutFile({ kind, message }: PortError): boolean {
  return kind === 'gone' && /\bfile\b/i.test(message) && !/\bsession\b/i.test(message);
}

// ---------------------------------------------------------------------------------------------- from a session

async function outputs({ client, calls }: FilesReach, session: string): Promise<readonly OutputFile[]> {
  const found: OutputFile[] = [];
  const listing = eachItem<BetaFileMetadata>((page) =>
    calls.read('listing outputs', (limits) =>
      client.beta.files.list(
        { scope_id: session, limit: OUTPUTS_AT_MOST, betas: [BETA], ...(page ? { page } : {}) },
        limits,
      ),
    ),
  );
  for await (const file of listing) {
    // Mounted copies have the session's scope, too.
    if (file.downloadable !== true) continue;
    const { id, filename: name, size_bytes: size, created_at: createdAt } = file;
    found.push({ id, name, size, createdAt });
    if (found.length >= OUTPUTS_AT_MOST) break;
  }
  return found;
}

async function openOutput(
  { binary, clock }: FilesReach,
  file: string,
  signal: AbortSignal,
): ReturnType<AgentFiles['openOutput']> {
  const ask = (signal: AbortSignal): Promise<Response> =>
    binary.beta.files.download(file, {}, { signal, maxRetries: 0, timeout: ANSWER_MS });
  try {
    const response = await withTimeout('downloading a file', ANSWER_MS, ask, signal, clock);
    const body = Readable.fromWeb(response.body ?? new ReadableStream());
    // Also where nobody reads it any more.
    body.on('error', () => undefined);
    const close = (): void => {
      body.destroy();
    };
    return { bytes: bodyOf(body, { clock, silentMs: SILENT_MS, signal }), close };
  } catch (error) {
    signal.throwIfAborted();
    throw toPortError(error, READING, clock.now());
  }
}
