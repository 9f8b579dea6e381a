/**
 * A message is changed or deleted by its author. What waits is rewritten or dropped; what the session has, or may have,
 * is corrected by a message of its own in the running turn; what the agent is done with stays, unless the author asks.
 * Nothing is ever taken back silently.
 */
import { nextNo, type Change, type Prompt } from './changed.ts';
import type { StepContext } from './context.ts';
import type { EditInput, MessageInput, Person, RedoInput, WithdrawInput } from './event.ts';
import type { ContextLine } from './mark.ts';
import { tellLostCard } from './lost-card.ts';
import { mayTalk } from './policy.ts';
import { askSlot } from './shown.ts';
import { endOpenTurn } from './start.ts';
import { next, type Next, type Send, type Tell, type ThreadState } from './state.ts';
import {
  changeSends,
  insertSend,
  onMessage,
  openTurnOf,
  takenWords,
  withLastTurn,
  withNotices,
} from './talk.ts';

type Amended = Pick<EditInput, 'ts' | 'user' | 'userTeam'>;

/** Where a message is that somebody changes; undefined where it never was one for the agent. */
type Place =
  | { readonly is: 'waiting'; readonly send: Send }
  /** The session has it, or may have it, and its turn is not over. */
  | { readonly is: 'at-work' }
  | { readonly is: 'finished' }
  | undefined;

function isBy({ mark }: Send, { ts, user }: Amended): boolean {
  return mark.ts === ts && mark.user === user;
}

function promptOf({ prompts = [] }: ThreadState, { ts, user }: Amended): Prompt | undefined {
  return prompts.find((prompt) => prompt.ts === ts && prompt.user === user);
}

function placeOf(state: ThreadState, amended: Amended): Place {
  const prompt = promptOf(state, amended);
  const newest = state.sends.findLast((send) => isBy(send, amended));
  if (prompt?.withdrawn || newest?.change === 'withdrawn') return undefined;
  if (newest) return newest.status === 'waiting' ? { is: 'waiting', send: newest } : { is: 'at-work' };
  if (!prompt) return undefined;
  return prompt.turn === openTurnOf(state)?.no ? { is: 'at-work' } : { is: 'finished' };
}

/** Why this person may not correct anything; undefined where they may. */
function refusalOf(author: Person | undefined, { settings }: StepContext): Tell | undefined {
  const may = mayTalk(author, settings);
  if (may === 'yes' && author) return undefined;
  return may === 'no' ? { is: 'refused', role: author?.role ?? 'unknown' } : { is: 'unverified' };
}

// ------------------------------------------------------------------------------------------- changed

/** Somebody changed the words of a message of theirs. */
export function onEdit(
  state: ThreadState,
  input: EditInput,
  author: Person | undefined,
  context: StepContext,
): Next {
  const place = placeOf(state, input);
  const hasFiles = (place?.is === 'waiting' && place.send.files) || (input.files ?? []).length > 0;
  const isEmpty = input.text.trim() === '' && !hasFiles;
  if (input.aside || isEmpty) return onWithdraw(state, { ...input, kind: 'withdraw' }, author, context);
  const refusal = refusalOf(author, context);
  if (refusal || !author)
    return place
      ? next(state, { do: 'tell', user: input.user, tell: refusal ?? { is: 'unverified' } })
      : next(state);
  const known = inContext(state, input, (line) => ({ ...line, text: input.text }));
  switch (place?.is) {
    case undefined:
      return next(known);
    case 'waiting':
      return next(rewritten(known, place.send, input, context));
    case 'at-work':
      return next(withNotices(corrected(known, input, author, 'changed', context), input, mostOf(context)));
    case 'finished':
      return offered(known, input, context);
  }
}

/**
 * The message that an edit makes of what was not for the agent, by adding the mention; undefined where it adds none, or
 * the message was the agent's already.
 */
export function askedByEdit(state: ThreadState, input: EditInput): MessageInput | undefined {
  const { aside, addressed, kind: _, files = [], ...said } = input;
  const isKnown = promptOf(state, input) !== undefined || state.sends.some((send) => isBy(send, input));
  if (!addressed || aside || isKnown) return undefined;
  const inThread = input.ts !== state.thread.ts;
  return { ...said, kind: 'message', files, addressed, inThread };
}

/** What was taken as a request is not carried as context, too. */
export function withoutLine({ state, effects }: Next, message: MessageInput): Next {
  const isTaken = state.sends.some((send) => isBy(send, message));
  return { state: isTaken ? inContext(state, message, () => undefined) : state, effects };
}

