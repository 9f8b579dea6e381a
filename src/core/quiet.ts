/**
 * What people say in the thread that is not for the agent: it goes along as context with the next request, unless it
 * began with `aside:`, which never comes this far. Pure.
 */
import { withFileNames } from './attached.ts';
import type { StepContext } from './context.ts';
import type { CommandInput, MessageInput, Person } from './event.ts';
import { attachedOf } from './files.ts';
import type { ContextLine } from './mark.ts';
import { mayStop, mayTalk } from './policy.ts';
import type { Settings } from './settings.ts';
import { next, type Next, type Tell, type ThreadState } from './state.ts';
import { addNote, isPeoplesOwn, takenWords } from './talk.ts';

/** Characters of one line of context, and lines that are kept. */
const LINE_CHARS = 4_000;
const LINES_KEPT = 50;

/** Whether people say it to each other: a mention of the bot always counts. */
export function isForOthers(
  state: Pick<ThreadState, 'muted'>,
  input: Pick<MessageInput, 'addressed' | 'forOthers'>,
  { replyMode }: Pick<Settings, 'replyMode'>,
): boolean {
  if (input.addressed) return false;
  return input.forOthers === true || state.muted !== undefined || replyMode === 'mention_only';
}

/**
 * Kept as context, and nothing else happens. What somebody says who may not write to the agent is not kept either:
 * it would reach the agent all the same. Undefined where the message is for the agent.
 */
export function overheard(
  state: ThreadState,
  input: MessageInput,
  author: Person | undefined,
  { settings }: StepContext,
): Next | undefined {
  if (!isForOthers(state, input, settings)) return undefined;
  const isOurs = !isPeoplesOwn(state, input);
  if (!isOurs || !author || mayTalk(author, settings) !== 'yes') return next(state);
  const { ts, user } = input;
  const words = withFileNames(takenWords(input.text, LINE_CHARS), attachedOf(input.files, ts));
  if (words.trim() === '') return next(state);
  const line: ContextLine = { ts, user, name: author.name, text: words };
  return next({ ...state, context: [...state.context, line].slice(-LINES_KEPT) });
}

/** `mute` and `unmute`: said in the thread, since it is everybody's. */
export function onMute(
  state: ThreadState,
  { user, name }: CommandInput,
  author: Person | undefined,
  { settings }: StepContext,
): Next {
  const on = name === 'mute';
  const tell = (what: Tell): Next => next(state, { do: 'tell', user, tell: what });
  const may = mayStop(author, settings);
  if (may === 'no') return tell({ is: 'refused', role: author?.role ?? 'unknown' });
  if (may === 'unverified') return tell({ is: 'unverified' });
  if (state.phase.is === 'none' && state.gen === 0) return tell({ is: 'nothing-open' });
  if (state.surface === 'im') return tell({ is: 'direct-mute' });
  if (on === (state.muted !== undefined)) return tell({ is: 'muted-already', on });
  const { muted: _, ...rest } = state;
  return next(addNote(on ? { ...rest, muted: user } : rest, { is: 'muted', by: user, on }));
}
