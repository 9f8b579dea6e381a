/** What of a growing message may be appended to its stream, and with what a stream ends. Pure. */
import { parseTurnSlot } from '../core/shown.ts';
import type { Preview, ThreadState } from '../core/state.ts';
import type { Block, Content } from '../ports.ts';
import { limitOf, sourceOf, unfinished } from './picture.ts';
import { settled } from './settled.ts';

/** The text of that message that will not change any more; empty where there is none. */
export function growth(state: ThreadState, previews: readonly Preview[], slot: string): string {
  const place = parseTurnSlot(slot);
  const turn = state.turns.find((each) => each.no === place?.turn);
  const segment = place && turn?.segments[place.segment];
  if (!place || !turn || !segment) return '';
  const last = place.segment === turn.segments.length - 1;
  const growing = last ? unfinished(turn, previews).filter(({ text }) => text.trim() !== '') : [];
  const source = sourceOf(segment, growing);
  if (source.trim() === '') return '';
  return settled({ source, whole: growing.length === 0, limit: limitOf(state), part: place.part });
}

/** How a message looks that was streamed: its text, and what stands below it. */
export interface Streamed {
  readonly markdown: string;
  readonly below: readonly Block[];
}

/** The same content as a stream would leave it; undefined where only an edit makes it so. */
export function asStreamed({ blocks }: Content): Streamed | undefined {
  const [first, ...below] = blocks;
  const markdown = first?.type === 'markdown' ? first['text'] : undefined;
  return typeof markdown === 'string' && below.every(({ type }) => type !== 'markdown')
    ? { markdown, below }
    : undefined;
}

/**
 * What is left to append so that the stream says exactly this; undefined where what was sent is not its beginning.
 * White space at the end of what was sent is no difference.
 */
export function rest(sent: string, markdown: string): string | undefined {
  if (markdown.startsWith(sent)) return markdown.slice(sent.length);
  return sent.trimEnd() === markdown.trimEnd() ? '' : undefined;
}
