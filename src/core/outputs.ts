/**
 * Files that the agent writes to `/mnt/session/outputs`, on their way into the thread. Pure.
 *
 * They appear in the Files API some seconds after the session has come to rest, under an id that never changes its
 * content (platform.claude.com/docs/managed-agents/files, "Listing and downloading session files"). So after a turn
 * that may have written something they are listed a few times; each that is new becomes a note, which is shared once
 * in place of a text.
 */
import { shownName } from './file-names.ts';
import type { StepContext } from './context.ts';
import { addNote } from './note.ts';
import { noteSlot } from './shown.ts';
import { next, type Next, type Phase, type ProcessInput, type ThreadState } from './state.ts';
import { itemsOf, type Turn } from './turn.ts';

/** A file of the session's as the Files API lists it. */
export interface OutputFile {
  readonly id: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** RFC 3339. */
  readonly createdAt: string;
}

export interface Outputs {
  readonly session: string;
  /** Files that were shared, or said not to be: id and time. */
  readonly known: readonly string[];
  /** Files from before then were not made while this record was kept (wall clock, ms). */
  readonly since: number;
  /** When they are listed next (wall clock, ms), after how many tries. */
  readonly due?: number;
  readonly tries: number;
  /** How many files of this turn are in the thread, and are on their way there. */
  readonly shared: number;
  /** The thread has been told that files cannot be shared. */
  readonly off?: true;
}

/** A file on its way into the thread. */
export interface Output {
  readonly file: string;
  readonly name: string;
  readonly size: number;
  /** Slack's id of the bytes, once it has them. */
  readonly share?: string;
  /** How often the bytes have been given to Slack anew. */
  readonly again?: number;
}

/** Why a file of the agent's is not shared. */
export type OutputRefusal = 'too-large' | 'empty' | 'no-scope' | 'forbidden' | 'gone' | 'failed' | 'stale';

export interface RefusedOutput {
  readonly name: string;
  readonly why: Exclude<OutputRefusal, 'stale'>;
  readonly mb?: number;
}

/** Files of one turn that are shared; the others are named. */
export const OUTPUTS_A_TURN = 20;
/** Waits before the listings after a turn, ms: it takes the service some seconds. */
const LOOKS_MS: readonly number[] = [1_500, 3_000, 5_500];
/** A listing that was asked for and has not come back by then is asked for again, ms. */
const LISTING_MS = 11_000;
/** Our clock and the service's may differ by so much, ms. */
const CLOCKS_MS = 60_000;
/** So many are remembered. */
const KNOWN = 1_000;
const REFUSED_NAMED = 20;

/** Tools of the agent toolset that write nothing (platform.claude.com/docs/managed-agents/tools). */
const READING: ReadonlySet<string> = new Set(['read', 'glob', 'grep', 'web_fetch', 'web_search']);

function mayHaveWritten(turn: Turn): boolean {
  return itemsOf(turn).some(
    (item) => item.is === 'step' && item.server === undefined && !READING.has(item.name),
  );
}

function sessionOf(phase: Phase): string | undefined {
  return 'session' in phase ? phase.session.id : 'previous' in phase ? phase.previous?.session : undefined;
}

/** A turn has ended in which something may have been written: its session's outputs are listed soon. */
export function expectOutputs(before: ThreadState, after: ThreadState, { now }: StepContext): ThreadState {
  const over = after.turns.filter(
    ({ no, end }) => end && !before.turns.some((turn) => turn.no === no && turn.end),
  );
  const wrote = over.find(mayHaveWritten);
  const session = sessionOf(before.phase) ?? sessionOf(after.phase);
  if (!wrote || session === undefined) return after;
  const known =
    after.outputs?.session === session ? after.outputs : newOutputs(session, sinceOf(after, wrote));
  return { ...after, outputs: { ...known, due: now + (LOOKS_MS[0] ?? 0), tries: 0, shared: 0 } };
}

function newOutputs(session: string, since: number): Outputs {
  return { session, known: [], since, tries: 0, shared: 0 };
}

/** A record that was made anew does not know what was shared before: earlier files are left alone then. */
function sinceOf({ outputs }: ThreadState, { no, startedAt }: Turn): number {
  return no === 1 || outputs ? 0 : startedAt - CLOCKS_MS;
}

