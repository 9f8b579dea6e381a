/** The composer: text with completion, files, who is speaking, send. One for the channel and one for the thread. */
import type { PageChannel } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import type { Candidate, Completing, Sources } from './completion.ts';
import { accept, candidates, completingAt } from './completion.ts';
import { EMOJI } from './emoji.ts';
import { icon } from './icons.ts';
import { openEmojiPicker } from './layers.ts';
import { composerKey, threadKey } from './model.ts';
import { avatar, kindOf, userOf } from './people.ts';
import { personaMenu } from './personas.ts';
import { channelOf, composerId } from './places.ts';
import type { Target } from './sending.ts';
import { addFiles, changeDraft, draftOf, removeUpload, startEdit, submit } from './sending.ts';
import { emojiOf } from './tree-view.ts';
import type { Child, VNode } from './vdom.ts';
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
      ondragover: (event) => event.preventDefault(),
      ondrop: (event) => files(event as DragEvent, (event as DragEvent).dataTransfer?.files),
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
      uploads(app, target),
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

function uploads(app: App, target: Target): Child {
  const list = draftOf(app.model, target).uploads;
  if (list.length === 0) return null;
  return h(
    'ul',
    { class: 'uploads', 'aria-label': 'Files to send' },
    list.map((upload) =>
      h(
        'li',
        { key: upload.id, class: `upload upload-${upload.state}` },
        icon('file'),
        h('span', { class: 'upload-name' }, upload.name),
        upload.state === 'ready'
          ? null
          : h('small', null, upload.state === 'sending' ? 'uploading…' : 'failed'),
        h(
          'button',
          {
            type: 'button',
            class: 'tool',
            'aria-label': `Remove ${upload.name}`,
            onclick: () => removeUpload(app, target, upload.id),
          },
          icon('close'),
        ),
      ),
    ),
  );
}

