/** A thread as its new holder finds it, before the first step: what an earlier one may have left in Slack is in doubt. */
import type { ThreadRef } from '../core/event.ts';
import { decodeState } from '../core/record.ts';
import { doubtPosts, WAITING, withSigns } from '../core/shown.ts';
import { newThread, type ThreadState } from '../core/state.ts';
import type { Held } from '../ports.ts';
import { reactionsOf } from '../render/picture.ts';

export interface Found extends Held {
  /** `ts` of messages on which it may be shown that they wait. */
  readonly signs?: readonly string[];
}

/**
 * What the last holder meant to post is to be looked up, not posted again. Where it was to show that a message waits,
 * it may have done so: that is saved, so that whoever comes after this holder takes the sign away as well.
 */
export function opening(thread: ThreadRef, { state, behind, signs = [] }: Found): ThreadState {
  const known = decodeState(state);
  const begun = known ? doubtPosts(known, behind) : newThread(thread, 'channel');
  return withSigns(begun, [...signsOf(begun), ...signs]);
}

/** `ts` of the messages that wait. */
function signsOf(state: ThreadState): readonly string[] {
  return Object.entries(reactionsOf(state)).flatMap(([ts, name]) => (name === WAITING ? [ts] : []));
}

/** Whether there was a holder before. */
export function isTakenOver({ state }: Found): boolean {
  return decodeState(state) !== undefined;
}
