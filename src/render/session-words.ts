/** What is said of sessions that people take care of: opened again. Slack mrkdwn, escaped, ours alone. */
import type { NoteText } from '../core/note.ts';

const person = (user: string): string => (user ? `<@${user}>` : 'somebody');
const count = (messages: number): string => `${messages} message${messages === 1 ? '' : 's'}`;

interface Carried {
  readonly messages: number;
  readonly leftOut: number;
  readonly missing: boolean;
}

/** What the next message's session will have of an earlier conversation. */
function carriedLine({ messages, leftOut, missing }: Carried): string {
  if (missing) return 'The earlier conversation could not be read just now; that is tried again then.';
  if (messages === 0) return 'Nothing had been said before.';
  const some = messages === 1 && leftOut === 0 ? 'the one message' : `the last ${count(messages)}`;
  if (leftOut === 0) return `It will have ${some} of the earlier conversation.`;
  const rest = leftOut === 1 ? '1 older one does' : `${leftOut} older ones do`;
  return `It will have ${some} of the earlier conversation; ${rest} not fit.`;
}

const FILES = 'Files in the earlier sandbox do not come along.';

export function resumedLine(note: Extract<NoteText, { is: 'resumed' }>): string {
  return `:thread: Resumed by ${person(note.by)}: the next message here goes on in a new session. ${carriedLine(note)} ${FILES}`;
}
