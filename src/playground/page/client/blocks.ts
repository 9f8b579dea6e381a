/** Draws Block Kit as an app sent it. An unknown block says so in its place and never breaks the message around it. */
import type { App } from './app.ts';
import { drawElement, plainText } from './elements.ts';
import type { Surface } from './forms.ts';
import { fieldId } from './inputs.ts';
import { richTextBlocks } from './rich-text.ts';
import { drawBlocks, formatted, imagePlaceholder } from './tree-view.ts';
import { icon } from './icons.ts';
import { safeHref } from './tree.ts';
import type { Loose } from './values.ts';
import { isRecord, record, records, text, words } from './values.ts';
import type { Child, VNode } from './vdom.ts';
import { h } from './vdom.ts';

export function drawBlockKit(app: App, blocks: readonly Loose[], surface: Surface): VNode {
  return h(
    'div',
    { class: 'blocks' },
    blocks.map((block, at) => keyed(app, block, at, surface)),
  );
}

function keyed(app: App, block: Loose, at: number, surface: Surface): VNode {
  const type = text(block['type']);
  const drawn = drawBlock(app, block, surface);
  return h('div', { key: `${text(block['block_id']) || at}-${type}`, class: `block block-${type}` }, drawn);
}

function drawBlock(app: App, block: Loose, surface: Surface): Child {
  switch (text(block['type'])) {
    case 'section':
      return section(app, block, surface);
    case 'markdown':
      return formatted(app, 'markdown', text(block['text']));
    case 'rich_text':
      return h('div', { class: 'rich', dir: 'auto' }, drawBlocks(app, richTextBlocks(block)));
    case 'header':
      return h(
        'p',
        { class: 'block-title', role: 'heading', 'aria-level': 3, dir: 'auto' },
        plainText(block['text']),
      );
    case 'context':
      return records(block['elements']).map((element) => contextElement(app, element));
    case 'divider':
      return h('hr', null);
    case 'actions':
    case 'context_actions':
      return actions(app, block, surface);
    case 'image':
      return imagePlaceholder(words(block['title']) || text(block['alt_text']), text(block['image_url']));
    case 'input':
      return input(app, block, surface);
    case 'task_card':
      return taskCard(app, block);
    case 'plan':
      return plan(app, block);
    case 'table':
      return table(app, block);
    case 'alert':
    case 'card':
    case 'container':
    case 'carousel':
      return composite(app, block, surface);
    case 'file':
    case 'video':
      return h('p', { class: 'hint' }, words(block['title']) || text(block['type']));
    default:
      return h('p', { class: 'unknown' }, `Block “${text(block['type'])}” is not drawn here`);
  }
}

/** A text object: mrkdwn formatted, plain text as it is. */
function textObject(app: App, value: unknown): Child {
  const object = record(value);
  if (object['type'] === 'mrkdwn') return formatted(app, 'mrkdwn', text(object['text']));
  return h('div', { class: 'rich plain', dir: 'auto' }, h('p', null, plainText(value)));
}

function section(app: App, block: Loose, surface: Surface): Child {
  const accessory = isRecord(block['accessory']) ? block['accessory'] : null;
  const fields = records(block['fields']);
  const blockId = text(block['block_id']);
  return h(
    'div',
    { class: 'section' },
    h(
      'div',
      { class: 'section-text' },
      block['text'] === undefined ? null : textObject(app, block['text']),
      fields.length === 0
        ? null
        : h(
            'div',
            { class: 'fields' },
            fields.map((field) => textObject(app, field)),
          ),
    ),
    accessory === null ? null : drawElement(app, accessory, { surface, blockId, live: true, label: '' }),
  );
}

function contextElement(app: App, element: Loose): VNode {
  if (element['type'] === 'image')
    return imagePlaceholder(text(element['alt_text']), text(element['image_url']));
  return h('div', { class: 'context-text' }, textObject(app, element));
}

function actions(app: App, block: Loose, surface: Surface): Child {
  const blockId = text(block['block_id']);
  return h(
    'div',
    { class: 'actions' },
    records(block['elements']).map((element) =>
      drawElement(app, element, { surface, blockId, live: true, label: '' }),
    ),
  );
}

