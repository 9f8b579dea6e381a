/**
 * Draws the floating layer: menu, emoji picker, confirmation, new channel, people.
 *
 * A key may follow the one before it sooner than the next drawing, so what Enter does is looked up in the data
 * when it is pressed, never taken from what was drawn.
 */
import type { PageUser } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { EMOJI, QUICK_EMOJI } from './emoji.ts';
import { icon } from './icons.ts';
import { closeLayer } from './layers.ts';
import type { Anchor, Layer } from './model.ts';
import { avatar, kindOf, userOf } from './people.ts';
import { addChannel, currentChannel, invite, openChannel, openDm } from './places.ts';
import type { Child, VNode } from './vdom.ts';
import { h } from './vdom.ts';

export function drawLayer(app: App): VNode | null {
  const { layer } = app.model;
  if (layer === null) return null;
  return h(
    'div',
    {
      key: `layer-${layer.kind}`,
      class: layer.kind === 'menu' || layer.kind === 'emoji' ? 'layer' : 'layer layer-shade',
      onmousedown: (event) => (event.target === event.currentTarget ? closeLayer(app) : undefined),
    },
    drawKind(app, layer),
  );
}

function drawKind(app: App, layer: Layer): VNode {
  switch (layer.kind) {
    case 'menu':
      return menu(app, layer);
    case 'emoji':
      return emojiPicker(app, layer);
    case 'confirm':
      return confirm(app, layer);
    case 'new_channel':
      return newChannel(app, layer);
    case 'people':
      return people(app, layer);
  }
}

/** Puts a popup beside its anchor, inside the window, once its size is known. */
function placeAt(anchor: Anchor, ...focus: readonly string[]) {
  return (event: Event): void => {
    const popup = event.target as HTMLElement;
    const { width, height } = popup.getBoundingClientRect();
    const left = Math.max(8, Math.min(anchor.left, innerWidth - width - 8));
    const under = anchor.bottom + 4;
    const top = under + height + 8 > innerHeight ? Math.max(8, anchor.top - height - 4) : under;
    popup.style.left = `${left}px`;
    popup.style.top = `${top}px`;
    popup.style.visibility = 'visible';
    focus
      .map((one) => popup.querySelector<HTMLElement>(one))
      .find((one) => one !== null)
      ?.focus();
  };
}

function moveFocus(event: Event, selector: string, step: number): void {
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(selector)];
  const at = all.indexOf(document.activeElement as HTMLElement);
  all[(at + step + all.length) % all.length]?.focus();
  event.preventDefault();
}

function menu(app: App, layer: Extract<Layer, { kind: 'menu' }>): VNode {
  return h(
    'div',
    {
      class: 'popup menu',
      role: 'menu',
      'aria-label': layer.label,
      onmount: placeAt(layer.anchor, '[aria-checked="true"]', '.menu-item'),
      onkeydown: (event) => {
        const { key } = event as KeyboardEvent;
        if (key === 'ArrowDown') moveFocus(event, '.menu-item', 1);
        if (key === 'ArrowUp') moveFocus(event, '.menu-item', -1);
        if (key === 'Tab') closeLayer(app);
      },
    },
    layer.items.length === 0 ? h('p', { class: 'hint' }, 'Nothing to do here') : null,
    layer.items.map((item, at) =>
      h(
        'button',
        {
          key: `${at}-${item.label}`,
          type: 'button',
          role: item.checked === undefined ? 'menuitem' : 'menuitemradio',
          'aria-checked': item.checked === undefined ? null : String(item.checked),
          class: `menu-item${item.danger === true ? ' menu-danger' : ''}${item.separated === true ? ' menu-separated' : ''}`,
          onclick: () => {
            closeLayer(app);
            item.run();
          },
        },
        item.checked === undefined
          ? null
          : h('span', { class: 'menu-check' }, item.checked ? icon('check') : null),
        item.user === undefined ? null : avatar(userOf(app.model, item.user), 'small'),
        h('span', { class: 'menu-label' }, item.label),
        (item.count ?? 0) === 0
          ? null
          : h('span', { class: 'count', title: 'Told something since' }, item.count),
        item.detail === undefined || item.detail === '' ? null : h('small', null, item.detail),
      ),
    ),
  );
}

