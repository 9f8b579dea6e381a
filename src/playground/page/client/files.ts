/** Files of a message as cards, pictures as pictures, and the previews that Slack adds to links. */
import type { PageFile, PageMessage } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { icon } from './icons.ts';
import { bytes } from './time.ts';
import { safeHref } from './tree.ts';
import type { Child, VNode } from './vdom.ts';
import { h } from './vdom.ts';

export function drawFiles(app: App, list: readonly PageFile[]): Child {
  if (list.length === 0) return null;
  return h(
    'ul',
    { class: 'files', 'aria-label': 'Files' },
    list.map((file) => h('li', { key: file.id }, isPicture(file) ? picture(app, file) : card(app, file))),
  );
}

/** A file's own bytes come from the playground, so a picture among them can be shown. */
function isPicture(file: PageFile): boolean {
  return isOwn(file) && /^image\/(png|jpeg|gif|webp)$/.test(file.mimetype);
}

function isOwn(file: PageFile): boolean {
  return file.url.startsWith('/__page/file');
}

function hrefOf(app: App, file: PageFile): string | null {
  return isOwn(file) ? `${file.url}&user=${encodeURIComponent(app.model.user ?? '')}` : null;
}

function nameOf(file: PageFile): string {
  return file.title === '' ? file.name : file.title;
}

function picture(app: App, file: PageFile): VNode {
  const href = hrefOf(app, file);
  return h(
    'figure',
    { class: 'file-picture' },
    h(
      'figcaption',
      null,
      h('span', { title: nameOf(file) }, nameOf(file)),
      h('small', null, bytes(file.size)),
    ),
    h(
      'a',
      { href, target: '_blank', rel: 'noopener noreferrer', title: 'Open in a new tab' },
      h('img', { src: href, alt: nameOf(file), loading: 'lazy' }),
    ),
  );
}

function card(app: App, file: PageFile): VNode {
  return h(
    'a',
    {
      class: 'file',
      href: hrefOf(app, file),
      target: '_blank',
      rel: 'noopener noreferrer',
      download: file.name,
      'aria-label': `Download ${nameOf(file)}`,
    },
    h('span', { class: 'file-kind', 'aria-hidden': 'true' }, ending(file.name)),
    h(
      'span',
      { class: 'file-words' },
      h('strong', { title: nameOf(file) }, nameOf(file)),
      h('small', null, `${file.mimetype} · ${bytes(file.size)}`),
    ),
    icon('download'),
  );
}

/** What stands after the last dot, as far as it fits a small sign. */
function ending(name: string): string {
  const found = /\.([A-Za-z0-9]{1,4})$/.exec(name);
  return found?.[1]?.toUpperCase() ?? 'FILE';
}

export function drawPreviews(list: NonNullable<PageMessage['previews']>): Child {
  return list.map(({ url, title, text }, at) => {
    const href = safeHref(url);
    return h(
      'blockquote',
      { key: `preview-${at}`, class: 'preview' },
      href === null
        ? h('strong', null, title)
        : h('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, title),
      text === '' ? null : h('p', null, text),
    );
  });
}
