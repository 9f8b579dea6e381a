/** Forms that a card opens. What is entered comes back as an input of the thread. */
import type { Ask } from '../core/ask.ts';
import { ASK_ANYWHERE_FORM, ASK_FORM, writeAbout, type About } from '../core/route-beside.ts';
import { threadKey, type ThreadRef } from '../core/event.ts';
import { HANDOVER_FORM, formValue } from '../core/route-clicks.ts';
import type { ThreadState } from '../core/state.ts';
import type { Block } from '../ports.ts';
import type { Form } from '../ports-forms.ts';
import { contextBlock } from './message.ts';
import { threadLink } from './words.ts';
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

/** Why not: the agent reads it. */
export function denyForm(state: ThreadState, ask: Ask, channel: string): Form {
  const name = oneLine(visibleBidi(ask.name), 80).replaceAll('`', "'");
  return {
    callbackId: 'heddle.deny_reason',
    title: 'Deny with a reason',
    submit: 'Deny',
    data: formValue({ thread: state.thread, token: ask.token }, channel),
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
export function answerForm(state: ThreadState, ask: Ask, channel: string): Form {
  const text = escapeSlack(truncateGraphemes(visibleBidi(ask.question?.text ?? ''), 2_800, '…'));
  return {
    callbackId: 'heddle.answer_text',
    title: 'Answer',
    submit: 'Send',
    data: formValue({ thread: state.thread, token: ask.token }, channel),
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: text || 'Heddle asks.', verbatim: true } },
      words('Your answer', 'Heddle and the people in the thread see it.'),
      contextBlock('A reply in the thread would answer it as well.'),
    ],
  };
}

/** To whom a thread is handed over. */
export const WHOM_FIELD = 'whom';

export function handoverForm(thread: ThreadRef, title: string | undefined, whom: string | undefined): Form {
  const name = escapeSlack(oneLine(visibleBidi(title ?? 'Untitled'), 60));
  const text = `${threadLink(thread, name)} will count for them: approvals for who asked, notices, limits and costs of what comes.`;
  return {
    callbackId: HANDOVER_FORM,
    title: 'Hand over',
    submit: 'Hand over',
    data: `${threadKey(thread)}|handover`,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } },
      {
        type: 'input',
        block_id: WHOM_FIELD,
        label: { type: 'plain_text', text: 'To whom?' },
        hint: {
          type: 'plain_text',
          text: 'The thread is told. Cards that are open stay with whom they were made for.',
        },
        element: {
          type: 'users_select',
          action_id: 'person',
          ...(whom === undefined ? {} : { initial_user: whom }),
        },
      },
    ],
  };
}

/** Where a request goes, where that is to be chosen. */
export const WHERE_FIELD = 'where';

const ASK_HINT = 'It is posted in your name for everybody there, and the answer comes below it.';

/** A request about somebody's message. */
export function askForm(about: About): Form {
  const { user, text } = about.quoted;
  const said = escapeSlack(truncateGraphemes(visibleBidi(text), 1_000, '…'));
  const quote = said.trim() === '' ? 'A message without words.' : said.replace(/^/gm, '> ');
  const head = user ? `About the message of <@${user}>:` : 'About this message:';
  return {
    callbackId: ASK_FORM,
    title: 'Ask Heddle',
    submit: 'Ask',
    data: writeAbout(about),
    blocks: [
      {
        type: 'section',
        text: { type: 'mrkdwn', text: `${head}\n${quote}`.slice(0, 2_900), verbatim: true },
      },
      words('What should I do?', ASK_HINT),
    ],
  };
}

/** A request in any conversation. */
export function askAnywhereForm(): Form {
  return {
    callbackId: ASK_ANYWHERE_FORM,
    title: 'Ask Heddle',
    submit: 'Ask',
    data: '',
    blocks: [
      {
        type: 'input',
        block_id: WHERE_FIELD,
        label: { type: 'plain_text', text: 'Where?' },
        hint: { type: 'plain_text', text: 'A channel in which I am. A new thread begins there.' },
        element: {
          type: 'conversations_select',
          action_id: 'conversation',
          default_to_current_conversation: true,
          filter: { include: ['public', 'private'], exclude_bot_users: true },
        },
      },
      words('What should I do?', ASK_HINT),
    ],
  };
}
