/** Puts what was fetched into the session's sandbox. What stands there already is left as it is, so it may be repeated. */
import type { Attachment, FileStep } from '../core/files.ts';
import type { ProcessInput } from '../core/state.ts';
import { backoff } from '../lib/backoff.ts';
import { delay } from '../lib/time.ts';
import type { Mounted } from '../ports-files.ts';
import { failureOf } from './calls.ts';
import type { TransferDeps, TransferHost } from './transfers.ts';

const TRIES = 4;

interface Mounting {
  readonly ts: string;
  readonly session: string;
  readonly files: readonly Attachment[];
}

/** What became of each, or that the session is over. */
export async function mountFiles(
  deps: TransferDeps,
  host: TransferHost,
  { ts, session, files }: Mounting,
  signal: AbortSignal,
): Promise<ProcessInput> {
  const pause = backoff({ minMs: 300, maxMs: 4_000, random: deps.random.fraction });
  const wanted = files.flatMap(({ path, step }) => (step.is === 'kept' ? [{ file: step.file, path }] : []));
  const told = (mounted: Mounted): ProcessInput => ({
    kind: 'files',
    ts,
    steps: Object.fromEntries(files.map((file) => [file.id, stepOf(file, mounted, session)])),
    from: session,
  });
  for (let tried = 1; ; tried += 1) {
    try {
      host.guard();
      return told(await deps.agent.mount(session, wanted, signal));
    } catch (error) {
      signal.throwIfAborted();
      const { kind, code, retryAfterMs } = failureOf(error);
      host.log.info({ code, kind, tried }, 'files could not be mounted');
      if (kind === 'gone') return lost(session, code);
      const again = (kind === 'retry' || kind === 'unknown' || code === 'lease_lapsed') && tried < TRIES;
      if (!again) return told(new Map());
      await delay(pause.next(retryAfterMs), signal, deps.clock);
    }
  }
}

function lost(session: string, code: string): ProcessInput {
  return { kind: 'session-lost', how: code === 'not_found_error' ? 'deleted' : 'archived', from: session };
}

function stepOf({ path, step }: Attachment, mounted: Mounted, session: string): FileStep {
  const became = mounted.get(path);
  if (became === 'mounted') return step.is === 'kept' ? { ...step, session } : step;
  return { is: 'refused', why: became === 'session-full' ? 'session-full' : 'failed' };
}
