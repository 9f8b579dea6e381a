/**
 * Splits neutralised Markdown at sensible places. Pure.
 *
 * Invariants
 * - The bodies of the pieces, put together, are the text. What a piece shows besides (its `head` and `tail`: fences
 *   closed and opened again, repeated table heads, quote marks) and list indent it leaves out are its repairs.
 * - `markdown` has at most `limit` UTF-16 units; no piece ends inside a grapheme cluster (unless one cluster is longer
 *   than half a piece), a surrogate pair or an entity; fences are balanced in each.
 * - Stability: a piece that begins at offset b stays the same, whatever is appended, once the text has at least
 *   b + limit + `SPLIT_LOOK_AHEAD` units: its end is searched in (b + limit / 2, b + limit], and reading a place takes
 *   no more than that look-ahead.
 * - Linear time: each piece reads the lines it covers and one stretch of its last line.
 */
import { scanLines, type Line } from './markdown-lines.ts';
import { cutInLine } from './split-inline.ts';
import {
  closing,
  closingRoom,
  fenceAt,
  indentAt,
  opening,
  startIndent,
  withoutIndent,
} from './split-repair.ts';

export const SPLIT_LOOK_AHEAD = 2_560;

/** Repairs take up to a quarter of this; smaller limits count as this. UTF-16 units. */
export const MIN_LIMIT = 1_000;

export interface Piece {
  /** Slice of the text. */
  readonly body: string;
  readonly head: string;
  readonly tail: string;
  /** Head, body without the indent it lost, tail. */
  readonly markdown: string;
}

/** Costs of cutting before a line; what costs more than a line inside a paragraph is cut inside a line instead. */
const [HEADING, BLOCK, ITEM, INNER, ROW, LINE, CODE, BAD] = [0, 1, 2, 3, 4, 5, 6, 9];

/** Room for one more closing line, in a piece that begins inside a list item. */
const SPARE = 164;

const SETEXT = /^ {0,3}(?:=+|-+)[ \t]*$/;

/** Splits one text; `lines` are its lines. */
class Splitter {
  private readonly text: string;
  private readonly limit: number;
  private readonly lines: readonly Line[];

  constructor(text: string, limit: number) {
    this.text = text;
    this.limit = Math.max(limit, MIN_LIMIT);
    this.lines = scanLines(text);
  }

  pieces(): Piece[] {
    const pieces: Piece[] = [];
    for (let [at, index] = [0, 0]; at < this.text.length;) {
      const line = this.lines[index];
      if (!line) break;
      const head = opening(this.text, line, at, this.limit / 4);
      const spare = at > 0 && startIndent(line, at) > 0 ? SPARE : 0;
      const end = this.end(at, index, head.length + spare);
      pieces.push(this.piece(at, end, index, head));
      while ((this.lines[index]?.end ?? Number.POSITIVE_INFINITY) <= end) index += 1;
      at = end;
    }
    return pieces;
  }

  /** Where the piece that begins at `at`, in line `index`, ends. */
  private end(at: number, index: number, head: number): number {
    const last = this.lines.at(-1);
    const rest = head + this.text.length - at + (last ? closingRoom(fenceAt(last, last.end)) : 0);
    if (rest <= this.limit) return this.text.length;
    const max = at + this.limit - head;
    const cut = this.betweenLines(at, index, max);
    if (cut.cost <= CODE) return cut.at;
    const line = this.lines[cut.next];
    const to = max - closingRoom(line && fenceAt(line, line.end - 1));
    const whole = !line || line.start >= to || (line.kind !== 'code' && line.kind !== 'text');
    if (whole && cut.at > at) return cut.at;
    const start = Math.max(line?.start ?? at, at);
    return cutInLine(this.text, start, Math.max(start, at + this.limit / 2), to);
  }

  /** The best line start between half and the whole of the limit, the last of equals; `next` is the line behind. */
  private betweenLines(at: number, index: number, max: number): { at: number; cost: number; next: number } {
    let best = { at: -1, cost: Number.POSITIVE_INFINITY };
    let next = index;
    for (; next < this.lines.length - 1; next += 1) {
      const line = this.lines[next];
      if (!line || line.end + this.room(next + 1) > max) break;
      const cost = this.cost(next + 1);
      if (line.end >= at + this.limit / 2 && cost <= best.cost) best = { at: line.end, cost };
    }
    return { ...best, next };
  }

  /** What closing a fence before this line takes. */
  private room(index: number): number {
    const line = this.lines[index];
    return line ? closingRoom(fenceAt(line, line.start)) : 0;
  }

