/** One message: author, text or blocks, files, reactions, thread summary, and what can be done with it. */
import type { PageMessage } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { drawBlockKit } from './blocks.ts';
import { drawFiles, drawPreviews } from './files.ts';
import { icon } from './icons.ts';
import { messageMenu } from './message-menu.ts';
import { openEmojiPicker } from './layers.ts';
import type { Outgoing } from './model.ts';
import { authorName, avatar, badge, messageAvatar, nameOf, userOf } from './people.ts';
import { openThread } from './places.ts';
import { deleteMessage, discard, retry, saveEdit, startEdit, toggleReaction } from './sending.ts';
import { threadSummary } from './thread-summary.ts';
import { clock, fullDate, millisOf } from './time.ts';
import { emojiOf, formatted } from './tree-view.ts';
import type { Child, VNode } from './vdom.ts';
import { h } from './vdom.ts';

export interface MessageProps {
  readonly message: PageMessage;
  /** Follows one of the same author closely: no avatar, no name. */
  readonly grouped: boolean;
  readonly inThread: boolean;
  /** The one message of its list that the Tab key reaches. */
  readonly tabbable: boolean;
}

/** Element id of a message; a thread pane shows the root a second time. */
export function messageId(ts: string, inThread: boolean): string {
  return `${inThread ? 't' : 'm'}-${ts}`;
}

export function drawMessage(app: App, props: MessageProps): VNode {
  const { message, grouped, inThread } = props;
  const { editing } = app.model;
  const isEditing =
    editing !== null &&
    editing.ts === message.ts &&
    editing.channel === message.channel &&
    editing.inThread === inThread;
  const classes = [
    'message',
    grouped ? 'message-grouped' : '',
    message.ephemeral === true ? 'message-ephemeral' : '',
    isEditing ? 'message-editing' : '',
  ];
  return h(
    'article',
    {
      key: message.ts,
      id: messageId(message.ts, inThread),
      class: classes.filter((name) => name !== '').join(' '),
      tabindex: props.tabbable ? 0 : -1,
      'data-ts': message.ts,
      'aria-label': `${authorName(app.model, message)}, ${clock(millisOf(message.ts))}`,
      onkeydown: (event) => messageKeys(app, props, event as KeyboardEvent),
    },
    gutter(app, message, grouped),
    h(
      'div',
      { class: 'message-main' },
      message.ephemeral === true ? onlyYou(app, message) : null,
      grouped ? null : head(app, message),
      isEditing ? editor(app) : body(app, message),
      drawFiles(app, message.files ?? []),
      drawPreviews(message.previews ?? []),
      reactions(app, message),
      inThread ? null : threadSummary(app, message),
    ),
    isEditing || message.tombstone === true ? null : toolbar(app, props),
  );
}

function onlyYou(app: App, message: PageMessage): VNode {
  return h(
    'p',
    { class: 'only-you' },
    icon('eye'),
    'Only visible to you · ',
    h('button', { type: 'button', class: 'link', onclick: () => deleteMessage(app, message) }, 'Dismiss'),
  );
}

function gutter(app: App, message: PageMessage, grouped: boolean): VNode {
  const at = millisOf(message.ts);
  return h(
    'div',
    { class: 'gutter' },
    grouped
      ? h('time', { class: 'gutter-time', title: fullDate(at) }, clock(at))
      : messageAvatar(app.model, message),
  );
}

function head(app: App, message: PageMessage): VNode {
  const at = millisOf(message.ts);
  return h(
    'div',
    { class: 'message-head' },
    h('span', { class: 'author' }, authorName(app.model, message)),
    badge(userOf(app.model, message.user)),
    h('time', { title: fullDate(at), datetime: new Date(at).toISOString() }, clock(at)),
    message.thread_ts !== undefined && message.subtype === 'thread_broadcast'
      ? h('span', { class: 'hint' }, 'replied to a thread')
      : null,
  );
}

function body(app: App, message: PageMessage): Child {
  if (message.tombstone === true) return h('p', { class: 'tombstone' }, 'This message was deleted.');
  // What a person typed is Slack's mrkdwn; its rich_text twin says the same.
  const blocks = message.bot_id === undefined && message.text !== '' ? [] : (message.blocks ?? []);
  const content: Child =
    blocks.length > 0
      ? drawBlockKit(app, blocks, {
          form: `${message.channel}:${message.ts}`,
          use: { channel: message.channel, ts: message.ts },
          errors: {},
        })
      : message.text === ''
        ? null
        : formatted(app, 'mrkdwn', message.text);
  return h(
    'div',
    { class: onlyEmoji(message) ? 'message-body jumbo' : 'message-body' },
    content,
    message.edited ? h('span', { class: 'edited' }, '(edited)') : null,
    message.streaming === true
      ? h('span', { class: 'caret', role: 'img', 'aria-label': 'Still being written' })
      : null,
  );
}

