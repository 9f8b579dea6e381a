/**
 * People's words on their way to the session: accepted, held, sent, taken.
 *
 * Nothing here waits. One send is under way at a time, so that the order is kept; what comes meanwhile waits in
 * the state and goes in the next request.
 */
import type { Mark, OutgoingEvent } from './agent-event.ts';
import type { MessageInput, Person } from './event.ts';
import { attachedOf, blocksOf, fileWords, isWithSession } from './files.ts';
import { shelvedWords, tellRefused, withShown } from './attached.ts';
import { changeWords, nextNo, withPrompt, type Change } from './changed.ts';
import { heldBy, isOverToday } from './hold.ts';
import { formatContext, formatMark, formatWords, sameSend } from './mark.ts';
import { withTeam } from './output.ts';
import { mayTalk } from './policy.ts';
import { SESSION_AGE_MS, START_PATIENCE_MS, type StepContext } from './context.ts';
import { addNote } from './note.ts';
import { requesterFor } from './owner.ts';
import { offHere, withBanner } from './shared-channel.ts';
import { next, type Next, type Send, type ThreadState } from './state.ts';
import { beginTurn, openTurnOf, withLastTurn } from './open-turn.ts';
import { splitAfter } from './turn.ts';

export { addNote, beginTurn, openTurnOf, withLastTurn };

/** Marks that stand for the same message of Slack. */
export function changeSends(
  state: ThreadState,
  pick: (send: Send) => boolean,
  change: (send: Send) => Send | undefined,
): ThreadState {
  const sends = state.sends.flatMap((send) => {
    if (!pick(send)) return [send];
    const changed = change(send);
    return changed ? [changed] : [];
  });
  return { ...state, sends };
}

/** Not in the session: to be sent, as the same send or as a deliberate new one. */
export function unsent(send: Send, n = send.mark.n): Send {
  const { eventId: _eventId, queued: _queued, ...kept } = send;
  const again = n === send.mark.n ? {} : { again: true as const };
  return { ...kept, mark: { ...send.mark, n }, ...again, status: 'waiting', at: 0 };
}

/** These were not taken: each is sent once more, under a number of its own. */
export function resend(state: ThreadState, pick: (send: Send) => boolean): ThreadState {
  return state.sends.filter(pick).reduce(
    (known, send) =>
      changeSends(
        known,
        (each) => each === send,
        () => unsent(send, nextNo(known, send.mark.ts)),
      ),
    state,
  );
}

export function isOneOf(marks: readonly Pick<Mark, 'ts' | 'n'>[]): (send: Send) => boolean {
  return (send) => marks.some((mark) => sameSend(mark, send.mark));
}

/** Slack `ts` values compare as text once padded; they are never parsed to a float. */
export function earlier(a: string, b: string): boolean {
  const [[x = '', xs = ''], [y = '', ys = '']] = [a.split('.'), b.split('.')];
  return x.length !== y.length ? x.length < y.length : x !== y ? x < y : xs < ys;
}

function newSend(
  state: ThreadState,
  input: MessageInput,
  author: Person,
  limit: number,
  change: Change | undefined,
): Send {
  const { ts, user } = input;
  const { channel } = state.thread;
  const words = takenWords(input.text, limit);
  const files = attachedOf(input.files, ts);
  return {
    mark: { ts, channel, user, name: author.name, role: author.role, n: change ? nextNo(state, ts) : 1 },
    words,
    ...(files ? { files } : {}),
    urgent: input.urgent,
    ...(change ? { change } : {}),
    late: change === undefined && comesLate(state, ts),
    ...(input.edited === undefined ? {} : { edited: input.edited }),
    context: input.quoted ? [input.quoted] : [],
    status: 'waiting',
    at: 0,
  };
}

/** A younger message was sent, or is on its way. */
function comesLate({ lastSent, sends }: ThreadState, ts: string): boolean {
  const underWay = sends.some((send) => send.status !== 'waiting' && earlier(ts, send.mark.ts));
  return underWay || (lastSent !== undefined && earlier(ts, lastSent));
}

