/**
 * What a session's events tell besides what a turn shows: who its subagents are, and what it has cost.
 *
 * `session.usage` counts from the session's beginning, so a turn's own share is what was added while it ran. The
 * platform sends it before every idle; seen again, or late, it adds nothing, because it only ever grows.
 */
import type { AgentEvent, Usage } from './agent-event.ts';
import type { ThreadState } from './state.ts';
import { openTurnOf, withLastTurn } from './talk.ts';

/** A session that has not cost anything yet. */
export const UNUSED: Usage = { inputTokens: 0, outputTokens: 0, listCostCents: 0 };

export function progressed(state: ThreadState, event: AgentEvent): ThreadState {
  switch (event.type) {
    case 'session.thread_created': {
      const { sessionThreadId: id, agentName } = event;
      return state.subagents?.[id] === agentName
        ? state
        : { ...state, subagents: { ...state.subagents, [id]: agentName } };
    }
    case 'session.usage':
      return counted(budgeted(state, event.budgetCents), event.usage);
    default:
      return state;
  }
}

/** The session's own thread rests and runs too, and is no step. */
export function isStep({ subagents }: ThreadState, event: AgentEvent): boolean {
  if (!('agentName' in event) || event.type === 'session.thread_created') return true;
  return subagents !== undefined && Object.hasOwn(subagents, event.sessionThreadId);
}

/** It may have been raised elsewhere. An event that came earlier says less than what is known. */
function budgeted(state: ThreadState, budgetCents: number | undefined): ThreadState {
  const isMore = budgetCents !== undefined && budgetCents > (state.budgetCents ?? 0);
  return isMore ? { ...state, budgetCents } : state;
}

function counted(state: ThreadState, usage: Usage): ThreadState {
  const { usage: before } = state;
  // Where it is not known from the beginning, what was spent earlier is nobody's share.
  if (!before) return { ...state, usage };
  const now = most(before, usage);
  const added = difference(now, before);
  if (added.inputTokens + added.outputTokens + (added.listCostCents ?? 0) === 0) return state;
  const turn = openTurnOf(state);
  const counting: ThreadState = { ...state, usage: now };
  return turn ? withLastTurn(counting, { ...turn, used: sum(turn.used ?? UNUSED, added) }) : counting;
}

function each(a: Usage, b: Usage, with2: (a: number, b: number) => number): Usage {
  return {
    inputTokens: with2(a.inputTokens, b.inputTokens),
    outputTokens: with2(a.outputTokens, b.outputTokens),
    listCostCents: with2(a.listCostCents ?? 0, b.listCostCents ?? 0),
  };
}

const most = (a: Usage, b: Usage): Usage => each(a, b, Math.max);
const sum = (a: Usage, b: Usage): Usage => each(a, b, (x, y) => x + y);
const difference = (a: Usage, b: Usage): Usage => each(a, b, (x, y) => x - y);
