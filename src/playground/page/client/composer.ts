/** The composer: text with completion, files, who is speaking, send. One for the channel and one for the thread. */
import type { PageChannel } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { grow, insert, refresh, showDraft, typed } from './composer-field.ts';
import { icon } from './icons.ts';
import { openEmojiPicker, openMenu } from './layers.ts';
import { runShortcut } from './message-menu.ts';
import type { MenuItem } from './model.ts';
import { threadKey } from './model.ts';
import { avatar, roleOf, userOf } from './people.ts';
import { personaMenu } from './personas.ts';
import { channelOf, composerId } from './places.ts';
import type { Target } from './sending.ts';
import { changeDraft, draftOf, startEdit, submit } from './sending.ts';
import { closeSuggestions, suggestionKeys, suggestionList, suggestions } from './suggesting.ts';
import { addFiles, drawUploads } from './uploads.ts';
import type { VNode } from './vdom.ts';
import { h } from './vdom.ts';

export function drawComposer(app: App, target: Target): VNode | null {
  const { user } = app.model;
  const channel = channelOf(app.model, target.channel);
  if (user === null || channel === null) return null;
  if (!channel.is_member && channel.type !== 'im') return joinBar(app, channel);
  const draft = draftOf(app.model, target);
  const id = composerId(user, target.channel, target.thread);
  const open = suggestions(app, target);
  const files = (event: ClipboardEvent | DragEvent, list: FileList | undefined): void => {
    if (list === undefined || list.length === 0) return;
    event.preventDefault();
    addFiles(app, target, [...list]);
  };
  return h(
    'form',
    {
      key: id,
      class: 'composer',
      onsubmit: (event) => {
        event.preventDefault();
        submit(app, target);
        showDraft(app, target);
      },
      ondragover: (event) => {
        event.preventDefault();
        dropping(event, true);
      },
      ondragleave: (event) => dropping(event, false),
      ondrop: (event) => {
        dropping(event, false);
        files(event as DragEvent, (event as DragEvent).dataTransfer?.files);
      },
    },
    open === null ? null : suggestionList(app, target, open),
    h(
      'div',
      { key: 'box', class: 'composer-box' },
      h('textarea', {
        id,
        rows: 1,
        value: draft.text,
        placeholder: placeholder(app, channel, target),
        'aria-label': placeholder(app, channel, target),
        'aria-autocomplete': 'list',
        'aria-controls': open === null ? null : `${id}-list`,
        'aria-activedescendant': open === null ? null : `${id}-${open.index}`,
        autocomplete: 'off',
        oninput: (event) => typed(app, target, event.target as HTMLTextAreaElement),
        onkeydown: (event) => keys(app, target, event as KeyboardEvent),
        onclick: () => refresh(app, target),
        onblur: () => closeSuggestions(app),
        onpaste: (event) => files(event as ClipboardEvent, (event as ClipboardEvent).clipboardData?.files),
        onmount: (event) => grow(event.target as HTMLTextAreaElement),
      }),
      drawUploads(app, target),
      draft.problem === '' ? null : h('p', { class: 'error composer-problem', role: 'alert' }, draft.problem),
      controls(app, target, channel, user),
    ),
    target.thread === null || channel.type === 'im'
      ? null
      : h(
          'label',
          { class: 'tick broadcast' },
          h('input', {
            type: 'checkbox',
            checked: draft.broadcast,
            onchange: () => changeDraft(app, target, (old) => ({ ...old, broadcast: !old.broadcast })),
          }),
          h('span', null, `Also send to #${channel.name}`),
        ),
  );
}

/** Where files would land, while they are held over it. */
function dropping(event: Event, over: boolean): void {
  (event.currentTarget as HTMLElement).classList.toggle('composer-drop', over);
}

/** What the app offers without a message: its global shortcuts and, outside threads, its commands. */
function shortcuts(app: App, target: Target): MenuItem[] {
  const { page } = app.model;
  const global = (page?.shortcuts ?? [])
    .filter((shortcut) => shortcut.type === 'global')
    .map((shortcut): MenuItem => ({
      label: shortcut.name,
      detail: shortcut.description,
      run: () => runShortcut(app, shortcut.callback_id, null),
    }));
  const commands = (target.thread === null ? (page?.commands ?? []) : []).map(
    ({ command, description }, at): MenuItem => ({
      label: command,
      detail: description,
      separated: at === 0 && global.length > 0,
      run: () => insert(app, target, `${command} `),
    }),
  );
  return [...global, ...commands];
}