  /** What it costs to cut before this line. */
  private cost(index: number): number {
    const [above, line] = [this.lines[index - 1], this.lines[index]];
    if (!above || !line) return BAD;
    if (line.kind === 'blank' || line.kind === 'close' || line.kind === 'delimiter') return BAD;
    if (above.kind === 'open' || above.kind === 'delimiter') return BAD;
    if (line.kind === 'code') return this.isEmpty(above) ? LINE : CODE;
    if (line.kind === 'text' && above.kind === 'text' && this.isUnderline(line)) return BAD;
    if (this.underHeading(index)) return LINE;
    return this.blockCost(above, line);
  }

  private blockCost(above: Line, line: Line): number {
    const nested = line.column > 0;
    if (line.kind === 'row') return ROW;
    if (line.kind === 'item') return line.indent <= 1 ? ITEM : INNER;
    if (line.kind === 'heading' && !nested) return HEADING;
    const apart = above.kind === 'blank' || above.kind === 'close' || above.kind === 'row';
    if (apart || line.kind === 'open' || above.kind === 'heading') return nested ? INNER : BLOCK;
    return LINE;
  }

  private isEmpty(line: Line): boolean {
    return line.end - line.content < 200 && this.text.slice(line.content, line.end).trim() === '';
  }

  /** Such a line would open or close a fence further to the left: it stays where it is. */
  private onlyLooksLikeFence(line: Line): boolean {
    if (line.kind !== 'code' && line.kind !== 'text') return false;
    return /^(?:`{3}|~{3})/.test(this.text.slice(line.content, line.content + 3));
  }

  private isUnderline(line: Line): boolean {
    return line.end - line.start < 1_000 && SETEXT.test(this.text.slice(line.start, line.end).trimEnd());
  }

  /** Whether only blank lines stand between a heading and this line. */
  private underHeading(index: number): boolean {
    let above = index - 1;
    while (this.lines[above]?.kind === 'blank') above -= 1;
    return this.lines[above]?.kind === 'heading';
  }

  private piece(at: number, end: number, first: number, head: string): Piece {
    const start = this.lines[first];
    let indent = start && at > 0 ? startIndent(start, at) : 0;
    const table =
      start?.kind === 'row'
        ? head.replace(/^[^\n]*/gm, (row) => withoutIndent(row, indent, start.quotes))
        : head;
    const room = this.limit - table.length - this.closingRoomAt(end);
    let shown = '';
    let last: Line | undefined;
    for (let index = first; index < this.lines.length; index += 1) {
      const line = this.lines[index];
      if (!line || line.start >= end) break;
      const slice = this.text.slice(Math.max(line.start, at), Math.min(line.end, end));
      shown += this.ending(last, line, indent, room - shown.length - (end - Math.max(line.start, at)));
      if (line.start >= at) indent = indentAt(line, indent, start?.quotes ?? 0);
      const moves = line.start >= at && !this.onlyLooksLikeFence(line);
      shown += moves ? withoutIndent(slice, indent, line.quotes) : slice;
      last = line;
    }
    const tail = last ? this.tail(last, end, indent) : '';
    return { body: this.text.slice(at, end), head: table, tail, markdown: table + shown + tail };
  }

  /** What closing the fence that is open behind offset `end` takes. */
  private closingRoomAt(end: number): number {
    let [low, high] = [0, this.lines.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.lines[middle]?.start ?? end) < end) low = middle;
      else high = middle - 1;
    }
    const line = this.lines[low];
    return line ? closingRoom(fenceAt(line, end)) : 0;
  }

  /** Closes a fence that ended only because its list item did, where that item has lost its indent and shows no end. */
  private ending(above: Line | undefined, line: Line, indent: number, room: number): string {
    const fence = above && above.kind !== 'close' ? above.fence : undefined;
    if (!fence || fence === line.fence || fence.column === 0 || fence.column > indent) return '';
    const close = `${closing(fence, true, indent)}\n`;
    return close.length <= room ? close : '';
  }

  /** Closes the fence that is open at the end of a piece; a closing line that is still being written is completed. */
  private tail(last: Line, end: number, indent: number): string {
    const fence = fenceAt(last, end);
    if (!fence) return '';
    const written = this.text.slice(last.content, end);
    const begun = end === this.text.length && last.kind === 'code' && last.indent - fence.column <= 3;
    if (begun && written[0] === fence.marker && /^(?:`{1,64}|~{1,64})$/.test(written))
      return fence.marker.repeat(fence.length - written.length);
    return closing(fence, this.text[end - 1] === '\n', indent);
  }
}

/**
 * The pieces of a neutralised Markdown text, none for the empty one.
 * @param limit UTF-16 units each piece may have, its repairs included; at least `MIN_LIMIT`
 */
export function splitPieces(text: string, limit: number): Piece[] {
  return new Splitter(text, limit).pieces();
}
