/** What is known of the bot's own messages in Slack. Slots are named here and nowhere else. */
import { isOpenCard } from './hold.ts';
import { isUnderWay, parseBeginningSlot } from './beginning.ts';
import { next, type Next, type Posted, type ProcessInput, type ThreadState } from './state.ts';

/** The bot's message for one part of one segment of a turn. */
export function turnSlot(turn: number, segment: number, part: number): string {
  return `t${turn}.${segment}.${part}`;
}

/** The inverse of {@link turnSlot}; undefined where it is another slot. */
export function parseTurnSlot(
  slot: string,
): { readonly turn: number; readonly segment: number; readonly part: number } | undefined {
  const found = /^t(\d{1,12})\.(\d{1,6})\.(\d{1,6})$/.exec(slot);
  if (!found) return undefined;
  const [turn = 0, segment = 0, part = 0] = found.slice(1).map(Number);
  return { turn, segment, part };
}

/** The turn that a message belongs to, whichever of its messages it is; undefined for notes. */
export function turnOfSlot(slot: string): number | undefined {
  const found = /^[twqf](\d{1,12})\./.exec(slot);
  return found ? Number(found[1]) : undefined;
}

export function noteSlot(note: number): string {
  return `n${note}`;
}

/** The inverse of {@link noteSlot}; undefined where it is another slot. */
export function parseNoteSlot(slot: string): number | undefined {
  const found = /^n(\d{1,12})$/.exec(slot);
  return found ? Number(found[1]) : undefined;
}

/** A very long answer, once more as a file. */
export function fileSlot(turn: number): string {
  return `f${turn}.0`;
}

/** Where texts are streamed: what is going on, and the Stop button, beside them. */
export function cardSlot(turn: number): string {
  return `w${turn}.0`;
}

/** The card of an asked tool. */
export function askSlot(turn: number, toolUseId: string): string {
  return `q${turn}.${toolUseId}`;
}

/** The whole input of an asked tool, where its card cannot hold it. */
export function inputSlot(turn: number, toolUseId: string): string {
  return `f${turn}.${toolUseId}`;
}

/** A reply that was taken into a running turn, and one that waits. */
export const TAKEN = 'eyes';
export const WAITING = 'hourglass_flowing_sand';

/** For so long a thread goes on with what was at work when the store went away, ms. */
export const BEHIND_MS = 60_000;

/** Records the intent to post, before anything is posted; `streams` are begun as streams. */
export function intend(
  state: ThreadState,
  slots: readonly string[],
  now: number,
  streams: readonly string[] = [],
): ThreadState {
  const missing = slots.filter((slot) => state.posted[slot] === undefined);
  if (missing.length === 0) return state;
  const posted: Record<string, Posted> = { ...state.posted };
  const { behind } = state;
  // What was posted without our knowing was meant before then.
  const isDoubtful = behind !== undefined && now < behind + BEHIND_MS;
  const intent = isDoubtful ? { intent: behind, doubt: true as const } : { intent: now };
  for (const slot of missing) {
    const stream = streams.includes(slot) ? { stream: { is: 'starting' } as const } : {};
    posted[slot] = { ...intent, gen: 0, ...stream };
  }
  return { ...state, posted };
}

export function onPosted(state: ThreadState, slot: string, posted: Posted): Next {
  const known = state.posted[slot];
  // What was written to a message that has been deleted meanwhile.
  if (!known || known.gen > posted.gen) return next(state);
  return next({ ...state, posted: { ...state.posted, [slot]: posted } });
}

/**
 * After a crash every message that was intended and is not known is in doubt. `behind` says until when the store was
 * away: what this record does not know of may have been posted before.
 */
export function doubtPosts(state: ThreadState, behind: number | undefined = state.behind): ThreadState {
  const posted = Object.fromEntries(
    Object.entries(state.posted).map(([slot, known]) => [
      slot,
      known.ts === undefined && !known.lost ? { ...known, doubt: true as const } : known,
    ]),
  );
  return { ...state, posted, ...(behind === undefined ? {} : { behind }) };
}

/** It may be shown on these messages that they wait: it goes where they do not (any more). */
export function withSigns(state: ThreadState, on: readonly string[]): ThreadState {
  if (on.length === 0) return state;
  const signs = Object.fromEntries(on.map((ts) => [ts, WAITING]));
  return { ...state, reactions: { ...state.reactions, ...signs } };
}

export function onReacted(state: ThreadState, ts: string, name: string | undefined): Next {
  const { [ts]: _, ...others } = state.reactions;
  return next({ ...state, reactions: name === undefined ? others : { ...others, [ts]: name } });
}

/**
 * These turns and notes stand in Slack as they should: the state forgets them, and people's and agent's texts with
 * them. What a late event changed after they were written is not among them any more, and is written first.
 */
export function onSettled(
  state: ThreadState,
  { turns, asks, notes }: Extract<ProcessInput, { kind: 'settled' }>,
): Next {
  const stands = (no: number): boolean => state.asks.every((ask) => ask.turn !== no || asks.includes(ask));
  const over = state.turns.filter((turn) => turn.end && turns.includes(turn) && stands(turn.no));
  // A card that is open is not done with, whatever stands.
  const settled = notes.filter(
    (no) => !state.notes.some((note) => note.no === no && (isOpenCard(note) || isUnderWay(note))),
  );
  const gone = (slot: string): boolean =>
    over.some((turn) => ['t', 'q', 'f', 'w'].some((kind) => slot.startsWith(`${kind}${turn.no}.`))) ||
    settled.some((note) => slot === noteSlot(note) || parseBeginningSlot(slot)?.no === note);
  const taken = new Set(over.flatMap((turn) => turn.taken));
  return next({
    ...state,
    turns: state.turns.filter((turn) => !over.includes(turn)),
    asks: state.asks.filter((ask) => !over.some((turn) => turn.no === ask.turn)),
    notes: state.notes.filter((note) => !settled.includes(note.no)),
    posted: Object.fromEntries(Object.entries(state.posted).filter(([slot]) => !gone(slot))),
    reactions: Object.fromEntries(
      Object.entries(state.reactions).filter(([ts, name]) => !(taken.has(ts) && name === TAKEN)),
    ),
  });
}
