/**
 * The loop breaker: two bots that answer each other would do so for ever. After so many turns in a row that bots began
 * in a thread, the next message of a bot is not taken until a person has written to the agent. Pure.
 */
import type { Attributed, Person } from './event.ts';
import { next, type Next, type ThreadState } from './state.ts';
import { addNote } from './talk.ts';

export const BOT_TURNS = 5;

/** A message of a bot that would go on with the loop; undefined where it counts. The thread is told once. */
export function breakLoop(state: ThreadState, author: Person | undefined): Next | undefined {
  const { bots } = state;
  if (author?.role !== 'bot' || !bots || bots.turns < BOT_TURNS) return undefined;
  if (bots.told) return next(state);
  return next(addNote({ ...state, bots: { ...bots, told: true } }, { is: 'bots', limit: BOT_TURNS }));
}

/** Counts the turn that a step has begun, and forgets the count when a person's message was accepted. */
export function countBots(
  before: ThreadState,
  after: ThreadState,
  input: Attributed | undefined,
): ThreadState {
  const state = isPersons(after, input) ? withoutCount(after) : after;
  if (after.turnNo === before.turnNo) return state;
  const asked = after.turns.at(-1)?.segments[0]?.after;
  const first = after.sends.find(({ mark }) => mark.ts === asked);
  if (first?.mark.role !== 'bot') return state;
  return { ...state, bots: { ...state.bots, turns: (state.bots?.turns ?? 0) + 1 } };
}

function isPersons({ sends }: ThreadState, given: Attributed | undefined): boolean {
  if (given?.input.kind !== 'message' || given.author?.role === 'bot') return false;
  const { ts } = given.input;
  return sends.some(({ mark }) => mark.ts === ts);
}

function withoutCount(state: ThreadState): ThreadState {
  const { bots: _, ...rest } = state;
  return rest;
}
