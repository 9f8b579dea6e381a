/**
 * A message's text as somebody reads it: Slack's references spelled out, then its escaping undone, once.
 * Syntax: docs.slack.dev, "Formatting message text", "Retrieving messages".
 */
import { unescape } from '../../core/words.ts';

const BROADCAST = /^(here|channel|everyone)$/;

/** `nameOf` gives a person's name where it is known. */
export function readable(text: string, nameOf: (user: string) => string | undefined): string {
  return unescape(text.replace(/<([^<>]*)>/g, (_, inside: string) => reference(inside, nameOf)));
}

function reference(inside: string, nameOf: (user: string) => string | undefined): string {
  const bar = inside.indexOf('|');
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? '' : inside.slice(bar + 1);
  const id = target.slice(1);
  if (target.startsWith('@')) return `@${nameOf(id) ?? (label || id)}`;
  if (target.startsWith('#')) return `#${label || id}`;
  if (target.startsWith('!')) return special(id, label);
  const address = target.startsWith('mailto:') ? target.slice('mailto:'.length) : target;
  return label === '' || label === address ? address : `${label} (${address})`;
}

function special(id: string, label: string): string {
  if (BROADCAST.test(id)) return `@${id}`;
  if (id.startsWith('subteam^')) return label || '@group';
  return label;
}
