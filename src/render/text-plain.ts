/** Markdown as plain text a person can read: for notifications, screen readers and clients without blocks. Pure. */
import { scanLines, type Line } from './markdown-lines.ts';
import { neutralise } from './safety.ts';
import { escapeSlack, unescapeSlack } from './text.ts';

/** `[label](url "title")`, bounded so that hostile input stays linear. */
const LINK = /!?\[([^\][\n]{0,400})\]\(((?:[^()\s]|\([^()\s]{0,200}\)){0,2000})[^()\n]{0,500}\)/g;
/** Addresses, which stay as they are, and the marks of emphasis. */
const MARKS =
  /(https?:\/\/[^\s*]+)|\*{1,3}(?=\S)|(?<=\S)\*{1,3}|~~|(?<![\p{L}\p{N}_])__?(?=[\p{L}\p{N}])|(?<=[\p{L}\p{N}])__?(?![\p{L}\p{N}_])/gu;

function link(_: string, label: string, url: string): string {
  return label === '' || label === url ? url : `${label} (${url})`;
}

function inline(text: string): string {
  // Code spans are text as it stands: their marks are no emphasis.
  return text
    .split(/(`{1,3}[^`\n]{1,1000}`{1,3})/)
    .map((piece, index) =>
      index % 2 === 1
        ? piece.replaceAll('`', '')
        : piece.replace(LINK, link).replace(MARKS, (_, url?: string) => url ?? ''),
    )
    .join('');
}

function row(content: string): string {
  const trimmed = content.trim().replace(/^\||(?<!\\)\|$/g, '');
  return inline(
    trimmed
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim())
      .join(' | '),
  );
}

function plainLine(text: string, line: Line): string | undefined {
  const content = text.slice(line.content, line.end).replace(/\n$/, '');
  const front = text.slice(line.start, line.content);
  if (line.kind === 'open' || line.kind === 'close' || line.kind === 'delimiter') return undefined;
  if (line.kind === 'code') return front + content;
  if (line.kind === 'head' || line.kind === 'row') return front + row(content);
  if (line.kind === 'heading')
    return front + inline(content.replace(/^#{1,6}[ \t]*/, '').replace(/[ \t]#{1,6}[ \t]*$/, ''));
  if (line.kind === 'item') return front.replace(/[-+*](?=[ \t]*$)/, '•') + inline(task(content));
  return front + inline(content);
}

function task(content: string): string {
  return content.replace(/^\[([ xX])\](?=\s)/, (_, mark: string) => (mark === ' ' ? '☐' : '☑'));
}

/** Markdown without its marks, unescaped, without blank lines at either end. */
export function readable(markdown: string): string {
  const lines = scanLines(markdown).map((line) => plainLine(markdown, line));
  return lines
    .filter((line) => line !== undefined)
    .join('\n')
    .replace(/\u200b/g, '')
    .trim();
}

/**
 * Markdown as a model wrote it, as plain text for Slack's `text` field: neutralised, readable, escaped.
 * Of any length; `escapeWithin` shortens it.
 */
export function plainText(markdown: string): string {
  return escapeSlack(readable(unescapeSlack(neutralise(markdown))));
}
