/**
 * The custom tool `ask_user`: the agent asks people something and goes on with the answer. Its input is
 * `{ question, choices?, free_text? }`; whatever else it is given, there is a question to show, or none.
 */
import type { AgentEvent } from './agent-event.ts';
import type { Question } from './ask.ts';

export const ASK_USER = 'ask_user';

/** A menu holds 100 (docs.slack.dev, static select); a choice is cut where Slack would cut it. */
const CHOICES_MOST = 100;
const CHOICE_MOST = 2_000;
const TEXT_MOST = 10_000;
const NAME_MOST = 200;

/** The question of a tool use; undefined where it is another tool, or says nothing. */
export function questionOf({
  name,
  input,
}: Pick<Extract<AgentEvent, { type: 'agent.tool_use' }>, 'name' | 'input'>): Question | undefined {
  if (name !== ASK_USER || typeof input !== 'object' || input === null) return undefined;
  const { question, choices, options, free_text: free } = input as Readonly<Record<string, unknown>>;
  if (typeof question !== 'string' || question.trim() === '') return undefined;
  const given = Array.isArray(choices) ? choices : Array.isArray(options) ? options : [];
  const texts = given.map(choiceText).filter((text) => text !== '');
  const unique = [...new Set(texts)].slice(0, CHOICES_MOST);
  return {
    text: question.trim().slice(0, TEXT_MOST),
    choices: unique,
    free: unique.length === 0 || free !== false,
  };
}

function choiceText(choice: unknown): string {
  if (typeof choice === 'string' || typeof choice === 'number')
    return String(choice).trim().slice(0, CHOICE_MOST);
  if (typeof choice !== 'object' || choice === null) return '';
  const { label, title, value } = choice as Readonly<Record<string, unknown>>;
  const text = [label, title, value].find((each) => typeof each === 'string');
  return typeof text === 'string' ? text.trim().slice(0, CHOICE_MOST) : '';
}

/** The answer as it is shown: the words, and who said them, by a name that is one line and no more than that. */
export function answerWords(text: string, name: string): string {
  return `${name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, NAME_MOST)}: ${text}`;
}