function mostOf({ settings }: StepContext): number {
  return settings.maxMessageChars;
}

function rewritten(state: ThreadState, waiting: Send, input: EditInput, context: StepContext): ThreadState {
  const words = takenWords(input.text, mostOf(context));
  const { urgent } = input;
  const changed = changeSends(
    state,
    (send) => send.mark.ts === waiting.mark.ts && send.mark.n === waiting.mark.n,
    (send) => ({ ...send, words, urgent }),
  );
  return withNotices(changed, input, mostOf(context));
}

/** A message of its own, with the same `ts` and a higher number. It waits like any other where it cannot go now. */
function corrected(
  state: ThreadState,
  input: Amended & Partial<Pick<EditInput, 'text' | 'urgent'>>,
  author: Person,
  change: Change,
  context: StepContext,
): ThreadState {
  const { ts, user, text = '', urgent = false } = input;
  const { channel } = state.thread;
  const send: Send = {
    mark: { ts, channel, user, name: author.name, role: author.role, n: nextNo(state, ts) },
    words: takenWords(text, mostOf(context)),
    urgent,
    change,
    late: false,
    context: [],
    status: 'waiting',
    at: 0,
  };
  return insertSend(state, send);
}

/** The agent is done with it: only the author is asked, once a message, and the newest words count. */
function offered(state: ThreadState, input: EditInput, context: StepContext): Next {
  const { ts, user, text, urgent, files } = input;
  const isAsked = state.redo?.ts === ts && state.redo.user === user;
  const token = isAsked && state.redo ? state.redo.token : `${context.token}r`;
  const known: ThreadState = {
    ...state,
    redo: { token, ts, user, text: takenWords(text, mostOf(context)), urgent, ...(files ? { files } : {}) },
  };
  return isAsked ? next(known) : next(known, { do: 'tell', user, tell: { is: 'edited', token } });
}

/** The author wants the agent to have it. */
export function onRedo(
  state: ThreadState,
  { user, token, userTeam }: RedoInput,
  author: Person | undefined,
  context: StepContext,
): Next {
  const { redo } = state;
  if (!redo || redo.token !== token || redo.user !== user)
    return next(state, { do: 'tell', user, tell: { is: 'redo-over' } });
  const { ts, text, urgent, files = [] } = redo;
  const message: MessageInput = {
    kind: 'message',
    ts,
    user,
    ...(userTeam === undefined ? {} : { userTeam }),
    text,
    files,
    addressed: true,
    urgent,
    surface: state.surface,
    inThread: true,
  };
  const refusal = refusalOf(author, context);
  if (refusal) return next(state, { do: 'tell', user, tell: refusal });
  return onMessage(withoutRedo(state), message, author, context, 'changed');
}

function withoutRedo(state: ThreadState): ThreadState {
  const { redo: _, ...rest } = state;
  return rest;
}

/** Lines of this message that are carried as context, here or with a message that waits. */
function inContext(
  state: ThreadState,
  { ts, user }: Amended,
  change: (line: ContextLine) => ContextLine | undefined,
): ThreadState {
  const isIts = (line: ContextLine): boolean => line.ts === ts && line.user === user;
  const changed = (lines: readonly ContextLine[]): readonly ContextLine[] =>
    lines.some(isIts) ? lines.flatMap((line) => (isIts(line) ? (change(line) ?? []) : [line])) : lines;
  const waiting = changeSends(
    state,
    (send) => send.status === 'waiting' && send.context.some(isIts),
    (send) => ({ ...send, context: changed(send.context) }),
  );
  return { ...waiting, context: changed(waiting.context) };
}

// ------------------------------------------------------------------------------------------- deleted

/** A message was deleted: somebody's, or the bot's own. */
export function onWithdraw(
  state: ThreadState,
  input: WithdrawInput,
  author: Person | undefined,
  context: StepContext,
): Next {
  if (input.own) return next(postedAnew(state, input.ts, context.now));
  const { ts, user } = input;
  const prompt = promptOf(state, input);
  const isAtWork =
    state.sends.some((send) => isBy(send, input) && send.status !== 'waiting') ||
    (prompt !== undefined && prompt.turn === openTurnOf(state)?.no);
  const isTold =
    prompt?.withdrawn === true ||
    state.sends.some((send) => isBy(send, input) && send.change === 'withdrawn');
  const isOffered = state.redo?.ts === ts && state.redo.user === user;
  const forgotten = inContext(isOffered ? withoutRedo(state) : state, input, () => undefined);
  if (isTold) return next(forgotten);
  const dropped = withoutSends(forgotten, (send) => isBy(send, input) && send.status === 'waiting');
  if (!isAtWork) return next(endIfNothingLeft(dropped, input, context));
  const refusal = refusalOf(author, context);
  if (refusal || !author) return next(dropped, { do: 'tell', user, tell: refusal ?? { is: 'unverified' } });
  return next(corrected(dropped, input, author, 'withdrawn', context));
}