/** Names that hold the words of a search, those that begin with them first. */
function emojiNamed(search: string): string[] {
  const query = search.toLowerCase().replaceAll(':', '');
  if (query === '') return [...new Set([...QUICK_EMOJI, ...EMOJI.keys()])];
  const names = [...EMOJI.keys()].filter((name) => name.includes(query));
  return names.sort((a, b) => Number(b.startsWith(query)) - Number(a.startsWith(query)));
}

function emojiPicker(app: App, layer: Extract<Layer, { kind: 'emoji' }>): VNode {
  const names = emojiNamed(layer.query);
  const pick = (name: string): void => {
    closeLayer(app);
    layer.pick(name);
  };
  return h(
    'div',
    {
      class: 'popup emoji-picker',
      role: 'dialog',
      'aria-label': 'Choose an emoji',
      onmount: placeAt(layer.anchor, 'input'),
      onkeydown: (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[
          (event as KeyboardEvent).key
        ];
        const inGrid = document.activeElement?.classList.contains('emoji-choice') === true;
        if (step !== undefined && (inGrid || step === 8))
          moveFocus(event, '.emoji-choice', inGrid ? step : 1);
      },
    },
    h('input', {
      type: 'search',
      class: 'field',
      placeholder: 'Search emoji',
      'aria-label': 'Search emoji',
      value: layer.query,
      oninput: (event) =>
        app.update((model) =>
          model.layer?.kind === 'emoji'
            ? { ...model, layer: { ...model.layer, query: (event.target as HTMLInputElement).value } }
            : model,
        ),
      onkeydown: (event) => {
        if ((event as KeyboardEvent).key !== 'Enter') return;
        event.preventDefault();
        const [best] = app.model.layer?.kind === 'emoji' ? emojiNamed(app.model.layer.query) : [];
        if (best !== undefined) pick(best);
      },
    }),
    h(
      'div',
      { class: 'emoji-grid' },
      names.slice(0, 320).map((name) =>
        h(
          'button',
          {
            key: name,
            type: 'button',
            class: 'emoji-choice',
            'aria-label': name.replaceAll('_', ' '),
            title: `:${name}:`,
            onclick: () => pick(name),
          },
          EMOJI.get(name),
        ),
      ),
      names.length === 0 ? h('p', { class: 'hint' }, 'No emoji of that name here') : null,
    ),
  );
}

function dialog(app: App, title: string, content: Child, submit: () => void): VNode {
  return h(
    'form',
    {
      class: 'popup dialog',
      role: 'dialog',
      'aria-modal': 'true',
      'aria-label': title,
      onmount: (event) =>
        (event.target as HTMLElement)
          .querySelector<HTMLElement>('input, .button-primary, .button-danger')
          ?.focus(),
      onsubmit: (event) => {
        event.preventDefault();
        submit();
      },
    },
    h(
      'header',
      { class: 'dialog-header' },
      h('h2', null, title),
      h(
        'button',
        { type: 'button', class: 'tool', 'aria-label': 'Close', onclick: () => closeLayer(app) },
        icon('close'),
      ),
    ),
    content,
  );
}

function confirm(app: App, layer: Extract<Layer, { kind: 'confirm' }>): VNode {
  const yes = (): void => {
    closeLayer(app);
    layer.run();
  };
  return dialog(
    app,
    layer.title,
    [
      h('p', { class: 'dialog-text' }, layer.text),
      h(
        'div',
        { class: 'dialog-actions' },
        h('button', { type: 'button', class: 'button', onclick: () => closeLayer(app) }, layer.no),
        h(
          'button',
          { type: 'submit', class: layer.danger ? 'button button-danger' : 'button button-primary' },
          layer.yes,
        ),
      ),
    ],
    yes,
  );
}

