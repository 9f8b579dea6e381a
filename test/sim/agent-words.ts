/** What goes into a session and what the agent writes, in words that can be told apart. */
import type { Mark } from '../../src/core/agent-event.ts';
import type { Departure } from './network.ts';

export interface Sent {
  readonly id: string;
  readonly mark: Mark | undefined;
  /** The text blocks in front of the mark. */
  readonly texts: readonly string[];
  /** What became of it. */
  is: 'queued' | 'taken' | 'flushed' | 'left';
  at: number;
  /** The call that brought it. */
  readonly left: Departure;
}

/** One text the agent wrote, or as much of one as was previewed before it was cut off. */
export interface Text {
  readonly words: readonly string[];
  readonly cutOff: boolean;
  /** When it was whole, ms of the run. */
  readonly at: number;
  /** The call that brought the newest message it answers. */
  readonly to: Departure | undefined;
}

/** What stands before the word at this place: every sixtieth begins a paragraph. */
export function separator(at: number): string {
  return at % 60 === 0 ? '\n\n' : ' ';
}

/** Words as paragraphs, where the first one is at this place. */
export function prose(words: readonly string[], from = 0): string {
  return words.map((word, at) => (at === 0 ? word : `${separator(from + at)}${word}`)).join('');
}
