/** What files mean for the message that carries them, when it goes and when it does not. Pure. */
import { changeWords } from './changed.ts';
import { reason, refusedOf, shownOf } from './files.ts';
import { addNote } from './note.ts';
import type { Send, SessionRef, ThreadState } from './state.ts';

/** The thread is told which files of these messages are not given to the agent: one note a message, once. */
export function tellRefused(state: ThreadState, sends: readonly Send[]): ThreadState {
  return sends.reduce(tellOne, state);
}

function tellOne(state: ThreadState, { mark, files }: Send): ThreadState {
  const refused = refusedOf(files);
  if (!files || files.told || refused.length + files.left === 0) return state;
  const sends = state.sends.map((send) =>
    send.mark.ts === mark.ts && send.mark.n === mark.n
      ? { ...send, files: { ...files, told: true as const } }
      : send,
  );
  const known = { ...state, sends };
  // That the app may not read files is nothing new with every message.
  const isOld =
    state.scopeless === true && refused.every(({ why }) => why === 'no-scope') && files.left === 0;
  if (isOld) return known;
  const noted = addNote(known, { is: 'files-refused', refused, left: files.left });
  return refused.some(({ why }) => why === 'no-scope') ? { ...noted, scopeless: true } : noted;
}

/** The words of a message that was not sent. Its files stay with Slack. */
export function shelvedWords({
  words,
  files,
  change,
  mark,
}: Pick<Send, 'words' | 'files' | 'change' | 'mark'>): string {
  const said = [changeWords(change, mark.ts), words].filter(Boolean).join('\n');
  return withFileNames(said, files);
}

/** Words of people that the agent is given without their files. */
export function withFileNames(words: string, files: Send['files']): string {
  const own = files?.list.filter(({ of }) => of === undefined) ?? [];
  if (!files || own.length === 0) return words;
  const names = own.map(({ name, step }) =>
    step.is === 'refused' ? `${JSON.stringify(name)} (${reason(step)})` : JSON.stringify(name),
  );
  const more = files.left > 0 ? ` and ${files.left} more` : '';
  const line = `[Files were attached, which are not given to you: ${names.join(', ')}${more}]`;
  return words.trim() === '' ? line : `${words}\n${line}`;
}

/** The session, with what it is shown by these messages. */
export function withShown(session: SessionRef, sends: readonly Send[]): SessionRef {
  const more = sends.reduce((count, { files }) => count + shownOf(files), 0);
  return more === 0 ? session : { ...session, shown: (session.shown ?? 0) + more };
}
