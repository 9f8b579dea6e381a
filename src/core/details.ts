/**
 * What is behind the buttons below an answer. Their values name the thread, the session's generation and the first
 * and last use of a tool: which session that is, is found out from the thread, and only what lies between the two
 * in that session is shown. Inputs and results are read when somebody asks; none are kept.
 */
import type { AgentEvent, ToolResult } from './agent-event.ts';
import { parseThreadKey, threadKey, type ThreadRef } from './event.ts';
import type { ThreadState } from './state.ts';
import { itemsOf, type StepItem, type Turn } from './turn.ts';

/** The steps of one turn. */
export interface DetailsRef {
  readonly thread: ThreadRef;
  readonly gen: number;
  /** Ids of the first and the last use of a tool. */
  readonly first: string;
  readonly last: string;
  /** From 0. */
  readonly page: number;
}

/** An answer, and what somebody thinks of it. */
export interface FeedbackRef {
  readonly thread: ThreadRef;
  readonly gen: number;
  readonly turn: number;
  readonly verdict: 'up' | 'down';
}

/** One use of a tool with all that is known of it. */
export interface Detail extends Pick<StepItem, 'state'> {
  readonly id: string;
  readonly name: string;
  readonly server?: string;
  /** The subagent that used it. */
  readonly by?: string;
  readonly input: unknown;
  readonly result?: ToolResult;
}

/** What of a session's history is needed (the platform's type names). */
export const DETAIL_TYPES: readonly string[] = [
  'agent.tool_use',
  'agent.mcp_tool_use',
  'agent.custom_tool_use',
  'agent.tool_result',
  'agent.mcp_tool_result',
  'user.tool_confirmation',
  'user.custom_tool_result',
  'session.thread_created',
];

/** Undefined where the turn used no tool. */
export function detailsValue(state: ThreadState, turn: Turn): string | undefined {
  const tools = itemsOf(turn).filter((item) => item.is === 'step' && item.heard === undefined);
  const [first, last] = [tools[0], tools.at(-1)];
  if (!first || !last || turn.gen === undefined) return undefined;
  return formatDetails({ thread: state.thread, gen: turn.gen, first: first.id, last: last.id, page: 0 });
}

export function formatDetails({ thread, gen, first, last, page }: DetailsRef): string {
  return [threadKey(thread), gen, first, last, page].join('|');
}

const ID = /^[\w-]{1,200}$/;
const NUMBER = /^\d{1,9}$/;

export function parseDetails(value: string): DetailsRef | undefined {
  const [key = '', gen = '', first = '', last = '', page = '', ...rest] = value.split('|');
  const thread = parseThreadKey(key);
  const isSound = [gen, page].every((each) => NUMBER.test(each)) && [first, last].every((id) => ID.test(id));
  if (!thread || !isSound || rest.length > 0) return undefined;
  return { thread, gen: Number(gen), first, last, page: Number(page) };
}

export function feedbackValue({ thread }: ThreadState, turn: Turn, verdict: 'up' | 'down'): string {
  return feedbackText({ thread, gen: turn.gen ?? 0, turn: turn.no, verdict });
}

export function feedbackText({ thread, gen, turn, verdict }: FeedbackRef): string {
  return [threadKey(thread), gen, turn, verdict].join('|');
}

export function parseFeedback(value: string): FeedbackRef | undefined {
  const [key = '', gen = '', turn = '', verdict, ...rest] = value.split('|');
  const thread = parseThreadKey(key);
  if (!thread || !NUMBER.test(gen) || !NUMBER.test(turn) || rest.length > 0) return undefined;
  return verdict === 'up' || verdict === 'down'
    ? { thread, gen: Number(gen), turn: Number(turn), verdict }
    : undefined;
}

/** The uses of tools between these two, in the order of the session; empty where either is not in it. */
export function detailsIn(
  events: readonly AgentEvent[],
  { first, last }: Pick<DetailsRef, 'first' | 'last'>,
): readonly Detail[] {
  const uses = events.filter((event) => event.type === 'agent.tool_use');
  const [from, to] = [first, last].map((id) => uses.findIndex((use) => use.id === id));
  if (from === undefined || to === undefined || from === -1 || to < from) return [];
  const known = new Map(
    uses.slice(from, to + 1).map((use): [string, Detail] => {
      const { id, name, server, input, permission } = use;
      const state = permission === 'deny' ? 'denied' : permission === 'ask' ? 'asking' : 'running';
      const by = helperOf(events, use.sessionThreadId);
      const of = { ...(server === undefined ? {} : { server }), ...(by === undefined ? {} : { by }) };
      return [id, { id, name, input, state, ...of }];
    }),
  );
  for (const event of events) {
    const detail = 'toolUseId' in event ? known.get(event.toolUseId) : undefined;
    if (detail) known.set(detail.id, answered(detail, event));
  }
  return [...known.values()];
}

function helperOf(events: readonly AgentEvent[], id: string | undefined): string | undefined {
  const created = events.find(
    (event) => event.type === 'session.thread_created' && event.sessionThreadId === id,
  );
  return created?.type === 'session.thread_created' ? created.agentName : undefined;
}

function answered(detail: Detail, event: AgentEvent): Detail {
  switch (event.type) {
    case 'user.tool_confirmation':
      return { ...detail, state: event.result === 'allow' ? 'running' : 'denied' };
    case 'agent.tool_result':
    case 'user.custom_tool_result': {
      const isError = event.type === 'agent.tool_result' && event.isError;
      const state = isError ? (detail.state === 'denied' ? 'denied' : 'failed') : 'done';
      return { ...detail, state, ...(event.result ? { result: event.result } : {}) };
    }
    default:
      return detail;
  }
}
