/**
 * What a thread should show, as a function of its state (I5): every bot message that is not finished, our
 * reactions, and Slack's session status. Compared with what is posted, the difference is written.
 */
import {
  TAKEN,
  WAITING,
  askSlot,
  cardSlot,
  fileSlot,
  inputSlot,
  noteSlot,
  parseTurnSlot,
  turnSlot,
} from '../core/shown.ts';
import { copiesOf, copyInputSlot, copySlot, isInThread } from '../core/copies.ts';
import { heldBy, isOpenCard, type BudgetCard } from '../core/hold.ts';
import { beginningSlot, isUnderWay, type Beginning } from '../core/beginning.ts';
import type { Output } from '../core/outputs.ts';
import { isResumed } from '../core/resume.ts';
import type { Ask, Note, NoteText, Phase, Preview, ThreadState } from '../core/state.ts';
import type { Segment, Turn } from '../core/turn.ts';
import type { Content, SessionStatus } from '../ports.ts';
import { budgetCard } from './budget-card.ts';
import { beginningContent } from './beginning.ts';
import { askCard, inputFile } from './cards.ts';
import { copyCard, threadCard } from './direct-cards.ts';
import { splitMarkdown, type Part, type Split } from './markdown.ts';
import { FORM_LIMITS, cardMessage, contextBlock, lineBlock, turnMessage } from './message.ts';
import { maskSecrets } from './secrets.ts';
import { forkedLine } from './session-words.ts';
import { finishedLine, noteLine, threadLink } from './words.ts';

/** `live` grows and may be skipped over; `question` and `final` may not. */
export type Standing = 'live' | 'question' | 'final';

export interface Wanted {
  readonly slot: string;
  readonly content: Content;
  readonly standing: Standing;
  /** The agent's own words are in it. */
  readonly texted: boolean;
  /**
   * `growing`: the agent is writing it, and it may be streamed meanwhile. `over`: it has served, and is taken away
   * when the others stand.
   */
  readonly now?: 'growing' | 'over';
  /** Not a message but a file: shared once, never changed. `share` is Slack's id of bytes that it has already. */
  /** Where it stands, if not in the thread: at the top of a channel, or in a thread of it. */
  readonly at?: Place;
  readonly file?:
    { readonly title: string; readonly text: string } | { readonly title: string; readonly share: string };
}

/** A place of messages that is not the thread's. */
export interface Place {
  readonly channel: string;
  readonly threadTs?: string;
}

/** An answer of more characters than this also comes as a file. */
export const FILE_OVER = 30_000;

export interface Picture {
  /** In the order in which they stand in the thread. */
  readonly messages: readonly Wanted[];
  /** Ended turns and notes: once these messages stand, the state may forget them. */
  readonly turns: readonly Turn[];
  readonly notes: readonly number[];
}

export interface PictureOptions {
  readonly previews: readonly Preview[];
  /** Slack's own status is the sign of life: no message before there is something to say. */
  readonly holdBack: boolean;
  /** In place of `splitMarkdown`, whose answers it gives. */
  readonly split?: Split | undefined;
}

const STATUS: Readonly<Record<Phase['is'], SessionStatus | undefined>> = {
  none: undefined,
  starting: 'processing',
  working: 'processing',
  asking: 'suspended',
  resting: 'active',
  closing: 'active',
  closed: 'closed',
  failed: 'active',
};

export function sourceOf(segment: Segment, previews: readonly Preview[]): string {
  const known = new Set(segment.items.map((item) => item.id));
  const texts = segment.items.flatMap((item) => (item.is === 'text' ? [item.text] : []));
  const growing = previews.filter((preview) => !known.has(preview.id)).map((preview) => preview.text);
  return [...texts, ...growing].filter((text) => text.trim() !== '').join('\n\n');
}

/** A piece that comes late may belong to a text that is whole by now, also above a reply. */
export function unfinished({ segments }: Turn, previews: readonly Preview[]): readonly Preview[] {
  const isWhole = (id: string): boolean => segments.some(({ items }) => items.some((item) => item.id === id));
  return previews.filter(({ id }) => !isWhole(id));
}

