/** Neutralises the inline Markdown of one line after the other: links, pictures, autolinks, entities. Pure. */
import type { Line } from './markdown-lines.ts';
import { hostToShow, plainDestination, readDestination, realHost } from './safety-links.ts';
import { escapeSlack } from './text.ts';

/** Longest code span and longest link text that are looked for. */
const MAX_SPAN = 1_000;
const MAX_LABEL = 400;

const SPECIAL = /[\\`!\]<>&]/g;
const IMAGE = /<img\b[^<>]{0,1000}>/iy;
const AUTOLINK = /<(https?:\/\/[^\s<>|`[\]]{1,2000}|mailto:[^\s<>|`[\]]{1,300})>/iy;
const SLACK_LINK = /<(https?:\/\/[^\s<>|`[\]]{1,2000})\|([^<>|`[\]\n]{1,300})>/iy;

/** Where the runs of backticks of a line begin, by length, last one first. */
function backticks(line: string): Map<number, number[]> {
  const runs = new Map<number, number[]>();
  for (const { 0: run, index } of line.matchAll(/`+/g)) {
    const at = runs.get(run.length);
    if (at) at.push(index);
    else runs.set(run.length, [index]);
  }
  for (const at of runs.values()) at.reverse();
  return runs;
}

/** For each `[` of a line the offset of its `]`, backslash escapes respected. */
function brackets(line: string): Map<number, number> {
  const pairs = new Map<number, number>();
  const open: number[] = [];
  for (const { 0: token, index } of line.matchAll(/\\[\s\S]|[[\]]/g)) {
    if (token === '[') open.push(index);
    const start = token === ']' ? open.pop() : undefined;
    if (start !== undefined) pairs.set(start, index);
  }
  return pairs;
}

/** Where a line that may define a link (`[label]: url`) has the colon, else -1. */
function definitionColon(line: string, continued: boolean): number {
  const close = /^(?:\\[\s\S]|[^\\\]]){0,1000}\]/.exec(line)?.[0].length ?? -1;
  if (close < 0 || line[close] !== ':') return -1;
  return line.startsWith('[') || continued ? close : -1;
}

/** One line on its way through: what is read, how far, and what was written. */
class LineWalk {
  readonly line: string;
  /** Whether a code span on this line is certainly code to every reader. */
  trusted: boolean;
  private at = 0;
  private out = '';
  /** The last character written; asking the growing text itself would copy it each time. */
  private last = '';
  private readonly ticks: Map<number, number[]>;
  private readonly pairs: Map<number, number>;
  private readonly colon: number;
  private readonly lastLink: number;
  private readonly before: string;

  /** @param before the text in front of the line, in which a link's text may begin */
  constructor(line: string, before: string, state: { trusted: boolean; continued: boolean }) {
    this.line = line;
    this.before = before;
    this.trusted = state.trusted;
    this.ticks = backticks(line);
    this.pairs = brackets(line);
    this.colon = definitionColon(line, state.continued);
    this.lastLink = Math.max(line.lastIndexOf(']('), line.lastIndexOf(']['));
  }

  run(): string {
    const special = new RegExp(SPECIAL);
    for (;;) {
      special.lastIndex = this.at;
      const found = special.exec(this.line);
      this.copy(found?.index ?? this.line.length);
      if (!found) return this.out;
      this.step(found[0]);
    }
  }

  /** Copies what is not special, with a space in front of the colon of a link definition. */
  private copy(to: number): void {
    const text = this.line.slice(this.at, to);
    const colon = this.colon - this.at;
    const breaks = colon >= 0 && colon < text.length;
    this.write(breaks ? `${text.slice(0, colon)} ${text.slice(colon)}` : text, to - this.at);
  }

  private write(text: string, length: number): void {
    this.out += text;
    this.last = text.at(-1) ?? this.last;
    this.at += length;
  }

  private step(character: string): void {
    if (character === '\\') this.backslash();
    else if (character === '`') this.code();
    else if (character === '!') this.picture();
    else if (character === ']') this.link();
    else if (character === '<') this.angle();
    else this.write(escapeSlack(character), 1);
  }

  private backslash(): void {
    const next = this.line[this.at + 1] ?? '';
    if (next === '!' && this.line[this.at + 2] === '[') this.write('\\! ', 2);
    else if (next === '\\' || next === '`') this.write(`\\${next}`, 2);
    else this.write('\\', 1);
  }

  /** A code span that ends on this line is kept as it is; anything less certain is read on as prose. */
  private code(): void {
    const length = /`+/y;
    length.lastIndex = this.at;
    const run = length.exec(this.line)?.[0] ?? '`';
    const ends = this.ticks.get(run.length);
    while ((ends?.at(-1) ?? Infinity) <= this.at) ends?.pop();
    const close = ends?.at(-1);
    const code = close === undefined ? '' : this.line.slice(this.at, close + run.length);
    const certain = code !== '' && code.length <= MAX_SPAN && !code.includes('|') && this.trusted;
    if (certain) return this.write(escapeSlack(code), code.length);
    this.trusted = false;
    return this.write(run, run.length);
  }

