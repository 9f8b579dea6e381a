/** What a part needs around its text so that it reads alone: fences reopened and closed, table heads, indents. Pure. */
import { MAX_COLUMN, MAX_QUOTES, type Fence, type Line } from './markdown-lines.ts';

/** Stands before the rest of a line that would otherwise read as a list, heading, fence (or its end), table or definition. */
const PLAIN = '\u200b';
const READS_AS_BLOCK =
  /^(?:\s|#|>|[-+*](?:[\s*-]|$)|[=_-]|`{3}|~{3}|\||\[[^\]\n]{0,999}\]:|\d{1,9}[.)](?:\s|$))/;

export function quoteMarks(quotes: number): string {
  return '> '.repeat(Math.min(quotes, MAX_QUOTES));
}

/** The fence that is open right before offset `at` of the line. */
export function fenceAt(line: Line, at: number): Fence | undefined {
  if (line.kind === 'code') return line.fence;
  if (line.kind === 'close') return at === line.start ? line.fence : undefined;
  return line.kind === 'open' && at > line.start ? line.fence : undefined;
}

/** The line that opens the fence again: same marker, same language. */
function reopening(fence: Fence): string {
  return `${quoteMarks(fence.quotes)}${fence.marker.repeat(fence.length)}${fence.info}\n`;
}

/** The line that closes the fence, on a line of its own. */
export function closing(fence: Fence, endsLine: boolean, dedented: number): string {
  const indent = ' '.repeat(Math.max(0, Math.min(fence.column, MAX_COLUMN) - dedented));
  return `${endsLine ? '' : '\n'}${quoteMarks(fence.quotes)}${indent}${fence.marker.repeat(fence.length)}`;
}

/** No closing line of the fence is longer. */
export function closingRoom(fence: Fence | undefined): number {
  return fence ? closing(fence, false, 0).length : 0;
}

/**
 * What goes before a part that begins at `at` in `line`: the fence opened again, the table's head, quote marks.
 * @param room no table head longer than this is repeated, UTF-16 units
 */
export function opening(text: string, line: Line, at: number, room: number): string {
  const inside = at > line.start;
  const fence = fenceAt(line, at);
  if (fence) {
    const closes = /^\s*(?:`{3}|~{3})/.test(text.slice(at, at + MAX_COLUMN + 8));
    return reopening(fence) + (inside ? quoteMarks(fence.quotes) + (closes ? PLAIN : '') : '');
  }
  if (!inside) return line.table && line.table.end - line.table.start <= room ? tableHead(text, line) : '';
  if (line.kind === 'open' || line.kind === 'close') return '';
  return quoteMarks(line.quotes) + (READS_AS_BLOCK.test(text.slice(at, at + 1_100)) ? PLAIN : '');
}

function tableHead(text: string, line: Line): string {
  return line.table ? text.slice(line.table.start, line.table.end) : '';
}

/** Columns of list indent that the part's lines lose, because the list item around them stayed in an earlier part. */
export function startIndent(line: Line, at: number): number {
  const fence = fenceAt(line, at);
  if (fence) return fence.column;
  if (line.column === 0) return 0;
  return at > line.start || isLazy(line) ? line.column : line.indent;
}

/** Goes on with the paragraph of a list item though it stands left of it. */
function isLazy(line: Line): boolean {
  return line.kind === 'text' && line.indent < line.column;
}

/** The line without up to `columns` columns of white space behind its quote marks. */
export function withoutIndent(line: string, columns: number, quotes: number): string {
  if (columns === 0) return line;
  const marks = new RegExp(`^(?:[ \\t]*> ?){${quotes}}`).exec(line)?.[0].length ?? 0;
  let [position, column] = [marks, 0];
  while (column < columns && (line[position] === ' ' || line[position] === '\t')) {
    column += line[position] === '\t' ? 4 - (column % 4) : 1;
    position += 1;
  }
  return line.slice(0, marks) + line.slice(position);
}

/**
 * How much of the indent is still taken away from this line on. Lines behind the list lose what is left of it too:
 * they would else stand under an item that has moved to the left. A quote that begins or ends is no part of it.
 */
export function indentAt(line: Line, before: number, quotes: number): number {
  if (line.quotes !== quotes) return 0;
  if (line.kind === 'blank' || isLazy(line) || (line.fence && line.kind !== 'open')) return before;
  return Math.min(before, line.indent);
}