interface SegmentParts {
  readonly index: number;
  readonly parts: readonly (Part | undefined)[];
}

/** The segments that show something, each as one or more messages. The first one always does. */
function segmentParts(
  state: ThreadState,
  turn: Turn,
  { previews, split = splitMarkdown }: PictureOptions,
): readonly SegmentParts[] {
  const limit = limitOf(state);
  const last = turn.segments.length - 1;
  return turn.segments.flatMap((segment, index) => {
    const growing = index === last && !turn.end ? unfinished(turn, previews) : [];
    const parts = split(sourceOf(segment, growing), { limit });
    const first = index === 0 && turn.output !== 'stream';
    const shown = parts.length > 0 || first || state.posted[turnSlot(turn.no, index, 0)] !== undefined;
    if (!shown) return [];
    return [{ index, parts: parts.length > 0 ? parts : [undefined] }];
  });
}

/** Longest part in the form that is shown now, UTF-16 units. */
export function limitOf(state: ThreadState): number {
  return FORM_LIMITS[state.form] ?? FORM_LIMITS[0];
}

function turnMessages(state: ThreadState, turn: Turn, options: PictureOptions): readonly Wanted[] {
  if (turn.output === 'undecided' && !turn.end) return [];
  if (turn.output === 'stream') return streamedMessages(state, turn, options);
  const segments = segmentParts(state, turn, options);
  const flat = segments.flatMap(({ index, parts }) => parts.map((part, at) => ({ index, at, part })));
  const silent = flat.every(({ part }) => part === undefined);
  const posted = state.posted[turnSlot(turn.no, 0, 0)] !== undefined;
  if (silent && options.holdBack && !turn.end && !posted) return [];
  return flat.map(({ index, at, part }, position) => ({
    slot: turnSlot(turn.no, index, at),
    content: turnMessage({
      state,
      turn,
      part,
      first: position === 0,
      last: position === flat.length - 1,
      carded: false,
    }),
    standing: turn.end ? ('final' as const) : ('live' as const),
    texted: part !== undefined,
  }));
}

function textMessages(state: ThreadState, turn: Turn, options: PictureOptions): readonly Wanted[] {
  const wanted = turnMessages(state, turn, options);
  return [...wanted, ...leftovers(state, turn, wanted)];
}

/** Messages of an ended turn that its text no longer reaches: it came to be shorter than it had looked. */
function leftovers(state: ThreadState, turn: Turn, wanted: readonly Wanted[]): readonly Wanted[] {
  if (!turn.end) return [];
  const content = { text: '…', blocks: [contextBlock('…')] };
  return Object.keys(state.posted)
    .filter((slot) => parseTurnSlot(slot)?.turn === turn.no && !wanted.some((each) => each.slot === slot))
    .map((slot) => ({ slot, content, standing: 'final', texted: false, now: 'over' }));
}

/** The card first, then the texts, of which the last one grows. */
function streamedMessages(state: ThreadState, turn: Turn, options: PictureOptions): readonly Wanted[] {
  const segments = segmentParts(state, turn, options);
  const flat = segments.flatMap(({ index, parts }) =>
    parts.flatMap((part, at) => (part ? [{ index, at, part }] : [])),
  );
  const end = flat.length - 1;
  const lastSegment = turn.segments.length - 1;
  const texts = flat.map(({ index, at, part }, position) => {
    const grows = !turn.end && position === end && index === lastSegment && state.form === 0;
    return {
      slot: turnSlot(turn.no, index, at),
      content: turnMessage({
        state,
        turn,
        part,
        first: position === 0,
        last: position === end,
        carded: true,
      }),
      standing: turn.end ? ('final' as const) : ('live' as const),
      texted: true,
      ...(grows ? { now: 'growing' as const } : {}),
    };
  });
  return [...cardOf(state, turn, options, texts.length > 0), ...texts];
}

