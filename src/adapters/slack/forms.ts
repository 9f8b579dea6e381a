/** Forms and App Home: `views.open`, `views.update`, `views.publish`. */
import type { Form, SlackForms } from '../../ports-forms.ts';
import type { Args, Calls } from './calls.ts';

/** Slack refuses longer ones (docs.slack.dev/reference/views). */
const TITLE_MOST = 24;
const BLOCKS_MOST = 100;

export function createForms(calls: Calls): SlackForms {
  return {
    async openForm({ team, trigger, form }) {
      const args = (): Args => ({ trigger_id: trigger, view: viewOf(form) });
      // Somebody waits, and the trigger dies in three seconds.
      await calls.write({ team, method: 'views.open', priority: 'final', args });
    },
    async updateForm({ team, viewId, form }) {
      const args = (): Args => ({ view_id: viewId, view: viewOf(form) });
      await calls.write({ team, method: 'views.update', priority: 'question', args });
    },
    async publishHome({ team, user, blocks }) {
      const view = { type: 'home', blocks: blocks.slice(0, BLOCKS_MOST) };
      await calls.write({
        team,
        method: 'views.publish',
        priority: 'status',
        subject: user,
        args: () => ({ user_id: user, view }),
      });
    },
  };
}

/** A form as Slack takes it. */
export function viewOf({ callbackId, title, submit, close, data, blocks }: Form): Args {
  return {
    type: 'modal',
    callback_id: callbackId,
    title: plain(title.length > TITLE_MOST ? `${title.slice(0, TITLE_MOST - 1)}…` : title),
    ...(submit === undefined ? {} : { submit: plain(submit) }),
    close: plain(close ?? (submit === undefined ? 'Close' : 'Cancel')),
    private_metadata: data,
    blocks: blocks.slice(0, BLOCKS_MOST),
  };
}

function plain(text: string): Args {
  return { type: 'plain_text', text, emoji: true };
}
