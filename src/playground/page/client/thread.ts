/** The thread pane: root, replies, what the app is doing there with Slack's own Stop, and a reply composer. */
import type { PageStatus } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { attempt, reason, toast } from './app.ts';
import { channelTitle, failed, skeleton } from './channel.ts';
import { drawComposer } from './composer.ts';
import { icon } from './icons.ts';
import { drawMessages, scroller } from './list.ts';
import type { ThreadPlace } from './model.ts';
import { threadKey } from './model.ts';
import { channelOf, closeThread, loadThread, withoutBusy } from './places.ts';
import { sideTitle } from './side.ts';
import { suggestedPrompts } from './prompts.ts';
import { isBusy, statusOf } from './thread-summary.ts';
import type { Child, VNode } from './vdom.ts';
import { h } from './vdom.ts';

export function drawThread(app: App, place: ThreadPlace): VNode {
  const key = threadKey(place.channel, place.ts);
  const channel = channelOf(app.model, place.channel);
  const status = statusOf(app, place.channel, place.ts);
  return h(
    'aside',
    { key: `thread-${key}`, class: 'side thread', 'aria-label': 'Thread' },
    h(
      'header',
      { class: 'side-header' },
      sideTitle(app, 'thread'),
      h('p', { class: 'topic' }, status?.title ?? (channel === null ? '' : channelTitle(channel))),
      sessionBadge(status),
      h(
        'button',
        {
          type: 'button',
          class: 'tool',
          'aria-label': 'Close thread',
          title: 'Close thread (Esc)',
          onclick: () => closeThread(app),
        },
        icon('close'),
      ),
    ),
    scroller(app, key, 'Thread', content(app, place, key)),
    drawStatus(app, place, status),
    channel === null ? null : suggestedPrompts(app, channel, place.ts),
    channel?.is_archived === true ? null : drawComposer(app, { channel: place.channel, thread: place.ts }),
  );
}

const SESSION_WORDS = {
  active: 'Active',
  processing: 'Working',
  suspended: 'Needs input',
  closed: 'Closed',
} as const;

function sessionBadge(status: PageStatus | null): VNode | null {
  if (status?.session === undefined) return null;
  return h(
    'span',
    { class: `session session-${status.session}`, title: 'agents.sessions.setStatus' },
    SESSION_WORDS[status.session],
  );
}

function content(app: App, place: ThreadPlace, key: string): Child {
  const timeline = app.model.threads.get(key);
  if (timeline === undefined || (timeline.load === 'loading' && timeline.messages.length === 0))
    return skeleton();
  if (timeline.load === 'failed' && timeline.messages.length === 0)
    return failed(() => loadThread(app, place.channel, place.ts));
  return drawMessages(app, timeline, { channel: place.channel, thread: place.ts }, true);
}

/** Slack draws the session's status and the status line in one place. */
function drawStatus(app: App, place: ThreadPlace, status: PageStatus | null): VNode {
  const bot = app.model.page?.bot.real_name ?? 'The app';
  const line = status === null || !isBusy(status) ? null : status.text === '' ? 'Working…' : status.text;
  return h(
    'div',
    { class: line === null ? 'status' : 'status status-shown', role: 'status', 'aria-live': 'polite' },
    line === null
      ? null
      : [
          h('span', { class: 'dots', 'aria-hidden': 'true' }),
          h('span', { class: 'status-text' }, h('strong', null, bot), ` ${line}`),
        ],
    status?.stoppable === true
      ? h(
          'button',
          {
            type: 'button',
            class: 'button stop',
            'aria-busy': app.model.busy.has(stopName(place)) ? 'true' : null,
            onclick: () => stop(app, place),
          },
          icon('stop'),
          'Stop',
        )
      : null,
  );
}

function stopName(place: ThreadPlace): string {
  return `stop:${place.channel}:${place.ts}`;
}

function stop(app: App, place: ThreadPlace): void {
  const { user } = app.model;
  if (user === null || app.model.busy.has(stopName(place))) return;
  app.update((model) => ({ ...model, busy: new Set(model.busy).add(stopName(place)) }));
  attempt(app, async () => {
    try {
      const answer = await app.api.act(user, 'stop', { channel: place.channel, thread_ts: place.ts });
      if (!answer.ok) toast(app, reason(answer.error), 'bad');
    } finally {
      app.update((model) => ({ ...model, busy: withoutBusy(model, stopName(place)) }));
    }
  });
}
