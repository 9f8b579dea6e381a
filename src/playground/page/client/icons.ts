/** The page's icons, drawn as 20 by 20 line art in the colour of the text around them. */
import type { VNode } from './vdom.ts';
import { h } from './vdom.ts';

const PATHS = {
  hash: 'M7.5 3 6 17M14 3l-1.5 14M3.5 7.5h13M3 12.5h13',
  lock: 'M5.5 9h9v7h-9zM7 9V6.5a3 3 0 0 1 6 0V9',
  home: 'M3 9.5 10 3.5l7 6M5 8.5V16h10V8.5',
  plus: 'M10 4v12M4 10h12',
  send: 'M3.5 16.5 17 10 3.5 3.5 5.5 10zM5.5 10H11',
  smile: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM7 12c1.5 2 4.5 2 6 0M7.6 8v.01M12.4 8v.01',
  at: 'M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0zm0 0v1.5c0 2 3.500 2 3.500-1.500A6.500 6.500 0 1 0 14 15.200',
  clip: 'M14.500 9.500 9.500 14.500a3 3 0 0 1-4.300-4.300l5.800-5.800a2 2 0 0 1 2.900 2.900L8.300 12.900a1 1 0 0 1-1.400-1.400l4.600-4.600',
  slash: 'M12.500 4 7.500 16',
  reply: 'M4 5h12v8h-6l-3.500 3v-3H4z',
  more: 'M4.5 9.4v1.2M10 9.4v1.2M15.5 9.4v1.2M3.9 10h1.2M9.4 10h1.2M14.9 10h1.2',
  close: 'M5 5l10 10M15 5 5 15',
  people:
    'M7.500 9a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM3 15.500c.3-2.700 2-4.200 4.500-4.200s4.200 1.500 4.500 4.200M13 9.200a2.200 2.200 0 1 0-.8-4.200M14 11.600c1.800.3 2.900 1.700 3.100 3.900',
  theme: 'M16 12.200A6.500 6.500 0 0 1 7.800 4a6.500 6.500 0 1 0 8.200 8.200z',
  download: 'M10 3.500v9M6 9l4 4 4-4M4 16.500h12',
  menu: 'M3 6h14M3 10h14M3 14h14',
  wire: 'M3 7h11M11 4l3 3-3 3M17 13H6M9 10l-3 3 3 3',
  help: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM8 8a2 2 0 1 1 2.800 1.800c-.6.3-.8.7-.8 1.400M10 13.700v.01',
  bolt: 'M11 3 5 11.500h4.500L9 17l6-8.500h-4.500z',
  refresh: 'M16 10a6 6 0 1 1-1.800-4.300M16 3.500v3h-3',
  down: 'M5.500 8l4.500 4.500L14.500 8',
  right: 'M8 5.500 12.500 10 8 14.500',
  check: 'M4.500 10.500 8.500 14.500 15.500 6',
  file: 'M5.500 3h6L15 6.500V17H5.500zM11.500 3v3.500H15',
  image: 'M3.500 4.500h13v11h-13zM3.500 13l4-4 3.500 3.500 2-2 3.500 3.500M13 7.500v.01',
  trash: 'M4.500 6h11M8 6V4h4v2M6 6l.7 10.500h6.600L14 6',
  eye: 'M2.500 10S5.500 5 10 5s7.500 5 7.500 5-3 5-7.500 5-7.500-5-7.500-5zM12 10a2 2 0 1 1-4 0 2 2 0 0 1 4 0z',
  stop: 'M6 6h8v8H6z',
  pause: 'M7.500 5v10M12.500 5v10',
  play: 'M7 4.500 15.500 10 7 15.500z',
  up: 'M7 9V16H4V9zM7 9l3-5.500c1.200 0 2 .8 2 2V8h3.500c.8 0 1.300.7 1.100 1.500l-1.300 5.300c-.2.700-.7 1.200-1.500 1.200H7',
  thumbdown:
    'M7 11V4H4v7zM7 11l3 5.500c1.200 0 2-.8 2-2V12h3.500c.8 0 1.300-.7 1.100-1.500l-1.300-5.300C15.100 4.500 14.600 4 13.800 4H7',
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration only: the button around it carries the name. */
export function icon(name: IconName): VNode {
  return h(
    'svg',
    { class: 'icon', viewBox: '0 0 20 20', 'aria-hidden': 'true', focusable: 'false' },
    h('path', { d: PATHS[name] }),
  );
}

/** Heddle's mark: warp threads through a heddle's eye. */
export function mark(): VNode {
  return h(
    'svg',
    { class: 'mark', viewBox: '0 0 32 32', 'aria-hidden': 'true' },
    h('path', { class: 'mark-warp', d: 'M8 4v24M24 4v24' }),
    h('path', {
      class: 'mark-eye',
      d: 'M16 4v7m0 10v7M16 11c3.500 2.500 3.500 7.500 0 10-3.500-2.500-3.500-7.500 0-10z',
    }),
    h('path', { class: 'mark-weft', d: 'M3 16h26' }),
  );
}