/** In a direct message Slack itself shows that the agent works, and how to stop it: the card comes where it does not. */
function cardOf(
  state: ThreadState,
  turn: Turn,
  { holdBack }: PictureOptions,
  texted: boolean,
): readonly Wanted[] {
  const slot = cardSlot(turn.no);
  const wanted = turn.end ? !texted : state.surface !== 'im' || !(holdBack || texted);
  const card: Wanted = {
    slot,
    content: cardMessage(state, turn, texted),
    standing: turn.end ? 'final' : 'live',
    texted: false,
  };
  if (turn.end && texted && !turn.intro) return state.posted[slot] ? [{ ...card, now: 'over' }] : [];
  return wanted || turn.intro || state.posted[slot] ? [card] : [];
}

function askMessages(state: ThreadState, turn: Turn): readonly Wanted[] {
  const ofTurn = state.asks.filter((ask) => ask.turn === turn.no && isShownToPeople(state, ask));
  return ofTurn.flatMap((ask) => {
    const file = inputFile(ask);
    const card: Wanted = {
      slot: askSlot(turn.no, ask.toolUseId),
      content: ask.direct ? threadCard(state, ask) : askCard(state, ask),
      standing: standingOf(ask),
      texted: true,
    };
    const copies = copyMessages(state, ask, file);
    if (!file || !isInThread(ask)) return [card, ...copies];
    const content = { text: file.title, blocks: [] };
    const slot = inputSlot(turn.no, ask.toolUseId);
    return [card, { slot, content, standing: 'question' as const, texted: true, file }, ...copies];
  });
}

function standingOf({ step }: Ask): Standing {
  return step.is === 'open' ? 'question' : 'final';
}

/** The cards of who is asked in direct messages, each with a long input below it once it stands. */
function copyMessages(state: ThreadState, ask: Ask, file: ReturnType<typeof inputFile>): readonly Wanted[] {
  const standing = standingOf(ask);
  return copiesOf(ask).flatMap(({ user, channel }): readonly Wanted[] => {
    const slot = copySlot(ask, user);
    const known = state.posted[slot];
    // Who was not reached before it was decided is not told of it.
    if (standing === 'final' && known?.ts === undefined && !known?.doubt) return [];
    const card: Wanted = { slot, content: copyCard(state, ask), standing, texted: true, at: { channel } };
    const threadTs = known?.ts;
    if (!file || threadTs === undefined) return [card];
    const content = { text: file.title, blocks: [] };
    const at = { channel, threadTs };
    return [card, { slot: copyInputSlot(ask, user), content, standing: 'question', texted: true, file, at }];
  });
}

/** What was answered before anybody could be asked shows no card. */
function isShownToPeople(state: ThreadState, { turn, toolUseId, step }: Ask): boolean {
  if (step.is === 'declining' || step.is === 'declined') return false;
  const isAnswered = step.is === 'answering' || step.is === 'answered';
  return !(isAnswered && step.always) || state.posted[askSlot(turn, toolUseId)] !== undefined;
}

/** A very long answer once more, whole, for reading elsewhere. */
function answerFile(turn: Turn): readonly Wanted[] {
  const source = turn.segments.map((segment) => sourceOf(segment, [])).join('\n\n');
  if (!turn.end || source.length <= FILE_OVER) return [];
  const file = { title: 'The whole answer', text: maskSecrets(source).text };
  const content = { text: file.title, blocks: [] };
  return [{ slot: fileSlot(turn.no), content, standing: 'final', texted: true, file }];
}

/** An output is shown once Slack has its bytes, and what leads to an answer once that stands. */
function isShown({ text }: Note, { turns }: ThreadState): boolean {
  if (text.is === 'finished') return text.ts !== undefined || turns.every(({ no }) => no !== text.turn);
  return text.is !== 'output' || text.share !== undefined;
}

