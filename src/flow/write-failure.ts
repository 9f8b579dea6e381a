/** What a failed write means for the message it was for. */
import { parseBeginningSlot } from '../core/beginning.ts';
import { isCopySlot } from '../core/copies.ts';
import { PLAINEST } from '../core/session.ts';
import { parseNoteSlot } from '../core/shown.ts';
import type { Failure, Posted } from '../core/state.ts';
import { failureOf } from './calls.ts';
import { whyNotShared } from './files-out.ts';
import type { Ledger } from './ledger.ts';
import type { OutboxDeps, OutboxHost } from './outbox-host.ts';
import type { Write } from './plan.ts';
import type { Wanted } from '../render/picture.ts';

/** The message is proven gone, or may not be edited any more. */
const DELETED = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);

/** Nothing can be written into this thread any more (docs.slack.dev, chat.postMessage and chat.update). */
const UNSHOWABLE = /^(?:not_in_channel|channel_not_found|is_archived|thread_not_found|restricted_action.*)$/;

/** The payload is refused for its form. */
const FORM_ERRORS = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'msg_blocks_too_many',
  'msg_too_long',
  'no_text',
  'block_mismatch',
  'invalid_arguments',
  'markdown_text_conflict',
]);

export interface FailedWrite {
  readonly op: Write;
  readonly known: Posted;
  /** When it left, wall clock ms; 0 where it did not. */
  readonly at: number;
  readonly error: unknown;
  /** Set where it was to share a file. */
  readonly file: Wanted['file'];
}

interface World {
  readonly deps: OutboxDeps;
  readonly host: OutboxHost;
  readonly ledger: Ledger;
}

/** Rejects where the lease has lapsed: the thread has to be given up. */
export async function writeFailed(world: World, { op, known, at, error, file }: FailedWrite): Promise<void> {
  const { deps, host, ledger } = world;
  const failure = failureOf(error);
  const { slot } = op;
  if (failure.code === 'lease_lapsed') throw error;
  deps.log.info({ slot, call: op.do, code: failure.code, kind: failure.kind }, 'write to Slack failed');
  if (op.do === 'post' && failure.kind === 'unknown') {
    ledger.looked = false;
    ledger.note(slot, { ...known, doubt: true, intent: at || known.intent });
  } else if (file && failure.kind !== 'retry') {
    // A long answer stands in messages already: where files are not to be had, nothing is lost.
    const note = parseNoteSlot(slot);
    if (note === undefined) ledger.note(slot, { ...known, lost: true });
    else host.input({ kind: 'output-refused', note, why: whyNotShared(error) });
  } else if (failure.code === 'streaming_state_conflict') {
    // Slack still takes it for a stream: that is ended first.
    ledger.note(slot, { ...known, stream: { is: 'open' } });
  } else if (DELETED.has(failure.code)) {
    const { ts: _ts, hash: _hash, ...rest } = known;
    ledger.note(slot, known.gen > 0 ? { ...rest, lost: true } : { ...rest, gen: known.gen + 1 });
    // Saved before it is posted anew: whoever takes over would else post it once more (O2).
    if (known.gen === 0) await host.intend([slot]);
  } else if (isForm(failure) && host.state().form < PLAINEST) {
    host.input({ kind: 'plainer' });
    ledger.pause(50);
  } else if (failure.kind === 'refused' || failure.kind === 'gone') {
    deps.log.warn({ slot, code: failure.code }, 'message cannot be shown');
    if (isCopySlot(slot)) host.input({ kind: 'copy-refused', slot });
    else if (parseBeginningSlot(slot)) host.input({ kind: 'not-begun', slot, code: failure.code });
    else if (UNSHOWABLE.test(failure.code)) host.input({ kind: 'unshowable', code: failure.code });
    ledger.note(slot, { ...known, lost: true });
    // Saved at once: a form that is open asks what became of it.
    if (parseBeginningSlot(slot)) await host.intend([]);
  } else {
    ledger.backOff(failure.retryAfterMs, failure.kind === 'fatal' ? 10_000 : 500);
  }
}

function isForm({ kind, code }: Failure): boolean {
  return kind === 'refused' && FORM_ERRORS.has(code);
}
