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

/** Grapheme clusters of the text with their offsets in UTF-16 units. Lazy: reading stops where the caller stops. */
export function graphemes(text: string): Iterable<{ readonly segment: string; readonly index: number }> {
  return new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text);
}

/** Longest run of whole grapheme clusters from the start whose `size` adds up to at most `max`. */
function wholeGraphemes(text: string, max: number, size: (segment: string) => number): string {
  let used = 0;
  for (const { segment, index } of graphemes(text)) {
    used += size(segment);
    if (used > max) return text.slice(0, index);
  }
  return text;
}

/**
 * The text itself where it has at most `max` UTF-16 units, else as many whole grapheme clusters as fit
 * together with the ellipsis. Never longer than `max`.
 */
export function truncateGraphemes(text: string, max: number, ellipsis = '…'): string {
  if (text.length <= max) return text;
  const room = max - ellipsis.length;
  if (room < 0) return wholeGraphemes(text, max, (segment) => segment.length);
  return wholeGraphemes(text, room, (segment) => segment.length).trimEnd() + ellipsis;
}

/** Escapes the text and keeps the result within `max` UTF-16 units, cutting neither a cluster nor an entity. */
export function escapeWithin(text: string, max: number, ellipsis = '…'): string {
  const whole = escapeSlack(text);
  if (whole.length <= max) return whole;
  const kept = wholeGraphemes(text, max - ellipsis.length, (segment) => escapeSlack(segment).length);
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
