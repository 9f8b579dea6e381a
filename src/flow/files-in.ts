/**
 * People's files from Slack to the Files API, each as one stream.
 *
 * Nothing that is said of a file is believed: its bytes are counted, and looked at for what they are. What fails only
 * for the moment is tried again; what is not there in time is refused, and the message goes without it.
 */
import { placeFor, type Attachment, type FileRefusal, type FileStep } from '../core/files.ts';
import { pathName } from '../core/file-names.ts';
import { PortError } from '../errors.ts';
import { backoff } from '../lib/backoff.ts';
import { several } from '../lib/several.ts';
import { delay, withTimeout } from '../lib/time.ts';
import type { OpenedFile } from '../ports-files.ts';
import { failureOf } from './calls.ts';
import { passing, TooLarge, type Passing } from './passing.ts';
import type { TransferDeps, TransferHost } from './transfers.ts';

/** A message waits so long for its files, and what was said after it waits with it, ms. */
const PATIENCE_MS = 30_000;
const AT_ONCE = 4;
const TRIES = 3;

export interface Fetched {
  readonly steps: Readonly<Record<string, FileStep>>;
  readonly names: Readonly<Record<string, string>>;
}

/** What became of each, by Slack's id. Rejects only where it is not wanted any more; then nothing is left behind. */
export async function fetchFiles(
  deps: TransferDeps,
  host: TransferHost,
  files: readonly Attachment[],
  outer: AbortSignal,
): Promise<Fetched> {
  const steps: Record<string, FileStep> = {};
  const names: Record<string, string> = {};
  const work = (signal: AbortSignal): Promise<unknown> =>
    several(files, AT_ONCE, async (file) => {
      const named = (name: string): string => (names[file.id] = name);
      const step = await fetchFile(deps, host, { file, named }, signal);
      if (signal.aborted) discard(deps, step);
      else steps[file.id] = step;
    });
  await withTimeout('files', PATIENCE_MS, work, outer, deps.clock).catch((error: unknown) => {
    if (!outer.aborted) host.log.info({ err: error }, 'not all files of a message came in time');
  });
  if (outer.aborted) {
    for (const step of Object.values(steps)) discard(deps, step);
    throw outer.reason;
  }
  for (const { id } of files) steps[id] ??= { is: 'refused', why: 'slow' };
  return { steps, names };
}

/** What is fetched, and who hears what Slack calls it. */
interface Fetching {
  readonly file: Attachment;
  readonly named: (name: string) => void;
}

/** Best effort: it goes by itself after some weeks. */
function discard({ agent }: TransferDeps, step: FileStep): void {
  if (step.is === 'kept') agent.discard(step.file).catch(() => undefined);
}

async function fetchFile(
  deps: TransferDeps,
  host: TransferHost,
  fetching: Fetching,
  signal: AbortSignal,
): Promise<FileStep> {
  const pause = backoff({ minMs: 500, maxMs: 4_000, random: deps.random.fraction });
  for (let tried = 1; ; tried += 1) {
    try {
      return await passOn(deps, host, fetching, signal);
    } catch (error) {
      if (signal.aborted) return { is: 'refused', why: 'slow' };
      const failure = failureOf(error);
      const again = (failure.kind === 'retry' || failure.kind === 'unknown') && tried < TRIES;
      host.log.info({ code: failure.code, kind: failure.kind, again }, 'a file could not be fetched');
      if (!again) return { is: 'refused', why: whyOf(error) };
      await delay(pause.next(failure.retryAfterMs), signal, deps.clock).catch(() => undefined);
    }
  }
}

const WHY: Readonly<Record<string, FileRefusal>> = {
  external: 'external',
  no_file: 'no-file',
  denied: 'denied',
  gone: 'gone',
  missing_scope: 'no-scope',
};

function whyOf(error: unknown): FileRefusal {
  const code = error instanceof PortError ? error.code : '';
  return Object.hasOwn(WHY, code) ? (WHY[code] ?? 'failed') : 'failed';
}

async function passOn(
  deps: TransferDeps,
  host: TransferHost,
  { file: { id }, named }: Fetching,
  signal: AbortSignal,
): Promise<FileStep> {
  const { maxMb: mb } = deps.settings.files;
  const most = mb * 2 ** 20;
  const tooLarge: FileStep = { is: 'refused', why: 'too-large', mb };
  const { team } = host.state().thread;
  const opened = await deps.slack.openFile({ team, file: id, signal });
  named(opened.name);
  try {
    if ((opened.length ?? 0) > most) return tooLarge;
    const seen = await passing(opened.bytes, most);
    const no = seen.head.length === 0 ? 'empty' : isLogin(opened, seen) ? 'denied' : undefined;
    if (no) return { is: 'refused', why: no };
    return await upload(deps, seen, opened.name, signal);
  } catch (error) {
    if (error instanceof TooLarge) return tooLarge;
    throw error;
  } finally {
    opened.close();
  }
}

/** Who may not see a file gets a page to log in on, with status 200 (docs.slack.dev/reference/objects/file-object). */
function isLogin({ mimetype }: OpenedFile, { type }: Passing): boolean {
  return type.type === 'text/html' && mimetype !== 'text/html';
}

async function upload(
  { agent }: TransferDeps,
  seen: Passing,
  name: string,
  signal: AbortSignal,
): Promise<FileStep> {
  let cut: unknown;
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* seen.bytes;
    } catch (error) {
      // What the transport makes of it would hide which side broke.
      cut = error;
      throw error;
    }
  }
  const { type } = seen.type;
  try {
    const file = await agent.upload({ name: pathName(name), type, bytes: watched() }, signal);
    const size = seen.size();
    const passed = { size, type: seen.type, pages: seen.pages(), encrypted: seen.encrypted() };
    return { is: 'kept', file, as: placeFor(passed), type, size };
  } catch (error) {
    throw cut ?? error;
  }
}
