/** How the texts of a turn grow: by edits, or as a stream of Slack's. Decided once a turn. */
import type { MessageInput } from './event.ts';
import type { Settings } from './settings.ts';
import { next, type Next, type ThreadState } from './state.ts';

/** Turns that a step has opened wait for a decision, where the settings leave one. */
export function undecided(before: ThreadState, after: Next, settings: Settings): Next {
  const { state, effects } = after;
  if (settings.output === 'edit' || state.turnNo === before.turnNo) return after;
  const turns = state.turns.map((turn) =>
    turn.no > before.turnNo && !turn.end ? { ...turn, output: 'undecided' as const } : turn,
  );
  return { state: { ...state, turns }, effects };
}

export function onOutput(state: ThreadState, no: number, output: 'edit' | 'stream'): Next {
  const turns = state.turns.map((turn) => {
    if (turn.no !== no || turn.output !== 'undecided') return turn;
    const { output: _, ...plain } = turn;
    return output === 'stream' ? { ...plain, output } : plain;
  });
  return next({ ...state, turns });
}

/** Slack streams to one person, who is named with their own workspace (docs.slack.dev, chat.startStream). */
export function recipientOf(
  state: ThreadState,
  user: string,
): { readonly user: string; readonly team: string } {
  return { user, team: state.teams?.[user] ?? state.thread.team };
}

/** Remembers the workspace of somebody who is not of ours. */
export function withTeam(state: ThreadState, { user, userTeam }: MessageInput): ThreadState {
  if (userTeam === undefined || (state.teams?.[user] ?? state.thread.team) === userTeam) return state;
  return { ...state, teams: { ...state.teams, [user]: userTeam } };
}
