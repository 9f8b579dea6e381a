/** Where a Markdown link really leads, and whether its text says something else. Pure. */

/** Longest destination and title that are read as part of a link; longer ones are left as text. */
const MAX_DESTINATION = 2_000;
const MAX_TITLE = 500;
/** CommonMark lets implementations limit nested parentheses in a destination; 32 is its own suggestion. */
const MAX_NESTING = 32;

export interface Destination {
  /** As written, without angle brackets. */
  readonly url: string;
  /** With its quotes; empty where there is none. */
  readonly title: string;
  /** Offset after the closing parenthesis. */
  readonly end: number;
}

function skipBlanks(line: string, at: number): number {
  let position = at;
  while (position < at + 100 && (line[position] === ' ' || line[position] === '\t')) position += 1;
  return position;
}

/** End of a destination without angle brackets: no white space, parentheses in pairs. */
function bareEnd(line: string, at: number): number | undefined {
  let depth = 0;
  const stop = Math.min(line.length, at + MAX_DESTINATION);
  for (let position = at; position < stop; position += 1) {
    const character = line[position];
    if (character === ' ' || character === '\t') return position;
    if (character === '\\') position += 1;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    if (depth < 0) return position;
    if (depth > MAX_NESTING) return undefined;
  }
  return undefined;
}

const CLOSERS: Readonly<Record<string, string>> = { '"': '"', "'": "'", '(': ')' };

function titleEnd(line: string, at: number): number | undefined {
  const closer = CLOSERS[line[at] ?? ''];
  if (!closer) return at;
  const stop = Math.min(line.length, at + MAX_TITLE);
  for (let position = at + 1; position < stop; position += 1) {
    if (line[position] === '\\') position += 1;
    else if (line[position] === closer) return position + 1;
  }
  return undefined;
}

/** Reads `url "title")` from behind `](` on; undefined where it is not complete on this line. */
export function readDestination(line: string, from: number): Destination | undefined {
  const at = skipBlanks(line, from);
  const angle = /<([^<>\\]{0,2000})>/y;
  angle.lastIndex = at;
  const bracketed = angle.exec(line)?.[1];
  const end = bracketed === undefined ? bareEnd(line, at) : angle.lastIndex;
  if (end === undefined) return undefined;
  const url = bracketed ?? line.slice(at, end);
  const start = skipBlanks(line, end);
  const closed = titleEnd(line, start);
  if (closed === undefined) return undefined;
  const stop = skipBlanks(line, closed);
  return line[stop] === ')' ? { url, title: line.slice(start, closed), end: stop + 1 } : undefined;
}

/** A destination that needs no angle brackets. */
export function plainDestination(url: string): string {
  return url.replace(/[\s()<>]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function hostname(url: string): string | undefined {
  try {
    return new URL(url).hostname.replace(/^www\./, '');
  } catch {
    return undefined;
  }
}

/**
 * The host a destination leads to, as a browser reads it (WHATWG URL: `https://bank.com@evil.com` leads to
 * evil.com, and names in other scripts show as `xn--`); the scheme where it has no host; undefined for a relative one.
 */
export function realHost(destination: string): string | undefined {
  const url = destination.replace(/\\(?=[!-/:-@[-`{-~])/g, '').trim();
  const scheme = /^[a-z][a-z0-9+.-]{0,30}:/i.exec(url)?.[0];
  if (scheme) return hostname(url) || scheme.toLowerCase();
  if (/^[/\\]{2}/.test(url)) return hostname(`https:${url}`) ?? '?';
  return /^[^/?#]{1,255}\.[^/?#]{2,}/.test(url) ? hostname(`https://${url}`) : undefined;
}

/** Endings of file names that are no top-level domains: `main.ts` does not pose as a host. */
const FILE_ENDINGS = new Set(
  'js ts jsx tsx mjs cjs mts cts json jsonl yaml yml toml xml html htm css scss txt csv log lock java kt go rb php cpp hpp cs swift sql lua ini cfg conf env png jpg jpeg gif svg webp pdf doc docx xls xlsx ppt pptx ipynb wasm tf vue svelte gz tar bak diff patch'.split(
    ' ',
  ),
);

const HOST = /(?:[\p{L}\p{N}][\p{L}\p{N}-]{0,62}\.){1,8}\p{L}[\p{L}\p{N}-]{1,62}/gu;

/** What a reader may take for a host name in a link's text, as a browser would write it. */
function hostsIn(label: string): string[] {
  const plain = label
    .slice(0, 500)
    .replace(/[\p{Cf}\\*_~`]/gu, '')
    .normalize('NFKC')
    .replace(/[。．｡]/g, '.');
  const found = [...plain.matchAll(HOST)].filter(({ 0: host, index }) => {
    const ending = host.slice(host.lastIndexOf('.') + 1).toLowerCase();
    return !FILE_ENDINGS.has(ending) || plain.slice(0, index).endsWith('://');
  });
  return found.map(({ 0: host }) => hostname(`https://${host}`) ?? host.toLowerCase());
}

/**
 * The host to show beside a link, or undefined where its text does not mislead: no text at all names it too.
 * `docs.example.com` under the text `example.com` is the same site; the reverse is not.
 */
export function hostToShow(label: string, destination: string): string | undefined {
  const host = realHost(destination);
  if (host === undefined) return undefined;
  const misleading = hostsIn(label).some((named) => host !== named && !host.endsWith(`.${named}`));
  return misleading ? host : undefined;
}
