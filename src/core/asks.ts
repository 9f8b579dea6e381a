/**
 * Tools that wait for a person. An answer counts once, from who may give it (I9); the session is told by the
 * tool-use id, which is also how a doubtful answer is found again.
 */
import type { AgentEvent, OutgoingEvent } from './agent-event.ts';
import { isApprovable, ruleFor, ruleOf, stillStands, toolKey } from './approvals.ts';
import { directOf } from './copies.ts';
import { formatWords } from './mark.ts';
import { ASK_USER, questionOf } from './questions.ts';
import { retryDelay, type StepContext } from './context.ts';
import type { Answer, Ask, AskStep } from './ask.ts';
import { next, type Failure, type Next, type ProcessInput, type ThreadState } from './state.ts';
import { openTurnOf, withLastTurn } from './talk.ts';
import type { Turn } from './turn.ts';

type ToolUse = Extract<AgentEvent, { type: 'agent.tool_use' }>;

export function changeAsks(
  state: ThreadState,
  pick: (ask: Ask) => boolean,
  change: (ask: Ask) => AskStep,
): ThreadState {
  if (!state.asks.some(pick)) return state;
  return { ...state, asks: state.asks.map((ask) => (pick(ask) ? { ...ask, step: change(ask) } : ask)) };
}

/** So much of an input is kept and can be read, characters. */
const MAX_INPUT = 40_000;

function inputText(input: unknown): string {
  const text = typeof input === 'string' ? input : (JSON.stringify(input, null, 2) ?? '');
  return text.length > MAX_INPUT ? `${text.slice(0, MAX_INPUT)}…` : text;
}

/** A tool use that must be answered becomes a card; a custom tool that nobody has here, an error. */
export function askFor(state: ThreadState, event: ToolUse, context: StepContext): ThreadState {
  const asks = event.tool === 'custom' || event.permission === 'ask' || event.permission === 'unknown';
  const turn = state.turns.at(-1);
  if (!asks || !turn) return state;
  if (turn.settled.includes(event.id)) return state;
  if (state.asks.some((ask) => ask.toolUseId === event.id)) return withInput(state, event, context);
  const ask = newAsk(state, event, turn, context);
  const items = turn.segments.map((segment) => ({
    ...segment,
    items: segment.items.map((item) =>
      item.is === 'step' && item.id === event.id ? { ...item, state: 'asking' as const } : item,
    ),
  }));
  return { ...withLastTurn(state, { ...turn, segments: items }), asks: [...state.asks, ask] };
}

function newAsk(state: ThreadState, event: ToolUse, turn: Turn, context: StepContext): Ask {
  const { name, server } = event;
  const question = event.tool === 'custom' ? questionOf(event) : undefined;
  const ask: Ask = {
    toolUseId: event.id,
    token: `${context.token}${state.asks.length}`,
    name,
    ...(server === undefined ? {} : { server }),
    ...subagentOf(state, event),
    input: inputText(event.input),
    turn: turn.no,
    step: { is: 'open' },
    rule: ruleFor(state, turn, context.settings, context.now),
    ...(question ? { question } : {}),
  };
  const step = firstStep(state, ask, event);
  return { ...ask, step, ...(step.is === 'open' && !question ? directOf(context.settings) : {}) };
}

function subagentOf({ subagents = {} }: ThreadState, { sessionThreadId: id }: ToolUse): Pick<Ask, 'agent'> {
  const agent = id !== undefined && Object.hasOwn(subagents, id) ? subagents[id] : undefined;
  return agent === undefined ? {} : { agent };
}

/** Most wait for somebody; some are answered before anybody is asked. */
function firstStep(state: ThreadState, ask: Ask, { tool }: ToolUse): AskStep {
  if (tool === 'custom') return ask.question ? { is: 'open' } : { is: 'declining', at: 0 };
  const rule = ruleOf(state, ask);
  const leave = state.allowed?.[toolKey(ask)];
  if (leave && stillStands(leave, rule))
    return { is: 'answering', verdict: 'allow', by: leave.by, at: 0, always: true };
  return isApprovable(rule)
    ? { is: 'open' }
    : { is: 'answering', verdict: 'deny', by: '', at: 0, barred: true };
}

/**
 * The card of this tool use shows another input, or none: it is shown as it is now, and what somebody may have
 * pressed under the earlier one opens nothing any more.
 */
