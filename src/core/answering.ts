/**
 * People answer: leave to run a tool, or a question. One writer a thread makes an answer single use (I9); who comes
 * second, late or without leave is told so privately, and the card stays as it is.
 */
import { refusalOf, ruleOf, stillStands, toolKey } from './approvals.ts';
import type { Answer, Ask, AskStep } from './ask.ts';
import { changeAsks } from './asks.ts';
import { isWhereTheyMay } from './copies.ts';
import type { StepContext } from './context.ts';
import type { AnswerInput, MessageInput, Person, ReplyInput } from './event.ts';
import { mayTalk } from './policy.ts';
import { answerWords } from './questions.ts';
import { next, type Next, type Tell, type ThreadState } from './state.ts';

/** Where they clicked, so that they see it: who approves in a direct message may not be in the channel. */
function told(state: ThreadState, user: string, tell: Tell, channel?: string): Next {
  const there = channel === undefined || channel === state.thread.channel ? {} : { in: channel };
  return next(state, { do: 'tell', user, tell, ...there });
}

/** Why a card takes no answer any more; undefined where it is open. */
function whyOver(ask: Ask | undefined, state: ThreadState): Tell | undefined {
  const { step } = ask ?? {};
  if (step?.is === 'open' && ask) {
    return ruleOf(state, ask).gen === state.gen ? undefined : { is: 'card-over' };
  }
  if (step?.is !== 'answering' && step?.is !== 'answered') return { is: 'card-over' };
  const { expired, by } = step;
  if (expired && ask) return { is: 'card-expired', spanMs: ruleOf(state, ask).spanMs };
  return { is: 'card-answered', by };
}

/** Somebody pressed Approve, Deny or one of their kin. */
export function onAnswer(
  state: ThreadState,
  input: AnswerInput,
  author: Person | undefined,
  context: StepContext,
): Next {
  const { user } = input;
  const ask = state.asks.find((candidate) => candidate.token === input.token && !candidate.question);
  const over = whyOver(ask, state);
  if (over || !ask) return told(state, user, over ?? { is: 'card-over' }, input.in);
  if (!isWhereTheyMay(state, ask, user, input.in)) return told(state, user, { is: 'card-over' }, input.in);
  const rule = ruleOf(state, ask);
  const late = rule.expiresAt > 0 && context.now >= rule.expiresAt;
  if (late) return expire(state, context);
  const votes = ask.votes ?? [];
  const refusal = refusalOf(author, rule, votes, input, context.settings);
  if (refusal) return told(state, user, refusal, input.in);
  if (input.verdict === 'allow' && rule.twoPersons && votes.length === 0) {
    return next({
      ...state,
      asks: state.asks.map((each) => (each === ask ? { ...ask, votes: [user] } : each)),
    });
  }
  const words = input.reason?.trim().slice(0, REASON_MOST);
  const isAlways = input.always === true && input.verdict === 'allow' && !rule.twoPersons;
  const answer: Answer = {
    verdict: input.verdict,
    by: user,
    ...(words ? { words } : {}),
    ...(isAlways ? { always: true as const } : {}),
  };
  const settled = withAnswer(state, ask, answer);
  return next(isAlways ? allowed(settled, ask, user) : settled);
}

const REASON_MOST = 2_000;

function withAnswer(state: ThreadState, ask: Ask, answer: Answer): ThreadState {
  const step: AskStep = { is: 'answering', at: 0, ...answer };
  return changeAsks(
    state,
    (other) => other.toolUseId === ask.toolUseId,
    () => step,
  );
}

/** From now on this tool runs without leave here, and what waits for the same one is let run too. */
function allowed(state: ThreadState, ask: Ask, by: string): ThreadState {
  const key = toolKey(ask);
  const leave = { by, under: ruleOf(state, ask).approvers };
  const others = changeAsks(
    state,
    (other) =>
      other.step.is === 'open' &&
      !other.question &&
      toolKey(other) === key &&
      stillStands(leave, ruleOf(state, other)),
    () => ({ is: 'answering', verdict: 'allow', by, at: 0, always: true }),
  );
  return { ...others, allowed: { ...state.allowed, [key]: leave } };
}

/** Cards whose time has come: the agent is told that nobody answered, which is not a no. */
export function expire(state: ThreadState, { now }: StepContext): Next {
  const isDue = (ask: Ask): boolean => {
    const { expiresAt } = ruleOf(state, ask);
    return ask.step.is === 'open' && expiresAt > 0 && expiresAt <= now;
  };
  return next(
    changeAsks(state, isDue, () => ({ is: 'answering', verdict: 'deny', by: '', at: 0, expired: true })),
  );
}

/** When the next open card expires (wall clock, ms). */
export function nextExpiry(state: ThreadState): number | undefined {
  const times = state.asks
    .filter(({ step }) => step.is === 'open')
    .map((ask) => ruleOf(state, ask).expiresAt)
    .filter((at) => at > 0);
  return times.length === 0 ? undefined : Math.min(...times);
}

// ------------------------------------------------------------------------------------------- questions

/** Somebody chose, or filled in the form of a question. */
export function onReply(
  state: ThreadState,
  input: ReplyInput,
  author: Person | undefined,
  context: StepContext,
): Next {
  const { user } = input;
  const ask = state.asks.find((candidate) => candidate.token === input.token && candidate.question);
  const over = whyOver(ask, state);
  if (over || !ask?.question || !isWhereTheyMay(state, ask, user, input.in))
    return told(state, user, over ?? { is: 'card-over' }, input.in);
  const may = mayTalk(author, context.settings);
  if (may === 'unverified' || !author) return told(state, user, { is: 'unverified' });
  if (may === 'no') return told(state, user, { is: 'refused', role: author.role, clicked: true });
  const chosen = input.choice === undefined ? undefined : ask.question.choices[input.choice];
  const text = chosen ?? (ask.question.free ? input.text?.trim() : undefined);
  if (!text) return told(state, user, { is: 'card-over' });
  return next(replied(state, ask, text, author));
}

function replied(state: ThreadState, ask: Ask, text: string, author: Person): ThreadState {
  const words = answerWords(text, author.name);
  return withAnswer(state, ask, { verdict: 'allow', by: author.user, words });
}

/**
 * A reply in the thread answers the one question that is open, where nothing else waits; with choices alone it must be
 * one of them. Undefined where it is a message like any other.
 */
export function answeredByMessage(
  state: ThreadState,
  input: MessageInput,
  author: Person | undefined,
  { settings }: StepContext,
): Next | undefined {
  if (!author || mayTalk(author, settings) !== 'yes') return undefined;
  const open = state.asks.filter(({ step }) => step.is === 'open');
  const [ask] = open;
  if (state.phase.is !== 'asking' || open.length !== 1 || !ask?.question) return undefined;
  if (input.files.length > 0 || input.urgent || input.text.trim() === '') return undefined;
  const { choices, free } = ask.question;
  const said = input.text.trim().toLowerCase();
  const chosen = choices.find((choice, at) => choice.toLowerCase() === said || said === String(at + 1));
  if (chosen === undefined && !free) return undefined;
  const turn = state.turns.at(-1);
  const taken = turn ? { ...turn, taken: [...turn.taken, input.ts] } : undefined;
  const seen = taken ? { ...state, turns: [...state.turns.slice(0, -1), taken] } : state;
  return next(replied(seen, ask, chosen ?? input.text.trim(), author), {
    do: 'note-session',
    user: author.user,
  });
}
