/** What can be done about a session at once: its buttons, in lists and in App Home. */
import { threadKey } from '../core/event.ts';
import { ownerOf } from '../core/owner.ts';
import { isResumed } from '../core/resume.ts';
import type { ThreadState } from '../core/state.ts';
import type { Block } from '../ports.ts';
import { oneLine } from './text.ts';

const LABELS = {
  stop: 'Stop',
  close: 'Close',
  resume: 'Resume',
  handover: 'Hand over…',
  fork: 'Fork',
  mute: 'Mute',
  unmute: 'Unmute',
} as const;

export type SessionAct = keyof typeof LABELS;

export function isSessionAct(name: string): name is SessionAct {
  return Object.hasOwn(LABELS, name);
}

/** A button whose `action_id` is `heddle.` and the act, and whose value is the thread's key and what goes with it. */
export function threadButton({ thread, title }: ThreadState, what: SessionAct, with2 = ''): Block {
  const label = LABELS[what];
  return {
    type: 'button',
    action_id: `heddle.${what}`,
    text: { type: 'plain_text', text: label },
    value: with2 === '' ? threadKey(thread) : `${threadKey(thread)}|${with2}`,
    accessibility_label: `${label}: ${oneLine(title ?? 'Untitled', 50)}`,
  };
}

type Standing = 'running' | 'resting' | 'over';

export function standingOf(state: ThreadState): Standing {
  const { phase, turns } = state;
  const isAtWork = ['starting', 'working', 'asking'].includes(phase.is) || turns.some((turn) => !turn.end);
  if (isAtWork) return 'running';
  const isOpen = phase.is === 'resting' || phase.is === 'closing' || isResumed(state);
  return isOpen ? 'resting' : 'over';
}

/** What is done most: ending what runs or rests, going on with what is over. */
function firstAct(state: ThreadState): SessionAct | undefined {
  const standing = standingOf(state);
  if (standing === 'running') return 'stop';
  if (state.phase.is === 'closing') return undefined;
  if (standing === 'resting') return 'close';
  return state.gen > 0 ? 'resume' : undefined;
}

/** What else this person can do about it. */
function moreActs(state: ThreadState, user: string): readonly SessionAct[] {
  const isTheirs = ownerOf(state) === user && state.surface !== 'im' && standingOf(state) !== 'over';
  const canFork = state.gen > 0 || state.phase.is !== 'none';
  return [...(isTheirs ? ['handover' as const] : []), ...(canFork ? ['fork' as const] : [])];
}

/** A session with what this person can do about it: one or two blocks. */
export function sessionBlocks(
  state: ThreadState,
  user: string,
  { text, block_id }: { readonly text: string; readonly block_id: string },
): readonly Block[] {
  const act = firstAct(state);
  const section = { type: 'section', block_id, text: { type: 'mrkdwn', text, verbatim: true } };
  const more = moreActs(state, user).map((what) => threadButton(state, what));
  return [
    act === undefined ? section : { ...section, accessory: threadButton(state, act) },
    ...(more.length > 0 ? [{ type: 'actions', block_id: `${block_id}.more`, elements: more }] : []),
  ];
}
