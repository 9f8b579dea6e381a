/**
 * What begins with a message of the bot's own: somebody's request that was not written as a message, or a fork. The
 * message is posted in their name as an intent of this thread's (I7), and once it stands its thread gets its first input.
 *
 * N1  Posted once: looked up before it is repeated, like every message of ours.
 * N2  Given to its thread at least once and taken once: its `ts` is the claim.
 * N3  It stays a note of this thread until its thread has it; whoever takes over goes on from there.
 */
import type { StepContext } from './context.ts';
import type { ForkInput, MessageInput, Person, Quoted, RequestInput, ThreadRef } from './event.ts';
import { addNote, type Note } from './note.ts';
import { mayTalk } from './policy.ts';
import { next, type Effect, type Next, type Posted, type ProcessInput, type ThreadState } from './state.ts';

/** A message that is to stand in somebody's name, and what it begins. */
export interface Beginning {
  /** Opaque, and unique also where the thread's record was lost. */
  readonly id: string;
  readonly by: string;
  readonly userTeam?: string;
  /** What they want; empty for a fork that waits for its first message. */
  readonly words: string;
  /** At the top of the channel; else in this thread. */
  readonly top: boolean;
  readonly quoted?: Quoted;
  /** It goes on from this thread's conversation so far. */
  readonly fork?: Pick<ForkInput, 'session' | 'until' | 'title' | 'shared'>;
  /** Where it stands, once it does. */
  readonly ts?: string;
  /** Its thread has it. */
  readonly given?: true;
}

type BeginningNote = Note & { readonly text: { readonly is: 'beginning' } & Beginning };

export function isBeginning(note: Note): note is BeginningNote {
  return note.text.is === 'beginning';
}

/** Its thread does not have it yet. */
export function isUnderWay(note: Note): boolean {
  return isBeginning(note) && !note.text.given;
}

export function beginningSlot(no: number, { id, top }: Pick<Beginning, 'id' | 'top'>): string {
  return `${top ? 'o' : 'i'}${no}.${id}`;
}

/** The note that a slot is of; undefined where it is another slot. `top`: the message stands beside the thread. */
export function parseBeginningSlot(slot: string): { readonly no: number; readonly top: boolean } | undefined {
  const found = /^([oi])(\d{1,12})\./.exec(slot);
  return found ? { no: Number(found[2]), top: found[1] === 'o' } : undefined;
}

/**
 * Where requests wait that are to stand at the top of a channel: no thread of Slack's. Its record is kept for an hour.
 */
export function anteroom(team: string, channel: string, id: string): ThreadRef {
  const digits = Array.from(id, (letter) => letter.charCodeAt(0)).join('');
  return { team, channel, ts: `0.${digits}` };
}

export function isAnteroom({ ts }: Pick<ThreadRef, 'ts'>): boolean {
  return ts.startsWith('0.');
}

/** Whoever says first that a request was not posted is the only one to say so. */
export function unbegunKey(id: string): string {
  return `unbegun:${id}`;
}

// ------------------------------------------------------------------------------------------- a request

/** Somebody's request out of a form. */
export function onRequest(
  state: ThreadState,
  { id, user, userTeam, text, top, quoted }: RequestInput,
  author: Person | undefined,
  { settings }: StepContext,
): Next {
  const may = mayTalk(author, settings);
  const refused =
    may === 'yes'
      ? settings.enabled
        ? undefined
        : ({ is: 'off' } as const)
      : may === 'no'
        ? ({ is: 'refused', role: author?.role ?? 'unknown' } as const)
        : ({ is: 'unverified' } as const);
  if (refused) return next(state, { do: 'tell', user, tell: refused, beside: true });
  const team = userTeam === undefined ? {} : { userTeam };
  const about = quoted ? { quoted } : {};
  return next(addNote(state, { is: 'beginning', id, by: user, ...team, words: text, top, ...about }));
}

// ------------------------------------------------------------------------------------------- it stands

/** What is to be given to its thread: each message that stands and was not taken yet. */
export function begins(state: ThreadState, pick: (note: BeginningNote) => boolean): readonly Effect[] {
  return state.notes
    .filter(isBeginning)
    .filter((note) => pick(note) && note.text.ts !== undefined && !note.text.given)
    .map((note) => ({ do: 'begin', note: note.no, ...firstOf(state, note.text, note.text.ts ?? '') }));
}

function firstOf(
  { thread: here }: ThreadState,
  { by, userTeam, words: text, top, quoted, fork }: Beginning,
  ts: string,
): { thread: ThreadRef; input: ForkInput | MessageInput; claims: readonly string[] } {
  const thread = top ? { ...here, ts } : here;
  const surface = here.channel.startsWith('D') ? 'im' : 'channel';
  const from = { ts, user: by, ...(userTeam === undefined ? {} : { userTeam }), text, surface } as const;
  const input: ForkInput | MessageInput = fork
    ? { kind: 'fork', ...from, from: here, ...fork }
    : {
        kind: 'message',
        ...from,
        files: [],
        addressed: true,
        urgent: false,
        inThread: !top,
        via: 'shortcut',
        ...(quoted ? { quoted } : {}),
      };
  return { thread, input, claims: [`ts:${here.channel}:${ts}`] };
}

function changed(state: ThreadState, no: number, change: Partial<Beginning>): ThreadState {
  const notes = state.notes.map((note) =>
    note.no === no && isBeginning(note) ? { ...note, text: { ...note.text, ...change } } : note,
  );
  return { ...state, notes };
}

/** A message of ours stands: one that begins something is given to its thread. */
export function onStanding(state: ThreadState, slot: string, { ts }: Pick<Posted, 'ts'>): Next {
  const no = parseBeginningSlot(slot)?.no;
  if (no === undefined || ts === undefined) return next(state);
  const known = state.notes.find((note) => note.no === no);
  if (!known || !isUnderWay(known)) return next(state);
  const standing = changed(state, no, { ts });
  return next(standing, ...begins(standing, (note) => note.no === no));
}

/** Its thread has it, now or before; or has no room for it. */
export function onBegun(
  state: ThreadState,
  { note: no, outcome }: Extract<ProcessInput, { kind: 'begun' }>,
): Next {
  const note = state.notes.find((each) => each.no === no);
  if (!note || !isBeginning(note) || note.text.given) return next(state);
  const { by, fork, ts = '' } = note.text;
  const given = changed(state, no, { given: true });
  if (outcome === 'full' || outcome === 'flooded')
    return next(given, { do: 'tell', user: by, tell: { is: 'not-begun' } });
  return next(fork ? addNote(given, { is: 'forked', by, ts }) : given);
}

/** Slack does not take the message: who asked is told, and their words are not lost to them. */
export function onNotBegun(
  state: ThreadState,
  { slot, code }: Extract<ProcessInput, { kind: 'not-begun' }>,
): Next {
  const no = parseBeginningSlot(slot)?.no;
  const note = state.notes.find((each) => each.no === no);
  if (!note || !isUnderWay(note) || !isBeginning(note)) return next(state);
  const { id, by, words } = note.text;
  const given = changed(state, note.no, { given: true });
  return next({ ...given, unbegun: { id, code } }, { do: 'tell-direct', user: by, code, words, id });
}
