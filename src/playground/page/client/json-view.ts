/** JSON as a tree that opens and closes with the browser's own disclosure element. */
import type { VNode } from './vdom.ts';
import { h } from './vdom.ts';

const MAX_DEPTH = 14;
const MAX_ENTRIES = 300;

export function drawJson(value: unknown): VNode {
  if (value === null || value === undefined) return h('p', { class: 'hint' }, 'No body');
  return h('div', { class: 'json' }, node(value, null, 0));
}

function node(value: unknown, name: string | null, depth: number): VNode {
  const label = name === null ? null : [h('span', { class: 'json-name' }, name), ': '];
  if (typeof value !== 'object' || value === null)
    return h('div', { class: 'json-leaf' }, label, leaf(value));
  const entries = Object.entries(value);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0 || depth > MAX_DEPTH)
    return h('div', { class: 'json-leaf' }, label, `${open}${entries.length === 0 ? '' : '…'}${close}`);
  return h(
    'details',
    { class: 'json-node', open: depth < 2 },
    h('summary', null, label, `${open} ${entries.length} ${close}`),
    h(
      'div',
      { class: 'json-children' },
      entries
        .slice(0, MAX_ENTRIES)
        .map(([key, child]) => node(child, Array.isArray(value) ? null : key, depth + 1)),
      entries.length > MAX_ENTRIES
        ? h('p', { class: 'hint' }, `and ${entries.length - MAX_ENTRIES} more`)
        : null,
    ),
  );
}

function leaf(value: unknown): VNode {
  const kind = value === null ? 'null' : typeof value;
  return h('span', { class: `json-${kind}`, dir: 'auto' }, typeof value === 'string' ? value : String(value));
}
