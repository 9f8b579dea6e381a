/** A thread as its new holder finds it, before the first step: what an earlier one may have left in Slack is in doubt. */
import type { ThreadRef } from '../core/event.ts';
import { decodeState } from '../core/record.ts';
import { doubtPosts, withSigns } from '../core/shown.ts';
import { newThread, type ThreadState } from '../core/state.ts';
import type { Held } from '../ports.ts';

export interface Found extends Held {
  /** `ts` of messages on which it may be shown that they wait. */
  readonly signs?: readonly string[];
}

/** What the last holder meant to post is to be looked up, not posted again. */
export function opening(thread: ThreadRef, { state, behind, signs = [] }: Found): ThreadState {
  const known = decodeState(state);
  return withSigns(known ? doubtPosts(known, behind) : newThread(thread, 'channel'), signs);
}

/** Whether there was a holder before. */
export function isTakenOver({ state }: Found): boolean {
  return decodeState(state) !== undefined;
}
