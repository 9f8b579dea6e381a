/** The line below a message that leads to its thread: who is there, how much, what is new, who works. */
import type { PageMessage, PageStatus } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { icon } from './icons.ts';
import type { Model } from './model.ts';
import { threadKey } from './model.ts';
import { avatar, userOf } from './people.ts';
import { openThread } from './places.ts';
import { ago, millisOf } from './time.ts';
import type { Child } from './vdom.ts';
import { h } from './vdom.ts';

export function statusOf(app: App, channel: string, threadTs: string): PageStatus | null {
  return (
    app.model.statuses.find((status) => status.channel === channel && status.thread_ts === threadTs) ?? null
  );
}

/** Whether a status says that somebody works here. */
export function isBusy(status: PageStatus | null): boolean {
  return status !== null && (status.session === 'processing' || status.text !== '');
}

export function threadSummary(app: App, message: PageMessage): Child {
  const count = message.reply_count ?? 0;
  const status = statusOf(app, message.channel, message.ts);
  const working = isBusy(status);
  if (count === 0 && !working) return null;
  const isNew = hasNewReply(app.model, message);
  const open = (): void => openThread(app, message.channel, message.ts);
  const latest = message.latest_reply;
  return h(
    'button',
    {
      type: 'button',
      class: isNew ? 'summary summary-new' : 'summary',
      onclick: open,
      'data-summary': message.ts,
    },
    (message.reply_users ?? [])
      .slice(0, 4)
      .map((id) => h('span', { key: id }, avatar(userOf(app.model, id), 'small'))),
    h(
      'span',
      { class: 'summary-count' },
      count === 0 ? 'Open thread' : `${count} ${count === 1 ? 'reply' : 'replies'}`,
    ),
    isNew ? h('span', { class: 'summary-mark' }, 'New') : null,
    working
      ? h(
          'span',
          { class: 'summary-working' },
          h('span', { class: 'dots', 'aria-hidden': 'true' }),
          status?.text === '' ? 'Working…' : status?.text,
        )
      : latest === undefined
        ? null
        : h('span', { class: 'summary-time' }, `Last reply ${ago(millisOf(latest), app.model.now)}`),
    h('span', { class: 'summary-open', 'aria-hidden': 'true' }, 'View thread', icon('right')),
  );
}

/** Whether somebody else has replied in a thread this persona takes part in since they last had it open. */
export function hasNewReply(model: Model, message: PageMessage): boolean {
  const { user } = model;
  const latest = message.latest_reply;
  const replied = message.reply_users ?? [];
  if (user === null || latest === undefined || replied.every((one) => one === user)) return false;
  const takesPart = message.user === user || replied.includes(user);
  return takesPart && latest > (model.lastRead.get(threadKey(message.channel, message.ts)) ?? '');
}
