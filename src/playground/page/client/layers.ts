/** Floating layers: menus, the emoji picker, confirmations and small dialogs. One at a time; Escape closes it. */
import type { App } from './app.ts';
import type { Anchor, Layer, MenuItem } from './model.ts';

export function anchorOf(of: Event | EventTarget | null): Anchor {
  const element = of instanceof Event ? (of.currentTarget ?? of.target) : of;
  const box = element instanceof Element ? element.getBoundingClientRect() : new DOMRect();
  return { left: box.left, top: box.top, right: box.right, bottom: box.bottom };
}

export function openLayer(app: App, layer: Layer): void {
  app.update((model) => ({ ...model, layer }));
}

export function openMenu(
  app: App,
  at: Event | EventTarget | null,
  label: string,
  items: readonly MenuItem[],
): void {
  openLayer(app, { kind: 'menu', label, anchor: anchorOf(at), items });
}

export function openEmojiPicker(app: App, event: Event, pick: (name: string) => void): void {
  openLayer(app, { kind: 'emoji', anchor: anchorOf(event), query: '', pick });
}

export function closeLayer(app: App): void {
  app.update((model) => ({ ...model, layer: null }));
}