/** As much of somebody's words as is taken. */
export function takenWords(text: string, limit: number): string {
  return text.length > limit ? cut(text, limit) : text;
}

/** Never cuts a surrogate pair in two. */
function cut(text: string, limit: number): string {
  const end = /[\uD800-\uDBFF]/.test(text.charAt(limit - 1)) ? limit - 1 : limit;
  return `${text.slice(0, end)}\n[The rest of this message was too long and was left out.]`;
}

/** What waits is kept in the order of Slack's `ts`; what was sent stays in front of it. */
export function insertSend(state: ThreadState, send: Send): ThreadState {
  const place = state.sends.findIndex(
    (other) => other.status === 'waiting' && earlier(send.mark.ts, other.mark.ts),
  );
  const at = place === -1 ? state.sends.length : place;
  return { ...state, sends: [...state.sends.slice(0, at), send, ...state.sends.slice(at)] };
}

/** Somebody writes to the agent, or wants it to have what they changed in a message. */
export function onMessage(
  state: ThreadState,
  input: MessageInput,
  author: Person | undefined,
  context: StepContext,
  change?: Change,
): Next {
  if (isPeoplesOwn(state, input)) return next(state);
  if (input.via === 'reaction' && !context.settings.startByReaction) return next(state);
  const may = mayTalk(author, context.settings);
  if (may !== 'yes' || !author) {
    const tell = may === 'unverified' ? ({ is: 'unverified' } as const) : refusal(author);
    return next(state, { do: 'tell', user: input.user, tell, ...(input.inThread ? {} : { beside: true }) });
  }
  const off = offHere(input, context.settings);
  if (off) {
    const beside = input.inThread ? {} : { beside: true as const };
    return next(state, { do: 'tell', user: input.user, tell: off, ...beside });
  }
  if (input.text.trim() === '' && input.files.length === 0) return onNoWords(state, input);
  const accepted = withNotices(
    insertSend(
      {
        ...withBanner(withTeam(state, input), input),
        surface: input.surface,
        people: { ...state.people, [author.user]: author.name },
      },
      newSend(state, input, author, context.settings.maxMessageChars, change),
    ),
    input,
    context.settings.maxMessageChars,
  );
  const payer = requesterFor(state, author.user);
  const scope = isQuiet(state) && !heldBy(state) ? context.crowded?.(payer) : undefined;
  const isOver = isOverToday(accepted, payer, context);
  const woken = scope
    ? turnAway(accepted, payer, scope, context)
    : isOver
      ? accepted
      : wake(accepted, input, context);
  return next(woken, { do: 'note-session', user: author.user });
}

/** Nothing is at work in this thread: a message would begin something. */
function isQuiet(state: ThreadState): boolean {
  return ['none', 'failed', 'closed', 'resting'].includes(state.phase.is) && !openTurnOf(state);
}

/** What cannot be begun now is said at once, and its words are kept. */
function turnAway(
  state: ThreadState,
  by: string,
  scope: 'person' | 'workspace',
  { settings }: StepContext,
): ThreadState {
  const kept = shelve(state, (send) => send.status === 'waiting').state;
  return addNote(kept, { is: 'crowded', by, scope, limit: settings.maxRunning[scope] });
}

/**
 * A command in people's own thread makes it ours for as long as its answer takes; what they say to each other in
 * that moment is not for the bot. A thread whose first start was stopped, or that had to wait, stays ours.
 */
export function isPeoplesOwn(state: ThreadState, input: Pick<MessageInput, 'addressed'>): boolean {
  const isOurs = state.gen > 0 || state.sends.length > 0 || state.context.length > 0;
  return state.phase.is === 'none' && !isOurs && !input.addressed;
}

export function refusal(author: Person | undefined): { readonly is: 'refused'; readonly role: string } {
  return { is: 'refused', role: author?.role ?? 'unknown' };
}

/** An empty mention: a short help, and no session. */
function onNoWords(state: ThreadState, input: MessageInput): Next {
  const quiet = state.phase.is === 'none' || state.phase.is === 'closed' || state.phase.is === 'failed';
  if (!quiet) return next(state, { do: 'tell', user: input.user, tell: { is: 'help' } });
  return next(addNote({ ...state, surface: input.surface }, { is: 'help' }));
}

