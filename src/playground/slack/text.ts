import type { Block } from './records.ts';

/** What people type becomes Slack's wire text, and wire text becomes the rich text block that goes with it. */

export interface Directory {
  userByHandle(handle: string): string | undefined;
  channelByName(name: string): string | undefined;
  hasUser(id: string): boolean;
  hasChannel(id: string): boolean;
  groupByHandle(handle: string): string | undefined;
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Slack escapes exactly these three characters (docs.slack.dev/messaging/formatting-message-text). */
export function escapeText(text: string): string {
  return text.replace(/[&<>]/g, (sign) => escapes[sign] ?? sign);
}

const typed = /<([@#])([A-Z][A-Z0-9]+)>|@([a-z0-9][a-z0-9._-]*)|#([a-z0-9][a-z0-9_-]*)|https?:\/\/[^\s<>]+/g;

/**
 * Text as a person types it, in the form in which events carry it: `@handle` and `#channel` become tokens,
 * addresses become links, broadcasts become `<!here>`, everything else is escaped. A token of a known id,
 * as the composer's completion inserts it, stays.
 */
export function typedToWire(text: string, directory: Directory): string {
  let wire = '';
  let from = 0;
  for (const match of text.matchAll(typed)) {
    const token = toToken(match, directory);
    if (token === undefined || followsWord(text, match.index)) continue;
    wire += escapeText(text.slice(from, match.index)) + token;
    from = match.index + match[0].length;
  }
  return wire + escapeText(text.slice(from));
}

/** `mail@example` is no mention. */
function followsWord(text: string, at: number): boolean {
  return at > 0 && !text.startsWith('<', at) && /[\w/]/.test(text[at - 1] ?? '');
}

function toToken(match: RegExpMatchArray, directory: Directory): string | undefined {
  const [whole, sign, id, handle, channel] = match;
  if (sign === '@' && id !== undefined) return directory.hasUser(id) ? whole : undefined;
  if (sign === '#' && id !== undefined) return directory.hasChannel(id) ? `<#${id}>` : undefined;
  if (handle !== undefined) return mention(handle, directory);
  if (channel !== undefined) {
    const found = directory.channelByName(channel);
    return found === undefined ? undefined : `<#${found}>`;
  }
  return `<${escapeText(whole)}>`;
}

function mention(handle: string, directory: Directory): string | undefined {
  const name = handle.replace(/[._-]+$/, '');
  const rest = escapeText(handle.slice(name.length));
  if (['here', 'channel', 'everyone'].includes(name)) return `<!${name}>${rest}`;
  const user = directory.userByHandle(name);
  if (user !== undefined) return `<@${user}>${rest}`;
  const group = directory.groupByHandle(name);
  return group === undefined ? undefined : `<!subteam^${group}>${rest}`;
}

const tokens = /<([@#!]?)([^>|]*)(?:\|([^>]*))?>/g;

/** The `rich_text` block that Slack puts beside every text a person wrote. */
export function richText(wire: string, blockId: string): Block {
  const elements: Record<string, unknown>[] = [];
  let from = 0;
  const plain = (text: string): void => {
    if (text !== '') elements.push({ type: 'text', text: unescapeText(text) });
  };
  for (const match of wire.matchAll(tokens)) {
    plain(wire.slice(from, match.index));
    elements.push(element(match[1] ?? '', match[2] ?? '', match[3]));
    from = match.index + match[0].length;
  }
  plain(wire.slice(from));
  return { type: 'rich_text', block_id: blockId, elements: [{ type: 'rich_text_section', elements }] };
}

function element(sign: string, target: string, label: string | undefined): Record<string, unknown> {
  if (sign === '@') return { type: 'user', user_id: target };
  if (sign === '#') return { type: 'channel', channel_id: target };
  if (sign === '!' && target.startsWith('subteam^'))
    return { type: 'usergroup', usergroup_id: target.slice(8) };
  if (sign === '!') return { type: 'broadcast', range: target };
  return { type: 'link', url: unescapeText(target), ...(label === undefined ? {} : { text: label }) };
}

export function unescapeText(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** Ids that a wire text mentions. */
export function mentionedUsers(wire: string): string[] {
  return [...wire.matchAll(/<@([A-Z][A-Z0-9]+)(?:\|[^>]*)?>/g)].map((match) => match[1] ?? '');
}