/** The timer says that it is time to look. */
export function listOutputs(state: ThreadState, { now }: StepContext): Next {
  const { outputs } = state;
  if (outputs?.due === undefined || outputs.due > now) return next(state);
  const { due: _, ...rest } = outputs;
  if (outputs.tries > LOOKS_MS.length) return next({ ...state, outputs: rest });
  return next(
    { ...state, outputs: { ...rest, due: now + LISTING_MS, tries: outputs.tries + 1 } },
    { do: 'list-outputs', of: outputs.session },
  );
}

function keyOf({ id, createdAt }: OutputFile): string {
  return `${id} ${createdAt}`;
}

/** What stands there now: what is new is shared, or refused. */
export function onOutputs(
  state: ThreadState,
  { of, files = [] }: Extract<ProcessInput, { kind: 'outputs' }>,
  context: StepContext,
): Next {
  const { outputs } = state;
  if (outputs?.session !== of) return next(state);
  const fresh = files
    .filter((file) => !outputs.known.includes(keyOf(file)) && Date.parse(file.createdAt) >= outputs.since)
    .sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  const wait = LOOKS_MS[outputs.tries];
  const { due: _, ...rest } = outputs;
  const looked: ThreadState = {
    ...state,
    outputs: {
      ...rest,
      known: [...outputs.known, ...fresh.map(keyOf)].slice(-KNOWN),
      ...(wait === undefined ? {} : { due: context.now + wait }),
    },
  };
  return next(outputs.off ? looked : withFiles(looked, fresh, context.settings.files.maxOutMb));
}

function withFiles(state: ThreadState, files: readonly OutputFile[], maxMb: number): ThreadState {
  const { outputs } = state;
  if (!outputs || files.length === 0) return state;
  const refused = files.flatMap((file) => refusalOf(file, maxMb));
  const fit = files.filter((file) => refusalOf(file, maxMb).length === 0);
  const room = Math.max(0, OUTPUTS_A_TURN - outputs.shared);
  const shared = fit.slice(0, room);
  const counted: ThreadState = { ...state, outputs: { ...outputs, shared: outputs.shared + shared.length } };
  const noted = shared.reduce(
    (known, { id, name, size }) => addNote(known, { is: 'output', file: id, name: shownName(name), size }),
    counted,
  );
  const left = fit.length - shared.length + Math.max(0, refused.length - REFUSED_NAMED);
  const named = refused.slice(0, REFUSED_NAMED);
  return named.length + left === 0 ? noted : addNote(noted, { is: 'outputs-refused', refused: named, left });
}

function refusalOf({ name, size }: OutputFile, mb: number): readonly RefusedOutput[] {
  if (size > mb * 2 ** 20) return [{ name: shownName(name), why: 'too-large', mb }];
  return size <= 0 ? [{ name: shownName(name), why: 'empty' }] : [];
}

/** Slack has the bytes; the share that people see is the picture's, like every message. */
export function onOutputStored(
  state: ThreadState,
  { note, share }: Extract<ProcessInput, { kind: 'output-stored' }>,
): Next {
  const notes = state.notes.map((one) =>
    one.no === note && one.text.is === 'output' ? { ...one, text: { ...one.text, share } } : one,
  );
  return next({ ...state, notes });
}

/** How often the bytes are given to Slack where it has lost them before they were shared. */
const AGAIN = 2;

/** It cannot be shared: said in its place, unless it is worth another try. */
export function onOutputRefused(
  state: ThreadState,
  { note, why }: Extract<ProcessInput, { kind: 'output-refused' }>,
): Next {
  const found = state.notes.find(({ no }) => no === note);
  if (found?.text.is !== 'output') return next(state);
  const { share: _, ...text } = found.text;
  const again = (text.again ?? 0) + 1;
  if (why === 'stale' && again <= AGAIN) {
    const notes = state.notes.map((one) => (one === found ? { ...one, text: { ...text, again } } : one));
    return next({ ...state, notes });
  }
  const notes = state.notes.filter((one) => one !== found);
  const { [noteSlot(note)]: _slot, ...posted } = state.posted;
  return next(
    sayRefused({ ...state, notes, posted }, { name: text.name, why: why === 'stale' ? 'failed' : why }),
  );
}

/** That files cannot be shared here at all is said once. */
function sayRefused(state: ThreadState, refused: RefusedOutput): ThreadState {
  const { outputs } = state;
  if (refused.why !== 'no-scope')
    return addNote(state, { is: 'outputs-refused', refused: [refused], left: 0 });
  if (outputs?.off) return state;
  const noted = addNote(state, { is: 'outputs-refused', refused: [refused], left: 0 });
  return outputs ? { ...noted, outputs: { ...outputs, off: true } } : noted;
}