/** What they were to carry goes with the next message. */
function withoutSends(state: ThreadState, pick: (send: Send) => boolean): ThreadState {
  const gone = state.sends.filter(pick);
  if (gone.length === 0) return state;
  const preface = gone.find((send) => send.preface !== undefined)?.preface;
  const brief = gone.find((send) => send.brief !== undefined)?.brief;
  return {
    ...state,
    sends: state.sends.filter((send) => !pick(send)),
    context: [...gone.flatMap((send) => send.context), ...state.context],
    ...(preface === undefined ? {} : { preface }),
    ...(brief === undefined ? {} : { brief }),
  };
}

/**
 * The turn was begun for a message that is gone, and nothing was sent: it is the next one's, whose author then also is
 * the one who asked, or it is over.
 */
function endIfNothingLeft(state: ThreadState, { ts, user }: Amended, context: StepContext): ThreadState {
  const turn = openTurnOf(state);
  if (!turn || isBegun(state, turn.no)) return state;
  const [first] = state.sends;
  const [segment] = turn.segments;
  if (first && segment?.after === ts) {
    const segments = [{ ...segment, after: first.mark.ts }, ...turn.segments.slice(1)];
    return withLastTurn(state, { ...turn, user: first.mark.user, segments });
  }
  if (first) return state;
  const ended = endOpenTurn(state, { is: 'withdrawn', by: user });
  const { phase } = ended;
  if (phase.is === 'starting') return { ...ended, phase: { ...phase, cancelled: true } };
  if (phase.is !== 'working') return ended;
  const { watch: _watch, retry: _retry, ...calm } = ended;
  return { ...calm, phase: { is: 'resting', session: phase.session, since: context.now } };
}

/** The session has, or may have, something of this turn. */
function isBegun({ phase, sends, prompts = [] }: ThreadState, no: number): boolean {
  if (phase.is === 'asking' || (phase.is === 'working' && (phase.run || phase.stop !== undefined)))
    return true;
  return sends.some(({ status }) => status !== 'waiting') || prompts.some(({ turn }) => turn === no);
}

/**
 * What was to correct a message of which it turns out that it never arrived: the message itself is changed, or dropped,
 * before it is sent.
 */
export function settleChanges(state: ThreadState, context: StepContext): ThreadState {
  return state.sends.reduce((known, correction) => {
    const { change, mark, status } = correction;
    if (change === undefined || status !== 'waiting') return known;
    const isIts = (send: Send): boolean => send.mark.ts === mark.ts && send.mark.n < mark.n;
    const earlier = known.sends.filter(isIts);
    const isSent = earlier.some((send) => send.status !== 'waiting') || promptOf(known, mark) !== undefined;
    if (isSent || earlier.length === 0) return known;
    const { words, urgent } = correction;
    const rest = withoutSends(known, (send) => send === correction);
    if (change === 'changed') return changeSends(rest, isIts, (send) => ({ ...send, words, urgent }));
    return endIfNothingLeft(withoutSends(rest, isIts), mark, context);
  }, state);
}

// ------------------------------------------------------------------------------------------- our own

/** A question that still waits is posted once more; all else shows itself when it is written next (O4). */
function postedAnew(state: ThreadState, ts: string, now: number): ThreadState {
  const found = Object.entries(state.posted).find(([, posted]) => posted.ts === ts);
  if (!found) return state;
  const [slot, { ts: _ts, hash: _hash, ...known }] = found;
  const isOpen = state.asks.some(
    (ask) => ask.step.is === 'open' && askSlot(ask.turn, ask.toolUseId) === slot,
  );
  if (!isOpen) return state;
  if (known.gen === 0) {
    const again = { ...known, intent: now, gen: known.gen + 1 };
    return { ...state, posted: { ...state.posted, [slot]: again } };
  }
  const gone = { ...state, posted: { ...state.posted, [slot]: { ...known, lost: true as const } } };
  return tellLostCard(gone, slot);
}