function onlyEmoji(message: PageMessage): boolean {
  return message.bot_id === undefined && /^\s*(:[a-z0-9_+'-]+:\s*){1,6}$/.test(message.text);
}

function editor(app: App): VNode {
  const change = (event: Event): void => {
    const text = (event.target as HTMLTextAreaElement).value;
    app.update((model) =>
      model.editing === null ? model : { ...model, editing: { ...model.editing, text } },
    );
  };
  const cancel = (): void => {
    const ts = app.model.editing?.ts;
    const inThread = app.model.editing?.inThread ?? false;
    app.update((model) => ({ ...model, editing: null }));
    if (ts !== undefined) app.afterDraw(() => document.getElementById(messageId(ts, inThread))?.focus());
  };
  const keys = (event: Event): void => {
    if (!(event instanceof KeyboardEvent)) return;
    event.stopPropagation();
    if (event.key === 'Escape') cancel();
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      saveEdit(app);
    }
  };
  return h(
    'div',
    { class: 'editor' },
    h('textarea', {
      id: 'edit-field',
      class: 'field',
      'aria-label': 'Edit message',
      rows: 3,
      value: app.model.editing?.text ?? '',
      oninput: change,
      onkeydown: keys,
    }),
    h(
      'div',
      { class: 'editor-actions' },
      h('button', { type: 'button', class: 'button', onclick: cancel }, 'Cancel'),
      h('button', { type: 'button', class: 'button button-primary', onclick: () => saveEdit(app) }, 'Save'),
    ),
  );
}

function reactions(app: App, message: PageMessage): Child {
  const list = (message.reactions ?? []).filter((reaction) => reaction.users.length > 0);
  if (list.length === 0) return null;
  return h(
    'div',
    { class: 'reactions', role: 'group', 'aria-label': 'Reactions' },
    list.map((reaction) => {
      const mine = reaction.users.includes(app.model.user ?? '');
      const who = reaction.users.map((id) => nameOf(app.model, id)).join(', ');
      return h(
        'button',
        {
          key: reaction.name,
          type: 'button',
          class: mine ? 'reaction reaction-mine' : 'reaction',
          'aria-pressed': mine ? 'true' : 'false',
          'aria-label': `${reaction.name.replaceAll('_', ' ')}, ${reaction.users.length}`,
          title: `${who} reacted with :${reaction.name}:`,
          onclick: () => toggleReaction(app, message, reaction.name),
        },
        emojiOf(reaction.name),
        h('span', null, reaction.users.length),
      );
    }),
    h(
      'button',
      {
        type: 'button',
        class: 'reaction reaction-add',
        'aria-label': 'Add a reaction',
        title: 'Add a reaction',
        onclick: (event) => openEmojiPicker(app, event, (name) => toggleReaction(app, message, name)),
      },
      icon('smile'),
    ),
  );
}

function toolbar(app: App, { message, inThread }: MessageProps): VNode {
  const react = (event: Event): void =>
    openEmojiPicker(app, event, (name) => toggleReaction(app, message, name));
  const tool = (label: string, name: Parameters<typeof icon>[0], run: (event: Event) => void): VNode =>
    h(
      'button',
      { type: 'button', class: 'tool', 'aria-label': label, title: label, onclick: run },
      icon(name),
    );
  return h(
    'div',
    { class: 'toolbar', role: 'toolbar', 'aria-label': 'Message actions' },
    message.ephemeral === true
      ? null
      : [
          h(
            'button',
            {
              type: 'button',
              class: 'tool',
              'aria-label': 'React with white check mark',
              title: ':white_check_mark:',
              onclick: () => toggleReaction(app, message, 'white_check_mark'),
            },
            '✅',
          ),
          h(
            'button',
            {
              type: 'button',
              class: 'tool',
              'aria-label': 'React with eyes',
              title: ':eyes:',
              onclick: () => toggleReaction(app, message, 'eyes'),
            },
            '👀',
          ),
          tool('Add a reaction', 'smile', react),
          inThread
            ? null
            : tool('Reply in thread', 'reply', () =>
                openThread(app, message.channel, message.thread_ts ?? message.ts),
              ),
        ],
    tool('More actions', 'more', (event) => messageMenu(app, event, message, inThread)),
  );
}

/** Keys on a message that has the focus: t thread, r react, e edit, m menu, arrows move. */
function messageKeys(app: App, { message, inThread }: MessageProps, event: KeyboardEvent): void {
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  const here = event.currentTarget as HTMLElement;
  const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
  if (step !== 0) {
    const all = [...(here.closest('.messages')?.querySelectorAll<HTMLElement>('.message') ?? [])];
    all[all.indexOf(here) + step]?.focus();
    event.preventDefault();
    return;
  }
  if (message.ephemeral === true && event.key !== 'm') return;
  const keys: Readonly<Record<string, () => void>> = {
    t: () => openThread(app, message.channel, message.thread_ts ?? message.ts),
    Enter: () => openThread(app, message.channel, message.thread_ts ?? message.ts),
    r: () => openEmojiPicker(app, event, (name) => toggleReaction(app, message, name)),
    m: () => messageMenu(app, event, message, inThread),
    e: () => {
      if (message.user === app.model.user) startEdit(app, message, inThread);
    },
  };
  const run = keys[event.key];
  if (run === undefined) return;
  event.preventDefault();
  run();
}

/** What is on its way, or did not get through. */
export function drawOutgoing(app: App, outgoing: Outgoing): VNode {
  const failed = outgoing.state === 'failed';
  const user = userOf(app.model, outgoing.user);
  return h(
    'article',
    {
      key: outgoing.id,
      class: failed ? 'message outgoing outgoing-failed' : 'message outgoing',
      tabindex: -1,
    },
    h('div', { class: 'gutter' }, avatar(user)),
    h(
      'div',
      { class: 'message-main' },
      h(
        'div',
        { class: 'message-head' },
        h('span', { class: 'author' }, user?.real_name ?? outgoing.user),
        failed ? null : h('span', { class: 'sending' }, 'Sending…'),
      ),
      outgoing.text === '' ? null : h('div', { class: 'rich outgoing-text', dir: 'auto' }, outgoing.text),
      drawFiles(app, outgoing.files),
      failed
        ? h(
            'div',
            { class: 'failed', role: 'alert' },
            `Not sent: ${outgoing.reason}`,
            h(
              'button',
              { type: 'button', class: 'button', onclick: () => retry(app, outgoing.id) },
              'Try again',
            ),
            h(
              'button',
              { type: 'button', class: 'button', onclick: () => discard(app, outgoing.id) },
              'Discard',
            ),
          )
        : null,
    ),
  );
}
