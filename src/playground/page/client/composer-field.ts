/** The composer's text field. It is changed at once and not with the next drawing: the next key may come before that. */
import type { App } from './app.ts';
import { completingAt } from './completion.ts';
import { composerKey } from './model.ts';
import { composerId } from './places.ts';
import type { Target } from './sending.ts';
import { changeDraft, draftOf } from './sending.ts';

/** Puts text at the caret of a composer and goes on typing there. */
export function insert(app: App, target: Target, text: string): void {
  const field = fieldOf(app, target);
  if (field === null) return;
  const [from, to] = [field.selectionStart, field.selectionEnd];
  const joined =
    /^[@#]/.test(text) && from > 0 && !/\s$/.test(field.value.slice(0, from)) ? ` ${text}` : text;
  write(app, target, field.value.slice(0, from) + joined + field.value.slice(to), from + joined.length);
}

/** The field is changed at once and not with the next drawing: the next key may come before that. */
export function write(app: App, target: Target, text: string, caret: number): void {
  const field = fieldOf(app, target);
  if (field === null) return;
  field.value = text;
  field.focus();
  field.setSelectionRange(caret, caret);
  typed(app, target, field);
}

export function fieldOf(app: App, target: Target): HTMLTextAreaElement | null {
  const field = document.getElementById(composerId(app.model.user ?? '', target.channel, target.thread));
  return field instanceof HTMLTextAreaElement ? field : null;
}

export function grow(field: HTMLTextAreaElement): void {
  field.style.height = 'auto';
  field.style.height = `${Math.min(field.scrollHeight, 260)}px`;
}

export function typed(app: App, target: Target, field: HTMLTextAreaElement): void {
  changeDraft(app, target, (draft) => ({ ...draft, text: field.value, problem: '' }));
  grow(field);
  refresh(app, target);
}

/** Brings the field to the draft at once, so that what is typed next does not bring a sent text back. */
export function showDraft(app: App, target: Target): void {
  const field = fieldOf(app, target);
  if (field === null) return;
  field.value = draftOf(app.model, target).text;
  grow(field);
}

/** Opens or closes the list by what stands at the caret. */
export function refresh(app: App, target: Target): void {
  const { user } = app.model;
  const field = fieldOf(app, target);
  if (user === null || field === null) return;
  const open = completingAt(field.value, field.selectionStart) !== null;
  const composer = composerKey(user, target.channel, target.thread);
  app.update((model) => ({ ...model, completion: open ? { composer, index: 0 } : null }));
}
