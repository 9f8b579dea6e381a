/** What the agent wrote, from the Files API to Slack, as one stream. Nobody sees it before the outbox shares it. */
import type { Output, OutputRefusal } from '../core/outputs.ts';
import type { ProcessInput } from '../core/state.ts';
import { PortError } from '../errors.ts';
import { backoff } from '../lib/backoff.ts';
import { delay } from '../lib/time.ts';
import type { AgentPort } from '../ports.ts';
import type { Bytes } from '../ports-files.ts';
import { failureOf } from './calls.ts';
import type { TransferDeps, TransferHost } from './transfers.ts';

/** Some minutes: people wait for it, and nothing else does. */
const TRIES = 20;

export async function storeOutput(
  deps: TransferDeps,
  host: TransferHost,
  { no: note, output }: { readonly no: number; readonly output: Output },
  signal: AbortSignal,
): Promise<ProcessInput> {
  const pause = backoff({ minMs: 500, maxMs: 30_000, random: deps.random.fraction });
  for (let tried = 1; ; tried += 1) {
    try {
      return { kind: 'output-stored', note, share: await store(deps, host, output, signal) };
    } catch (error) {
      signal.throwIfAborted();
      const { kind, code, retryAfterMs } = failureOf(error);
      host.log.info({ code, kind, tried }, 'an output could not be brought to Slack');
      const again = (kind === 'retry' || kind === 'unknown' || code === 'lease_lapsed') && tried < TRIES;
      if (!again) return { kind: 'output-refused', note, why: whyNotShared(error) };
      await delay(pause.next(retryAfterMs), signal, deps.clock);
    }
  }
}

async function store(
  { agent, slack }: TransferDeps,
  host: TransferHost,
  { file, name, size }: Output,
  signal: AbortSignal,
): Promise<string> {
  const { team } = host.state().thread;
  const opened: Awaited<ReturnType<AgentPort['openOutput']>> = await agent.openOutput(file, signal);
  try {
    const guard = (): void => host.guard();
    const bytes = exactly(opened.bytes, size);
    return await slack.storeFile({ team, name, length: size, bytes, signal, guard });
  } finally {
    opened.close();
  }
}

/** As many bytes as were announced to Slack, or an error. */
async function* exactly(bytes: Bytes, size: number): AsyncGenerator<Uint8Array> {
  let passed = 0;
  for await (const chunk of bytes) {
    passed += chunk.length;
    if (passed > size) break;
    yield chunk;
  }
  if (passed !== size) throw new PortError({ kind: 'retry', code: 'length_mismatch' });
}

/** Slack has no bytes under that id any more: they are given to it anew. */
const STALE: ReadonlySet<string> = new Set([
  'file_not_found',
  'file_deleted',
  'file_update_failed',
  'invalid_file_id',
]);

/** Not with this file, or not with any (docs.slack.dev/reference/methods/files.completeUploadExternal). */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'file_uploads_disabled',
  'file_upload_size_restricted',
  'file_uploads_except_images_disabled',
  'storage_limit_reached',
  'over_file_size_limit',
  'file_type_not_allowed',
  'slack_connect_file_upload_sharing_blocked',
  'slack_connect_blocked_file_type',
]);

/** What is said where a file is not shared. */
export function whyNotShared(error: unknown): OutputRefusal {
  const { code, kind } = failureOf(error);
  if (code === 'missing_scope') return 'no-scope';
  if (STALE.has(code)) return 'stale';
  if (FORBIDDEN.has(code)) return 'forbidden';
  return kind === 'gone' ? 'gone' : 'failed';
}
