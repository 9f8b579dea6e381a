/**
 * Where it does not work: it is switched off, or people of another organisation would read along and no setting lets
 * them. Where they do, the thread says so once. Pure.
 */
import type { MessageInput } from './event.ts';
import { addNote, type Tell } from './note.ts';
import type { Settings } from './settings.ts';
import type { ThreadState } from './state.ts';

/** Why nothing is taken here; undefined where it is. */
export function offHere(
  { shared }: Pick<MessageInput, 'shared'>,
  { enabled, sharedChannels }: Pick<Settings, 'enabled' | 'sharedChannels'>,
): Tell | undefined {
  if (!enabled) return { is: 'off' };
  return shared && !sharedChannels ? { is: 'shared' } : undefined;
}

/** The thread with the banner, which stands in it once. */
export function withBanner(state: ThreadState, { shared }: Pick<MessageInput, 'shared'>): ThreadState {
  if (!shared || state.readByOthers) return state;
  return addNote({ ...state, readByOthers: true }, { is: 'shared' });
}
