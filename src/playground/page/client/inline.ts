/**
 * Inline formatting of both dialects: standard Markdown (`markdown` blocks) and Slack's own mrkdwn (`text`,
 * `section`). Slack's control sequences (`<@U…>`, `<#C…|name>`, `<!here>`, `<https://…|label>`) and emoji
 * shortcodes are live in both.
 * Source: docs.slack.dev/messaging/formatting-message-text and the `markdown` block's reference page.
 */
import type { Inline } from './tree.ts';
import { safeHref, unescapeSlack } from './tree.ts';

type Style = 'bold' | 'italic' | 'strike';
interface Marker {
  readonly text: string;
  readonly styles: readonly Style[];
  /** Opens and closes only at the edge of a word (`snake_case` stays as it is). */
  readonly atWord: boolean;
}
export interface Dialect {
  readonly markers: readonly Marker[];
  readonly links: boolean;
  readonly escapes: boolean;
}

export const MARKDOWN: Dialect = {
  markers: [
    { text: '***', styles: ['bold', 'italic'], atWord: false },
    { text: '___', styles: ['bold', 'italic'], atWord: true },
    { text: '**', styles: ['bold'], atWord: false },
    { text: '__', styles: ['bold'], atWord: true },
    { text: '~~', styles: ['strike'], atWord: false },
    { text: '*', styles: ['italic'], atWord: false },
    { text: '_', styles: ['italic'], atWord: true },
  ],
  links: true,
  escapes: true,
};

export const MRKDWN: Dialect = {
  markers: [
    { text: '*', styles: ['bold'], atWord: true },
    { text: '_', styles: ['italic'], atWord: true },
    { text: '~', styles: ['strike'], atWord: true },
  ],
  links: false,
  escapes: false,
};

interface Found {
  readonly nodes: readonly Inline[];
  readonly end: number;
}
type Rule = (cursor: Cursor) => Found | null;

interface Cursor {
  readonly text: string;
  readonly at: number;
  readonly dialect: Dialect;
  /** Markers that are known to have no closing partner further on; keeps hostile text linear. */
  readonly dead: Set<string>;
}

const WORD = /[\p{L}\p{N}]/u;
const isWord = (char: string | undefined): boolean => char !== undefined && WORD.test(char);
const isSpace = (char: string | undefined): boolean => char === undefined || /\s/.test(char);

/** Parses the text of one paragraph, cell or heading. */
export function parseInline(text: string, dialect: Dialect): Inline[] {
  const out: Inline[] = [];
  const dead = new Set<string>();
  let plain = '';
  let at = 0;
  const flush = (): void => {
    if (plain !== '') out.push({ type: 'text', text: unescapeSlack(plain) });
    plain = '';
  };
  while (at < text.length) {
    const found = match({ text, at, dialect, dead });
    if (found === null) {
      plain += text[at];
      at += 1;
      continue;
    }
    flush();
    out.push(...found.nodes);
    at = found.end;
  }
  flush();
  return out;
}

const RULES: ReadonlyMap<string, readonly Rule[]> = new Map<string, readonly Rule[]>([
  ['\\', [escaped]],
  ['`', [codeSpan]],
  ['<', [token]],
  ['!', [image]],
  ['[', [link]],
  ['\n', [lineBreak]],
  [':', [emoji]],
  ['h', [bareLink]],
  ['*', [emphasis]],
  ['_', [emphasis]],
  ['~', [emphasis]],
]);

function match(cursor: Cursor): Found | null {
  for (const rule of RULES.get(cursor.text[cursor.at] ?? '') ?? []) {
    const found = rule(cursor);
    if (found !== null) return found;
  }
  return null;
}

