/** People and avatars as every view shows them. */
import type { PageMessage, PageUser } from '../../slack/page-api.ts';
import { EMOJI } from './emoji.ts';
import { mark } from './icons.ts';
import type { Model } from './model.ts';
import type { VNode } from './vdom.ts';
import { h } from './vdom.ts';

export function userOf(model: Model, id: string | null | undefined): PageUser | null {
  const { page } = model;
  if (page === null || id === null || id === undefined) return null;
  if (page.bot.id === id) return page.bot;
  return page.users.find((user) => user.id === id) ?? null;
}

export function nameOf(model: Model, id: string): string {
  return userOf(model, id)?.real_name ?? id;
}

const KINDS: Readonly<Record<PageUser['kind'], string>> = {
  owner: 'Owner',
  admin: 'Admin',
  member: 'Member',
  guest: 'Guest of some channels',
  single_guest: 'Guest of one channel',
  outsider: 'Other organisation',
  bot: 'Another bot',
  app: 'App',
};

/** What a person is to the workspace, in words. */
export function kindOf(user: PageUser): string {
  return user.kind === 'outsider' ? `From ${user.team_name}` : KINDS[user.kind];
}

/** That, and the user groups they are in. */
export function roleOf(model: Model, user: PageUser): string {
  const groups = (model.page?.groups ?? []).filter((group) => group.users.includes(user.id));
  return [kindOf(user), ...groups.map((group) => `@${group.handle}`)].join(' · ');
}

/** The small sign beside a name, for everybody who is not simply a colleague. */
export function badge(user: PageUser | null): VNode | null {
  switch (user?.kind) {
    case 'app':
    case 'bot':
      return h('span', { class: `badge badge-${user.kind}` }, 'APP');
    case 'guest':
    case 'single_guest':
      return h('span', { class: 'badge badge-guest' }, 'Guest');
    case 'outsider':
      return h('span', { class: 'badge badge-outsider' }, user.team_name);
    default:
      return null;
  }
}

export function avatar(user: PageUser | null, size: 'small' | 'medium' | 'large' = 'medium'): VNode {
  const kind = user?.kind ?? 'member';
  if (kind === 'app')
    return h('span', { class: `avatar avatar-${size} avatar-app`, 'aria-hidden': 'true' }, mark());
  return h(
    'span',
    {
      class: `avatar avatar-${size} avatar-${kind}`,
      style: `--tint:${cssColor(user?.color)}`,
      'aria-hidden': 'true',
    },
    user?.initials ?? '?',
  );
}

/** A message's author may have its own name and icon; a remote icon is not loaded. */
export function messageAvatar(model: Model, message: PageMessage): VNode {
  const emoji = EMOJI.get((message.icon_emoji ?? '').replaceAll(':', ''));
  if (emoji !== undefined)
    return h('span', { class: 'avatar avatar-medium avatar-emoji', 'aria-hidden': 'true' }, emoji);
  return avatar(userOf(model, message.user));
}

export function authorName(model: Model, message: PageMessage): string {
  return message.username ?? userOf(model, message.user)?.real_name ?? message.user;
}

function cssColor(color: string | undefined): string {
  return color !== undefined && /^(#[0-9a-f]{3,8}|[a-z]+|hsl\([\d.,%\s]+\)|rgb\([\d,\s]+\))$/i.test(color)
    ? color
    : '#5b6b70';
}