function withInput(state: ThreadState, event: ToolUse, context: StepContext): ThreadState {
  const input = inputText(event.input);
  return {
    ...state,
    asks: state.asks.map((ask, at) =>
      ask.toolUseId === event.id && ask.step.is === 'open' && ask.input !== input
        ? asIs({ ...ask, name: event.name, input, token: `${context.token}${at}`, votes: [] }, event)
        : ask,
    ),
  };
}

/** A question that was first seen without its words. */
function asIs(ask: Ask, event: ToolUse): Ask {
  const question = event.tool === 'custom' ? questionOf(event) : undefined;
  return question ? { ...ask, question } : ask;
}

/** The session names a tool use that was never seen: a card without particulars, so that nothing hangs. */
export function askBlindly(state: ThreadState, toolUseId: string, context: StepContext): ThreadState {
  const id = toolUseId;
  return askFor(
    state,
    { type: 'agent.tool_use', id, at: null, tool: 'builtin', name: 'a tool', input: '', permission: 'ask' },
    context,
  );
}

/** An answer or a result that the session reports settles the card, whoever gave it. */
export function settleAsk(state: ThreadState, event: AgentEvent): ThreadState {
  switch (event.type) {
    case 'user.tool_confirmation':
      return changeAsks(state, isAsk(event.toolUseId), (ask) => answered(ask, event.result));
    case 'agent.tool_result':
      return changeAsks(state, isAsk(event.toolUseId), (ask) => answered(ask, undefined));
    case 'user.custom_tool_result':
      return changeAsks(state, isAsk(event.toolUseId), (ask) =>
        ask.question ? answered(ask, 'allow') : { is: 'declined' },
      );
    default:
      return state;
  }
}

function isAsk(toolUseId: string): (ask: Ask) => boolean {
  return (ask) => ask.toolUseId === toolUseId;
}

function answered(ask: Ask, verdict: 'allow' | 'deny' | undefined): AskStep {
  const { step } = ask;
  if (step.is === 'answering') return { ...answerIn(step), is: 'answered' };
  if (step.is !== 'open') return step.is === 'declining' ? { is: 'declined' } : step;
  return verdict ? { is: 'answered', verdict, by: '' } : { is: 'void' };
}

/** Nobody will answer any more; an answer that never went out was none. */
export function voidAsks(state: ThreadState): ThreadState {
  return changeAsks(
    state,
    (ask) => ask.step.is === 'open' || ask.step.is === 'answering' || ask.step.is === 'declining',
    ({ step }) =>
      step.is === 'answering' && step.at > 0 ? { ...answerIn(step), is: 'answered' } : { is: 'void' },
  );
}

/** The answer without when it was sent. */
function answerIn(step: Extract<AskStep, { is: 'answering' }>): Answer {
  const { at: _at, is: _is, ...answer } = step;
  return answer;
}

/** Sends the answers that are not under way, in one request. */
export function sendAnswers(state: ThreadState, context: StepContext): Next {
  const { phase } = state;
  if (phase.is !== 'working' && phase.is !== 'asking') return next(state);
  if (phase.stop || phase.redirect !== undefined) return next(state);
  if (state.retry && state.retry.due > context.now) return next(state);
  const due = state.asks.filter(
    (ask) => (ask.step.is === 'answering' || ask.step.is === 'declining') && ask.step.at === 0,
  );
  if (due.length === 0) return next(state);
  const ids = due.map((ask) => ask.toolUseId);
  const sending = changeAsks(
    state,
    (ask) => ids.includes(ask.toolUseId),
    (ask) =>
      ask.step.is === 'answering' || ask.step.is === 'declining'
        ? { ...ask.step, at: context.now }
        : ask.step,
  );
  return next(sending, { do: 'answer', session: phase.session.id, events: due.map(answerEvent), ids });
}

function answerEvent(ask: Ask): OutgoingEvent {
  const { toolUseId, step } = ask;
  if (step.is === 'declining') {
    const text =
      ask.name === ASK_USER
        ? 'Nobody was asked: `question` is missing or is no text. Call it again with one, or go on without an answer.'
        : `The tool "${ask.name}" is not available in this Slack workspace. Go on without it.`;
    return { type: 'user.custom_tool_result', toolUseId, text, isError: true };
  }
  const answer: Answer = step.is === 'answering' ? step : { verdict: 'deny', by: '' };
  if (ask.question) {
    const text = answer.expired ? NOBODY_ANSWERED : formatWords(answer.words ?? '');
    return { type: 'user.custom_tool_result', toolUseId, text, isError: answer.expired === true };
  }
  return answer.verdict === 'allow'
    ? { type: 'user.tool_confirmation', toolUseId, result: 'allow' }
    : { type: 'user.tool_confirmation', toolUseId, result: 'deny', denyMessage: denial(answer) };
}

