/** The sidebar: the workspace, channels, direct messages and the app, with what is unread. */
import type { PageChannel, PageState } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { icon } from './icons.ts';
import { avatar, userOf } from './people.ts';
import { openChannel, openDm, openHome } from './places.ts';
import type { VNode } from './vdom.ts';
import { h } from './vdom.ts';

export function drawSidebar(app: App): VNode {
  const { page } = app.model;
  const channels = (page?.channels ?? []).filter((channel) => !channel.is_archived);
  const rooms = channels.filter((channel) => channel.type === 'channel' || channel.type === 'group');
  const directs = channels.filter((channel) => channel.type === 'im' || channel.type === 'mpim');
  const withBot = directs.find((channel) => channel.user === page?.bot.id);
  const others = directs.filter((channel) => channel !== withBot);
  return h(
    'nav',
    { class: app.model.sidebarOpen ? 'sidebar sidebar-open' : 'sidebar', 'aria-label': 'Conversations' },
    h(
      'div',
      { class: 'team' },
      h('strong', null, page?.team.name ?? 'Workspace'),
      h('small', null, page === null ? '' : peopleIn(page)),
    ),
    section(
      'Channels',
      'Add a channel',
      () =>
        app.update((model) => ({
          ...model,
          layer: { kind: 'new_channel', name: '', isPrivate: false, problem: '' },
        })),
      rooms.length === 0 ? empty('No channels for this person') : rooms.map((channel) => room(app, channel)),
    ),
    section(
      'Direct messages',
      'New message',
      () => app.update((model) => ({ ...model, layer: { kind: 'people', purpose: 'dm', query: '' } })),
      others.length === 0 ? empty('None yet') : others.map((channel) => direct(app, channel)),
    ),
    page === null ? null : section('Apps', null, null, [botEntry(app, withBot ?? null)]),
  );
}

function peopleIn(page: PageState): string {
  const people = page.users.filter((user) => user.kind !== 'app' && user.kind !== 'bot').length;
  return `${people} people to speak as`;
}

function section(
  title: string,
  addLabel: string | null,
  add: (() => void) | null,
  children: readonly VNode[] | VNode,
): VNode {
  return h(
    'section',
    { key: title, class: 'sidebar-section' },
    h(
      'div',
      { class: 'sidebar-title' },
      h('h2', null, title),
      addLabel === null || add === null
        ? null
        : h(
            'button',
            { type: 'button', class: 'tool', 'aria-label': addLabel, title: addLabel, onclick: add },
            icon('plus'),
          ),
    ),
    h('ul', null, children),
  );
}

function empty(words: string): VNode {
  return h('li', { class: 'sidebar-empty' }, words);
}

function hasDraft(app: App, channel: string): boolean {
  const prefix = `${app.model.user ?? ''}/${channel}/`;
  return [...app.model.drafts].some(([key, draft]) => key.startsWith(prefix) && draft.text !== '');
}

function entry(app: App, channel: PageChannel, sign: VNode, name: string): VNode {
  const { place, unread } = app.model;
  const current = place.view === 'channel' && place.channel === channel.id;
  const count = unread.get(channel.id) ?? 0;
  const isUnread = unread.has(channel.id);
  return h(
    'li',
    { key: channel.id },
    h(
      'button',
      {
        type: 'button',
        class: `entry${current ? ' entry-current' : ''}${isUnread ? ' entry-unread' : ''}${channel.is_member ? '' : ' entry-outside'}`,
        'aria-current': current ? 'page' : null,
        title: channel.topic === '' ? name : `${name}: ${channel.topic}`,
        onclick: () => openChannel(app, channel.id),
      },
      sign,
      h('span', { class: 'entry-name' }, name),
      !current && hasDraft(app, channel.id)
        ? h('span', { class: 'entry-draft', role: 'img', 'aria-label': 'has a draft', title: 'Draft' }, '✎')
        : null,
      isUnread ? h('span', { class: 'offscreen' }, ' unread') : null,
      count > 0 ? h('span', { class: 'count' }, count) : null,
    ),
  );
}

function room(app: App, channel: PageChannel): VNode {
  return entry(app, channel, icon(channel.type === 'group' ? 'lock' : 'hash'), channel.name);
}

function direct(app: App, channel: PageChannel): VNode {
  return entry(app, channel, avatar(userOf(app.model, channel.user), 'small'), channel.name);
}

/** The bot under test stands there even before a conversation with it exists. */
function botEntry(app: App, channel: PageChannel | null): VNode {
  const { page, place } = app.model;
  const bot = page?.bot ?? null;
  const present = page?.bot_present ?? false;
  const sign = h('span', { class: present ? 'presence presence-on' : 'presence' }, avatar(bot, 'small'));
  if (channel !== null) {
    const node = entry(app, channel, sign, bot?.real_name ?? 'App');
    return place.view === 'home' ? homeEntry(app, sign) : node;
  }
  return h(
    'li',
    { key: 'bot' },
    h(
      'button',
      {
        type: 'button',
        class: place.view === 'home' ? 'entry entry-current' : 'entry',
        onclick: () => openDm(app, bot?.id ?? ''),
      },
      sign,
      h('span', { class: 'entry-name' }, bot?.real_name ?? 'App'),
    ),
  );
}

function homeEntry(app: App, sign: VNode): VNode {
  return h(
    'li',
    { key: 'home' },
    h(
      'button',
      { type: 'button', class: 'entry entry-current', 'aria-current': 'page', onclick: () => openHome(app) },
      sign,
      h('span', { class: 'entry-name' }, app.model.page?.bot.real_name ?? 'App'),
    ),
  );
}
