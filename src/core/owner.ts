/**
 * Whose a thread is. Whoever asks for a turn is its requester, until the thread was handed over: from then on each turn
 * is its owner's, with their approvals, caps and costs, and who asked for it is remembered beside them. Pure.
 */
import type { StepContext } from './context.ts';
import type { CommandInput, Person } from './event.ts';
import { mayStop, mayTalk, type Verdict } from './policy.ts';
import type { Settings } from './settings.ts';
import { next, type Next, type Tell, type ThreadState } from './state.ts';
import { addNote } from './note.ts';
import type { Turn } from './turn.ts';

/** Who has the thread: whom it was handed to, else who began it; undefined before anybody has. */
export function ownerOf({ owner, people }: Pick<ThreadState, 'owner' | 'people'>): string | undefined {
  return owner ?? Object.keys(people)[0];
}

/** For whom a turn counts that this person asks for. */
export function requesterFor({ owner }: Pick<ThreadState, 'owner'>, user: string): string {
  return owner ?? user;
}

/** A turn of the thread's owner, with who asked for it. */
export function asOwners({ owner }: Pick<ThreadState, 'owner'>, turn: Turn): Turn {
  return owner === undefined || owner === turn.user ? turn : { ...turn, user: owner, asked: [turn.user] };
}

/** The running turn changes hands: who asked for it and who gives it away stay among those who asked. */
function handed(turn: Turn, by: string, to: string): Turn {
  return turn.end ? turn : { ...turn, user: to, asked: [...new Set([...(turn.asked ?? []), turn.user, by])] };
}

/** Who may give a thread away: members who have it, and admins. */
function mayHandOver(author: Person | undefined, settings: Settings): Verdict {
  return author?.role === 'bot' ? 'no' : mayStop(author, settings);
}

/** Why it is not handed over; undefined where it is. */
function whyNot(
  state: ThreadState,
  { to }: Pick<CommandInput, 'to'>,
  author: Person | undefined,
  other: Person | undefined,
  { settings }: StepContext,
): Tell | undefined {
  const may = mayHandOver(author, settings);
  if (may === 'unverified' || !author) return { is: 'unverified' };
  if (may === 'no') return { is: 'refused', role: author.role };
  if (state.phase.is === 'none' && state.gen === 0) return { is: 'nothing-open' };
  if (state.surface === 'im') return { is: 'direct-handover' };
  const owner = ownerOf(state);
  if (author.user !== owner && author.role !== 'admin') return { is: 'not-owner', owner: owner ?? '' };
  if (to === undefined) return { is: 'handover-whom' };
  if (to === owner) return { is: 'owner-already', owner: to };
  const mayOther = other?.user === to ? mayTalk(other, settings) : 'unverified';
  if (mayOther === 'unverified') return { is: 'unverified-other', user: to };
  if (mayOther === 'no') return { is: 'not-for-them', user: to, role: other?.role ?? 'unknown' };
  if (other?.there === undefined) return { is: 'unverified-other', user: to };
  return other.there ? undefined : { is: 'not-there', user: to };
}

/** @param other who it is to be handed to, from the platform's facts */
export function onHandover(
  state: ThreadState,
  input: Pick<CommandInput, 'user' | 'to'>,
  author: Person | undefined,
  other: Person | undefined,
  context: StepContext,
): Next {
  const { user, to } = input;
  const tell = whyNot(state, input, author, other, context);
  if (tell || to === undefined)
    return next(state, { do: 'tell', user, tell: tell ?? { is: 'handover-whom' } });
  const turns = state.turns.map((turn) => handed(turn, user, to));
  // Who may answer a card was fixed when it was made; what needed no card any more is the new owner's to say.
  const cards = state.asks.filter(({ step, question }) => step.is === 'open' && !question).length;
  const { allowed = {}, ...rest } = state;
  const leaves = Object.keys(allowed).length;
  const told = addNote({ ...rest, owner: to, turns }, { is: 'handed', by: user, to, cards, leaves });
  return next(told, { do: 'note-session', user: to });
}
