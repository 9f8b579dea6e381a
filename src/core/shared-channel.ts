/**
 * Where it does not work: it is switched off, or people of another organisation would read along and no setting lets
 * them. Where they do, the thread says so once. Pure.
 */
import type { MessageInput } from './event.ts';
import { addNote, type Tell } from './note.ts';
import type { Settings } from './settings.ts';
import type { ThreadState } from './state.ts';

/** Whoever lets people of other organisations write to it lets them read along too. */
export function worksShared({ sharedChannels, allow }: Pick<Settings, 'sharedChannels' | 'allow'>): boolean {
  return sharedChannels || allow.outsiders;
}

/** Why nothing is taken here; undefined where it is. */
export function offHere(
  { shared }: Pick<MessageInput, 'shared'>,
  settings: Pick<Settings, 'enabled' | 'sharedChannels' | 'allow'>,
): Tell | undefined {
  if (!settings.enabled) return { is: 'off' };
  return shared && !worksShared(settings) ? { is: 'shared' } : undefined;
}

/** The thread with the banner, which stands in it once. */
export function withBanner(state: ThreadState, { shared }: Pick<MessageInput, 'shared'>): ThreadState {
  if (!shared || state.readByOthers) return state;
  return addNote({ ...state, readByOthers: true }, { is: 'shared' });
}
