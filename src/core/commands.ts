/** The words behind `/heddle`, read as people type them: in any case, quoted, with more behind them. */
import { careAt } from './care.ts';
import { COMMANDS, type CommandName } from './event.ts';

/** A command with what stands behind it, as Slack sent it. */
export interface Said {
  readonly name: CommandName;
  readonly rest: string;
}

const AROUND = /^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu;

/** The first word, without punctuation around it. */
export function firstWord(text: string): string {
  const [word = ''] = text.trim().split(/\s+/);
  return word.replace(AROUND, '');
}

/** Its first word decides, and no word at all asks for help. Undefined where that word is no command. */
export function slashCommand(text: string): Said | undefined {
  if (text.replace(AROUND, '').trim() === '') return { name: 'help', rest: '' };
  const care = careAt(text);
  if (care) return care;
  const word = firstWord(text).toLowerCase();
  const name = COMMANDS.find((known) => known === word);
  return name && { name, rest: text.trim().replace(/^\S+\s*/, '') };
}
