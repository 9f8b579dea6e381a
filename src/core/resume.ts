/**
 * `resume`: a closed session is open again. Nothing runs by that: the thread is told at once what the next message will
 * go on with, and a session is made when there is one. Pure.
 */
import type { StepContext } from './context.ts';
import type { CommandInput, Person } from './event.ts';
import { mayTalk } from './policy.ts';
import {
  next,
  type Effect,
  type Next,
  type Phase,
  type Previous,
  type ProcessInput,
  type Tell,
  type ThreadState,
} from './state.ts';
import { offHere } from './shared-channel.ts';
import { addNote, openTurnOf, refusal } from './talk.ts';
import type { Intro } from './turn.ts';

/** That somebody opened a closed session again, and what was said to carry over. */
export interface Resumed {
  readonly by: string;
  /** Slack `ts` before which the thread counts as the earlier conversation. */
  readonly before: string;
  /** Absent while the earlier conversation is read. */
  readonly carries?: Omit<Intro, 'why'>;
}

export function previousOf(phase: Phase): Previous | undefined {
  if (phase.is === 'closed') return phase.previous;
  return phase.is === 'failed' || phase.is === 'starting' ? phase.previous : undefined;
}

/** Reads what was said before: in the earlier session where it is still there, else in the thread. */
export function recallOf(
  previous: Previous | undefined,
  until: Omit<Extract<Effect, { do: 'recall' }>, 'do' | 'session'>,
): Effect {
  const { why, session, from, until: then } = previous ?? {};
  return {
    do: 'recall',
    ...(session === undefined || why === 'deleted' ? {} : { session }),
    ...(from === undefined ? {} : { thread: from }),
    ...(then === undefined ? {} : { until: then }),
    ...until,
  };
}

export function onResume(
  state: ThreadState,
  input: Pick<CommandInput, 'user' | 'ts'>,
  author: Person | undefined,
  context: StepContext,
): Next {
  const { user } = input;
  const tell = (what: Tell): Next => next(state, { do: 'tell', user, tell: what });
  const may = mayTalk(author, context.settings);
  if (may === 'unverified' || !author) return tell({ is: 'unverified' });
  if (may === 'no') return tell(refusal(author));
  const off = offHere(state.readByOthers ? { shared: true } : {}, context.settings);
  if (off) return tell(off);
  const { phase } = state;
  if (phase.is === 'none' && state.gen === 0) return tell({ is: 'nothing-open' });
  if (phase.is === 'closing') return tell({ is: 'closing' });
  if ((phase.is !== 'closed' && phase.is !== 'failed') || openTurnOf(state) || state.resumed)
    return tell({ is: 'open-already' });
  const before = input.ts ?? justNow(context.now);
  const people = { ...state.people, [user]: author.name };
  return next({ ...state, people, resumed: { by: user, before } }, recallOf(previousOf(phase), { before }), {
    do: 'note-session',
    user,
  });
}

/** A `ts` that everything said by now is older than. */
function justNow(now: number): string {
  return `${Math.floor(now / 1000) + 1}.000000`;
}

/** The earlier conversation is to be read, and nobody knows yet how much of it there is. */
export function isReading({ resumed, phase }: ThreadState): boolean {
  return resumed !== undefined && resumed.carries === undefined && phase.is !== 'starting';
}

/** What was read is not kept: the session that takes the next message reads it again, with what came meanwhile. */
export function onCarried(
  state: ThreadState,
  { messages, leftOut, missing }: Extract<ProcessInput, { kind: 'recalled' }>,
): Next {
  const { resumed } = state;
  if (!resumed) return next(state);
  const carries = { messages, leftOut, missing };
  const forked = previousOf(state.phase)?.why === 'forked' ? { forked: true as const } : {};
  const told = { ...state, resumed: { ...resumed, carries } };
  return next(addNote(told, { is: 'resumed', by: resumed.by, ...forked, ...carries }));
}

/** A new holder reads again what the last one was reading. */
export function readAgain(state: ThreadState): readonly Effect[] {
  const { resumed } = state;
  return resumed && isReading(state) ? [recallOf(previousOf(state.phase), { before: resumed.before })] : [];
}

export function withoutResumed(state: ThreadState): ThreadState {
  const { resumed: _, ...rest } = state;
  return rest;
}

/** Open again, and nobody has written since. */
export function isResumed({ resumed, phase }: Pick<ThreadState, 'resumed' | 'phase'>): boolean {
  return resumed !== undefined && (phase.is === 'closed' || phase.is === 'failed');
}
