/**
 * A small virtual DOM. The page is one function from state to nodes, and `patch` changes the document only where
 * two pictures differ, so that an edit of a message keeps focus, selection, open menus and the scroll position.
 *
 * Invariant: text is only ever set as text and attributes only by name. There is no way to pass markup, which is
 * what makes it safe to show words of a model or of a stranger.
 */

export type Listener = (event: Event) => void;
export type Prop = string | number | boolean | null | undefined | Listener;
export interface Props {
  readonly [name: string]: Prop;
}
export interface VNode {
  readonly tag: string;
  readonly key: string | undefined;
  readonly props: Props;
  readonly children: readonly VChild[];
}
export type VChild = VNode | string;
export type Child = VChild | number | null | undefined | false | readonly Child[];

function flatten(children: readonly Child[], into: VChild[]): VChild[] {
  for (const child of children) {
    if (child === null || child === undefined || child === false || child === '') continue;
    if (typeof child === 'number') into.push(String(child));
    else if (typeof child === 'string' || 'tag' in child) into.push(child);
    else flatten(child, into);
  }
  return into;
}

/** Makes a node. The prop `key` keeps a node's identity when its siblings change. */
export function h(tag: string, props: Props | null, ...children: readonly Child[]): VNode {
  const key = props?.['key'];
  return {
    tag,
    key: typeof key === 'string' ? key : undefined,
    props: props ?? {},
    children: flatten(children, []),
  };
}

/** All text below a node, for labels and tests. */
export function textOf(node: VChild): string {
  return typeof node === 'string' ? node : node.children.map(textOf).join('');
}

interface Mounted {
  node: VChild;
  dom: Element | Text;
  children: Mounted[];
  listening: Set<string>;
}

const SVG = 'http://www.w3.org/2000/svg';
const LIVE = new Set(['value', 'checked', 'selected', 'disabled', 'open', 'hidden', 'indeterminate']);

export interface Renderer {
  /** Brings the container's content to `node`. */
  patch(node: VNode): void;
}

/** Renders into `container`, which must be empty. */
export function createRenderer(container: Element): Renderer {
  let root: Mounted | null = null;
  return {
    patch(node) {
      if (root === null) {
        root = mount(node, container.namespaceURI === SVG);
        container.append(root.dom);
        return;
      }
      root = update(root, node, container, false);
    },
  };
}

function mount(node: VChild, svg: boolean): Mounted {
  if (typeof node === 'string') {
    return { node, dom: document.createTextNode(node), children: [], listening: new Set() };
  }
  const inSvg = svg || node.tag === 'svg';
  const dom = inSvg ? document.createElementNS(SVG, node.tag) : document.createElement(node.tag);
  const mounted: Mounted = { node, dom, children: [], listening: new Set() };
  for (const child of node.children) {
    const childMounted = mount(child, inSvg);
    mounted.children.push(childMounted);
    dom.append(childMounted.dom);
  }
  // Props after children: the value of a <select> needs its options.
  for (const name of Object.keys(node.props)) setProp(mounted, dom, name, undefined, node.props[name]);
  // `onmount` is this page's own event: fired once, when the element stands in the document.
  if (node.props['onmount'] !== undefined) queueMicrotask(() => dom.dispatchEvent(new CustomEvent('mount')));
  return mounted;
}

function setProp(mounted: Mounted, dom: Element, name: string, before: Prop, after: Prop): void {
  if (name === 'key' || before === after) return;
  if (name.startsWith('on')) {
    listen(mounted, dom, name);
    return;
  }
  if (LIVE.has(name) && name in dom) {
    const value = typeof after === 'number' ? String(after) : (after ?? (name === 'value' ? '' : false));
    const live = dom as unknown as Record<string, unknown>;
    if (live[name] !== value) live[name] = value;
    return;
  }
  if (name === 'style' && dom instanceof HTMLElement) {
    // Through the object model, so that a content security policy without inline styles holds.
    dom.style.cssText = typeof after === 'string' ? after : '';
    return;
  }
  if (after === null || after === undefined || after === false || typeof after === 'function')
    dom.removeAttribute(name);
  else dom.setAttribute(name, after === true ? '' : String(after));
}

/** One listener an event and element; it looks up the current picture's function when it fires. */
function listen(mounted: Mounted, dom: Element, name: string): void {
  if (mounted.listening.has(name)) return;
  mounted.listening.add(name);
  dom.addEventListener(name.slice(2), (event) => {
    if (typeof mounted.node === 'string') return;
    const listener = mounted.node.props[name];
    if (typeof listener === 'function') listener(event);
  });
}

function update(old: Mounted, node: VChild, parent: Element, svg: boolean): Mounted {
  if (old.node === node) return old;
  if (typeof node === 'string' && typeof old.node === 'string') {
    old.dom.textContent = node;
    old.node = node;
    return old;
  }
  if (
    typeof node === 'string' ||
    typeof old.node === 'string' ||
    old.node.tag !== node.tag ||
    old.node.key !== node.key
  ) {
    const fresh = mount(node, svg);
    parent.replaceChild(fresh.dom, old.dom);
    return fresh;
  }
  const dom = old.dom as Element;
  const before = old.node.props;
  old.node = node;
  old.children = reconcile(old.children, node.children, dom, svg || node.tag === 'svg');
  for (const name of Object.keys(before)) {
    if (!(name in node.props)) setProp(old, dom, name, before[name], undefined);
  }
  for (const name of Object.keys(node.props)) setProp(old, dom, name, before[name], node.props[name]);
  return old;
}

function keyOf(node: VChild): string | undefined {
  return typeof node === 'string' ? undefined : node.key;
}

/** Two nodes that may share an element: the same tag, and the same first class, which says what the element is. */
function sameKind(old: VChild, node: VChild): boolean {
  if (typeof old === 'string' || typeof node === 'string') return typeof old === typeof node;
  const role = (it: VNode): string => String(it.props['class'] ?? '').split(' ')[0] ?? '';
  return old.tag === node.tag && role(old) === role(node);
}

/**
 * Keyed children keep their element wherever they move. The others are matched in order, passing over those of
 * another kind, so that an optional neighbour that comes or goes does not replace what stands beside it.
 */
function reconcile(old: Mounted[], next: readonly VChild[], parent: Element, svg: boolean): Mounted[] {
  const keyed = new Map<string, Mounted>();
  const loose: Mounted[] = [];
  for (const child of old) {
    const key = keyOf(child.node);
    if (key === undefined) loose.push(child);
    else keyed.set(key, child);
  }
  const result = next.map((node) => {
    const match = takeMatch(keyed, loose, node);
    return match === undefined ? mount(node, svg) : update(match, node, parent, svg);
  });
  for (const gone of [...keyed.values(), ...loose]) gone.dom.remove();
  place(result, parent);
  return result;
}

function takeMatch(keyed: Map<string, Mounted>, loose: Mounted[], node: VChild): Mounted | undefined {
  const key = keyOf(node);
  if (key === undefined) {
    const at = loose.findIndex((child) => sameKind(child.node, node));
    return at === -1 ? undefined : loose.splice(at, 1)[0];
  }
  const match = keyed.get(key);
  keyed.delete(key);
  return match;
}

/** Moves only what stands in the wrong place, because moving an element drops its focus and scroll position. */
function place(children: readonly Mounted[], parent: Element): void {
  let expected: ChildNode | null = parent.firstChild;
  for (const child of children) {
    if (child.dom === expected) {
      expected = expected.nextSibling;
      continue;
    }
    parent.insertBefore(child.dom, expected);
  }
}
