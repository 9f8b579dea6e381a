/**
 * From the Markdown an agent wrote to parts that fit Slack's `markdown` block. Pure.
 *
 * The block takes standard Markdown, 12,000 characters over all blocks of a payload (docs.slack.dev, "Markdown
 * block"); a `text` of more than 4,000 is refused by `chat.update` (docs.slack.dev, `chat.update`).
 */
import { neutralised } from './safety.ts';
import { countMasks } from './secrets.ts';
import { splitPieces } from './split.ts';
import { readable } from './text-plain.ts';
import { escapeWithin, unescapeSlack } from './text.ts';

export { neutralise } from './safety.ts';

/** Below the 4,000 of `chat.update`. */
const MAX_TEXT = 3_900;

export interface Part {
  /** Ready for Slack's `markdown` block: neutralised, fences and tables repaired. */
  readonly markdown: string;
  /** Readable fallback, at most 3,900 UTF-16 units, escaped for Slack's `text` field. */
  readonly text: string;
  /** Secrets masked in this part. */
  readonly masked: number;
}

export interface SplitOptions {
  /** UTF-16 units a part may have, after escaping and with its repairs; less than 1,000 counts as 1,000. */
  readonly limit: number;
}

/** How an answer is split: `splitMarkdown`, or the same with a memory. */
export type Split = (source: string, options: SplitOptions) => readonly Part[];

/** Stands as the fallback of a part that has nothing readable, such as a rule. */
const NOTHING_READABLE = '…';

/**
 * The parts of an answer, in order; none where there is nothing but blanks. Parts of blanks alone are left out.
 *
 * A growing answer keeps its earlier parts: see the stability guarantees of `splitPieces` and `neutralised`.
 */
export function splitMarkdown(source: string, options: SplitOptions): Part[] {
  const pieces = splitPieces(neutralised(source).markdown, options.limit);
  return pieces
    .filter(({ body }) => body.trim() !== '')
    .map(({ markdown, body }) => ({
      markdown,
      text: escapeWithin(readable(unescapeSlack(markdown)), MAX_TEXT) || NOTHING_READABLE,
      masked: countMasks(body),
    }));
}

/**
 * The same, which keeps the parts of the newest texts: one text is asked for with each step that follows from it, by
 * whoever saves and by whoever writes, and a long one takes most of what a step does.
 */
export function rememberingSplit(kept: number): Split {
  const known = new Map<string, readonly Part[]>();
  return (source, options) => {
    const key = `${options.limit} ${source}`;
    const found = known.get(key);
    if (found) return found;
    const parts = splitMarkdown(source, options);
    known.set(key, parts);
    const [oldest] = known.keys();
    if (known.size > kept && oldest !== undefined) known.delete(oldest);
    return parts;
  };
}
