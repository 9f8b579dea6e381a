/** The form behind :-1:, and the thanks for it. Pure. */
import { feedbackText, type FeedbackRef } from '../core/details.ts';
import { REASONS } from '../core/feedback.ts';
import { FEEDBACK_FORM } from '../core/route-over.ts';
import type { Form } from '../ports-forms.ts';
import { contextBlock } from './message.ts';

const plain = (text: string): object => ({ type: 'plain_text', text });

/** Nothing in it has to be filled in: the vote itself counts already. */
export function feedbackForm(ref: FeedbackRef): Form {
  return {
    callbackId: FEEDBACK_FORM,
    title: 'What was wrong?',
    submit: 'Send',
    close: 'Skip',
    data: feedbackText(ref),
    blocks: [
      contextBlock(':pray: Thank you, that is noted. If you like, say more; whoever runs Heddle reads it.'),
      {
        type: 'input',
        block_id: 'why',
        optional: true,
        label: plain('Reason'),
        element: {
          type: 'static_select',
          action_id: 'value',
          options: REASONS.map(([value, label]) => ({ text: plain(label), value })),
        },
      },
      {
        type: 'input',
        block_id: 'words',
        optional: true,
        label: plain('In your words'),
        hint: plain('The agent does not get this, and nobody in the thread sees it.'),
        element: { type: 'plain_text_input', action_id: 'value', multiline: true, max_length: 2_000 },
      },
    ],
  };
}

export function thanksForm(known = false): Form {
  const text = known
    ? 'You have said something about this answer already; that stays as it is. Thank you.'
    : ':pray: Thank you.';
  return {
    callbackId: 'heddle.feedback_thanks',
    title: 'Thank you',
    data: '',
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }],
  };
}
