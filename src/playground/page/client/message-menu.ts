/** The menu of a message: copy, edit, delete, and the app's message shortcuts. */
import type { PageMessage } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { attempt, reason, toast } from './app.ts';
import { openMenu } from './layers.ts';
import type { MenuItem } from './model.ts';
import { deleteMessage, startEdit } from './sending.ts';

export function messageMenu(app: App, event: Event, message: PageMessage, inThread: boolean): void {
  openMenu(app, event, 'Message', [
    ...copying(app, message),
    ...shortcuts(app, message),
    ...owning(app, message, inThread),
  ]);
}

function copying(app: App, message: PageMessage): MenuItem[] {
  if (message.ephemeral === true) return [];
  const thread =
    message.thread_ts !== undefined && message.thread_ts !== message.ts ? `/${message.thread_ts}` : '';
  const place = `${message.channel}/p${message.ts.replace('.', '')}`;
  const link = `${location.origin}/#${place}${thread}`;
  const inSlack = `https://${app.model.page?.team.domain ?? 'playground'}.slack.com/archives/${place}`;
  const query = thread === '' ? '' : `?thread_ts=${message.thread_ts ?? ''}&cid=${message.channel}`;
  return [
    { label: 'Copy link', detail: 'opens here', run: () => copy(app, link, 'Link copied') },
    {
      label: 'Copy Slack link',
      detail: 'as apps know it',
      run: () => copy(app, inSlack + query, 'Link copied'),
    },
    { label: 'Copy text', run: () => copy(app, message.text, 'Text copied') },
  ];
}

function copy(app: App, content: string, done: string): void {
  navigator.clipboard.writeText(content).then(
    () => toast(app, done),
    () => toast(app, 'The browser did not allow copying.', 'bad'),
  );
}

function shortcuts(app: App, message: PageMessage): MenuItem[] {
  if (message.ephemeral === true) return [];
  const bot = app.model.page?.bot.real_name ?? 'App';
  return (app.model.page?.shortcuts ?? [])
    .filter((shortcut) => shortcut.type === 'message')
    .map((shortcut, at) => ({
      label: shortcut.name,
      detail: bot,
      separated: at === 0,
      run: () => runShortcut(app, shortcut.callback_id, message),
    }));
}

/** Runs a message shortcut, or with no message a global one. */
export function runShortcut(app: App, callbackId: string, message: PageMessage | null): void {
  const { user } = app.model;
  if (user === null) return;
  attempt(app, async () => {
    const answer = await app.api.act(user, 'shortcut', {
      callback_id: callbackId,
      ...(message === null ? {} : { channel: message.channel, ts: message.ts }),
    });
    if (!answer.ok) toast(app, reason(answer.error), 'bad');
  });
}

function owning(app: App, message: PageMessage, inThread: boolean): MenuItem[] {
  const { page, user } = app.model;
  if (message.ephemeral === true) return [{ label: 'Dismiss', run: () => deleteMessage(app, message) }];
  const own = message.user === user;
  const remove: MenuItem = {
    label: 'Delete message…',
    danger: true,
    separated: !own,
    run: () =>
      app.update((model) => ({
        ...model,
        layer: {
          kind: 'confirm',
          title: 'Delete message',
          text: 'Are you sure you want to delete this message? This cannot be undone.',
          yes: 'Delete',
          no: 'Cancel',
          danger: true,
          run: () => deleteMessage(app, message),
        },
      })),
  };
  const edit: MenuItem = {
    label: 'Edit message',
    separated: true,
    run: () => startEdit(app, message, inThread),
  };
  if (own) return [edit, remove];
  return page?.me.kind === 'admin' || page?.me.kind === 'owner' ? [remove] : [];
}
