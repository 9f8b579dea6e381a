/** `rich_text` blocks as the same formatted text that the two dialects give. Pure. */
import type { Block, Inline, ListItem } from './tree.ts';
import { safeHref } from './tree.ts';
import type { Loose } from './values.ts';
import { number, record, records, text } from './values.ts';

/** The content of a `rich_text` block (or of a `rich_text` field elsewhere). */
export function richTextBlocks(block: Loose): Block[] {
  return records(block['elements']).flatMap((element) => section(element));
}

function section(element: Loose): Block[] {
  const children = inlines(element['elements']);
  switch (text(element['type'])) {
    case 'rich_text_preformatted':
      return [{ type: 'code', language: text(element['language']), text: plain(children) }];
    case 'rich_text_quote':
      return [{ type: 'quote', children: [{ type: 'paragraph', children }] }];
    case 'rich_text_list':
      return [list(element)];
    default:
      return [{ type: 'paragraph', children }];
  }
}

function list(element: Loose): Block {
  const items: ListItem[] = records(element['elements']).map((item) => ({
    checked: null,
    children: [{ type: 'paragraph', children: inlines(item['elements']) }],
  }));
  let block: Block = {
    type: 'list',
    ordered: text(element['style']) === 'ordered',
    start: number(element['offset'], 0) + 1,
    items,
  };
  for (let depth = Math.min(8, number(element['indent'], 0)); depth > 0; depth -= 1) {
    block = { type: 'list', ordered: false, start: 1, items: [{ checked: null, children: [block] }] };
  }
  return block;
}

function inlines(elements: unknown): Inline[] {
  return records(elements).flatMap((element) => styled(inline(element), record(element['style'])));
}

function inline(element: Loose): Inline[] {
  switch (text(element['type'])) {
    case 'text':
      return lines(text(element['text']));
    case 'link': {
      const href = safeHref(text(element['url']));
      const label = text(element['text']) === '' ? text(element['url']) : text(element['text']);
      return href === null
        ? [{ type: 'text', text: label }]
        : [{ type: 'link', href, children: [{ type: 'text', text: label }] }];
    }
    case 'user':
      return [{ type: 'user', id: text(element['user_id']), label: null }];
    case 'channel':
      return [{ type: 'channel', id: text(element['channel_id']), label: null }];
    case 'usergroup':
      return [{ type: 'usergroup', id: text(element['usergroup_id']), label: null }];
    case 'broadcast':
      return [{ type: 'broadcast', range: text(element['range']) }];
    case 'emoji':
      return [{ type: 'emoji', name: text(element['name']) }];
    case 'date':
      return [
        {
          type: 'date',
          seconds: number(element['timestamp'], 0),
          format: text(element['format']),
          fallback: text(element['fallback']),
        },
      ];
    case 'color':
      return [{ type: 'code', text: text(element['value']) }];
    default:
      return [];
  }
}

function lines(source: string): Inline[] {
  return source
    .split('\n')
    .flatMap((line, at): Inline[] =>
      at === 0 ? [{ type: 'text', text: line }] : [{ type: 'break' }, { type: 'text', text: line }],
    );
}

function styled(nodes: Inline[], style: Loose): Inline[] {
  if (style['code'] === true)
    return nodes.map((node) => (node.type === 'text' ? { type: 'code', text: node.text } : node));
  let result = nodes;
  for (const [name, type] of [
    ['bold', 'bold'],
    ['italic', 'italic'],
    ['strike', 'strike'],
    ['underline', 'underline'],
  ] as const) {
    if (style[name] === true) result = [{ type, children: result }];
  }
  return result;
}

function plain(nodes: readonly Inline[]): string {
  return nodes
    .map((node) => {
      if (node.type === 'text' || node.type === 'code') return node.text;
      if (node.type === 'break') return '\n';
      return 'children' in node ? plain(node.children) : '';
    })
    .join('');
}
