/** Reading what people type: Slack's escaping, the bot's own mention, and the few words that are commands. */
import { COMMANDS, type CommandName } from './event.ts';
import { keyNamed } from './layers.ts';
import { keysOf } from './tune.ts';

/** Undoes Slack's escaping, exactly once (docs.slack.dev, "Formatting message text"). */
export function unescape(text: string): string {
  return text.replace(/&(lt|gt|amp);/g, (_, name: string) =>
    name === 'lt' ? '<' : name === 'gt' ? '>' : '&',
  );
}

/** Whether the escaped text names this user as `<@U…>` or `<@U…|name>`. */
export function names(text: string, user: string): boolean {
  return text.includes(`<@${user}>`) || text.includes(`<@${user}|`);
}

/** Whether the escaped text names a person other than this user, or a group of people. */
export function namesOthers(text: string, user: string): boolean {
  for (const [, id] of text.matchAll(/<@([UW][A-Z0-9]+)(?:\|[^>]*)?>/g)) if (id !== user) return true;
  return /<!subteam\^[A-Z0-9]+(?:\|[^>]*)?>/.test(text);
}

/** `aside:` in front, also behind a mention, keeps a message from the agent. */
export function isAside(text: string): boolean {
  return /^\s*(?:<@[UW][A-Z0-9]+(?:\|[^>]*)?>[\s,:]*)*[*_~]*aside[*_~]*\s*:/i.test(text);
}

/** The words without the bot's own mention, wherever it stands. Other mentions stay as they are. */
export function withoutMention(text: string, user: string): string {
  const own = new RegExp(`[ \\t]*<@${user}(?:\\|[^>]*)?>[ \\t]*[,:]?[ \\t]*`, 'g');
  return text.replace(own, ' ').trim();
}

/** A lone word without punctuation around it, in lower case; undefined for anything longer. */
function loneWord(text: string): string | undefined {
  const word = /^[\s\p{P}]*([a-z]+)[\s\p{P}]*$/iu.exec(text)?.[1];
  return word?.toLowerCase();
}

/** The whole message `stop`, in any case, with or without punctuation. */
export function isStop(text: string): boolean {
  return loneWord(text) === 'stop';
}

/** The command that these words are, if they are nothing else. */
export function commandIn(text: string): CommandName | undefined {
  const word = loneWord(text);
  return COMMANDS.find((name) => name === word);
}

/**
 * `settings`, a key and a value, where they are nothing else: by key, as they were typed. A word that begins as a key
 * does was meant to be one, and is told to be none; any other request that begins so is the agent's.
 */
export function settingIn(text: string): Readonly<Record<string, string>> | undefined {
  const [, name = '', value = ''] =
    /^[\s\p{P}]*settings[ \t:]+([a-z][a-z_.]*)[ \t:=]+(\S+)$/iu.exec(text.trim()) ?? [];
  const key = name.toLowerCase();
  const isMeant = THREAD_KEYS.some((each) => each.slice(0, 3) === key.slice(0, 3));
  if (!isMeant && keyNamed(key) === undefined) return undefined;
  return { [key]: /^(?:reset|default|inherit)[.!]*$/i.test(value) ? '' : value };
}

const THREAD_KEYS: readonly string[] = keysOf('thread').map(({ key }) => key);

/** A `!` in front of words: interrupt. `!` alone, and `!!`, are just words. */
export function urgency(text: string): { readonly urgent: boolean; readonly text: string } {
  const match = /^!\s*([^!\s][\s\S]*)$/.exec(text.trimStart());
  return match?.[1] ? { urgent: true, text: match[1] } : { urgent: false, text };
}
