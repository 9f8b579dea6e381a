/**
 * How much of a growing answer may be shown where nothing can be taken back: text appended to a Slack stream
 * (docs.slack.dev, `chat.appendStream`). Pure.
 *
 * What stands here stays, whatever the agent writes next: an unfinished link, code span, fence, escape or secret is
 * held back, and so is the last word. It is found by reading on in the ways that change how text before them is
 * read: what all readings agree on is settled. Ends are put behind white space, because Slack may drop white space
 * at the beginning of a chunk; text without any (Chinese, Japanese, Thai) is cut between its characters.
 */
import { scanLines } from './markdown-lines.ts';
import { neutralised } from './safety.ts';
import { splitPieces } from './split.ts';
import { clusterStarts } from './text.ts';

/** What may follow in the middle of a text. */
const WITHIN: readonly string[] = [
  'x',
  ' x',
  '\n\nx',
  '\n---\n',
  '\n|-|\nx',
  '`x',
  '``x',
  '```x',
  '\n```\nx',
  '\n~~~\nx',
  ']x',
  '](https://x.invalid/x)x',
  'x](https://x.invalid/x)x',
  ')x',
  '(x)x',
  '")x',
  ')x](https://x.invalid/x)x',
  '> x',
  '>)x',
  '[x](https://x.invalid/x) x',
  ': x',
  '\\x',
];

/** What may follow on a line of plain words. */
const PLAINLY: readonly string[] = ['x', ' x', '\n|-|\nx'];

/** What may follow behind a text that is whole: the next one, in a paragraph of its own. */
const BEHIND: readonly string[] = ['x', '- x', '    x', '```\nx', '[x]: y', '> x'];

/**
 * Beginnings that only their end makes something else: half of a surrogate pair, a picture or link in angle
 * brackets, the first line of a key.
 */
const BEGINNINGS = [/[\ud800-\udbff]$/, /<[him][^<>\n]{0,2500}$/i, /-----BEGIN [A-Z0-9 ]{0,120}-{0,4}$/];

/** A line that is read the same whatever follows on it: plain words. */
const PLAIN_LINE = /^[\p{L}][^\\`!\]<>&[|~\n]*$/u;

/** No character run without white space is shown in pieces unless it is longer than this. */
const LONG_RUN = 16;

export interface Growing {
  /** The agent's Markdown so far. */
  readonly source: string;
  /** The agent has ended this text: what follows begins a new paragraph. */
  readonly whole: boolean;
  /** UTF-16 units of one part. */
  readonly limit: number;
  /** Which part, from 0. */
  readonly part: number;
}

/** The text of that part that will not change; empty where nothing is settled. */
export function settled({ source, whole, limit, part }: Growing): string {
  const text = whole
    ? `${source}\n\n`
    : BEGINNINGS.reduce((known, begun) => known.replace(begun, ''), source);
  const common = readings(text, whole)
    .map((reading) => growingPiece(reading, limit, part))
    .reduce(commonStart);
  return whole && common.endsWith('\n\n') ? common : common.slice(0, lastEnd(common));
}

/** The text, made safe, as it would be read with each of these behind it. */
function readings(text: string, whole: boolean): readonly string[] {
  const line = text.slice(text.lastIndexOf('\n') + 1);
  const more = whole ? BEHIND : PLAIN_LINE.test(line) ? PLAINLY : WITHIN;
  const from = paragraphStart(text);
  const before = neutralised(text.slice(0, from)).markdown;
  const apart = more.map((next) => before + neutralised(text.slice(from) + next).markdown);
  const [first] = more;
  // Read apart from what stands before it, the paragraph may mean something else: then all is read again.
  return apart[0] === neutralised(text + (first ?? '')).markdown
    ? apart
    : more.map((next) => neutralised(text + next).markdown);
}

/** Where the last paragraph begins that stands outside lists, quotes and code; 0 where there is none. */
function paragraphStart(text: string): number {
  const lines = scanLines(text);
  for (let index = lines.length - 1; index > 0; index -= 1) {
    const [above, line] = [lines[index - 1], lines[index]];
    if (above?.kind !== 'blank' || !line || line.column + line.indent + line.quotes > 0) continue;
    if (line.kind === 'text' || line.kind === 'heading') return line.start;
  }
  return 0;
}

/** The part as far as it is written, without what would close it here. */
function growingPiece(text: string, limit: number, part: number): string {
  const pieces = splitPieces(text, limit).filter(({ body }) => body.trim() !== '');
  const piece = pieces[part];
  return piece ? piece.markdown.slice(0, piece.markdown.length - piece.tail.length) : '';
}

function commonStart(a: string, b: string): string {
  let [low, high] = [0, Math.min(a.length, b.length)];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (a.startsWith(b.slice(low, middle), low)) low = middle;
    else high = middle - 1;
  }
  return a.slice(0, low);
}

/** The last place at which a chunk may end: behind white space and before something else. */
function lastEnd(text: string): number {
  const end = text.trimEnd().length;
  const word = Math.max(0, text.slice(0, end).search(/\s\S*$/) + 1);
  if (end - word <= LONG_RUN) return word;
  // Between two characters of a script without spaces: never inside ASCII, which a secret or an address may be.
  for (let at = end - 1; at > word; at -= 1) {
    const wide = /[^\p{ASCII}\s]/u.test(text[at - 1] ?? '') && /\S/.test(text[at] ?? '');
    if (wide && clusterStarts(text, word, end)(at) === at) return at;
  }
  return word;
}