function escaped({ text, at, dialect }: Cursor): Found | null {
  const next = text[at + 1];
  if (!dialect.escapes || next === undefined) return null;
  if (next === '\n') return { nodes: [{ type: 'break' }], end: at + 2 };
  if (!/[!-/:-@[-`{-~]/.test(next)) return null;
  // An escaped `&` may begin one of Slack's entities; leave the entity to be read as such.
  if (next === '&') return { nodes: [], end: at + 1 };
  return { nodes: [{ type: 'text', text: next }], end: at + 2 };
}

function codeSpan({ text, at, dead }: Cursor): Found | null {
  const run = /^`+/.exec(text.slice(at, at + 20))?.[0] ?? '`';
  if (dead.has(run)) return { nodes: [{ type: 'text', text: run }], end: at + run.length };
  let end = text.indexOf(run, at + run.length);
  while (end !== -1 && (text[end + run.length] === '`' || text[end - 1] === '`')) {
    end += 1;
    while (text[end] === '`') end += 1;
    end = text.indexOf(run, end);
  }
  if (end === -1) {
    dead.add(run);
    return { nodes: [{ type: 'text', text: run }], end: at + run.length };
  }
  const inner = unescapeSlack(text.slice(at + run.length, end)).replaceAll('\n', ' ');
  const trimmed = inner.length > 2 && inner.startsWith(' ') && inner.endsWith(' ') && inner.trim() !== '';
  return { nodes: [{ type: 'code', text: trimmed ? inner.slice(1, -1) : inner }], end: end + run.length };
}

function token({ text, at, dialect }: Cursor): Found | null {
  const body = /^<([^<>\n]+)>/.exec(text.slice(at, at + 3000))?.[1];
  if (body === undefined) return null;
  const node = readToken(body, dialect);
  return node === null ? null : { nodes: [node], end: at + body.length + 2 };
}

function readToken(body: string, dialect: Dialect): Inline | null {
  const bar = body.indexOf('|');
  const target = bar === -1 ? body : body.slice(0, bar);
  const label = bar === -1 ? null : unescapeSlack(body.slice(bar + 1));
  if (/^@[UW][A-Z0-9]+$/.test(target)) return { type: 'user', id: target.slice(1), label };
  if (/^#[CDG][A-Z0-9]+$/.test(target)) return { type: 'channel', id: target.slice(1), label };
  if (target.startsWith('!subteam^')) return { type: 'usergroup', id: target.slice(9), label };
  if (/^!(here|channel|everyone)$/.test(target)) return { type: 'broadcast', range: target.slice(1) };
  const date = /^!date\^(\d+)\^([^^]*)/.exec(target);
  if (date !== null) {
    return { type: 'date', seconds: Number(date[1]), format: date[2] ?? '', fallback: label ?? '' };
  }
  const href =
    safeHref(unescapeSlack(target)) ??
    (dialect.links && /^[^\s@]+@[^\s@]+\.[a-z]+$/i.test(target) ? `mailto:${target}` : null);
  if (href === null) return null;
  return { type: 'link', href, children: [{ type: 'text', text: label ?? unescapeSlack(target) }] };
}

const LINK =
  /^\[((?:[^[\]\\]|\\.|\[[^[\]]*\])*)\]\(\s*<?((?:[^()\s<>\\]|\\.|\([^()\s]*\))*)>?(?:\s+"[^"]*")?\s*\)/;

function image({ text, at, dialect }: Cursor): Found | null {
  if (!dialect.links || text[at + 1] !== '[') return null;
  const found = LINK.exec(text.slice(at + 1, at + 4000));
  if (found === null) return null;
  const node: Inline = {
    type: 'image',
    alt: unescapeSlack(found[1] ?? ''),
    href: unescapeSlack(found[2] ?? ''),
  };
  return { nodes: [node], end: at + 1 + found[0].length };
}

function link({ text, at, dialect }: Cursor): Found | null {
  if (!dialect.links) return null;
  const found = LINK.exec(text.slice(at, at + 4000));
  if (found === null) return null;
  const children = parseInline(found[1] ?? '', dialect);
  const href = safeHref(unescapeSlack(found[2] ?? ''));
  const end = at + found[0].length;
  return href === null ? { nodes: children, end } : { nodes: [{ type: 'link', href, children }], end };
}

function lineBreak({ at }: Cursor): Found {
  return { nodes: [{ type: 'break' }], end: at + 1 };
}

function emoji({ text, at }: Cursor): Found | null {
  const found = /^:([a-z0-9_+'-]+)(?:::skin-tone-[2-6])?:/.exec(text.slice(at, at + 120));
  if (found === null || !/[a-z+-]/.test(found[1] ?? '') || isWord(text[at - 1])) return null;
  return { nodes: [{ type: 'emoji', name: found[1] ?? '' }], end: at + found[0].length };
}

function bareLink({ text, at }: Cursor): Found | null {
  if (isWord(text[at - 1])) return null;
  const found = /^https?:\/\/[^\s<>*`|]+/.exec(text.slice(at, at + 2000))?.[0];
  if (found === undefined) return null;
  let raw = found.replace(/[.,:;!?'"_~]+$/, '');
  if (raw.endsWith(')') && !raw.includes('(')) raw = raw.slice(0, -1);
  const href = safeHref(unescapeSlack(raw));
  if (href === null) return null;
  return {
    nodes: [{ type: 'link', href, children: [{ type: 'text', text: unescapeSlack(raw) }] }],
    end: at + raw.length,
  };
}

function emphasis(cursor: Cursor): Found | null {
  const { text, at, dialect, dead } = cursor;
  for (const marker of dialect.markers) {
    if (!text.startsWith(marker.text, at) || dead.has(marker.text)) continue;
    const start = at + marker.text.length;
    if (isSpace(text[start]) || (marker.atWord && isWord(text[at - 1]))) continue;
    const end = closing(text, start, marker);
    if (end === -1) {
      dead.add(marker.text);
      continue;
    }
    const inner = parseInline(text.slice(start, end), dialect);
    const node = marker.styles.reduceRight<readonly Inline[]>(
      (children, type) => [{ type, children }],
      inner,
    );
    return { nodes: node, end: end + marker.text.length };
  }
  // A run of the same character that closes nothing is text as a whole.
  const run = /^(\*+|_+|~+)/.exec(text.slice(at))?.[0] ?? '';
  return run.length > 1 ? { nodes: [{ type: 'text', text: run }], end: at + run.length } : null;
}

/** Where `marker` closes, or -1. Code spans and Slack's tokens are stepped over, escapes are skipped. */
function closing(text: string, from: number, marker: Marker): number {
  const first = marker.text[0] ?? '';
  let at = from;
  while (at < text.length) {
    const char = text[at];
    if (char === '\n' && text[at + 1] === '\n') return -1;
    if (char === '\\') at += 2;
    else if (char === '`') at = skip(text, at, '`');
    else if (char === '<') at = skip(text, at, '>');
    else if (char === first) {
      let run = 1;
      while (text[at + run] === first) run += 1;
      const fits = run === marker.text.length || (run > marker.text.length && marker.text.length > 1);
      if (fits && at > from && !isSpace(text[at - 1]) && !(marker.atWord && isWord(text[at + run]))) {
        return at + run - marker.text.length;
      }
      at += run;
    } else at += 1;
  }
  return -1;
}

function skip(text: string, at: number, until: string): number {
  const end = text.indexOf(until, at + 1);
  return end === -1 || end - at > 3000 ? at + 1 : end + 1;
}
