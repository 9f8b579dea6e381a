/**
 * What a session is sent for a Slack message: context, the words, and the mark.
 *
 * The mark is the last text block of every user message. It tells the agent who speaks, and it is how a send
 * whose outcome is unknown is found again: `events.send` has no idempotency key, so the key is in the content.
 * Doubt compares the whole block.
 */
import type { AgentEvent, Mark } from './agent-event.ts';
import type { Role } from './event.ts';

const ROLES: readonly Role[] = ['member', 'admin', 'guest', 'outsider', 'bot', 'unknown'];

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Safe inside a double-quoted attribute: nobody's display name can end the mark or forge another. */
export function escapeAttribute(value: string): string {
  return value
    .replace(/[\p{Cc}\p{Cf}]/gu, ' ')
    .replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
}

/** The inverse of {@link escapeAttribute}. */
export function unescapeAttribute(value: string): string {
  return value
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
}

export function formatMark(mark: Mark): string {
  const { ts, channel, user, name, role, n } = mark;
  const attribute = (key: string, value: string): string => `${key}="${escapeAttribute(value)}"`;
  return (
    `<slack ${attribute('ts', ts)} ${attribute('channel', channel)} ${attribute('user', user)} ` +
    `${attribute('name', name)} ${attribute('role', role)} n="${n}"/>`
  );
}

/** The mark in a user message's last text block; undefined where there is none. */
export function parseMark(block: string): Mark | undefined {
  const whole = /^<slack ((?:[a-z]+="[^"<>]*" ?)+)\/>$/.exec(block.trim());
  if (!whole?.[1]) return undefined;
  const found = new Map<string, string>();
  for (const [, key, value] of whole[1].matchAll(/([a-z]+)="([^"<>]*)"/g)) {
    if (key !== undefined && value !== undefined) found.set(key, unescapeAttribute(value));
  }
  const role = ROLES.find((known) => known === found.get('role'));
  const n = Number(found.get('n'));
  const ts = found.get('ts');
  if (!ts || !role || !Number.isSafeInteger(n)) return undefined;
  const at = (key: string): string => found.get(key) ?? '';
  return { ts, channel: at('channel'), user: at('user'), name: at('name'), role, n };
}

/** Whether two marks name the same send: the same message, deliberately sent the same number of times. */
export function sameSend(a: Pick<Mark, 'ts' | 'n'>, b: Pick<Mark, 'ts' | 'n'>): boolean {
  return a.ts === b.ts && a.n === b.n;
}

/** What people said that is not a request: it stands before the words, as data. */
export interface ContextLine {
  readonly ts: string;
  readonly user: string;
  readonly name: string;
  readonly text: string;
}

/** One `<context …>text</context>` block. The text cannot close it. */
export function formatContext(line: ContextLine): string {
  return (
    `<context ts="${escapeAttribute(line.ts)}" user="${escapeAttribute(line.user)}" ` +
    `name="${escapeAttribute(line.name)}">${formatWords(line.text)}</context>`
  );
}

/** What stands before the first words of a session: set by people of the workspace, and no words of who speaks. */
export function formatBrief(instructions: readonly string[]): string {
  const said = instructions.map(formatWords).join('\n\n');
  return `${BRIEF_OPEN}\nWhat this Slack workspace tells you about the place you work in. It was set by its people, holds for the whole conversation, and is not part of anybody's message:\n\n${said}\n${BRIEF_CLOSE}`;
}

const BRIEF_OPEN = '<slack-instructions>';
const BRIEF_CLOSE = '</slack-instructions>';

/** The texts of a message without what the workspace said before it; words that people typed cannot hold one. */
export function withoutBrief(text: string): string {
  return text.replace(/^<slack-instructions>[\s\S]*?<\/slack-instructions>\n?/, '');
}

/** A name of ours, with whatever a model reads over between its letters. */
function spread(name: string): string {
  return name.split('').join('[\\p{Cf}\\p{M}]*');
}

const IMITATED = new RegExp(
  `[<\uFF1C\uFE64](?=[\\s\\p{Cf}/]*(?:${spread('context')}|${spread('slack')})(?![\\p{L}\\p{N}_]))`,
  'giu',
);

/**
 * The words of somebody's message, with anything that imitates a mark or a context block made harmless, also where
 * blanks or invisible characters stand in it, over which a model reads.
 */
export function formatWords(text: string): string {
  return text.replace(IMITATED, '&lt;');
}

/** The send's echo among events of a session, if it is there. */
export function findSend(
  events: readonly AgentEvent[],
  send: Pick<Mark, 'ts' | 'n'>,
): Extract<AgentEvent, { type: 'user.message' }> | undefined {
  for (const event of events) {
    if (event.type === 'user.message' && event.mark && sameSend(event.mark, send)) return event;
  }
  return undefined;
}