  /** A picture loses its `!` and is a link; what may be one over several lines gets a space instead. */
  private picture(): void {
    if (this.line[this.at + 1] !== '[') return this.write('!', 1);
    const paired = this.pairs.get(this.at + 1) ?? Number.POSITIVE_INFINITY;
    const close = paired - this.at > MAX_SPAN ? undefined : paired;
    const next = close === undefined ? '' : this.line[close + 1];
    // Behind another `!` dropping this one would make a picture again.
    if (next === '(' || next === '[') return this.write(this.last === '!' ? ' ' : '', 1);
    const label = close === undefined ? '`' : this.line.slice(this.at, close);
    const short = this.line.length - this.at <= 2 * MAX_SPAN;
    const certain = this.trusted && short && !label.includes('`') && this.lastLink < this.at;
    return this.write(certain ? '!' : '! ', 1);
  }

  /** The text of the link that ends at this `]`, back to its `[`, on this line or before it. */
  private label(): string | undefined {
    const own = this.line.slice(Math.max(0, this.at - MAX_LABEL), this.at);
    const text = (own.length < MAX_LABEL ? this.before.slice(own.length - MAX_LABEL) : '') + own;
    let depth = 0;
    for (let position = text.length - 1; position >= 0; position -= 1) {
      if (text[position] === ']') depth += 1;
      else if (text[position] === '[') depth -= 1;
      if (depth < 0) return text.slice(position + 1);
    }
    return undefined;
  }

  private link(): void {
    if (this.line[this.at + 1] !== '(') return this.copy(this.at + 1);
    const destination = readDestination(this.line, this.at + 2);
    const label = destination && this.label();
    // Unfinished, without a beginning, or with another link in it: not a link, so that nothing unseen can be one.
    if (!destination || label === undefined || /[[\]]/.test(destination.url + destination.title)) {
      return this.write('] ', 1);
    }
    const { url, title, end } = destination;
    const visible = /[^\s\p{Cf}]/u.test(label) ? '' : (realHost(url) ?? 'link');
    const host = visible ? undefined : hostToShow(label, url);
    const target = escapeSlack(plainDestinationIfNeeded(url) + (title ? ` ${title}` : ''));
    return this.write(`${visible}](${target})${host ? ` (${host})` : ''}`, end - this.at);
  }

  private angle(): void {
    if (!/[him]/i.test(this.line[this.at + 1] ?? '')) return this.write('&lt;', 1);
    const [image, auto, slack] = [IMAGE, AUTOLINK, SLACK_LINK].map((pattern) => {
      const sticky = new RegExp(pattern.source, pattern.flags);
      sticky.lastIndex = this.at;
      return sticky.exec(this.line);
    });
    const shown = image
      ? picturesLink(image[0])
      : auto
        ? this.bare(auto)
        : slack
          ? slackLink(slack)
          : undefined;
    const length = (image ?? auto ?? slack)?.[0].length ?? 1;
    // Behind a `!` what we build here would be a picture.
    const apart = this.last === '!' && shown?.startsWith('[') ? ' ' : '';
    return shown === undefined ? this.write('&lt;', 1) : this.write(apart + shown, length);
  }

  /** The address without its angle brackets, kept apart from a word that follows at once. */
  private bare(auto: RegExpExecArray): string {
    const url = (auto[1] ?? '').replace(/^mailto:/i, '');
    const next = this.line[this.at + auto[0].length];
    return escapeSlack(url) + (next === undefined || /[\s.,;:!?)\]}"'|]/.test(next) ? '' : ' ');
  }
}

function plainDestinationIfNeeded(url: string): string {
  return /[\s<>]/.test(url) ? plainDestination(url) : url;
}

function linkTo(label: string, url: string): string {
  const host = hostToShow(label, url);
  const shown = label.trim() === '' ? (realHost(url) ?? 'link') : label;
  return escapeSlack(`[${shown}](${plainDestination(url)})${host ? ` (${host})` : ''}`);
}

function slackLink(match: RegExpExecArray): string {
  return linkTo(match[2] ?? '', match[1] ?? '');
}

function attribute(tag: string, name: string): string {
  const found = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(tag);
  return found?.[1] ?? found?.[2] ?? found?.[3] ?? '';
}

/** `<img src alt>` as a link; undefined where it names no address. */
function picturesLink(tag: string): string | undefined {
  const url = attribute(tag, 'src');
  const alt = attribute(tag, 'alt').replace(/[[\]`\\!|]/g, '');
  return /^https?:\/\/[^\s[\]`|]+$/i.test(url) ? linkTo(alt, url) : undefined;
}

/** Walks the prose lines of a text in order and knows what a paragraph's earlier lines left open. */
export class Inline {
  private readonly text: string;
  private trusted = true;
  private continued = false;
  private lastEnd = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The neutralised content of a line outside fences. */
  line(line: Line): string {
    // A blank line and a fence end the paragraph, and with it what was open.
    if (line.kind === 'blank' || line.start !== this.lastEnd) this.forget();
    this.lastEnd = line.end;
    const content = this.text.slice(line.content, line.end);
    const before = this.text.slice(Math.max(0, line.content - MAX_LABEL), line.content);
    const walk = new LineWalk(content, before, { trusted: this.trusted, continued: this.continued });
    const out = walk.run();
    this.trusted = walk.trusted;
    this.continued ||= content.includes('[');
    return out;
  }

  private forget(): void {
    this.trusted = true;
    this.continued = false;
  }
}
