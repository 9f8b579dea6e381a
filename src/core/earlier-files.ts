/**
 * Files of what people said before the agent was called into their thread: they go with the first message, the newest
 * ones, and the agent is told which others there were. Pure.
 */
import type { FileFact } from './event.ts';
import { placed, refusalOf, type Attached, type Attachment } from './files.ts';
import { shownName } from './file-names.ts';
import type { Send } from './state.ts';
import type { Line } from './transcript.ts';

/** A file of an earlier message, and that message's `ts`. */
export interface EarlierFile {
  readonly ts: string;
  readonly file: FileFact;
}

/** So many of them are fetched, and so much as Slack states their sizes (bytes): each one's bytes are counted, too. */
export const EARLIER_FILES = 10;
const EARLIER_BYTES = 100 * 2 ** 20;
/** So many of the others are named. */
const NAMED = 20;

/** What is attached to the last so many lines, the newest first. */
export function filesOf(lines: readonly Line[], newest: number): readonly EarlierFile[] {
  return lines
    .slice(lines.length - newest)
    .toReversed()
    .flatMap(({ ts, files = [] }) => (ts === undefined ? [] : files.map((file) => ({ ts, file }))));
}

/** The message with them; the newest first. What is attached to it already is not fetched twice. */
export function withEarlierFiles(send: Send, earlier: readonly EarlierFile[]): Send {
  const own: Attached = send.files ?? { list: [], left: 0 };
  const known = new Set(own.list.map(({ id }) => id));
  const others = earlier.filter(({ file }) => !known.has(file.id) && known.add(file.id));
  if (others.length === 0) return send;
  let [room, bytes] = [EARLIER_FILES, EARLIER_BYTES];
  const list = others.slice(0, EARLIER_FILES + NAMED).map(({ ts, file }): Attachment => {
    const isTaken = room > 0 && file.size <= bytes;
    if (isTaken) [room, bytes] = [room - 1, bytes - file.size];
    const step = isTaken ? ({ is: 'wanted' } as const) : refusalOf('left-out');
    return { id: file.id, name: shownName(file.name), path: '', of: ts, step };
  });
  const unnamed = others.length - list.length;
  return {
    ...send,
    files: {
      ...own,
      list: placed([...own.list, ...list], send.mark.ts),
      ...(unnamed > 0 ? { unnamed } : {}),
    },
  };
}
