/** The bar on top: whose eyes one looks through, the bot's process, and the two panels. */
import type { App } from './app.ts';
import { botControls } from './bot.ts';
import { icon, mark } from './icons.ts';
import { sideOf } from './model.ts';
import { avatar, roleOf, userOf } from './people.ts';
import { personaMenu } from './personas.ts';
import { toggleGuide } from './side.ts';
import { themeMenu } from './theme.ts';
import type { VNode } from './vdom.ts';
import { h } from './vdom.ts';

export function drawTopbar(app: App): VNode {
  const me = userOf(app.model, app.model.user);
  const guideSeen = sideOf(app.model) === 'guide';
  return h(
    'header',
    { class: 'topbar' },
    h(
      'button',
      {
        type: 'button',
        class: 'tool menu-button',
        'aria-label': 'Conversations',
        'aria-expanded': app.model.sidebarOpen ? 'true' : 'false',
        onclick: () => app.update((model) => ({ ...model, sidebarOpen: !model.sidebarOpen })),
      },
      icon('menu'),
    ),
    h(
      'div',
      { class: 'brand' },
      mark(),
      h('span', { class: 'brand-name' }, 'Heddle'),
      h('span', { class: 'brand-sub' }, 'playground'),
    ),
    botControls(app),
    h('span', { class: 'spring' }),
    h(
      'button',
      {
        type: 'button',
        class: 'tool theme-button',
        'aria-haspopup': 'menu',
        'aria-label': 'Appearance',
        title: 'Light or dark',
        onclick: (event) => themeMenu(app, event),
      },
      icon('theme'),
    ),
    toggle('Wire', 'wire', app.model.wireOpen, 'Calls between the bot and its two services', () =>
      toggleWire(app),
    ),
    toggle('Guide', 'help', guideSeen, 'What to try', () => toggleGuide(app, guideSeen)),
    me === null
      ? null
      : h(
          'button',
          {
            type: 'button',
            class: 'persona',
            'aria-haspopup': 'menu',
            'aria-label': `Acting as ${me.real_name}, ${roleOf(app.model, me)}. Switch person`,
            title: 'Switch person (Alt+1 to Alt+9)',
            onclick: (event) => personaMenu(app, event),
          },
          avatar(me, 'small'),
          h(
            'span',
            { class: 'persona-words' },
            h('strong', null, me.real_name),
            h('small', null, roleOf(app.model, me)),
          ),
          app.model.nudges.size === 0
            ? null
            : h('span', { class: 'nudge', role: 'img', 'aria-label': 'Somebody else was told something' }),
          icon('down'),
        ),
  );
}

function toggle(
  label: string,
  name: Parameters<typeof icon>[0],
  pressed: boolean,
  title: string,
  run: () => void,
): VNode {
  return h(
    'button',
    {
      type: 'button',
      class: pressed ? 'top-toggle top-toggle-on' : 'top-toggle',
      'aria-pressed': pressed ? 'true' : 'false',
      title,
      onclick: run,
    },
    icon(name),
    h('span', null, label),
  );
}

export function toggleWire(app: App): void {
  app.update((model) => ({ ...model, wireOpen: !model.wireOpen }));
  app.memory.write('wire', app.model.wireOpen ? 'open' : '');
}
