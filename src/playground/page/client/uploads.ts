/** Files on their way into a message: by the button, by paste, or dropped on the composer. */
import type { App } from './app.ts';
import { reason, toast } from './app.ts';
import { icon } from './icons.ts';
import type { Upload } from './model.ts';
import type { Target } from './sending.ts';
import { changeDraft, draftOf } from './sending.ts';
import { bytes } from './time.ts';
import type { Child, VNode } from './vdom.ts';
import { h } from './vdom.ts';

/** Largest file the page takes, bytes. */
const MAX_UPLOAD = 32 * 1024 * 1024;
const MAX_FILES = 50;

export function addFiles(app: App, target: Target, files: readonly File[]): void {
  const { user } = app.model;
  if (user === null) return;
  const room = MAX_FILES - draftOf(app.model, target).uploads.length;
  if (files.length > room) toast(app, `A message takes at most ${MAX_FILES} files.`, 'bad');
  for (const file of files.slice(0, Math.max(0, room))) upload(app, user, target, file);
}

function upload(app: App, user: string, target: Target, file: File): void {
  if (file.size > MAX_UPLOAD) {
    toast(app, `${file.name} is too large for the playground (32 MB).`, 'bad');
    return;
  }
  const id = `up-${app.nextId()}`;
  const set = (what: Partial<Upload>): void =>
    changeDraft(app, target, (draft) => ({
      ...draft,
      uploads: draft.uploads.map((u) => (u.id === id ? { ...u, ...what } : u)),
    }));
  const done = (sent: number): void => set({ sent });
  changeDraft(app, target, (draft) => ({
    ...draft,
    uploads: [
      ...draft.uploads,
      { id, name: file.name, size: file.size, sent: 0, state: 'sending', file: null },
    ],
  }));
  app.api.upload(user, file, done).then(
    (answer) => {
      if (answer.ok) set({ state: 'ready', file: answer.file });
      else {
        set({ state: 'failed' });
        toast(app, `${file.name}: ${reason(answer.error)}`, 'bad');
      }
    },
    () => set({ state: 'failed' }),
  );
}

export function removeUpload(app: App, target: Target, id: string): void {
  changeDraft(app, target, (draft) => ({ ...draft, uploads: draft.uploads.filter((u) => u.id !== id) }));
}

export function drawUploads(app: App, target: Target): Child {
  const list = draftOf(app.model, target).uploads;
  if (list.length === 0) return null;
  return h(
    'ul',
    { class: 'uploads', 'aria-label': 'Files to send' },
    list.map((upload) => drawUpload(app, target, upload)),
  );
}

function drawUpload(app: App, target: Target, upload: Upload): VNode {
  const share = upload.size === 0 ? 1 : upload.sent / upload.size;
  return h(
    'li',
    { key: upload.id, class: `upload upload-${upload.state}` },
    icon('file'),
    h(
      'span',
      { class: 'upload-words' },
      h('span', { class: 'upload-name', title: upload.name }, upload.name),
      upload.state === 'sending'
        ? h('progress', { max: 1, value: share, 'aria-label': `Uploading ${upload.name}` })
        : h('small', null, upload.state === 'failed' ? 'failed' : bytes(upload.size)),
    ),
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
  );
}
