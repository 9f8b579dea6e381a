/** The prompts an app suggests in its direct messages. */
import type { PageChannel } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { attempt, reason, toast } from './app.ts';
import type { VNode } from './vdom.ts';
import { h } from './vdom.ts';

export function suggestedPrompts(app: App, channel: PageChannel, thread: string | null): VNode | null {
  const { page } = app.model;
  if (page === null || channel.type !== 'im' || channel.user !== page.bot.id) return null;
  const found = page.prompts.find((p) => p.channel === channel.id && p.thread_ts === (thread ?? ''));
  const shown = (app.model.channels.get(channel.id)?.messages.length ?? 0) < 3;
  if (found === undefined || found.prompts.length === 0 || (thread === null && !shown)) return null;
  const say = (message: string): void =>
    attempt(app, async () => {
      const answer = await app.api.act(app.model.user ?? '', 'suggested_prompt', {
        channel: channel.id,
        message,
        ...(thread === null ? {} : { thread_ts: thread }),
      });
      if (!answer.ok) toast(app, reason(answer.error), 'bad');
    });
  return h(
    'div',
    { class: 'prompts', role: 'group', 'aria-label': found.title ?? 'Suggested prompts' },
    h('p', { class: 'hint' }, found.title ?? 'Try one of these'),
    found.prompts.map((prompt) =>
      h(
        'button',
        {
          key: prompt.title,
          type: 'button',
          class: 'prompt',
          title: prompt.message,
          onclick: () => say(prompt.message),
        },
        prompt.title,
      ),
    ),
  );
}
