/** Saying things: messages with retry, commands, edits, files, reactions. */
import type { PageFile, PageMessage } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { attempt, reason, toast } from './app.ts';
import { asTyped } from './completion.ts';
import type { Draft, Model, Outgoing } from './model.ts';
import { EMPTY_DRAFT, composerKey, withEntry } from './model.ts';
import { channelOf, openThread } from './places.ts';

/** Where a composer writes to. */
export interface Target {
  readonly channel: string;
  /** The root's `ts`, or null for the channel itself. */
  readonly thread: string | null;
}

export function draftOf(model: Model, target: Target): Draft {
  if (model.user === null) return EMPTY_DRAFT;
  return model.drafts.get(composerKey(model.user, target.channel, target.thread)) ?? EMPTY_DRAFT;
}

/** Changes a composer's content; texts survive a reload, files do not. */
export function changeDraft(app: App, target: Target, change: (draft: Draft) => Draft): void {
  const { user } = app.model;
  if (user === null) return;
  const key = composerKey(user, target.channel, target.thread);
  app.update((model) => ({
    ...model,
    drafts: withEntry(model.drafts, key, change(model.drafts.get(key) ?? EMPTY_DRAFT)),
  }));
  const texts = [...app.model.drafts]
    .filter(([, draft]) => draft.text !== '')
    .map(([name, draft]) => [name, draft.text]);
  app.memory.write('drafts', JSON.stringify(texts));
}

export function submit(app: App, target: Target): void {
  const { user } = app.model;
  const draft = draftOf(app.model, target);
  const text = draft.text.trim();
  const files = draft.uploads.flatMap((upload) => (upload.file === null ? [] : [upload.file]));
  if (user === null || (text === '' && files.length === 0)) return;
  if (draft.uploads.some((upload) => upload.state === 'sending')) {
    changeDraft(app, target, (old) => ({ ...old, problem: 'A file is still being uploaded.' }));
    return;
  }
  const command = files.length === 0 ? /^(\/[\w-]+)(?:\s+([\s\S]*))?$/.exec(text) : null;
  if (command !== null) {
    runCommand(app, user, target, command[1] ?? '', command[2] ?? '');
    return;
  }
  changeDraft(app, target, () => EMPTY_DRAFT);
  send(app, user, target, text, files, draft.broadcast);
}

function runCommand(app: App, user: string, target: Target, command: string, text: string): void {
  if (target.thread !== null) {
    changeDraft(app, target, (draft) => ({ ...draft, problem: reason('command_in_thread') }));
    return;
  }
  const known = app.model.page?.commands.some((c) => c.command === command) ?? false;
  if (!known) {
    const names = app.model.page?.commands.map((c) => c.command).join(', ') ?? '';
    changeDraft(app, target, (draft) => ({
      ...draft,
      problem: `${command} is not a command here. Known: ${names}`,
    }));
    return;
  }
  changeDraft(app, target, () => EMPTY_DRAFT);
  attempt(app, async () => {
    const answer = await app.api.act(user, 'command', { channel: target.channel, command, text });
    if (!answer.ok) {
      changeDraft(app, target, (draft) => ({
        ...draft,
        text: `${command} ${text}`.trim(),
        problem: reason(answer.error),
      }));
    }
  });
}

/** Says something as `user`, showing it at once and keeping it where it fails. */
export function send(
  app: App,
  user: string,
  target: Target,
  text: string,
  files: readonly PageFile[],
  broadcast: boolean,
): void {
  const outgoing: Outgoing = {
    id: `out-${app.nextId()}`,
    user,
    channel: target.channel,
    thread: target.thread,
    text,
    files,
    broadcast,
    at: Date.now(),
    state: 'sending',
    ts: null,
    reason: '',
  };
  app.update((model) => ({ ...model, outgoing: [...model.outgoing, outgoing] }));
  deliver(app, outgoing);
}

export function retry(app: App, id: string): void {
  const outgoing = app.model.outgoing.find((o) => o.id === id);
  if (outgoing === undefined) return;
  change(app, id, { state: 'sending', reason: '' });
  deliver(app, outgoing);
}

export function discard(app: App, id: string): void {
  app.update((model) => ({ ...model, outgoing: model.outgoing.filter((o) => o.id !== id) }));
}

function change(app: App, id: string, what: Partial<Outgoing>): void {
  app.update((model) => ({
    ...model,
    outgoing: model.outgoing.map((o) => (o.id === id ? { ...o, ...what } : o)),
  }));
}