const NOBODY_ANSWERED =
  'Timed out: nobody answered this question. Go on without an answer where you can, and say what you assumed.';

/** What the agent is told: late is not no. */
function denial({ expired, barred, words }: Answer): string {
  if (expired) return 'Timed out: nobody approved or denied this in time. It was not run.';
  if (barred) return 'Nobody may approve tools here, so it was not run. Go on without it.';
  return words ? `A person said no: ${formatWords(words)}` : 'A person said no.';
}

export function onAnswersSent(state: ThreadState, ids: readonly string[]): Next {
  const { retry: _, ...rest } = state;
  return next(
    changeAsks(
      rest,
      (ask) => ids.includes(ask.toolUseId),
      (ask) => (ask.step.is === 'declining' ? { is: 'declined' } : answered(ask, undefined)),
    ),
  );
}

/** A refused answer was given already, or is not wanted any more; an unknown one is looked up before it is repeated. */
export function onAnswersFailed(
  state: ThreadState,
  { ids, failure, at }: Extract<ProcessInput, { kind: 'answers-failed' }>,
  context: StepContext,
): Next {
  const { phase } = state;
  if (phase.is !== 'working' && phase.is !== 'asking') return next(state);
  const session = phase.session.id;
  if (failure.kind === 'unknown') return next(madeAt(state, ids, at), { do: 'look', session });
  if (failure.kind === 'refused') return checking(onAnswersSent(state, ids), session);
  if (failure.kind === 'gone') return next(state, { do: 'check', session });
  return next(again(state, ids, failure, context));
}

function checking(first: Next, session: string): Next {
  return { state: first.state, effects: [...first.effects, { do: 'check', session }] };
}

function again(
  state: ThreadState,
  ids: readonly string[],
  failure: Failure,
  context: StepContext,
): ThreadState {
  const tries = (state.retry?.tries ?? 0) + 1;
  const due = context.now + retryDelay(tries, failure.retryAfterMs);
  const since = state.retry?.since ?? context.now;
  return {
    ...notUnderWay(state, (ask) => ids.includes(ask.toolUseId)),
    retry: { tries, due, since, code: failure.code },
  };
}

function notUnderWay(state: ThreadState, pick: (ask: Ask) => boolean): ThreadState {
  return changeAsks(state, pick, (ask) =>
    ask.step.is === 'answering' || ask.step.is === 'declining' ? { ...ask.step, at: 0 } : ask.step,
  );
}

/** The call that carried these answers began then: no request can be alive so long after it (`settleMs`). */
function madeAt(state: ThreadState, ids: readonly string[], at: number): ThreadState {
  return changeAsks(
    state,
    (ask) => ids.includes(ask.toolUseId),
    ({ step }) =>
      (step.is === 'answering' || step.is === 'declining') && step.at > 0 ? { ...step, at } : step,
  );
}

/** Whether an answer is under way or in doubt. */
export function answersUnderWay(state: ThreadState): readonly Ask[] {
  return state.asks.filter(
    (ask) => (ask.step.is === 'answering' || ask.step.is === 'declining') && ask.step.at > 0,
  );
}

/** Looking did not find it, and no request can still be alive: it is sent again. */
export function lookedForAnswers(
  state: ThreadState,
  events: readonly AgentEvent[],
  context: StepContext,
): ThreadState {
  const settled = events.reduce((known, event) => settleAsk(known, event), state);
  return notUnderWay(settled, (ask) => {
    const { step } = ask;
    if (step.is !== 'answering' && step.is !== 'declining') return false;
    return step.at > 0 && context.now - step.at >= context.settleMs;
  });
}

/** Whether a turn that runs has a card that waits for somebody. */
export function waitsForPerson(state: ThreadState): boolean {
  return openTurnOf(state) !== undefined && state.asks.some((ask) => ask.step.is === 'open');
}
