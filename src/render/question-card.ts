/** The card of a question that the agent asks people (`ask_user`). */
import type { Ask, Question } from '../core/ask.ts';
import { ruleOf } from '../core/approvals.ts';
import { threadKey } from '../core/event.ts';
import type { ThreadState } from '../core/state.ts';
import type { Block, Content } from '../ports.ts';
import { contextBlock } from './message.ts';
import { visibleBidi } from './safety.ts';
import { escapeSlack, oneLine, truncateGraphemes } from './text.ts';
import { duration } from './phrases.ts';

/** More choices than this are a menu. */
const BUTTONS_MOST = 5;
/** A button's and an option's text hold 75 characters (docs.slack.dev, button element, option object). */
const LABEL_MOST = 75;
const TEXT_MOST = 2_800;

export function questionCard(state: ThreadState, ask: Ask, question: Question): Content {
  const text = escapeSlack(truncateGraphemes(visibleBidi(question.text), TEXT_MOST, '…'));
  const head = `:question: ${text}`;
  const result = verdict(ask);
  const open = result === undefined;
  const blocks: readonly Block[] = [
    { type: 'section', text: { type: 'mrkdwn', text: head, verbatim: true } },
    ...(open ? answers(state, ask, question) : [contextBlock(result)]),
    ...(open ? terms(state, ask, question) : []),
  ];
  return { text: result === undefined ? head : `${head} ${result}`, blocks };
}

function verdict({ step }: Ask): string | undefined {
  switch (step.is) {
    case 'answering':
    case 'answered': {
      if (step.expired) return ':alarm_clock: Expired: nobody answered in time. Heddle was told so.';
      const who = step.by ? `<@${step.by}>` : 'Somebody';
      const words = step.words ?? '';
      const said = words.slice(words.indexOf(': ') + 2);
      return `:speech_balloon: ${who} answered: ${escapeSlack(oneLine(visibleBidi(said), 500))}`;
    }
    case 'void':
      return ':heavy_minus_sign: Nobody answered before the run ended.';
    default:
      return undefined;
  }
}

function answers(state: ThreadState, ask: Ask, { choices, free }: Question): readonly Block[] {
  const value = `${threadKey(state.thread)}|${ask.token}`;
  const own = free ? [wordsButton(value, ask, choices.length > 0)] : [];
  if (choices.length > BUTTONS_MOST) return [menu(value, ask, choices), ...own];
  // One button a block: the same `action_id` may not stand twice in one (docs.slack.dev, actions block).
  const buttons = choices.map((choice, at) => ({
    type: 'actions',
    block_id: `heddle.choice.${at}.${ask.token}`.slice(0, 255),
    elements: [
      {
        type: 'button',
        action_id: 'heddle.answer',
        text: { type: 'plain_text', text: label(choice), emoji: true },
        value: `${value}|${at}`,
      },
    ],
  }));
  return [...buttons, ...own];
}

function menu(value: string, ask: Ask, choices: readonly string[]): Block {
  return {
    type: 'actions',
    block_id: `heddle.menu.${ask.token}`.slice(0, 255),
    elements: [
      {
        type: 'static_select',
        action_id: 'heddle.answer',
        placeholder: { type: 'plain_text', text: 'Choose an answer' },
        options: choices.map((choice, at) => ({
          text: { type: 'plain_text', text: label(choice), emoji: true },
          value: `${value}|${at}`,
        })),
      },
    ],
  };
}

function wordsButton(value: string, ask: Ask, isBeside: boolean): Block {
  const text = isBeside ? 'Something else…' : 'Answer…';
  return {
    type: 'actions',
    block_id: `heddle.words.${ask.token}`.slice(0, 255),
    elements: [
      { type: 'button', action_id: 'heddle.answer_text', text: { type: 'plain_text', text }, value },
    ],
  };
}

function label(choice: string): string {
  return truncateGraphemes(oneLine(visibleBidi(choice), 400), LABEL_MOST - 1, '…') || '…';
}

/** Choices that a button cannot hold are written out, and how else to answer is said. */
function terms(state: ThreadState, ask: Ask, { choices, free }: Question): readonly Block[] {
  const long = choices.flatMap((choice, at) => (label(choice).endsWith('…') ? [`${at + 1}. ${choice}`] : []));
  const { expiresAt, spanMs } = ruleOf(state, ask);
  const lines = [
    free ? 'A reply in this thread answers it too.' : '',
    expiresAt > 0 ? `It waits ${duration(spanMs)} at most.` : '',
  ].filter(Boolean);
  return [
    ...(long.length > 0
      ? [contextBlock(escapeSlack(truncateGraphemes(visibleBidi(long.join('\n')), 1_900, '…')))]
      : []),
    ...(lines.length > 0 ? [contextBlock(lines.join(' '))] : []),
  ];
}
