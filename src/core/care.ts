/** Commands with something behind them: to whom a thread is handed over. Pure. */
import type { CommandInput } from './event.ts';

const HAND_OVER = /^[\s\p{P}]*hand[\s-]*over\b\s*/iu;
const TO_SOMEBODY = /^(?:to\s+)?<@([UW][A-Z0-9]+)(?:\|[^>]*)?>[\s.!]*$/i;

/** What somebody typed behind a command's own word. */
export interface CareWords {
  readonly name: 'handover';
  /** As Slack has it: escaped. */
  readonly rest: string;
}

/** Such a command at the beginning of an escaped text, whatever stands behind it. */
export function careAt(text: string): CareWords | undefined {
  const word = HAND_OVER.exec(text)?.[0];
  return word === undefined ? undefined : { name: 'handover', rest: text.slice(word.length).trim() };
}

/** Such a command, where the text is nothing else: a request may begin with the same words. */
export function careIn(text: string): CareWords | undefined {
  const care = careAt(text);
  if (!care) return undefined;
  return care.rest.replace(/[\s\p{P}]/gu, '') === '' || TO_SOMEBODY.test(care.rest) ? care : undefined;
}

/** What the command's input carries of what stands behind it. */
export function careOf(rest: string): Pick<CommandInput, 'to'> {
  const to = TO_SOMEBODY.exec(rest)?.[1];
  return to === undefined ? {} : { to: to.toUpperCase() };
}
