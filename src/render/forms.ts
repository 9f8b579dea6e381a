/** Forms that a card opens. What is entered comes back as an input of the thread. */
import type { Ask } from '../core/ask.ts';
import { threadKey } from '../core/event.ts';
import type { ThreadState } from '../core/state.ts';
import type { Block } from '../ports.ts';
import type { Form } from '../ports-forms.ts';
import { contextBlock } from './message.ts';
import { visibleBidi } from './safety.ts';
import { escapeSlack, oneLine, truncateGraphemes } from './text.ts';

/** The one field of these forms. */
export const WORDS_FIELD = 'words';

function words(label: string, hint: string): Block {
  return {
    type: 'input',
    block_id: WORDS_FIELD,
    label: { type: 'plain_text', text: label },
    hint: { type: 'plain_text', text: hint },
    element: {
      type: 'plain_text_input',
      action_id: 'text',
      multiline: true,
      max_length: 2_000,
      focus_on_load: true,
    },
  };
}

function dataOf(state: ThreadState, { token }: Ask): string {
  return `${threadKey(state.thread)}|${token}`;
}

/** Why not: the agent reads it. */
export function denyForm(state: ThreadState, ask: Ask): Form {
  const name = oneLine(visibleBidi(ask.name), 80).replaceAll('`', "'");
  return {
    callbackId: 'heddle.deny_reason',
    title: 'Deny with a reason',
    submit: 'Deny',
    data: dataOf(state, ask),
    blocks: [
      {
        type: 'section',
        text: { type: 'mrkdwn', text: `Heddle asked to use \`${escapeSlack(name)}\`. It will not be run.` },
      },
      words('Reason', 'Heddle is told this and may go on another way. People in the thread see it too.'),
    ],
  };
}

/** An answer in one's own words. */
export function answerForm(state: ThreadState, ask: Ask): Form {
  const text = escapeSlack(truncateGraphemes(visibleBidi(ask.question?.text ?? ''), 2_800, '…'));
  return {
    callbackId: 'heddle.answer_text',
    title: 'Answer',
    submit: 'Send',
    data: dataOf(state, ask),
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: text || 'Heddle asks.', verbatim: true } },
      words('Your answer', 'Heddle and the people in the thread see it.'),
      contextBlock('A reply in the thread would answer it as well.'),
    ],
  };
}
