/**
 * Reads Markdown line by line: which lines are code, which belong to a list, a quote or a table. Pure.
 *
 * Follows CommonMark and GFM (spec.commonmark.org, github.github.com/gfm) as far as splitting and escaping need it.
 * It works on unescaped and on escaped text alike, because escaping leaves the `>` of a block quote alone.
 *
 * Invariants: linear in the text; a line's kind depends on the text before it, on itself, and, for a table's
 * header only, on the line after it.
 */

/** A fenced code block that a line opens, continues or closes. */
export interface Fence {
  readonly marker: '`' | '~';
  readonly length: number;
  /** Language and whatever else follows the opening marker. */
  readonly info: string;
  /** Depth of the block quote around it. */
  readonly quotes: number;
  /** Column at which the list item around it has its content; 0 outside lists. */
  readonly column: number;
}

export type LineKind =
  'blank' | 'open' | 'code' | 'close' | 'item' | 'heading' | 'head' | 'delimiter' | 'row' | 'text';

export interface Line {
  readonly start: number;
  /** After the line feed, where there is one. */
  readonly end: number;
  /** Where the content begins, after quote marks and list markers (in code: after its quote marks). */
  readonly content: number;
  readonly kind: LineKind;
  readonly quotes: number;
  /** Columns of white space in front of the line, after its quote marks. */
  readonly indent: number;
  /** Column at which the innermost list item around the line has its content; 0 outside lists. */
  readonly column: number;
  /** The fence a line of kind `open`, `code` or `close` belongs to. */
  readonly fence: Fence | undefined;
  /** The `head` and `delimiter` lines a `row` stands under, as offsets. */
  readonly table: { readonly start: number; readonly end: number } | undefined;
}

/** Fences in deeper quotes and lists are read as text. */
export const MAX_QUOTES = 16;
export const MAX_COLUMN = 64;
/** So are longer markers, infos and table heads: repeating them would leave no room for anything else. */
const MAX_MARKER = 64;
const MAX_INFO = 200;
const MAX_TABLE_LINE = 1_000;
/** A longer line is no thematic break. */
const MAX_BREAK = 200;

interface Prefix {
  readonly content: number;
  readonly quotes: number;
  readonly indent: number;
}

/** White space and at most `maxQuotes` quote marks from `at` on; a tab stops at columns of four. */
function prefixFrom(text: string, at: number, end: number, maxQuotes: number): Prefix {
  let [position, quotes, indent] = [at, 0, 0];
  for (; position < end; position += 1) {
    const character = text[position];
    if (character === ' ') indent += 1;
    else if (character === '\t') indent += 4 - (indent % 4);
    else if (character === '>' && quotes < maxQuotes) {
      quotes += 1;
      // One space after the mark belongs to it.
      if (text[position + 1] === ' ' && position + 1 < end) position += 1;
      indent = 0;
    } else break;
  }
  return { content: position, quotes, indent };
}

/** Where the run of `character` from `at` ends. */
function runEnd(text: string, at: number, end: number, character: string): number {
  let position = at;
  while (position < end && text[position] === character) position += 1;
  return position;
}

