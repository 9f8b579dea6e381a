/**
 * A fork: a new thread in the same channel that goes on from this one's conversation so far, which stays as it is. Pure.
 */
import { isBeginning, isUnderWay } from './beginning.ts';
import type { StepContext } from './context.ts';
import type { CommandInput, ForkInput, MessageInput, Person } from './event.ts';
import { addNote } from './note.ts';
import { mayTalk } from './policy.ts';
import { previousOf, recallOf } from './resume.ts';
import { next, type Next, type Phase, type Tell, type ThreadState } from './state.ts';
import { offHere } from './shared-channel.ts';
import { onMessage, refusal } from './talk.ts';

/** The session in which the conversation so far is found; undefined where only the thread itself has it. */
function sessionOf(phase: Phase): string | undefined {
  if ('session' in phase) return phase.session.id;
  const previous = previousOf(phase);
  return previous?.why === 'deleted' ? undefined : previous?.session;
}

function refusalOf(
  author: Person | undefined,
  place: Pick<ForkInput, 'shared'>,
  { settings }: StepContext,
): Tell | undefined {
  const may = mayTalk(author, settings);
  if (may === 'unverified') return { is: 'unverified' };
  if (may === 'no') return refusal(author);
  return offHere(place, settings);
}

/** In the thread that is forked: the new thread's first message is to be posted. */
export function onFork(
  state: ThreadState,
  { user, userTeam, words = '' }: Pick<CommandInput, 'user' | 'userTeam' | 'words'>,
  author: Person | undefined,
  context: StepContext,
): Next {
  const tell = (what: Tell): Next => next(state, { do: 'tell', user, tell: what });
  const shared = state.readByOthers ? { shared: true as const } : {};
  const refused = refusalOf(author, shared, context);
  if (refused) return tell(refused);
  if (state.phase.is === 'none' && state.gen === 0) return tell({ is: 'nothing-open' });
  const isForking = state.notes.some(
    (note) => isBeginning(note) && isUnderWay(note) && note.text.fork && note.text.by === user,
  );
  if (isForking) return tell({ is: 'forking-already' });
  const session = sessionOf(state.phase);
  const fork = {
    until: context.now,
    ...shared,
    ...(session === undefined ? {} : { session }),
    ...(state.title === undefined ? {} : { title: state.title }),
  };
  const team = userTeam === undefined ? {} : { userTeam };
  const id = context.token.replace(/\W/g, '').slice(0, 16);
  return next(addNote(state, { is: 'beginning', id, by: user, ...team, words, top: true, fork }));
}

/** In the new thread: it is as if its session had been closed that was forked. */
export function onForked(
  state: ThreadState,
  input: ForkInput,
  author: Person | undefined,
  context: StepContext,
): Next {
  const { user, ts, text, surface, from, session, until, title } = input;
  if (isKnown(state, ts)) return next(state);
  if (state.phase.is !== 'none' || state.gen > 0) return onLate(state, input, author, context);
  const refused = refusalOf(author, input, context);
  if (refused || !author) return next(state, { do: 'tell', user, tell: refused ?? { is: 'unverified' } });
  const previous = { why: 'forked', from, until, ...(session === undefined ? {} : { session }) } as const;
  const begun: ThreadState = {
    ...state,
    surface,
    people: { [user]: author.name },
    phase: { is: 'closed', previous },
    ...(title === undefined || text !== '' ? {} : { title }),
  };
  if (text === '')
    return next({ ...begun, resumed: { by: user, before: ts } }, recallOf(previous, { before: ts }), {
      do: 'note-session',
      user,
    });
  return onMessage(begun, messageOf(input), author, context);
}

/** Somebody mentioned the bot below the first message before its thread had it: what was asked for is not lost. */
function onLate(
  state: ThreadState,
  input: ForkInput,
  author: Person | undefined,
  context: StepContext,
): Next {
  return input.text === '' ? next(state) : onMessage(state, messageOf(input), author, context);
}

function isKnown({ sends, prompts = [], resumed }: ThreadState, ts: string): boolean {
  const isIt = (known: { readonly ts: string }): boolean => known.ts === ts;
  return sends.some(({ mark }) => isIt(mark)) || prompts.some(isIt) || resumed?.before === ts;
}

function messageOf({ ts, user, userTeam, text, surface, shared }: ForkInput): MessageInput {
  const team = { ...(userTeam === undefined ? {} : { userTeam }), ...(shared ? { shared } : {}) };
  const plain = { files: [], addressed: true, urgent: false, inThread: false, via: 'shortcut' } as const;
  return { kind: 'message', ts, user, ...team, text, surface, ...plain };
}
