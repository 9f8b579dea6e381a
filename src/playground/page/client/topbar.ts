/** The bar on top: whose eyes one looks through, the bot's process, and the two panels. */
import type { BotProcess } from '../parent-api.ts';
import type { App } from './app.ts';
import { attempt, toast } from './app.ts';
import { icon, mark } from './icons.ts';
import { avatar, kindOf, userOf } from './people.ts';
import { personaMenu } from './personas.ts';
import { withoutBusy } from './places.ts';
import type { Child, VNode } from './vdom.ts';
import { h } from './vdom.ts';

export function drawTopbar(app: App): VNode {
  const me = userOf(app.model, app.model.user);
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
    toggle('Wire', 'wire', app.model.wireOpen, 'Calls between the bot and its two services', () =>
      toggleWire(app),
    ),
    toggle('Guide', 'help', app.model.guide && app.model.thread === null, 'What to try', () =>
      toggleGuide(app),
    ),
    me === null
      ? null
      : h(
          'button',
          {
            type: 'button',
            class: 'persona',
            'aria-haspopup': 'menu',
            'aria-label': `Acting as ${me.real_name}, ${kindOf(me)}. Switch person`,
            title: 'Switch person (Alt+1 to Alt+9)',
            onclick: (event) => personaMenu(app, event),
          },
          avatar(me, 'small'),
          h(
            'span',
            { class: 'persona-words' },
            h('strong', null, me.real_name),
            h('small', null, kindOf(me)),
          ),
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

export function toggleGuide(app: App): void {
  app.update((model) => ({ ...model, guide: model.thread !== null || !model.guide, thread: null }));
  app.memory.write('guide', app.model.guide ? 'open' : 'closed');
}

/** The process in words, its tone, and what can be done to it. */
export function describeBot(
  bot: BotProcess | null,
  present: boolean,
  now: number,
): { tone: 'good' | 'wait' | 'bad'; words: string; title: string; alive: boolean } {
  if (bot === null || bot.state === 'absent') {
    return {
      tone: present ? 'good' : 'bad',
      words: present ? 'Bot connected' : 'No bot',
      title: 'No bot process belongs to this page',
      alive: false,
    };
  }
  switch (bot.state) {
    case 'starting':
      return {
        tone: 'wait',
        words: 'Bot starting',
        title: `Process ${bot.pid} is not ready yet`,
        alive: true,
      };
    case 'running':
      return {
        tone: present ? 'good' : 'wait',
        words: present ? 'Bot running' : 'Bot not connected',
        title: `Process ${bot.pid}, up for ${Math.max(0, Math.round((now - bot.since) / 1000))} s`,
        alive: true,
      };
    case 'stopping':
      return {
        tone: 'wait',
        words: 'Bot stopping',
        title: `Process ${bot.pid} finishes its work`,
        alive: true,
      };
    case 'killed':
      return {
        tone: 'bad',
        words: 'Bot killed',
        title: 'Killed with SIGKILL from this page. Press Restart: it goes on where it was.',
        alive: false,
      };
    case 'exited': {
      const how = bot.signal === null ? `code ${bot.code ?? '?'}` : bot.signal;
      const again =
        bot.retry_at === null
          ? ''
          : ` Started again in ${Math.max(0, Math.ceil((bot.retry_at - now) / 1000))} s.`;
      return { tone: 'bad', words: `Bot exited, ${how}`, title: `${bot.said}${again}`.trim(), alive: false };
    }
  }
}

function botControls(app: App): Child {
  const { parent, page } = app.model;
  const bot = parent?.bot ?? null;
  const shown = describeBot(bot, page?.bot_present ?? false, app.model.now);
  const pid = bot !== null && 'pid' in bot ? `pid ${bot.pid}` : null;
  return h(
    'div',
    { class: 'bot', role: 'group', 'aria-label': 'Bot process' },
    h(
      'span',
      { class: `bot-state bot-${shown.tone}`, role: 'status', title: shown.title },
      h('span', { class: 'lamp', 'aria-hidden': 'true' }),
      h('span', { class: 'bot-words' }, shown.words),
      pid === null ? null : h('code', { class: 'bot-pid' }, pid),
    ),
    bot === null || bot.state === 'absent'
      ? null
      : [
          h(
            'button',
            {
              key: 'kill',
              type: 'button',
              class: 'button bot-kill',
              disabled: !shown.alive,
              title: 'kill -9: the process dies at once, in the middle of whatever it does',
              onclick: () => act(app, 'kill'),
            },
            icon('bolt'),
            h('span', null, 'Kill'),
          ),
          h(
            'button',
            {
              key: 'restart',
              type: 'button',
              class: shown.alive ? 'button' : 'button button-primary',
              'aria-busy': app.model.busy.has('restart') ? 'true' : null,
              title: 'Start the process again',
              onclick: () => act(app, 'restart'),
            },
            icon('refresh'),
            h('span', null, 'Restart'),
          ),
        ],
  );
}

function act(app: App, action: 'kill' | 'restart'): void {
  if (app.model.busy.has(action)) return;
  app.update((model) => ({ ...model, busy: new Set(model.busy).add(action) }));
  attempt(app, async () => {
    try {
      const answer = await app.api.parentAct(action);
      if (!answer.ok) toast(app, answer.error, 'bad');
      else
        app.update((model) =>
          model.parent === null ? model : { ...model, parent: { ...model.parent, bot: answer.bot } },
        );
    } finally {
      app.update((model) => ({ ...model, busy: withoutBusy(model, action) }));
    }
  });
}
