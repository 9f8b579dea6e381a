/** Edges that resize the right side and the wire drawer, by pointer and by arrow keys. */
import type { App } from './app.ts';
import type { VNode } from './vdom.ts';
import { h } from './vdom.ts';

const LIMITS = { side: [300, 760], wire: [120, 620] } as const;
type Edge = keyof typeof LIMITS;

function setSize(app: App, edge: Edge, wanted: number): void {
  const [least, most] = LIMITS[edge];
  const room = edge === 'side' ? innerWidth * 0.6 : innerHeight * 0.7;
  const size = Math.round(Math.max(least, Math.min(most, room, wanted)));
  document.documentElement.style.setProperty(`--${edge}-size`, `${size}px`);
  app.memory.write(`size.${edge}`, String(size));
}

export function restoreSizes(app: App): void {
  for (const edge of ['side', 'wire'] as const) {
    const size = Number(app.memory.read(`size.${edge}`) ?? '');
    if (size > 0) setSize(app, edge, size);
  }
}

export function splitter(app: App, edge: Edge): VNode {
  const size = (): number => {
    const box = document.querySelector(edge === 'side' ? '.side' : '.wire')?.getBoundingClientRect();
    return (edge === 'side' ? box?.width : box?.height) ?? 400;
  };
  const drag = (event: Event): void => {
    if (!(event instanceof PointerEvent)) return;
    const handle = event.target as HTMLElement;
    const [from, start] = [edge === 'side' ? event.clientX : event.clientY, size()];
    const move = (moved: PointerEvent): void =>
      setSize(app, edge, start + from - (edge === 'side' ? moved.clientX : moved.clientY));
    handle.setPointerCapture(event.pointerId);
    handle.addEventListener('pointermove', move);
    handle.addEventListener('pointerup', () => handle.removeEventListener('pointermove', move), {
      once: true,
    });
    event.preventDefault();
  };
  return h('div', {
    key: `split-${edge}`,
    class: `split split-${edge}`,
    role: 'separator',
    tabindex: 0,
    'aria-orientation': edge === 'side' ? 'vertical' : 'horizontal',
    'aria-label': edge === 'side' ? 'Width of the right side' : 'Height of the wire drawer',
    onpointerdown: drag,
    onkeydown: (event) => {
      const step = { ArrowLeft: 24, ArrowUp: 24, ArrowRight: -24, ArrowDown: -24 }[
        (event as KeyboardEvent).key
      ];
      if (step !== undefined) setSize(app, edge, size() + step);
    },
  });
}
