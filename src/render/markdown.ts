/** From the Markdown an agent wrote to parts that fit Slack's `markdown` block. Pure. */
import { escapeWithin, unescapeSlack } from './text.ts';

export interface Part {
  /** Ready for Slack's `markdown` block: neutralised, fences and tables repaired. */
  readonly markdown: string;
  /** Readable fallback, at most 3,900 UTF-16 units, escaped for Slack's `text` field. */
  readonly text: string;
  /** Secrets masked in this part. */
  readonly masked: number;
}

export interface SplitOptions {
  /** UTF-16 units a part may have, after escaping and with its repairs. */
  readonly limit: number;
}

export function splitMarkdown(source: string, options: SplitOptions): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < source.length; at += options.limit) {
    const markdown = neutralise(source.slice(at, at + options.limit));
    parts.push({ markdown, text: escapeWithin(unescapeSlack(markdown), 3900), masked: 0 });
  }
  return parts;
}

export function neutralise(markdown: string): string {
  return markdown.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
