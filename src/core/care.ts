/** Commands with something behind them: to whom a thread is handed over, what a fork begins with. Pure. */
import type { CommandInput } from './event.ts';
import { unescape } from './words.ts';

const HAND_OVER = /^[\s\p{P}]*hand[\s-]*over\b\s*/iu;
const FORK = /^[\s\p{P}]*fork\s*(?::\s*|$)/iu;
const TO_SOMEBODY = /^(?:to\s+)?<@([UW][A-Z0-9]+)(?:\|[^>]*)?>[\s.!]*$/i;

/** What somebody typed behind a command's own word. */
export interface CareWords {
  readonly name: 'handover' | 'fork';
  /** As Slack has it: escaped. */
  readonly rest: string;
}

/** Such a command at the beginning of an escaped text, whatever stands behind it. */
export function careAt(text: string): CareWords | undefined {
  const names = { handover: HAND_OVER, fork: FORK } as const;
  for (const name of ['handover', 'fork'] as const) {
    const word = names[name].exec(text)?.[0];
    if (word !== undefined) return { name, rest: text.slice(word.length).trim() };
  }
  return undefined;
}

/**
 * Such a command, where the text is nothing else: a request may begin with the same words. What a fork begins with
 * stands behind a colon.
 */
export function careIn(text: string): CareWords | undefined {
  const care = careAt(text);
  if (!care || care.name === 'fork') return care;
  return care.rest.replace(/[\s\p{P}]/gu, '') === '' || TO_SOMEBODY.test(care.rest) ? care : undefined;
}

/** What the command's input carries of what stands behind it. */
export function careOf(name: string, rest: string): Pick<CommandInput, 'to' | 'words'> {
  if (name === 'fork') return rest === '' ? {} : { words: unescape(rest) };
  if (name !== 'handover') return {};
  const to = TO_SOMEBODY.exec(rest)?.[1];
  return to === undefined ? {} : { to: to.toUpperCase() };
}
