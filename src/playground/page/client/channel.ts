/** The middle of the page: a channel or a direct message, with its header, messages and composer. */
import type { PageChannel } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { drawComposer } from './composer.ts';
import { icon } from './icons.ts';
import { openMenu } from './layers.ts';
import { drawMessages, scroller } from './list.ts';
import { avatar, badge, nameOf, roleOf, userOf } from './people.ts';
import { invite, loadChannel, loadOlder, openHome } from './places.ts';
import { suggestedPrompts } from './prompts.ts';
import type { Child, VNode } from './vdom.ts';
import { h } from './vdom.ts';

export function drawChannel(app: App, channel: PageChannel): VNode {
  const target = { channel: channel.id, thread: null };
  return h(
    'section',
    { key: `channel-${channel.id}`, class: 'channel', 'aria-label': channelTitle(channel) },
    header(app, channel),
    scroller(app, channel.id, `Messages in ${channelTitle(channel)}`, content(app, channel)),
    suggestedPrompts(app, channel, null),
    deafBot(app, channel),
    channel.is_archived
      ? h('p', { class: 'join-bar' }, 'This channel is archived.')
      : drawComposer(app, target),
  );
}

export function channelTitle(channel: PageChannel): string {
  return channel.type === 'im' || channel.type === 'mpim' ? channel.name : `#${channel.name}`;
}

function header(app: App, channel: PageChannel): VNode {
  const other = userOf(app.model, channel.user);
  const withBot = other !== null && other.id === app.model.page?.bot.id;
  return h(
    'header',
    { class: 'channel-header' },
    other === null ? icon(channel.type === 'group' ? 'lock' : 'hash') : avatar(other, 'small'),
    h('h1', { title: channel.name }, channel.name),
    badge(other),
    channel.is_ext_shared ? h('span', { class: 'badge badge-outsider' }, 'Shared') : null,
    h('p', { class: 'topic', title: channel.topic }, channel.topic),
    withBot
      ? h(
          'nav',
          { class: 'tabs', 'aria-label': 'App' },
          app.model.page?.home_enabled
            ? h('button', { type: 'button', class: 'tab', onclick: () => openHome(app) }, 'Home')
            : null,
          h('button', { type: 'button', class: 'tab tab-active', 'aria-current': 'page' }, 'Messages'),
        )
      : h(
          'button',
          {
            type: 'button',
            class: 'members',
            title: channel.members.map((id) => nameOf(app.model, id)).join(', '),
            'aria-label': `${channel.members.length} members`,
            onclick: (event) => membersMenu(app, event, channel),
          },
          channel.members
            .slice(0, 3)
            .map((id) => h('span', { key: id }, avatar(userOf(app.model, id), 'small'))),
          h('span', null, channel.members.length),
        ),
  );
}

/** A bot hears nothing in a channel it is not in, so whoever mentions it there would wait in vain. */
function deafBot(app: App, channel: PageChannel): VNode | null {
  const bot = app.model.page?.bot;
  const room = channel.type === 'channel' || channel.type === 'group';
  if (bot === undefined || !room || !channel.is_member || channel.is_archived) return null;
  if (channel.members.includes(bot.id)) return null;
  return h(
    'div',
    { class: 'join-bar' },
    h('span', null, h('strong', null, bot.real_name), ' is not in this channel and hears nothing here.'),
    h(
      'button',
      { type: 'button', class: 'button', onclick: () => invite(app, channel.id, bot.id) },
      `Add ${bot.real_name}`,
    ),
  );
}

function whoIs(app: App, id: string): string {
  const user = userOf(app.model, id);
  return user === null ? '' : roleOf(app.model, user);
}

function membersMenu(app: App, event: Event, channel: PageChannel): void {
  const people = channel.members.map((id) => ({
    label: nameOf(app.model, id),
    user: id,
    detail: id === app.model.user ? 'you' : whoIs(app, id),
    run: () => app.update((model) => model),
  }));
  const invite = {
    label: 'Add people…',
    separated: true,
    run: () =>
      app.update((model) => ({ ...model, layer: { kind: 'people', purpose: 'invite', query: '' } as const })),
  };
  const leave = {
    label: 'Leave channel',
    run: () =>
      app.run(async () => {
        const answer = await app.api.act(app.model.user ?? '', 'leave', { channel: channel.id });
        if (!answer.ok) throw new Error(answer.error);
      }),
  };
  openMenu(app, event, 'Members', channel.is_member ? [...people, invite, leave] : people);
}

function content(app: App, channel: PageChannel): Child {
  const timeline = app.model.channels.get(channel.id);
  if (timeline === undefined || (timeline.load === 'loading' && timeline.messages.length === 0))
    return skeleton();
  if (timeline.load === 'failed' && timeline.messages.length === 0)
    return failed(() => loadChannel(app, channel.id));
  const older = timeline.hasMore
    ? h(
        'button',
        {
          key: 'older',
          type: 'button',
          class: 'button older',
          'aria-busy': app.model.busy.has(`older:${channel.id}`) ? 'true' : null,
          onclick: () => loadOlder(app, channel.id),
        },
        'Show earlier messages',
      )
    : beginning(app, channel);
  return [older, drawMessages(app, timeline, { channel: channel.id, thread: null }, false)];
}

export function skeleton(): VNode {
  const line = (key: number): VNode =>
    h(
      'div',
      { key: String(key), class: 'ghost' },
      h('span', { class: 'ghost-avatar' }),
      h('span', { class: 'ghost-lines' }),
    );
  return h(
    'div',
    { key: 'skeleton', class: 'skeleton', role: 'status', 'aria-label': 'Loading messages' },
    [1, 2, 3, 4].map(line),
  );
}

export function failed(again: () => void): VNode {
  return h(
    'div',
    { key: 'failed', class: 'empty', role: 'alert' },
    h('p', null, 'The messages could not be loaded.'),
    h('button', { type: 'button', class: 'button', onclick: again }, 'Try again'),
  );
}

/** What stands above the first message. */
function beginning(app: App, channel: PageChannel): VNode {
  const other = userOf(app.model, channel.user);
  const bot = app.model.page?.bot;
  const words =
    other === null
      ? [
          h('h2', null, channelTitle(channel)),
          h('p', null, channel.topic === '' ? 'This is the very beginning of this channel.' : channel.topic),
          bot === undefined
            ? null
            : h('p', { class: 'hint' }, `Mention @${bot.name} to start a session in a thread.`),
        ]
      : [
          h('h2', null, other.real_name),
          h(
            'p',
            null,
            other.id === bot?.id
              ? 'Every message you write here starts a session of its own; the answer comes in its thread.'
              : 'This is the beginning of your direct messages.',
          ),
        ];
  return h(
    'div',
    { key: 'beginning', class: 'beginning' },
    other === null
      ? h('span', { class: 'beginning-sign' }, icon(channel.type === 'group' ? 'lock' : 'hash'))
      : avatar(other, 'large'),
    words,
  );
}