function placeholder(app: App, channel: PageChannel, target: Target): string {
  if (target.thread !== null) return 'Reply…';
  if (channel.type === 'im') return `Message ${channel.name}`;
  return `Message #${channel.name} as ${userOf(app.model, app.model.user)?.real_name ?? ''}`;
}

function joinBar(app: App, channel: PageChannel): VNode {
  return h(
    'div',
    { class: 'join-bar' },
    h('span', null, 'You are looking at ', h('strong', null, `#${channel.name}`), '.'),
    h(
      'button',
      { type: 'button', class: 'button button-primary', onclick: () => joinChannel(app, channel.id) },
      'Join channel',
    ),
  );
}

function joinChannel(app: App, channel: string): void {
  const { user } = app.model;
  if (user === null) return;
  app.run(async () => {
    const answer = await app.api.act(user, 'join', { channel });
    if (!answer.ok) throw new Error(answer.error);
  });
}

function controls(app: App, target: Target, channel: PageChannel, user: string): VNode {
  const draft = draftOf(app.model, target);
  const ready = draft.text.trim() !== '' || draft.uploads.some((upload) => upload.state === 'ready');
  const me = userOf(app.model, user);
  const offered = shortcuts(app, target);
  const tool = (label: string, name: Parameters<typeof icon>[0], run: (event: Event) => void): VNode =>
    h(
      'button',
      { type: 'button', class: 'tool', 'aria-label': label, title: label, onclick: run },
      icon(name),
    );
  return h(
    'div',
    { class: 'composer-tools' },
    h(
      'label',
      { class: 'tool', title: 'Attach files' },
      h('input', {
        type: 'file',
        class: 'offscreen',
        multiple: true,
        'aria-label': 'Attach files',
        onchange: (event) => {
          const field = event.target as HTMLInputElement;
          addFiles(app, target, [...(field.files ?? [])]);
          field.value = '';
        },
      }),
      icon('clip'),
    ),
    tool('Emoji', 'smile', (event) =>
      openEmojiPicker(app, event, (name) => insert(app, target, `:${name}: `)),
    ),
    channel.type === 'im' ? null : tool('Mention somebody', 'at', () => insert(app, target, '@')),
    offered.length === 0
      ? null
      : tool('Shortcuts', 'plus', (event) => openMenu(app, event, 'Shortcuts', offered)),
    h('span', { class: 'spring' }),
    me === null
      ? null
      : h(
          'button',
          {
            type: 'button',
            class: 'speaking',
            'aria-haspopup': 'menu',
            title: `Speaking as ${me.real_name} (${roleOf(app.model, me)}). Press to switch.`,
            'aria-label': `Speaking as ${me.real_name}. Switch person`,
            onclick: (event) => personaMenu(app, event),
          },
          avatar(me, 'small'),
          h('span', null, me.real_name),
          icon('down'),
        ),
    h(
      'button',
      { type: 'submit', class: 'send', disabled: !ready, 'aria-label': 'Send', title: 'Send (Enter)' },
      icon('send'),
    ),
  );
}

function keys(app: App, target: Target, event: KeyboardEvent): void {
  if (event.isComposing) return;
  const open = suggestions(app, target);
  if (open !== null && suggestionKeys(app, target, open, event)) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    submit(app, target);
    showDraft(app, target);
    return;
  }
  if (event.key === 'ArrowUp' && draftOf(app.model, target).text === '' && editLast(app, target))
    event.preventDefault();
}

/** Opens the speaker's last message here for editing; false where there is none. */
function editLast(app: App, target: Target): boolean {
  const { model } = app;
  const timeline =
    target.thread === null
      ? model.channels.get(target.channel)
      : model.threads.get(threadKey(target.channel, target.thread));
  const mine = (timeline?.messages ?? []).filter(
    (message) => message.user === model.user && message.ephemeral !== true,
  );
  const last = mine[mine.length - 1];
  if (last === undefined) return false;
  startEdit(app, last, target.thread !== null);
  return true;
}
