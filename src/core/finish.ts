/** What a turn leaves behind when it ends: how long it took, in which session, and a new line where it ran long. */
import { LONG_TURN_MS, type StepContext } from './context.ts';
import { addNote, type Note } from './note.ts';
import { parseTurnSlot } from './shown.ts';
import type { Posted, ThreadState } from './state.ts';
import type { End, Turn } from './turn.ts';

/** Whoever stopped it, interrupted it or took their request back is there and sees it. */
const TOLD: Readonly<Record<End['is'], boolean>> = {
  answered: true,
  silent: true,
  refused: true,
  failed: true,
  budget: true,
  lost: true,
  unreachable: true,
  stopped: false,
  interrupted: false,
  withdrawn: false,
};

/** After each step: `before` is the state that it began with. */
export function finished(before: ThreadState, after: ThreadState, context: StepContext): ThreadState {
  const turns = after.turns.map((turn) => stamped(turn, before, after, context));
  const isSame = turns.every((turn, at) => turn === after.turns[at]);
  const state = isSame ? after : { ...after, turns };
  const long = turns.filter((turn, at) => turn !== after.turns[at] && isLong(turn));
  const noted = long.reduce(
    (known, turn) =>
      addNote(known, {
        is: 'finished',
        turn: turn.no,
        by: turn.user,
        how: turn.end?.is === 'answered' ? 'answered' : 'ended',
        ms: (turn.endedAt ?? 0) - turn.startedAt,
      }),
    state,
  );
  return linked(before, noted);
}

function isLong({ end, endedAt, startedAt }: Turn): boolean {
  return end !== undefined && TOLD[end.is] && (endedAt ?? 0) - startedAt > LONG_TURN_MS;
}

function stamped(turn: Turn, before: ThreadState, after: ThreadState, context: StepContext): Turn {
  const known = before.turns.find(({ no }) => no === turn.no);
  if (known?.end) return turn;
  const { verbosity } = context.settings;
  const { verbosity: shown = 'normal' } = turn;
  const set: Turn = shown === verbosity ? turn : { ...turn, verbosity };
  if (!set.end) return set;
  // The step that ends one turn may begin the next one, in a new session.
  const { gen } = known ? before : after;
  return { ...set, endedAt: context.now, gen, ...spentIn(gen === after.gen ? after : before) };
}

function spentIn({ usage, budgetCents }: ThreadState): Pick<Turn, 'spent'> {
  const cents = usage?.listCostCents ?? 0;
  return budgetCents === undefined || cents === 0 ? {} : { spent: { cents, of: budgetCents } };
}

/** A note about an answer leads to it: as soon as it is known where that stands, and before that is forgotten. */
function linked(before: ThreadState, after: ThreadState): ThreadState {
  const notes = after.notes.map((note): Note => {
    const { text } = note;
    if (text.is !== 'finished' || text.ts !== undefined) return note;
    const ts = standing(after.posted, text.turn) ?? standing(before.posted, text.turn);
    return ts === undefined ? note : { ...note, text: { ...text, ts } };
  });
  return notes.every((note, at) => note === after.notes[at]) ? after : { ...after, notes };
}

/** Where the answer's last part begins: below the last reply that was taken into the turn. */
function standing(posted: Readonly<Record<string, Posted>>, turn: number): string | undefined {
  const places = Object.entries(posted).flatMap(([slot, { ts, lost }]) => {
    const place = parseTurnSlot(slot);
    return place?.turn === turn && ts !== undefined && !lost ? [{ ...place, ts }] : [];
  });
  return places.sort((a, b) => b.segment - a.segment || a.part - b.part)[0]?.ts;
}