function newChannel(app: App, layer: Extract<Layer, { kind: 'new_channel' }>): VNode {
  const set = (what: Partial<typeof layer>): void =>
    app.update((model) =>
      model.layer?.kind === 'new_channel' ? { ...model, layer: { ...model.layer, ...what } } : model,
    );
  const create = (): void =>
    app.run(async () => {
      const wanted = app.model.layer;
      if (wanted?.kind !== 'new_channel' || wanted.name === '') return;
      const answer = await app.api.act(app.model.user ?? '', 'create_channel', {
        name: wanted.name,
        ...(wanted.isPrivate ? { is_private: true } : {}),
      });
      if (!answer.ok) {
        set({ problem: answer.error });
        return;
      }
      const { channel } = answer;
      closeLayer(app);
      if (channel === undefined) return;
      app.update((model) => addChannel(model, channel));
      openChannel(app, channel.id);
    });
  return dialog(
    app,
    'Create a channel',
    [
      h('label', { class: 'label', for: 'new-channel' }, 'Name'),
      h('input', {
        id: 'new-channel',
        class: 'field',
        value: layer.name,
        maxlength: 80,
        autocomplete: 'off',
        placeholder: 'plan-the-launch',
        oninput: (event) =>
          set({
            name: (event.target as HTMLInputElement).value.toLowerCase().replaceAll(/\s+/g, '-'),
            problem: '',
          }),
      }),
      layer.problem === '' ? null : h('p', { class: 'error', role: 'alert' }, layer.problem),
      h(
        'label',
        { class: 'tick' },
        h('input', {
          type: 'checkbox',
          checked: layer.isPrivate,
          onchange: () => set({ isPrivate: !layer.isPrivate }),
        }),
        h('span', null, 'Private'),
      ),
      h(
        'div',
        { class: 'dialog-actions' },
        h('button', { type: 'submit', class: 'button button-primary' }, 'Create'),
      ),
    ],
    create,
  );
}

function peopleMatching(app: App, layer: Extract<Layer, { kind: 'people' }>): readonly PageUser[] {
  const { page, user } = app.model;
  const all = page === null ? [] : [page.bot, ...page.users.filter((u) => u.id !== page.bot.id)];
  const members = layer.purpose === 'invite' ? (currentChannel(app.model)?.members ?? []) : [];
  const query = layer.query.toLowerCase();
  return all
    .filter((person) => person.id !== user && !members.includes(person.id))
    .filter((person) => person.real_name.toLowerCase().includes(query) || person.name.includes(query));
}

function people(app: App, layer: Extract<Layer, { kind: 'people' }>): VNode {
  const channel = currentChannel(app.model);
  const shown = peopleMatching(app, layer);
  const choose = (id: string): void => {
    closeLayer(app);
    if (layer.purpose === 'dm') openDm(app, id);
    else invite(app, channel?.id ?? '', id);
  };
  return dialog(
    app,
    layer.purpose === 'dm' ? 'New message' : `Add people to #${channel?.name ?? ''}`,
    [
      h('input', {
        type: 'search',
        class: 'field',
        'aria-label': 'Search people',
        placeholder: 'Search people',
        value: layer.query,
        oninput: (event) =>
          app.update((model) => ({
            ...model,
            layer: { ...layer, query: (event.target as HTMLInputElement).value },
          })),
      }),
      h(
        'div',
        { class: 'people-list' },
        shown.length === 0 ? h('p', { class: 'hint' }, 'Nobody else') : null,
        shown.map((person) =>
          h(
            'button',
            { key: person.id, type: 'button', class: 'menu-item', onclick: () => choose(person.id) },
            avatar(person, 'small'),
            h('span', { class: 'menu-label' }, person.real_name),
            h('small', null, kindOf(person)),
          ),
        ),
      ),
    ],
    () => {
      const [best] = app.model.layer?.kind === 'people' ? peopleMatching(app, app.model.layer) : [];
      if (best !== undefined) choose(best.id);
    },
  );
}