export function withNotices(
  state: ThreadState,
  input: Pick<MessageInput, 'text'>,
  limit: number,
): ThreadState {
  const long = input.text.length > limit;
  return long ? addNote(state, { is: 'cut', chars: input.text.length, limit }) : state;
}

/** A quiet thread turns to its new message at once; a busy one finds it in `sends`. */
export function wake(
  state: ThreadState,
  input: Pick<MessageInput, 'user' | 'ts'>,
  context: StepContext,
): ThreadState {
  const { phase } = state;
  if (heldBy(state)) return state;
  switch (phase.is) {
    case 'none':
    case 'failed':
    case 'closed':
      return beginTurn(state, input.user, input.ts, context.now);
    case 'resting': {
      const turned = beginTurn(state, input.user, input.ts, context.now);
      const old = context.now - phase.session.createdAt > SESSION_AGE_MS;
      return old
        ? { ...turned, phase: { is: 'closing', session: phase.session, why: 'age', step: 'due' } }
        : { ...turned, phase: { is: 'working', session: phase.session, run: false } };
    }
    case 'closing':
      return beginTurn(state, input.user, input.ts, context.now);
    case 'starting':
      return phase.cancelled
        ? { ...beginTurn(state, input.user, input.ts, context.now), phase: { ...phase, cancelled: false } }
        : state;
    default:
      return state;
  }
}

// ------------------------------------------------------------------------------------------- sending

/** The event of one message: its pictures and documents, what was said before, the words, and last the mark. */
export function compose(send: Send): OutgoingEvent {
  const late = send.late
    ? `(This message was written earlier than the one before it, at Slack time ${send.mark.ts}.)`
    : '';
  const texts = [
    send.brief ?? '',
    send.preface ?? '',
    send.context.map(formatContext).join('\n'),
    [late, changeWords(send.change, send.mark.ts), formatWords(send.words)].filter(Boolean).join('\n'),
    formatWords(fileWords(send.files)),
    formatMark(send.mark),
  ];
  const files = blocksOf(send.files);
  return {
    type: 'user.message',
    texts: texts.filter((text) => text !== ''),
    ...(files.length > 0 ? { files } : {}),
  };
}

/** What may be sent now, and whether it interrupts. */
function batch(state: ThreadState, context: StepContext): { sends: readonly Send[]; interrupt: boolean } {
  const none = { sends: [], interrupt: false };
  const { phase } = state;
  if (phase.is !== 'working' || phase.stop || heldBy(state)) return none;
  if (state.sends.some((send) => send.status === 'sending' || send.status === 'doubt')) return none;
  if (state.retry && state.retry.due > context.now) return none;
  const waiting = untilFiles(state, phase.session.id);
  if (waiting.length === 0) return none;
  const busy = phase.run || state.sends.some((send) => send.status === 'sent');
  const urgent = waiting.some((send) => send.urgent) || context.settings.busyMode === 'interrupt';
  const interrupt = urgent && phase.run && phase.redirect === undefined;
  // What corrects the message that is being worked on is of use only now.
  if (busy && context.settings.busyMode === 'queue' && !urgent)
    return { sends: waiting.filter(({ change }) => change !== undefined), interrupt: false };
  return { sends: waiting, interrupt };
}

/** What waits, up to a message whose files are still on their way: it keeps its place, and what is younger waits too. */
function untilFiles({ sends }: ThreadState, session: string): readonly Send[] {
  const waiting = sends.filter((send) => send.status === 'waiting');
  const held = waiting.findIndex(({ files }) => !isWithSession(files, session));
  return held === -1 ? waiting : waiting.slice(0, held);
}

