/** Draws formatted text. Pictures are never loaded: a remote picture would tell its server who reads what. */
import { isAddress } from './address.ts';
import type { App } from './app.ts';
import { EMOJI } from './emoji.ts';
import { icon } from './icons.ts';
import { userOf } from './people.ts';
import { fullDate, slackDate } from './time.ts';
import type { Block, Inline, ListItem } from './tree.ts';
import { safeHref } from './tree.ts';
import type { VNode, VChild } from './vdom.ts';
import { h } from './vdom.ts';

export function drawBlocks(app: App, blocks: readonly Block[]): VNode[] {
  return blocks.map((block) => drawBlock(app, block));
}

/** A text in one of the dialects, drawn. */
export function formatted(app: App, dialect: 'markdown' | 'mrkdwn', source: string): VNode {
  return h('div', { class: 'rich', dir: 'auto' }, drawBlocks(app, app.parse(dialect, source)));
}

function drawBlock(app: App, block: Block): VNode {
  switch (block.type) {
    case 'paragraph':
      return h('p', { dir: 'auto' }, drawInlines(app, block.children));
    case 'heading':
      return h(
        'p',
        {
          class: `heading heading-${block.level}`,
          role: 'heading',
          'aria-level': Math.min(6, block.level + 3),
          dir: 'auto',
        },
        drawInlines(app, block.children),
      );
    case 'code':
      return codeBlock(block.language, block.text);
    case 'quote':
      return h('blockquote', null, drawBlocks(app, block.children));
    case 'list':
      return h(
        block.ordered ? 'ol' : 'ul',
        block.ordered ? { start: block.start } : null,
        block.items.map((item) => drawItem(app, item)),
      );
    case 'table':
      return drawTable(app, block);
    case 'rule':
      return h('hr', null);
  }
}

export function codeBlock(language: string, text: string): VNode {
  return h(
    'div',
    { class: 'code-block' },
    language === '' ? null : h('span', { class: 'code-language' }, language),
    h('pre', { tabindex: 0 }, h('code', { dir: 'ltr' }, text)),
  );
}

function drawItem(app: App, item: ListItem): VNode {
  const children = drawBlocks(app, item.children);
  if (item.checked === null) return h('li', null, children);
  const label = item.checked ? 'Done: ' : 'To do: ';
  return h(
    'li',
    { class: item.checked ? 'task task-done' : 'task' },
    h('span', { class: 'task-box', role: 'img', 'aria-label': label }, item.checked ? icon('check') : null),
    h('div', null, children),
  );
}

function drawTable(app: App, table: Extract<Block, { type: 'table' }>): VNode {
  const style = (at: number): string | null => (table.align[at] ? `text-align:${table.align[at]}` : null);
  const cell =
    (tag: string) =>
    (content: readonly Inline[], at: number): VNode =>
      h(
        tag,
        { style: style(at), dir: 'auto', ...(tag === 'th' ? { scope: 'col' } : {}) },
        drawInlines(app, content),
      );
  return h(
    'div',
    { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Table' },
    h(
      'table',
      null,
      h('thead', null, h('tr', null, table.head.map(cell('th')))),
      h(
        'tbody',
        null,
        table.rows.map((row) => h('tr', null, row.map(cell('td')))),
      ),
    ),
  );
}

export function drawInlines(app: App, inlines: readonly Inline[]): VChild[] {
  return inlines.map((inline) => drawInline(app, inline));
}

const TAGS = { bold: 'strong', italic: 'em', strike: 's', underline: 'u' } as const;

function drawInline(app: App, inline: Inline): VChild {
  switch (inline.type) {
    case 'text':
      return inline.text;
    case 'bold':
    case 'italic':
    case 'strike':
    case 'underline':
      return h(TAGS[inline.type], null, drawInlines(app, inline.children));
    case 'code':
      return h('code', { class: 'code-span', dir: 'ltr' }, inline.text);
    case 'link':
      return link(app, inline.href, drawInlines(app, inline.children));
    case 'image':
      return imagePlaceholder(inline.alt, inline.href);
    case 'user':
      return userMention(app, inline.id, inline.label);
    case 'channel':
      return channelMention(app, inline.id, inline.label);
    case 'usergroup':
      return groupMention(app, inline.id, inline.label);
    case 'broadcast':
      return h('span', { class: 'mention mention-me' }, `@${inline.range}`);
    case 'date':
      return h(
        'time',
        { title: fullDate(inline.seconds * 1000) },
        slackDate(inline.format, inline.seconds * 1000, Date.now()) ?? inline.fallback,
      );
    case 'emoji':
      return emojiOf(inline.name);
    case 'break':
      return h('br', null);
  }
}

/** Links within this page move inside it; everything else opens elsewhere and learns nothing about this page. */
function link(app: App, href: string, children: readonly VChild[]): VNode {
  const own = ownPermalink(href);
  if (own !== null) {
    return h(
      'a',
      {
        href: `#${own}`,
        onclick: (event) => {
          event.preventDefault();
          app.goTo(own);
        },
      },
      children,
    );
  }
  return h('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, children);
}

/**
 * `C…/p1790000000000100` of a message link of this workspace, as `chat.getPermalink` gives it or as "Copy link"
 * makes it, or null.
 */
export function ownPermalink(href: string): string | null {
  const here = `${location.origin}/#`;
  if (href.startsWith(here) && isAddress(href.slice(here.length))) return href.slice(here.length);
  const found = /\/archives\/([A-Z0-9]+)\/(p\d{10,})(?:\?[^#]*thread_ts=([\d.]+))?/.exec(href);
  if (found === null) return null;
  return `${found[1] ?? ''}/${found[2] ?? ''}${found[3] === undefined ? '' : `/${found[3]}`}`;
}

export function imagePlaceholder(alt: string, href: string): VNode {
  const safe = safeHref(href);
  const label = alt === '' ? 'Picture' : alt;
  return h(
    'span',
    { class: 'picture', title: 'The playground does not load remote pictures' },
    icon('image'),
    safe === null
      ? label
      : h('a', { href: safe, target: '_blank', rel: 'noopener noreferrer nofollow' }, label),
  );
}

export function emojiOf(name: string): VChild {
  const char = EMOJI.get(name);
  if (char === undefined) return `:${name}:`;
  return h(
    'span',
    { class: 'emoji', role: 'img', 'aria-label': name.replaceAll('_', ' '), title: `:${name}:` },
    char,
  );
}

export function userMention(app: App, id: string, label: string | null): VNode {
  const user = userOf(app.model, id);
  const name = user?.real_name ?? label ?? id;
  return h(
    'span',
    {
      class: id === app.model.user ? 'mention mention-me' : 'mention',
      title: user === null ? id : `@${user.name}`,
    },
    `@${name}`,
  );
}

function groupMention(app: App, id: string, label: string | null): VNode {
  const group = app.model.page?.groups.find((one) => one.id === id);
  const mine = group?.users.includes(app.model.user ?? '') ?? false;
  return h(
    'span',
    { class: mine ? 'mention mention-me' : 'mention', title: group?.name ?? id },
    group === undefined ? (label ?? `@${id}`) : `@${group.handle}`,
  );
}

export function channelMention(app: App, id: string, label: string | null): VNode {
  const channel = app.model.page?.channels.find((c) => c.id === id);
  if (channel === undefined) return h('span', { class: 'mention' }, `#${label ?? 'private channel'}`);
  return h(
    'button',
    { type: 'button', class: 'mention mention-link', onclick: () => app.goTo(id) },
    `#${channel.name}`,
  );
}