const ITEM = /(?:[-+*]|\d{1,9}[.)])(?=[ \t\n]|$)/y;
const BREAK = /^(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const HEADING = /#{1,6}(?:[ \t\n]|$)/y;

/** Where the match of a sticky pattern from `at` on ends; `at` itself where there is none. */
function matchAt(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at;
  return sticky.test(text) ? sticky.lastIndex : at;
}

function isBreak(content: string): boolean {
  return /^[-*_]/.test(content) && content.length <= MAX_BREAK && BREAK.test(content);
}

/** Cells of a table line, without the optional outer pipes; 0 where it has no pipe. */
function cells(line: string): number {
  const trimmed = line.trim().replace(/^\||(?<!\\)\|$/g, '');
  const pipes = trimmed.match(/(?<!\\)\|/g)?.length ?? 0;
  return line.includes('|') ? pipes + 1 : 0;
}

function isDelimiter(content: string): boolean {
  if (content.length > MAX_TABLE_LINE || !/^[|:\- \t]+$/.test(content) || !content.includes('|'))
    return false;
  const inner = content.trim().replace(/^\||\|$/g, '');
  return inner.split('|').every((cell) => /^:?-+:?$/.test(cell.trim()));
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Goes through the lines once and remembers what is open. */
class Scan {
  readonly lines: Mutable<Line>[] = [];
  private fence: Fence | undefined;
  private table: Line['table'];
  private quotes = 0;
  /** Content columns of the list items around the current line, outermost first. */
  private columns: number[] = [];
  private readonly text: string;
  // Sticky patterns carry state, so each scan has its own.
  private readonly item = new RegExp(ITEM);
  private readonly heading = new RegExp(HEADING);

  constructor(text: string) {
    this.text = text;
  }

  private get column(): number {
    return this.columns.at(-1) ?? 0;
  }

  line(start: number, end: number, stop: number): void {
    if (this.fence) {
      if (this.inFence(this.fence, start, end, stop)) return;
      this.fence = undefined;
    }
    const prefix = prefixFrom(this.text, start, stop, Number.POSITIVE_INFINITY);
    if (prefix.quotes !== this.quotes) this.leave(prefix.quotes);
    if (prefix.content === stop) {
      this.table = undefined;
      this.push(start, end, prefix, 'blank');
      return;
    }
    this.leaveItems(prefix, stop);
    this.block(start, end, stop, prefix);
  }

  /** A quote began or ended: the lists and the table inside the old one are over. */
  private leave(quotes: number): void {
    this.quotes = quotes;
    this.columns = [];
    this.table = undefined;
  }

  /** Ends the list items that the line stands left of, unless it goes on with their last paragraph all the same. */
  private leaveItems(prefix: Prefix, stop: number): void {
    let kept = this.columns.length;
    while (kept > 0 && (this.columns[kept - 1] ?? 0) > prefix.indent) kept -= 1;
    if (kept === this.columns.length) return;
    const above = this.lines.at(-1);
    const paragraph =
      above && (above.kind === 'text' || above.kind === 'item') && above.content < above.end - 1;
    const column = this.columns[kept - 1] ?? 0;
    if (paragraph && !this.startsBlock(prefix, column, stop)) return;
    this.columns.length = kept;
  }

  private startsBlock({ content, indent }: Prefix, column: number, stop: number): boolean {
    if (indent - column > 3) return false;
    const text = this.text.slice(content, Math.min(stop, content + MAX_BREAK + 1));
    return /^(?:`{3}|~{3}|#{1,6}(?:\s|$)|(?:[-+*]|\d{1,9}[.)])(?:\s|$))/.test(text) || isBreak(text);
  }

  private push(start: number, end: number, prefix: Prefix, kind: LineKind, fence?: Fence): void {
    const { content, quotes, indent } = prefix;
    const table = kind === 'row' ? this.table : undefined;
    this.lines.push({ start, end, content, kind, quotes, indent, column: this.column, fence, table });
  }

  /** Takes the line as part of the open fence; false where the quote or list item around the fence has ended. */
  private inFence(fence: Fence, start: number, end: number, stop: number): boolean {
    const prefix = prefixFrom(this.text, start, stop, fence.quotes);
    const blank = prefix.content === stop;
    if (prefix.quotes < fence.quotes || (!blank && prefix.indent < fence.column)) return false;
    const run = runEnd(this.text, prefix.content, stop, fence.marker);
    const closes =
      run - prefix.content >= fence.length &&
      prefix.indent - fence.column <= 3 &&
      this.text.slice(run, stop).trim() === '';
    this.push(start, end, prefix, closes ? 'close' : 'code', fence);
    if (closes) this.fence = undefined;
    return true;
  }

  private block(start: number, end: number, stop: number, prefix: Prefix): void {
    const content = this.text.slice(prefix.content, stop);
    const items = isBreak(content) ? prefix : this.items(prefix, stop);
    const fence = this.fenceAt(items, stop);
    if (fence) {
      this.fence = fence;
      this.table = undefined;
      this.push(start, end, { ...prefix, content: items.content }, 'open', fence);
      return;
    }
    const kind = this.kindOf(items, prefix, stop);
    if (kind !== 'row' && kind !== 'delimiter') this.table = undefined;
    this.push(start, end, { ...prefix, content: items.content }, kind);
  }

  /** Skips the list markers of a line, and quote marks between them, and remembers their columns. */
  private items(prefix: Prefix, stop: number): Prefix {
    let at = prefix;
    while (at.indent - this.column <= 3) {
      const after = matchAt(this.item, this.text, at.content);
      if (after === at.content || after > stop) break;
      const inner = prefixFrom(this.text, after, stop, Number.POSITIVE_INFINITY);
      const gap = inner.indent < 1 || inner.indent > 4 ? 1 : inner.indent;
      const column = at.indent + (after - at.content) + gap;
      // Inside a quote columns count from the quote's content on.
      if (inner.quotes > 0) this.columns = [];
      else this.columns.push(column);
      at = {
        content: inner.content,
        quotes: at.quotes + inner.quotes,
        indent: inner.quotes > 0 ? inner.indent : column,
      };
    }
    this.quotes = at.quotes;
    return at;
  }

  private fenceAt(at: Prefix, stop: number): Fence | undefined {
    const marker = this.text[at.content];
    if ((marker !== '`' && marker !== '~') || at.indent - this.column > 3) return undefined;
    const run = runEnd(this.text, at.content, stop, marker);
    const length = run - at.content;
    if (length < 3 || length > MAX_MARKER || stop - run > MAX_INFO) return undefined;
    if (at.quotes > MAX_QUOTES || this.column > MAX_COLUMN) return undefined;
    const info = this.text.slice(run, stop).trim();
    if (marker === '`' && info.includes('`')) return undefined;
    return { marker, length, info, quotes: at.quotes, column: this.column };
  }

  private kindOf(at: Prefix, prefix: Prefix, stop: number): LineKind {
    if (at.content !== prefix.content) return 'item';
    if (matchAt(this.heading, this.text, at.content) > at.content) return 'heading';
    if (this.table) return 'row';
    return this.makesTable(this.text.slice(at.content, stop), stop) ? 'delimiter' : 'text';
  }

  /** Whether this line is the delimiter row under the line before it; that one then becomes a table's head. */
  private makesTable(content: string, stop: number): boolean {
    const head = this.lines.at(-1);
    if (!head || (head.kind !== 'text' && head.kind !== 'item') || !isDelimiter(content)) return false;
    const above = this.text.slice(head.content, head.end);
    if (head.quotes !== this.quotes || above.length > MAX_TABLE_LINE || cells(above) !== cells(content))
      return false;
    // Below a list marker the head cannot be repeated without the bullet: the rows are only text there.
    if (head.kind === 'item') return false;
    head.kind = 'head';
    this.table = { start: head.start, end: Math.min(stop + 1, this.text.length) };
    return true;
  }
}

/** The lines of a text whose only line end is the line feed. Together they cover it without gaps. */
export function scanLines(text: string): readonly Line[] {
  const scan = new Scan(text);
  for (let start = 0; start < text.length;) {
    const feed = text.indexOf('\n', start);
    const stop = feed === -1 ? text.length : feed;
    const end = feed === -1 ? stop : feed + 1;
    scan.line(start, end, stop);
    start = end;
  }
  return scan.lines;
}
