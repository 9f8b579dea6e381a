/** The right side: a thread, the guide, or both behind two tabs, so that neither takes the other away. */
import type { App } from './app.ts';
import type { Side } from './model.ts';
import { markThreadRead, remember } from './places.ts';
import type { VNode } from './vdom.ts';
import { h } from './vdom.ts';

const NAMES: Readonly<Record<Side, string>> = { thread: 'Thread', guide: 'What to try' };

/** The heading of the one that is seen, with the way to the other where there is one. */
export function sideTitle(app: App, shown: Side): VNode {
  const { thread, guide } = app.model;
  if (thread === null || !guide) return h('h2', null, NAMES[shown]);
  return h(
    'nav',
    { class: 'tabs', 'aria-label': 'Right side' },
    tab(app, 'thread', shown),
    tab(app, 'guide', shown),
  );
}

function tab(app: App, side: Side, shown: Side): VNode {
  const isShown = side === shown;
  return h(
    'button',
    {
      key: side,
      type: 'button',
      class: isShown ? 'tab tab-active' : 'tab',
      'aria-current': isShown ? 'page' : null,
      onclick: () => bringForward(app, side),
    },
    NAMES[side],
  );
}

function bringForward(app: App, front: Side): void {
  app.update((model) => markThreadRead({ ...model, front }));
  remember(app);
  // The pressed tab goes with its side; the same one stands at the same place in the other.
  app.afterDraw(() => document.querySelector<HTMLElement>('.side .tab-active')?.focus());
}

/** Shows the guide, also from behind a thread; takes it away where it is seen. */
export function toggleGuide(app: App, isSeen: boolean): void {
  app.update((model) => ({ ...model, guide: !isSeen, front: 'guide' }));
  app.memory.write('guide', app.model.guide ? 'open' : 'closed');
  remember(app);
}
