/** Block structure of the two text dialects. Never throws; text that is cut in the middle still reads well. */
import { MARKDOWN, MRKDWN, parseInline } from './inline.ts';
import type { Align, Block, ListItem } from './tree.ts';
import { unescapeSlack } from './tree.ts';

const FENCE = /^( {0,3})(`{3,}|~{3,})\s*([^`]*)$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])(\s+|$)(.*)$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const QUOTE = /^ {0,3}(?:>|&gt;) ?(.*)$/;
const MAX_DEPTH = 12;

interface Reader {
  readonly lines: readonly string[];
  at: number;
  readonly depth: number;
}

/** Standard Markdown, as Slack's `markdown` block takes it. */
export function parseMarkdown(text: string): Block[] {
  return readBlocks({ lines: text.replaceAll('\r\n', '\n').split('\n'), at: 0, depth: 0 });
}

type Starter = (reader: Reader, line: string) => Block | null;
const STARTERS: readonly Starter[] = [fence, heading, rule, quote, list, table];

function readBlocks(reader: Reader): Block[] {
  const blocks: Block[] = [];
  while (reader.at < reader.lines.length) {
    const line = reader.lines[reader.at] ?? '';
    if (line.trim() === '') {
      reader.at += 1;
      continue;
    }
    blocks.push(start(reader, line) ?? paragraph(reader));
  }
  return blocks;
}

function start(reader: Reader, line: string): Block | null {
  for (const starter of STARTERS) {
    const block = starter(reader, line);
    if (block !== null) return block;
  }
  return null;
}

function fence(reader: Reader, line: string): Block | null {
  const open = FENCE.exec(line);
  if (open === null) return null;
  const indent = open[1]?.length ?? 0;
  const marker = open[2] ?? '```';
  const close = new RegExp(`^ {0,3}${marker[0] === '`' ? '`' : '~'}{${marker.length},}\\s*$`);
  const body: string[] = [];
  reader.at += 1;
  while (reader.at < reader.lines.length) {
    const next = reader.lines[reader.at] ?? '';
    reader.at += 1;
    if (close.test(next)) break;
    body.push(next.slice(Math.min(indent, next.length - next.trimStart().length)));
  }
  return {
    type: 'code',
    language: (open[3] ?? '').trim().split(/\s/)[0] ?? '',
    text: unescapeSlack(body.join('\n')),
  };
}

function heading(reader: Reader, line: string): Block | null {
  const found = HEADING.exec(line);
  if (found === null) return null;
  reader.at += 1;
  return { type: 'heading', level: found[1]?.length ?? 1, children: parseInline(found[2] ?? '', MARKDOWN) };
}

function rule(reader: Reader, line: string): Block | null {
  if (!RULE.test(line)) return null;
  reader.at += 1;
  return { type: 'rule' };
}

function quote(reader: Reader, line: string): Block | null {
  if (!QUOTE.test(line)) return null;
  const inner: string[] = [];
  while (reader.at < reader.lines.length) {
    const found = QUOTE.exec(reader.lines[reader.at] ?? '');
    if (found === null) break;
    inner.push(found[1] ?? '');
    reader.at += 1;
  }
  return { type: 'quote', children: nested(inner, reader.depth) };
}

function nested(lines: readonly string[], depth: number): Block[] {
  if (depth >= MAX_DEPTH) return [{ type: 'paragraph', children: parseInline(lines.join('\n'), MARKDOWN) }];
  return readBlocks({ lines, at: 0, depth: depth + 1 });
}

function list(reader: Reader, line: string): Block | null {
  const first = ITEM.exec(line);
  if (first === null || RULE.test(line)) return null;
  const marker = first[2] ?? '-';
  const ordered = /\d/.test(marker);
  const base = first[1]?.length ?? 0;
  const items: ListItem[] = [];
  while (reader.at < reader.lines.length) {
    const found = ITEM.exec(reader.lines[reader.at] ?? '');
    if (found === null || (found[1]?.length ?? 0) > base + 1 || (found[1]?.length ?? 0) < base) break;
    if (/\d/.test(found[2] ?? '') !== ordered || RULE.test(reader.lines[reader.at] ?? '')) break;
    items.push(item(reader, found));
  }
  return { type: 'list', ordered, start: ordered ? Number.parseInt(marker, 10) : 1, items };
}

function item(reader: Reader, found: RegExpExecArray): ListItem {
  const indent = (found[1]?.length ?? 0) + 2;
  const task = /^\[([ xX])\]\s+(.*)$/.exec(found[4] ?? '');
  const body = [task === null ? (found[4] ?? '') : (task[2] ?? '')];
  reader.at += 1;
  while (reader.at < reader.lines.length) {
    const line = reader.lines[reader.at] ?? '';
    if (line.trim() === '') {
      const after = reader.lines[reader.at + 1] ?? '';
      if (!/\S/.test(after) || leading(after) < indent) break;
      body.push('');
    } else if (leading(line) >= indent) body.push(line.slice(Math.min(leading(line), contentIndent(found))));
    else if (lazy(line)) body.push(line.trim());
    else break;
    reader.at += 1;
  }
  skipBlankBeforeItem(reader, found[1]?.length ?? 0);
  return { checked: task === null ? null : task[1] !== ' ', children: nested(body, reader.depth) };
}

