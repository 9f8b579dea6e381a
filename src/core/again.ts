/**
 * What a failover of the store brings back: the record may know more than the inbox, which holds again what was taken
 * out of it in the last moments before; or less than was done, because its newest version is gone (I7). Pure.
 */
import { GIVE_UP_MS, retryDelay, type StepContext } from './context.ts';
import type { MessageInput } from './event.ts';
import { BEHIND_MS } from './shown.ts';
import type { ThreadState } from './state.ts';

/** Whether this message was handled before: it waits, it is with the session, or it is kept as context. */
export function isThereAgain(
  { sends, prompts = [], context }: ThreadState,
  { ts, user, via }: Pick<MessageInput, 'ts' | 'user' | 'via'>,
): boolean {
  // Who reacts to a message wants it taken up, whatever became of it.
  if (via !== undefined) return false;
  const isIt = (one: { readonly ts: string; readonly user: string }): boolean =>
    one.ts === ts && one.user === user;
  const isSent = sends.some((send) => isIt(send.mark) || send.context.some(isIt));
  return isSent || prompts.some(isIt) || context.some(isIt);
}

/** A new holder of a record that may be older than what was sent: what the session has is read first. */
export function unlessRead(state: ThreadState, now: number): ThreadState {
  const { behind, phase } = state;
  const isBehind = behind !== undefined && now < behind + BEHIND_MS;
  return isBehind && 'session' in phase ? { ...state, missed: true } : state;
}

/** Why words wait while the session's history is not read yet. */
const UNREAD = 'history_unread';

/** Words wait until it is read: looked at now and then, so that they do not wait for ever. */
export function unread(state: ThreadState, context: StepContext): ThreadState | 'give-up' {
  const { retry } = state;
  if (retry && retry.due > context.now) return state;
  const since = retry?.since ?? context.now;
  if (context.now - since > GIVE_UP_MS) return 'give-up';
  const tries = (retry?.tries ?? 0) + 1;
  const due = context.now + retryDelay(tries, undefined);
  return { ...state, retry: { tries, due, since, code: UNREAD } };
}

/** The history was read: what it did not bring may be sent. */
export function withoutMissed(state: ThreadState): ThreadState {
  const { missed: _, retry, ...rest } = state;
  return retry === undefined || retry.code === UNREAD ? rest : { ...rest, retry };
}
