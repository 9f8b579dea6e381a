/** The turn that runs, if one does: opened for whoever asked, replaced as it goes on. Pure. */
import { asOwners } from './owner.ts';
import type { ThreadState } from './state.ts';
import { openTurn, type Turn } from './turn.ts';

/** The turn that runs, if one does. */
export function openTurnOf(state: Pick<ThreadState, 'turns'>): Turn | undefined {
  const last = state.turns.at(-1);
  return last && !last.end ? last : undefined;
}

/** Replaces the newest turn. */
export function withLastTurn(state: ThreadState, turn: Turn): ThreadState {
  return { ...state, turns: [...state.turns.slice(0, -1), turn] };
}

/** Opens a turn for whoever asked; the sign of life hangs on it. */
export function beginTurn(state: ThreadState, user: string, after: string, now: number): ThreadState {
  if (openTurnOf(state)) return state;
  const no = state.turnNo + 1;
  // What is not finished in Slack was cut into messages in its own form: another one would leave some behind.
  const form = state.turns.length > 0 ? state.form : 0;
  const turn = asOwners(state, openTurn(no, user, after, now));
  return { ...state, turnNo: no, turns: [...state.turns, turn], form };
}