/** Sends what waits, if it is its time: the intent is in the state that is committed before the call. */
export function sendWaiting(state: ThreadState, context: StepContext): Next {
  const { sends, interrupt } = batch(state, context);
  const { phase } = state;
  const first = sends[0];
  if (!first || phase.is !== 'working') return next(state);
  const loaded = withLoad(tellRefused(state, sends), first.mark);
  const marks = sends.map((send) => send.mark);
  const sending = changeSends(loaded, isOneOf(marks), (send) => ({
    ...send,
    status: 'sending',
    at: context.now,
  }));
  const outgoing = sending.sends.filter(isOneOf(marks)).map(compose);
  const by = sends.find((send) => send.urgent)?.mark.user ?? first.mark.user;
  const turned = beginTurn(sending, first.mark.user, first.mark.ts, context.now);
  return next(
    {
      ...turned,
      phase: {
        ...phase,
        session: withShown(phase.session, sends),
        ...(interrupt ? { redirect: by } : {}),
      },
      watch: context.now + START_PATIENCE_MS,
    },
    {
      do: 'send',
      session: phase.session.id,
      events: interrupt ? [{ type: 'user.interrupt' }, ...outgoing] : outgoing,
      marks,
    },
  );
}

/** Hands the recalled conversation and the collected context to the first message that goes out. */
function withLoad(state: ThreadState, mark: Mark): ThreadState {
  const { preface, brief, ...rest } = state;
  const loaded = changeSends(rest, isOneOf([mark]), (send) => ({
    ...send,
    ...(preface === undefined ? {} : { preface }),
    ...(brief === undefined ? {} : { brief }),
    context: [...send.context, ...state.context],
  }));
  return { ...loaded, context: [] };
}

/** The service has the message, queued since now at the latest. */
export function markSent(
  state: ThreadState,
  mark: Pick<Mark, 'ts' | 'n'>,
  eventId: string,
  now: number,
): ThreadState {
  const send = state.sends.find(isOneOf([mark]));
  if (!send) return state;
  const { retry: _, ...rest } = state;
  const at = send.status === 'sent' ? send.at : now;
  const sent = changeSends(rest, isOneOf([mark]), (known) => ({ ...known, status: 'sent', at, eventId }));
  return state.lastSent !== undefined && earlier(mark.ts, state.lastSent)
    ? sent
    : { ...sent, lastSent: mark.ts };
}

/** The session has picked the message up. What follows stands below it, if it came into a running turn. */
export function markTaken(state: ThreadState, mark: Pick<Mark, 'ts' | 'n'>): ThreadState {
  const send = state.sends.find(isOneOf([mark]));
  if (!send) return state;
  const accepted = { ...markSent(state, mark, send.eventId ?? '', send.at), restarts: 0 };
  const turn = openTurnOf(accepted);
  const taken = remembered(
    changeSends(accepted, isOneOf([mark]), () => undefined),
    send,
    turn?.no ?? 0,
  );
  if (!turn || send.change === 'withdrawn') return taken;
  if (turn.segments[0]?.after === mark.ts)
    return send.change ? withLastTurn(taken, { ...turn, taken: [...turn.taken, mark.ts] }) : taken;
  const split = splitAfter(turn, mark.ts);
  return withLastTurn(taken, { ...split, taken: [...split.taken, mark.ts] });
}

function remembered(state: ThreadState, { mark, change }: Send, turn: number): ThreadState {
  const { ts, user, n } = mark;
  const withdrawn = change === 'withdrawn' ? { withdrawn: true as const } : {};
  return { ...state, prompts: withPrompt(state.prompts ?? [], { ts, user, n, turn, ...withdrawn }) };
}

/** What waits becomes context of the next message: after a stop it is not a request any more. */
export function shelve(
  state: ThreadState,
  pick: (send: Send) => boolean,
): { state: ThreadState; count: number } {
  const shelved = state.sends.filter(pick);
  const lines = shelved.flatMap((send) => [
    ...send.context,
    { ts: send.mark.ts, user: send.mark.user, name: send.mark.name, text: shelvedWords(send) },
  ]);
  const preface = shelved.find((send) => send.preface !== undefined)?.preface;
  const brief = shelved.find((send) => send.brief !== undefined)?.brief;
  const kept = {
    ...state,
    sends: state.sends.filter((send) => !pick(send)),
    context: [...state.context, ...lines].slice(-50),
    ...(brief === undefined ? {} : { brief }),
  };
  return { state: preface === undefined ? kept : { ...kept, preface }, count: shelved.length };
}
