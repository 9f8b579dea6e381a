/**
 * Plain text for Slack: escaping, shortening, one-liners. Pure.
 *
 * Slack's `text`, `mrkdwn` and `markdown` fields know exactly three entities, `&amp;` `&lt;` `&gt;`
 * (docs.slack.dev, "Formatting message text", section "Escaping text"); nothing else is encoded or decoded.
 */

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const CHARACTERS: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** Escapes the three characters Slack reads as control characters, once. Call it on unescaped text only. */
export function escapeSlack(text: string): string {
  return text.replace(/[&<>]/g, (character) => ENTITIES[character] ?? character);
}

/** Undoes `escapeSlack`, once. */
export function unescapeSlack(text: string): string {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => CHARACTERS[entity] ?? entity);
}

/**
 * Tells where the grapheme cluster around an offset begins: the offset itself where it lies between two clusters.
 * Asks the segmenter only where plain ASCII does not already tell, and only for `text` from `from` to `to`.
 * @param from an offset between two clusters
 */
export function clusterStarts(text: string, from: number, to: number): (at: number) => number {
  let segments: Intl.Segments | undefined;
  return (at) => {
    if (at <= from || at >= text.length) return at;
    if (/^[ -~\n]{2}$/.test(text.slice(at - 1, at + 1))) return at;
    segments ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text.slice(from, to + 2));
    return from + (segments.containing(at - from)?.index ?? 0);
  };
}

/** The text up to `at`, without the cluster that would be cut there. */
function wholeUpTo(text: string, at: number): string {
  return text.slice(0, clusterStarts(text, 0, at)(Math.max(0, at)));
}

/**
 * The text itself where it has at most `max` UTF-16 units, else as many whole grapheme clusters as fit
 * together with the ellipsis. Never longer than `max`.
 */
export function truncateGraphemes(text: string, max: number, ellipsis = '…'): string {
  if (text.length <= max) return text;
  const room = max - ellipsis.length;
  return room < 0 ? wholeUpTo(text, max) : wholeUpTo(text, room).trimEnd() + ellipsis;
}

/** How much of the text has at most `max` UTF-16 units once it is escaped. */
function escapedRoom(text: string, max: number): number {
  let used = 0;
  for (let at = 0; at < text.length; at += 1) {
    used += ENTITIES[text[at] ?? '']?.length ?? 1;
    if (used > max) return at;
  }
  return text.length;
}

/** Escapes the text and keeps the result within `max` UTF-16 units, cutting neither a cluster nor an entity. */
export function escapeWithin(text: string, max: number, ellipsis = '…'): string {
  if (escapedRoom(text, max) === text.length) return escapeSlack(text);
  const kept = wholeUpTo(text, escapedRoom(text, max - ellipsis.length));
  return escapeSlack(kept.trimEnd()) + ellipsis;
}

/**
 * One line of at most `max` UTF-16 units for titles, names and status lines: control characters, line
 * separators and runs of white space become one space; format characters (zero width, joiners, bidi, tags),
 * private-use characters and lone surrogates are left out. Not escaped.
 */
export function oneLine(text: string, max: number): string {
  // What lies far behind the limit cannot show up: a 5 MB name costs no more than a short one.
  const bounded = text.slice(0, max * 8 + 256);
  const visible = bounded.replace(/[\p{Cf}\p{Cs}\p{Co}]/gu, '');
  const spaced = visible.replace(/[\s\p{Cc}\p{Z}]+/gu, ' ');
  return truncateGraphemes(spaced.trim(), max);
}
