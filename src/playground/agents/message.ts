/**
 * Reading a user message the way the scripted agent does: what was asked, by whom, and what was given as
 * context. Clients may end a message with a `<slack ts=… name=…/>` mark and put `<context …>` blocks before it.
 */

export interface Message {
  /** What was asked, without mark and context. */
  readonly text: string;
  /** Author's name, or null where the message carries no mark. */
  readonly name: string | null;
  /** Earlier talk that came with the message, `Name: text`. */
  readonly context: readonly string[];
  /** Attachments: what is shown by kind, what is mounted by its path. */
  readonly attachments: readonly string[];
}

/** A message together with what the agent knows besides. */
export interface Heard extends Message {
  readonly agent: string;
  /** Texts of earlier user messages of the session, oldest first. */
  readonly earlier: readonly string[];
  /** The session's spending limit in words, or null. */
  readonly budget: string | null;
}

/** What a client says of the files that came along, a line each; those that are mounted with their path. */
const ATTACHED = /^Files attached to this message:\n/;
const MOUNTED = / at (\/mnt\/session\/uploads\/\S+)$/gm;
const MARK = /^\s*<slack\s[^>]*\/>\s*$/;
const CONTEXT = /<context\b([^>]*)>([\s\S]*?)<\/context>/g;

export function readMessage(content: unknown): Message {
  const blocks = Array.isArray(content) ? (content as { type?: unknown; text?: unknown }[]) : [];
  const texts = blocks.flatMap((block) =>
    typeof block.text === 'string' && block.type === 'text' ? [block.text] : [],
  );
  const last = texts.at(-1);
  const mark = last !== undefined && MARK.test(last) ? last : null;
  const own = mark === null ? texts : texts.slice(0, -1);
  const body = own.filter((text) => !ATTACHED.test(text)).join('\n');
  const mounted = own.filter((text) => ATTACHED.test(text)).flatMap((text) => [...text.matchAll(MOUNTED)]);
  return {
    text: body.replaceAll(CONTEXT, '').trim(),
    name: mark === null ? null : attribute(mark, 'name'),
    context: [...body.matchAll(CONTEXT)].map((match) => contextLine(match[1] ?? '', match[2] ?? '')),
    attachments: [
      ...blocks.flatMap((block) => (block.type === 'text' ? [] : [String(block.type)])),
      ...mounted.map((match) => match[1] ?? ''),
    ],
  };
}

function contextLine(attributes: string, text: string): string {
  const name = attribute(attributes, 'name') ?? attribute(attributes, 'user');
  return name === null ? unescape(text).trim() : `${name}: ${unescape(text).trim()}`;
}

function attribute(tag: string, name: string): string | null {
  const match = new RegExp(`\\b${name}=(?:"([^"]*)"|'([^']*)')`).exec(tag);
  return match ? unescape(match[1] ?? match[2] ?? '') : null;
}

function unescape(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