function controls(app: App, target: Target, channel: PageChannel, user: string): VNode {
  const draft = draftOf(app.model, target);
  const ready = draft.text.trim() !== '' || draft.uploads.some((upload) => upload.state === 'ready');
  const me = userOf(app.model, user);
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
    target.thread === null ? tool('Slash commands', 'slash', () => insert(app, target, '/')) : null,
    h('span', { class: 'spring' }),
    me === null
      ? null
      : h(
          'button',
          {
            type: 'button',
            class: 'speaking',
            'aria-haspopup': 'menu',
            title: `Speaking as ${me.real_name} (${kindOf(me)}). Press to switch.`,
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

/** Puts text at the caret of a composer and goes on typing there. */
function insert(app: App, target: Target, text: string): void {
  const field = fieldOf(app, target);
  if (field === null) return;
  const [from, to] = [field.selectionStart, field.selectionEnd];
  const joined =
    /^[@#]/.test(text) && from > 0 && !/\s$/.test(field.value.slice(0, from)) ? ` ${text}` : text;
  write(app, target, field.value.slice(0, from) + joined + field.value.slice(to), from + joined.length);
}

/** The field is changed at once and not with the next drawing: the next key may come before that. */
function write(app: App, target: Target, text: string, caret: number): void {
  const field = fieldOf(app, target);
  if (field === null) return;
  field.value = text;
  field.focus();
  field.setSelectionRange(caret, caret);
  typed(app, target, field);
}

function fieldOf(app: App, target: Target): HTMLTextAreaElement | null {
  const field = document.getElementById(composerId(app.model.user ?? '', target.channel, target.thread));
  return field instanceof HTMLTextAreaElement ? field : null;
}

export function grow(field: HTMLTextAreaElement): void {
  field.style.height = 'auto';
  field.style.height = `${Math.min(field.scrollHeight, 260)}px`;
}

function typed(app: App, target: Target, field: HTMLTextAreaElement): void {
  changeDraft(app, target, (draft) => ({ ...draft, text: field.value, problem: '' }));
  grow(field);
  refresh(app, target);
}

interface Suggesting {
  readonly completing: Completing;
  readonly list: readonly Candidate[];
  readonly index: number;
}

function sources(app: App, target: Target): Sources {
  const { page } = app.model;
  const members = new Set(channelOf(app.model, target.channel)?.members ?? []);
  const people = page === null ? [] : [page.bot, ...page.users.filter((user) => user.id !== page.bot.id)];
  const rank = (id: string): number => (id === page?.bot.id ? 0 : members.has(id) ? 1 : 2);
  return {
    users: people
      .map((user) => ({
        id: user.id,
        name: user.name,
        real_name: user.real_name,
        detail: `@${user.name} · ${kindOf(user)}`,
      }))
      .sort((a, b) => rank(a.id) - rank(b.id)),
    channels: (page?.channels ?? []).filter(
      (channel) => channel.type === 'channel' || channel.type === 'group',
    ),
    commands: target.thread === null ? (page?.commands ?? []) : [],
    emoji: [...EMOJI.keys()],
  };
}

function suggestions(app: App, target: Target): Suggesting | null {
  const { completion, user } = app.model;
  if (
    completion === null ||
    user === null ||
    completion.composer !== composerKey(user, target.channel, target.thread)
  )
    return null;
  const field = fieldOf(app, target);
  if (field === null) return null;
  const completing = completingAt(draftOf(app.model, target).text, field.selectionStart);
  const list = completing === null ? [] : candidates(completing, sources(app, target));
  if (completing === null || list.length === 0) return null;
  return { completing, list, index: Math.min(completion.index, list.length - 1) };
}

/** Opens or closes the list by what stands at the caret. */
function refresh(app: App, target: Target): void {
  const { user } = app.model;
  const field = fieldOf(app, target);
  if (user === null || field === null) return;
  const open = completingAt(field.value, field.selectionStart) !== null;
  const composer = composerKey(user, target.channel, target.thread);
  app.update((model) => ({ ...model, completion: open ? { composer, index: 0 } : null }));
}

function closeSuggestions(app: App): void {
  if (app.model.completion !== null) app.update((model) => ({ ...model, completion: null }));
}

function suggestionList(app: App, target: Target, open: Suggesting): VNode {
  const id = composerId(app.model.user ?? '', target.channel, target.thread);
  return h(
    'ul',
    { id: `${id}-list`, class: 'suggestions', role: 'listbox', 'aria-label': 'Suggestions' },
    open.list.map((candidate, at) =>
      h(
        'li',
        {
          key: candidate.id,
          id: `${id}-${at}`,
          role: 'option',
          class: at === open.index ? 'suggestion suggestion-active' : 'suggestion',
          'aria-selected': at === open.index ? 'true' : 'false',
          onmousedown: (event) => {
            event.preventDefault();
            choose(app, target, open.completing, candidate);
          },
        },
        candidate.kind === 'user'
          ? avatar(userOf(app.model, candidate.id), 'small')
          : candidate.kind === 'emoji'
            ? emojiOf(candidate.id)
            : icon(candidate.kind === 'channel' ? 'hash' : 'slash'),
        h('span', { class: 'suggestion-label' }, candidate.label),
        h('small', null, candidate.detail),
      ),
    ),
  );
}

function choose(app: App, target: Target, completing: Completing, candidate: Candidate): void {
  const field = fieldOf(app, target);
  if (field === null) return;
  const result = accept(field.value, field.selectionStart, completing, candidate);
  write(app, target, result.text, result.caret);
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

/** Brings the field to the draft at once, so that what is typed next does not bring a sent text back. */
function showDraft(app: App, target: Target): void {
  const field = fieldOf(app, target);
  if (field === null) return;
  field.value = draftOf(app.model, target).text;
  grow(field);
}

/** Whether the key was for the list. */
function suggestionKeys(app: App, target: Target, open: Suggesting, event: KeyboardEvent): boolean {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step !== 0) {
    const index = (open.index + step + open.list.length) % open.list.length;
    app.update((model) =>
      model.completion === null ? model : { ...model, completion: { ...model.completion, index } },
    );
    return true;
  }
  if (event.key === 'Escape') {
    closeSuggestions(app);
    return true;
  }
  const chosen = open.list[open.index];
  if ((event.key !== 'Enter' && event.key !== 'Tab') || event.shiftKey || chosen === undefined) return false;
  // A command that is typed out is sent by Enter, not completed once more.
  const whole = chosen.value === draftOf(app.model, target).text.trim();
  if (event.key === 'Enter' && whole) return false;
  choose(app, target, open.completing, chosen);
  return true;
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