function deliver(app: App, outgoing: Outgoing): void {
  const failed = (why: string): void =>
    change(app, outgoing.id, { state: 'failed', reason: reason(why), ts: null });
  app.api
    .act(outgoing.user, 'say', {
      channel: outgoing.channel,
      text: outgoing.text,
      ...(outgoing.thread === null ? {} : { thread_ts: outgoing.thread }),
      ...(outgoing.broadcast ? { broadcast: true } : {}),
      ...(outgoing.files.length === 0 ? {} : { files: outgoing.files.map((file) => file.id) }),
    })
    .then(
      (answer) => {
        if (!answer.ok) {
          failed(answer.error);
          return;
        }
        change(app, outgoing.id, { state: 'sent', ts: answer.ts ?? null });
        if (answer.ts !== undefined) showAnswer(app, outgoing, answer.ts);
      },
      (error: unknown) => failed(error instanceof Error ? error.message : String(error)),
    );
}

/**
 * While the guide is open, the thread in which the bot will answer opens by itself: whoever needs a guide may
 * not know that an answer stands behind “1 reply”.
 */
function showAnswer(app: App, { user, channel, thread, text }: Outgoing, ts: string): void {
  const { model } = app;
  const { page, place } = model;
  const here = model.user === user && place.view === 'channel' && place.channel === channel;
  if (page === null || !here || thread !== null || !model.guide) return;
  const direct = channelOf(model, channel)?.user === page.bot.id;
  const names = [`@${page.bot.name}`, `<@${page.bot.id}>`];
  if (direct || names.some((name) => text.toLowerCase().includes(name.toLowerCase())))
    openThread(app, channel, ts, false);
}

/**
 * One's own message may be told before the request that said it is answered. The oldest one on its way to that
 * place is taken for it, so that it is never shown twice; the answer names the right one in any case.
 */
export function claimOutgoing(model: Model, message: PageMessage): Model {
  const thread =
    message.thread_ts === undefined || message.thread_ts === message.ts ? null : message.thread_ts;
  const claimed = model.outgoing.find(
    (o) =>
      o.state === 'sending' &&
      o.ts === null &&
      o.user === message.user &&
      o.channel === message.channel &&
      o.thread === thread &&
      o.files.length === (message.files?.length ?? 0),
  );
  if (claimed === undefined) return model;
  const outgoing = model.outgoing.map((o) => (o === claimed ? { ...o, ts: message.ts } : o));
  return { ...model, outgoing };
}

/** Drops what came back as a real message. */
export function settleOutgoing(model: Model): Model {
  if (model.outgoing.length === 0) return model;
  const left = model.outgoing.filter((o) => {
    if (o.state !== 'sent') return true;
    const timeline =
      o.thread === null ? model.channels.get(o.channel) : model.threads.get(`${o.channel}:${o.thread}`);
    return o.ts !== null && timeline !== undefined && !timeline.messages.some((m) => m.ts === o.ts);
  });
  return left.length === model.outgoing.length ? model : { ...model, outgoing: left };
}

export function startEdit(app: App, message: PageMessage, inThread: boolean): void {
  const { page } = app.model;
  const text = asTyped(
    message.text,
    (id) => page?.users.find((user) => user.id === id)?.name ?? null,
    (id) => page?.channels.find((channel) => channel.id === id)?.name ?? null,
    (id) => page?.groups.find((group) => group.id === id)?.handle ?? null,
  );
  app.update((model) => ({
    ...model,
    editing: { channel: message.channel, ts: message.ts, text, inThread },
    layer: null,
  }));
  app.afterDraw(() => {
    const field = document.getElementById('edit-field');
    if (!(field instanceof HTMLTextAreaElement)) return;
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  });
}

export function saveEdit(app: App): void {
  const { editing, user } = app.model;
  if (editing === null || user === null) return;
  const text = editing.text.trim();
  if (text === '') return;
  app.update((model) => ({ ...model, editing: null }));
  attempt(app, async () => {
    const answer = await app.api.act(user, 'edit', { channel: editing.channel, ts: editing.ts, text });
    if (answer.ok) return;
    app.update((model) => ({ ...model, editing }));
    toast(app, reason(answer.error), 'bad');
  });
}

export function deleteMessage(app: App, message: PageMessage): void {
  const { user } = app.model;
  if (user === null) return;
  attempt(app, async () => {
    const action = message.ephemeral === true ? 'dismiss' : 'delete';
    const answer = await app.api.act(user, action, { channel: message.channel, ts: message.ts });
    if (!answer.ok) toast(app, reason(answer.error), 'bad');
  });
}

export function toggleReaction(app: App, message: PageMessage, name: string): void {
  const { user } = app.model;
  if (user === null) return;
  const mine = message.reactions?.find((r) => r.name === name)?.users.includes(user) ?? false;
  attempt(app, async () => {
    const answer = await app.api.act(user, mine ? 'unreact' : 'react', {
      channel: message.channel,
      ts: message.ts,
      name,
    });
    if (!answer.ok) toast(app, reason(answer.error), 'bad');
  });
}