function noteMessages(state: ThreadState): readonly Wanted[] {
  const shown = state.notes.filter((note) => isShown(note, state));
  return shown.map((note): Wanted => {
    if (note.text.is === 'output') return sharedOutput(note.no, note.text);
    if (note.text.is === 'beginning') return beginningMessage(state, note.no, note.text);
    if (note.text.is === 'budget') return budgetMessage(state, note.no, note.text);
    const isFor = note.text.is === 'finished' || note.text.is === 'handed';
    const text = lineOf(state, note.text);
    return {
      slot: noteSlot(note.no),
      content: { text, blocks: [isFor ? lineBlock(text) : contextBlock(text)] },
      standing: 'final' as const,
      texted: true,
    };
  });
}

function lineOf(state: ThreadState, text: Exclude<NoteText, { is: 'budget' | 'beginning' }>): string {
  if (text.is === 'finished') return finishedLine(state, text);
  if (text.is !== 'forked') return noteLine(text);
  return forkedLine(text, threadLink({ ...state.thread, ts: text.ts }, 'the new thread'));
}

/** Somebody's request in their name. It is whole from the first, and stands by itself. */
function beginningMessage(state: ThreadState, no: number, text: Beginning): Wanted {
  const content = beginningContent(state, text);
  return { slot: beginningSlot(no, text), content, standing: 'final', texted: true };
}

/** It is a question as long as somebody can raise it. */
function budgetMessage(state: ThreadState, no: number, card: BudgetCard): Wanted {
  const standing = card.step.is === 'open' ? 'question' : 'final';
  return { slot: noteSlot(no), content: budgetCard(state, card), standing, texted: true };
}

/** What the agent wrote as a file, by the name that it gave it. */
function sharedOutput(no: number, { name, share = '' }: Output): Wanted {
  const content = { text: name, blocks: [] };
  const file = { title: name, share };
  return { slot: noteSlot(no), content, standing: 'final', texted: false, file };
}

/** Replies that wait carry an hourglass, replies that were taken up an eye. The turn's own message carries none. */
export function reactionsOf(state: ThreadState): Readonly<Record<string, string>> {
  const wanted: Record<string, string> = {};
  for (const turn of state.turns) for (const ts of turn.taken) wanted[ts] = TAKEN;
  const own = new Set(state.turns.map((turn) => turn.segments[0]?.after));
  const busy = state.phase.is === 'working' || state.phase.is === 'asking' || state.phase.is === 'closing';
  const redirected = 'redirect' in state.phase && state.phase.redirect !== undefined;
  for (const send of busy || heldBy(state) ? state.sends : []) {
    if (send.change === 'withdrawn' || (own.has(send.mark.ts) && !send.change)) continue;
    if (send.status === 'waiting') wanted[send.mark.ts] = WAITING;
    // The session has it, also where its turn comes only after the one that runs.
    if (send.status === 'sent' && !redirected) wanted[send.mark.ts] = TAKEN;
  }
  return wanted;
}

/** Slack's session status that follows from the state. */
export function statusOf(state: ThreadState): SessionStatus | undefined {
  // A start that was stopped before there was a session does not go on looking busy.
  if (state.phase.is === 'none' && state.gen > 0) return 'active';
  if (heldBy(state)?.step.is === 'open') return 'suspended';
  return isResumed(state) ? STATUS.resting : STATUS[state.phase.is];
}

/** After a stop, what was sent before it may still start a run, and write something before that is interrupted. */
function mayGoOn({ phase, turns }: ThreadState, turn: Turn): boolean {
  return 'stop' in phase && phase.stop !== undefined && turn === turns.at(-1);
}

export function picture(state: ThreadState, options: PictureOptions): Picture {
  const messages = state.turns.flatMap((turn) => [
    ...textMessages(state, turn, options),
    ...askMessages(state, turn),
    ...answerFile(turn),
  ]);
  return {
    messages: [...messages, ...noteMessages(state)],
    turns: state.turns.filter((turn) => turn.end && !mayGoOn(state, turn)),
    notes: state.notes
      .filter((note) => isShown(note, state) && !isOpenCard(note) && !isUnderWay(note))
      .map(({ no }) => no),
  };
}
