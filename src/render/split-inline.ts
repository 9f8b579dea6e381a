/** Where a line that is too long for one message is cut. Pure; works on escaped Markdown. */
import { MASK } from './secrets.ts';
import { clusterStarts } from './text.ts';

/** How far behind a cut the end of a link or code span is looked for. */
const SPAN_WINDOW = 2_500;

/** What is better kept whole: code spans, links, addresses, masks. */
const SPAN = new RegExp(
  [
    '(?<!`)`{1,32}[^`\\n]{1,1000}`{1,32}',
    '\\[[^[\\]\\n]{0,400}\\]\\([^)\\s]{0,2000}\\)(?: \\([^)\\s]{1,255}\\))?',
    'https?://[^\\s)]+',
    MASK,
  ].join('|'),
  'g',
);

interface Span {
  readonly start: number;
  readonly end: number;
}

function spansAround(text: string, from: number, to: number): Span[] {
  const spans: Span[] = [];
  for (const { 0: span, index } of text.slice(from, to).matchAll(SPAN)) {
    spans.push({ start: from + index, end: from + index + span.length });
  }
  return spans;
}

/** An offset at or before `at` that is a cluster boundary for certain: between two printable ASCII characters. */
function certainBoundary(text: string, at: number, from: number): number {
  const ascii = /^[ -~]{2}$/;
  for (let position = at; position > from; position -= 1) {
    if (ascii.test(text.slice(position - 1, position + 1))) return position;
  }
  return from;
}

/** Whether the offset lies inside `&amp;`, `&lt;` or `&gt;`; in escaped text every `&` begins one. */
function insideEntity(text: string, at: number): boolean {
  const back = text.slice(Math.max(0, at - 4), at).lastIndexOf('&');
  if (back < 0) return false;
  const start = Math.max(0, at - 4) + back;
  return text.slice(start, start + 5).indexOf(';') >= at - start;
}

function escapedByBackslash(text: string, at: number): boolean {
  return text[at - 1] === '\\' && text[at - 2] !== '\\';
}

/** 0 behind a blank or CJK punctuation, 1 between clusters, 2 inside a run of marks, 3 inside a span. */
function cutCost(text: string, at: number, insideSpan: boolean): number {
  if (insideSpan) return 3;
  const before = text[at - 1] ?? '';
  if (before === text[at] && /[*_~`|]/.test(before)) return 2;
  return /[\s。、，！？；：]/.test(before) ? 0 : 1;
}

/** The last place at or before `at` that cuts neither a character nor an entity: for clusters longer than a message. */
function anyCut(text: string, at: number): number {
  let cut = at;
  while (insideEntity(text, cut) || /^[\udc00-\udfff]/.test(text.slice(cut, cut + 1))) cut -= 1;
  return cut;
}

/**
 * The best place in (`from`, `to`] to cut: at a word, else between two grapheme clusters; outside code spans and
 * links where that can be had. Depends on at most `SPAN_WINDOW` characters behind `to`.
 * @param lineStart where the line, or what is left of it, begins
 */
export function cutInLine(text: string, lineStart: number, from: number, to: number): number {
  const spans = spansAround(text, Math.max(lineStart, from - SPAN_WINDOW), to + SPAN_WINDOW);
  const clusterStart = clusterStarts(text, certainBoundary(text, from, lineStart), to);
  let [best, bestCost, at] = [-1, Number.POSITIVE_INFINITY, to];
  while (at > from && bestCost > 0) {
    while ((spans.at(-1)?.start ?? -1) >= at) spans.pop();
    const cost = cutCost(text, at, (spans.at(-1)?.end ?? -1) > at);
    const cuts = cost < bestCost && !insideEntity(text, at) && !escapedByBackslash(text, at);
    const start = cuts ? clusterStart(at) : at - 1;
    if (start === at) [best, bestCost, at] = [at, cost, at - 1];
    else at = start;
  }
  return best > from ? best : anyCut(text, to);
}