/** A blank line between two items does not end the list. */
function skipBlankBeforeItem(reader: Reader, base: number): void {
  let ahead = reader.at;
  while ((reader.lines[ahead] ?? 'x').trim() === '') ahead += 1;
  const next = ITEM.exec(reader.lines[ahead] ?? '');
  if (ahead > reader.at && next !== null && Math.abs((next[1]?.length ?? 0) - base) <= 1) reader.at = ahead;
}

function contentIndent(found: RegExpExecArray): number {
  return (found[1]?.length ?? 0) + (found[2]?.length ?? 1) + Math.min(found[3]?.length ?? 1, 4);
}

function leading(line: string): number {
  return line.length - line.trimStart().length;
}

/** A line that continues a paragraph without being indented for it. */
function lazy(line: string): boolean {
  return (
    !ITEM.test(line) && !FENCE.test(line) && !HEADING.test(line) && !QUOTE.test(line) && !RULE.test(line)
  );
}

function cells(line: string): string[] {
  const trimmed = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  const out: string[] = [];
  let cell = '';
  let code = false;
  for (let at = 0; at < trimmed.length; at += 1) {
    const char = trimmed[at];
    if (char === '\\' && trimmed[at + 1] === '|') {
      cell += '|';
      at += 1;
    } else if (char === '|' && !code) {
      out.push(cell.trim());
      cell = '';
    } else {
      if (char === '`') code = !code;
      cell += char;
    }
  }
  out.push(cell.trim());
  return out;
}

function alignment(cell: string): Align {
  if (/^:-+:$/.test(cell)) return 'center';
  if (/^-+:$/.test(cell)) return 'right';
  return cell.startsWith(':') ? 'left' : null;
}

function table(reader: Reader, line: string): Block | null {
  const under = reader.lines[reader.at + 1] ?? '';
  if (!line.includes('|') || !under.includes('-')) return null;
  const marks = cells(under);
  if (!marks.every((cell) => /^:?-+:?$/.test(cell))) return null;
  const head = cells(line);
  if (head.length !== marks.length) return null;
  reader.at += 2;
  const rows: string[][] = [];
  while (reader.at < reader.lines.length) {
    const row = reader.lines[reader.at] ?? '';
    if (row.trim() === '' || !row.includes('|')) break;
    rows.push(cells(row));
    reader.at += 1;
  }
  const parse = (cell: string): ReturnType<typeof parseInline> => parseInline(cell, MARKDOWN);
  return {
    type: 'table',
    align: marks.map(alignment),
    head: head.map(parse),
    rows: rows.map((row) => head.map((_, at) => parse(row[at] ?? ''))),
  };
}

function paragraph(reader: Reader): Block {
  const lines: string[] = [];
  while (reader.at < reader.lines.length) {
    const line = reader.lines[reader.at] ?? '';
    if (line.trim() === '') break;
    if (lines.length > 0 && (!lazy(line) || startsTable(reader))) break;
    lines.push(line.trim());
    reader.at += 1;
  }
  return { type: 'paragraph', children: parseInline(lines.join('\n'), MARKDOWN) };
}

function startsTable(reader: Reader): boolean {
  const under = reader.lines[reader.at + 1] ?? '';
  return (
    (reader.lines[reader.at] ?? '').includes('|') &&
    /^[\s|:-]+$/.test(under) &&
    under.includes('-') &&
    under.includes('|')
  );
}

/** Slack's own mrkdwn: code fences and quotes are blocks, everything else is lines of text. */
export function parseMrkdwn(text: string): Block[] {
  const parts = text.split('```');
  // A fence that is never closed is three characters of text.
  if (parts.length % 2 === 0) parts.push(parts.splice(-2).join('```'));
  return parts.flatMap((part, at) => {
    if (at % 2 === 0) return mrkdwnLines(part);
    return [{ type: 'code', language: '', text: unescapeSlack(part.replace(/^\n/, '').replace(/\n$/, '')) }];
  });
}

function mrkdwnLines(text: string): Block[] {
  const trimmed = text.replace(/^\n+|\n+$/g, '');
  if (trimmed.trim() === '') return [];
  const blocks: Block[] = [];
  let lines: string[] = [];
  let quoted = false;
  const flush = (): void => {
    if (lines.length === 0) return;
    const inner: Block = { type: 'paragraph', children: parseInline(lines.join('\n'), MRKDWN) };
    blocks.push(quoted ? { type: 'quote', children: [inner] } : inner);
    lines = [];
  };
  for (const line of trimmed.split('\n')) {
    const found = /^(?:>|&gt;) ?(.*)$/.exec(line);
    if ((found !== null) !== quoted) flush();
    quoted = found !== null;
    lines.push(found === null ? line : (found[1] ?? ''));
  }
  flush();
  return blocks;
}
