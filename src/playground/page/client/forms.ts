/** Using elements: entering values, telling the app, confirming first. */
import type { ElementUse } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { attempt, reason, toast } from './app.ts';
import { withoutBusy } from './places.ts';
import { withEntry } from './model.ts';
import type { Loose } from './values.ts';
import { record, text } from './values.ts';
import { initialValue } from './form-values.ts';

/** What an element belongs to: a view, or a message. */
export interface Surface {
  /** Names the values: a view's id, or channel and ts of a message. */
  readonly form: string;
  readonly use: { readonly channel?: string; readonly ts?: string; readonly view_id?: string };
  readonly errors: Readonly<Record<string, string>>;
}

export function valueOf(app: App, surface: Surface, blockId: string, element: Loose): Loose {
  const entered = app.model.forms.get(surface.form)?.[blockId]?.[text(element['action_id'])];
  return entered ?? initialValue(element, conversation(app)) ?? {};
}

/** Where the person is, for menus that begin with it. */
export function conversation(app: App): string | null {
  const { place } = app.model;
  return place.view === 'channel' ? place.channel : null;
}

/** Enters a value without telling the app (inputs tell it when the form is submitted). */
export function enter(app: App, surface: Surface, blockId: string, actionId: string, value: Loose): void {
  app.update((model) => {
    const form = model.forms.get(surface.form) ?? {};
    const block = { ...form[blockId], [actionId]: { ...value } };
    return { ...model, forms: withEntry(model.forms, surface.form, { ...form, [blockId]: block }) };
  });
}

function useOf(app: App, surface: Surface, blockId: string, actionId: string): ElementUse {
  const state = app.model.forms.get(surface.form);
  return {
    ...surface.use,
    block_id: blockId,
    action_id: actionId,
    ...(state === undefined ? {} : { state }),
  };
}

/** Tells the app about a chosen value. */
export function select(app: App, surface: Surface, blockId: string, actionId: string, value: Loose): void {
  const { user } = app.model;
  enter(app, surface, blockId, actionId, value);
  if (user === null) return;
  attempt(app, async () => {
    const answer = await app.api.act(user, 'select', {
      ...useOf(app, surface, blockId, actionId),
      value: { ...value },
    });
    if (!answer.ok) toast(app, reason(answer.error), 'bad');
  });
}

export function busyName(surface: Surface, blockId: string, actionId: string): string {
  return `click:${surface.form}/${blockId}/${actionId}`;
}

/** Presses a button, an overflow entry, a feedback or an icon button. */
export function click(
  app: App,
  surface: Surface,
  blockId: string,
  actionId: string,
  value: string | null,
): void {
  const { user } = app.model;
  const name = busyName(surface, blockId, actionId);
  if (user === null || app.model.busy.has(name)) return;
  app.update((model) => ({ ...model, busy: new Set(model.busy).add(name) }));
  attempt(app, async () => {
    try {
      const use = useOf(app, surface, blockId, actionId);
      const answer = await app.api.act(user, 'click', { ...use, ...(value === null ? {} : { value }) });
      if (!answer.ok) toast(app, reason(answer.error), 'bad');
    } finally {
      app.update((model) => ({ ...model, busy: withoutBusy(model, name) }));
    }
  });
}

/** Runs `work` at once, or after the confirmation that the element asks for. */
export function confirmed(app: App, confirm: unknown, work: () => void): void {
  const dialog = record(confirm);
  if (Object.keys(dialog).length === 0) {
    work();
    return;
  }
  const word = (name: string): string => text(record(dialog[name])['text']);
  app.update((model) => ({
    ...model,
    layer: {
      kind: 'confirm',
      title: word('title') === '' ? 'Are you sure?' : word('title'),
      text: word('text'),
      yes: word('confirm') === '' ? 'Yes' : word('confirm'),
      no: word('deny') === '' ? 'Cancel' : word('deny'),
      danger: dialog['style'] === 'danger',
      run: work,
    },
  }));
}
