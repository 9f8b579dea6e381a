/** The whole page as one function of the data. */
import type { App } from './app.ts';
import { dismissToast } from './app.ts';
import { wordsOfExit } from './bot.ts';
import { drawChannel } from './channel.ts';
import { drawGuide } from './guide.ts';
import { icon } from './icons.ts';
import { drawLayer } from './layer-views.ts';
import { drawHome, drawModal } from './modal.ts';
import { sideOf } from './model.ts';
import { currentChannel } from './places.ts';
import { splitter } from './splitter.ts';
import { drawSidebar } from './sidebar.ts';
import { drawThread } from './thread.ts';
import { drawTopbar } from './topbar.ts';
import type { VNode } from './vdom.ts';
import { h } from './vdom.ts';
import { drawWire } from './wire-view.ts';

export function drawShell(app: App): VNode {
  const { model } = app;
  const side = drawSide(app);
  return h(
    'div',
    {
      class: `shell${model.wireOpen ? ' shell-wire' : ''}${side === null ? '' : ` shell-${sideOf(model) ?? ''}`}`,
    },
    drawTopbar(app),
    banner(app),
    h(
      'div',
      { class: 'body' },
      drawSidebar(app),
      model.sidebarOpen
        ? h('button', {
            key: 'scrim',
            type: 'button',
            class: 'scrim',
            'aria-label': 'Close conversations',
            onclick: () => app.update((m) => ({ ...m, sidebarOpen: false })),
          })
        : null,
      h('main', { class: 'main' }, middle(app)),
      side === null ? null : splitter(app, 'side'),
      side,
    ),
    model.wireOpen ? splitter(app, 'wire') : null,
    model.wireOpen ? drawWire(app) : null,
    drawModal(app),
    drawLayer(app),
    toasts(app),
  );
}

function drawSide(app: App): VNode | null {
  const { model } = app;
  if (sideOf(model) === 'guide') return drawGuide(app);
  return model.thread === null ? null : drawThread(app, model.thread);
}

function middle(app: App): VNode {
  const { model } = app;
  if (model.page === null)
    return h('div', { class: 'empty', role: 'status' }, h('p', null, 'Opening the workspace…'));
  if (model.place.view === 'home') return drawHome(app);
  const channel = currentChannel(model);
  if (channel !== null) return drawChannel(app, channel);
  return h(
    'div',
    { class: 'empty' },
    icon('lock'),
    h('h2', null, 'Not for this person'),
    h(
      'p',
      null,
      `${model.page.me.real_name} cannot see this conversation. Choose another one, or switch person.`,
    ),
  );
}

/** Says that what is shown may be old (the connection comes back by itself), or why there is no bot. */
function banner(app: App): VNode | null {
  const { connection, parent } = app.model;
  if (connection === 'lost') return lost('The playground is not reachable.');
  const bot = parent?.bot;
  if (bot?.state !== 'exited') return null;
  const { why, next } = wordsOfExit(bot, app.model.now);
  return h(
    'div',
    { key: 'bot', class: 'banner banner-bot' },
    h('p', { role: 'alert' }, `The bot ended: ${why}`),
    // Counts down, so it is no part of what is read out.
    h('p', null, next),
  );
}

function lost(what: string): VNode {
  const words = `${what} What you see may be old; it is tried again all the time.`;
  return h(
    'div',
    { key: 'lost', class: 'banner', role: 'alert' },
    h('span', { class: 'dots', 'aria-hidden': 'true' }),
    words,
  );
}

function toasts(app: App): VNode {
  return h(
    'div',
    { class: 'toasts', role: 'status', 'aria-live': 'polite' },
    app.model.toasts.map((toast) =>
      h(
        'button',
        {
          key: String(toast.id),
          type: 'button',
          class: `toast toast-${toast.tone}`,
          title: 'Dismiss',
          onclick: () => dismissToast(app, toast.id),
        },
        toast.text,
      ),
    ),
  );
}