function input(app: App, block: Loose, surface: Surface): Child {
  const element = record(block['element']);
  const blockId = text(block['block_id']);
  const label = words(block['label']);
  const standing = { surface, blockId, live: block['dispatch_action'] === true, label };
  const error = surface.errors[blockId];
  const id = fieldId(standing, element);
  return [
    h(
      'label',
      { class: 'label', for: id },
      plainText(block['label']),
      block['optional'] === true ? h('span', { class: 'optional' }, ' (optional)') : null,
    ),
    drawElement(app, element, standing),
    error === undefined ? null : h('p', { class: 'error', id: `${id}-error`, role: 'alert' }, error),
    block['hint'] === undefined ? null : h('p', { class: 'hint' }, plainText(block['hint'])),
  ];
}

const TASK_WORDS: Readonly<Record<string, string>> = {
  pending: 'Waiting',
  in_progress: 'Working',
  complete: 'Done',
  error: 'Failed',
};

function taskCard(app: App, task: Loose): Child {
  const status = text(task['status']);
  const sources = records(task['sources']);
  const more = [task['details'], task['output']].filter(
    (part) => part !== undefined && part !== null && part !== '',
  );
  const head = [
    h(
      'span',
      { class: `task-sign task-${status}`, role: 'img', 'aria-label': TASK_WORDS[status] ?? status },
      status === 'complete' ? icon('check') : status === 'error' ? icon('close') : null,
    ),
    h('span', { class: 'task-title' }, words(task['title'])),
  ];
  if (more.length === 0 && sources.length === 0)
    return h('div', { class: 'task-card' }, h('div', { class: 'task-head' }, head));
  return h(
    'details',
    { class: 'task-card' },
    h('summary', { class: 'task-head' }, head),
    h(
      'div',
      { class: 'task-body' },
      more.map((part) => richOrText(app, part)),
      sources.map((source) => {
        const href = safeHref(text(source['url']));
        return href === null
          ? null
          : h(
              'a',
              { href, target: '_blank', rel: 'noopener noreferrer nofollow' },
              text(source['text']) || href,
            );
      }),
    ),
  );
}

function richOrText(app: App, value: unknown): VNode {
  const object = record(value);
  if (object['type'] === 'rich_text')
    return h('div', { class: 'rich', dir: 'auto' }, drawBlocks(app, richTextBlocks(object)));
  return formatted(app, 'markdown', words(value));
}

function plan(app: App, block: Loose): Child {
  return h(
    'div',
    { class: 'plan' },
    h('p', { class: 'plan-title' }, words(block['title'])),
    h(
      'ol',
      { class: 'plan-tasks' },
      records(block['tasks']).map((task, at) =>
        h('li', { key: text(task['task_id']) || text(task['id']) || String(at) }, taskCard(app, task)),
      ),
    ),
  );
}

function table(app: App, block: Loose): Child {
  const rows = Array.isArray(block['rows']) ? block['rows'] : [];
  const settings = records(block['column_settings']);
  const cell =
    (tag: string) =>
    (value: unknown, at: number): VNode => {
      const align = text(settings[at]?.['align']);
      const object = record(value);
      const inner =
        object['type'] === 'rich_text' ? drawBlocks(app, richTextBlocks(object)) : plainText(value);
      return h(
        tag,
        {
          dir: 'auto',
          style: /^(left|center|right)$/.test(align) ? `text-align:${align}` : null,
          ...(tag === 'th' ? { scope: 'col' } : {}),
        },
        inner,
      );
    };
  const row =
    (tag: string) =>
    (value: unknown): VNode =>
      h('tr', null, (Array.isArray(value) ? value : []).map(cell(tag)));
  return h(
    'div',
    { class: 'table-scroll rich', tabindex: 0, role: 'region', 'aria-label': 'Table' },
    h(
      'table',
      null,
      h('thead', null, rows.slice(0, 1).map(row('th'))),
      h('tbody', null, rows.slice(1).map(row('td'))),
    ),
  );
}

/** Blocks that hold texts, elements and further blocks. */
function composite(app: App, block: Loose, surface: Surface): Child {
  const children = [
    ...records(block['child_blocks']),
    ...records(block['cards']),
    ...records(block['elements']).filter((e) => e['type'] === 'card'),
  ];
  const buttons = records(block['actions']);
  return h(
    'div',
    { class: `composite composite-${text(block['level']) || text(block['type'])}` },
    block['title'] === undefined ? null : h('p', { class: 'composite-title' }, plainText(block['title'])),
    block['subtitle'] === undefined ? null : h('p', { class: 'hint' }, plainText(block['subtitle'])),
    block['text'] === undefined ? null : textObject(app, block['text']),
    block['body'] === undefined ? null : textObject(app, block['body']),
    children.length === 0 ? null : drawBlockKit(app, children, surface),
    buttons.length === 0 ? null : actions(app, { ...block, elements: buttons }, surface),
  );
}
