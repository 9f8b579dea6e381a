/** Values of inputs in views and messages, in Slack's own form (`view.state.values`). The first half is pure. */
import type { ElementUse, ViewValues } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { attempt, reason, toast } from './app.ts';
import { withoutBusy } from './places.ts';
import { withEntry } from './model.ts';
import type { Loose } from './values.ts';
import { record, records, strings, text, typedForm } from './values.ts';

/** What an element belongs to: a view, or a message. */
export interface Surface {
  /** Names the values: a view's id, or channel and ts of a message. */
  readonly form: string;
  readonly use: { readonly channel?: string; readonly ts?: string; readonly view_id?: string };
  readonly errors: Readonly<Record<string, string>>;
}

/** An element's value before anybody touched it; null for elements that hold none. */
export function initialValue(element: Loose): Loose | null {
  const type = text(element['type']);
  const one = (name: string): Loose => ({
    type,
    [name]: element[`initial_${name.replace('selected_', '')}`] ?? null,
  });
  switch (type) {
    case 'plain_text_input':
    case 'number_input':
    case 'email_text_input':
    case 'url_text_input': {
      const initial = typedForm(element['initial_value']);
      return { type, value: initial === '' ? null : initial };
    }
    case 'rich_text_input':
      return { type, rich_text_value: element['initial_value'] ?? null };
    case 'static_select':
    case 'external_select':
    case 'radio_buttons':
      return { type, selected_option: element['initial_option'] ?? null };
    case 'multi_static_select':
    case 'multi_external_select':
    case 'checkboxes':
      return { type, selected_options: records(element['initial_options']) };
    case 'users_select':
    case 'conversations_select':
    case 'channels_select':
    case 'datepicker':
    case 'timepicker':
    case 'datetimepicker':
      return one(SINGLE[type] ?? 'value');
    case 'multi_users_select':
    case 'multi_conversations_select':
    case 'multi_channels_select': {
      const name = type.replace('multi_', '').replace('_select', '');
      return { type, [`selected_${name}`]: strings(element[`initial_${name}`]) };
    }
    case 'file_input':
      return { type, files: [] };
    default:
      return null;
  }
}

export const SINGLE: Readonly<Record<string, string>> = {
  users_select: 'selected_user',
  conversations_select: 'selected_conversation',
  channels_select: 'selected_channel',
  datepicker: 'selected_date',
  timepicker: 'selected_time',
  datetimepicker: 'selected_date_time',
};

/** All values of a form: what was entered, over what the blocks say initially. Only what is there counts. */
export function collectValues(blocks: readonly Loose[], entered: ViewValues | undefined): ViewValues {
  const values: ViewValues = {};
  for (const block of blocks) {
    const blockId = text(block['block_id']);
    for (const element of elementsOf(block)) {
      const initial = initialValue(element);
      if (initial === null) continue;
      const actionId = text(element['action_id']);
      const value = entered?.[blockId]?.[actionId] ?? initial;
      values[blockId] = { ...values[blockId], [actionId]: { ...value } };
    }
  }
  return values;
}

/** The elements of a block that can hold a value. */
function elementsOf(block: Loose): readonly Loose[] {
  if (block['type'] === 'input') return [record(block['element'])];
  if (block['type'] === 'section')
    return block['accessory'] === undefined ? [] : [record(block['accessory'])];
  return block['type'] === 'actions' ? records(block['elements']) : [];
}

/** Whether an input counts as filled in. */
export function isFilled(value: Loose): boolean {
  return Object.entries(value).some(([name, content]) => {
    if (name === 'type' || content === null || content === undefined) return false;
    return Array.isArray(content)
      ? content.length > 0
      : typeof content === 'string'
        ? content.trim() !== ''
        : true;
  });
}

/** What Slack's own client refuses before the app is asked, by block id. */
export function missingFields(blocks: readonly Loose[], values: ViewValues): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const block of blocks) {
    if (block['type'] !== 'input') continue;
    const blockId = text(block['block_id']);
    const element = record(block['element']);
    const value = record(values[blockId]?.[text(element['action_id'])]);
    const problem = fieldProblem(element, value, block['optional'] === true);
    if (problem !== null) errors[blockId] = problem;
  }
  return errors;
}

function fieldProblem(element: Loose, value: Loose, optional: boolean): string | null {
  if (!isFilled(value)) return optional ? null : 'Please complete this required field.';
  const entered = text(value['value']);
  const [least, most] = [element['min_length'], element['max_length']];
  if (typeof least === 'number' && entered.length < least)
    return `Please enter at least ${least} characters.`;
  if (typeof most === 'number' && entered.length > most) return `Please enter at most ${most} characters.`;
  if (element['type'] === 'email_text_input' && !/^\S+@\S+\.\S+$/.test(entered))
    return 'Please enter a valid email address.';
  if (element['type'] === 'url_text_input' && !/^https?:\/\/\S+$/.test(entered))
    return 'Please enter a valid URL.';
  return element['type'] === 'number_input' ? numberProblem(element, entered) : null;
}

function numberProblem(element: Loose, entered: string): string | null {
  const value = Number(entered);
  if (entered.trim() === '' || !Number.isFinite(value)) return 'Please enter a number.';
  if (element['is_decimal_allowed'] !== true && !Number.isInteger(value))
    return 'Please enter a whole number.';
  const [least, most] = [element['min_value'], element['max_value']];
  if (least !== undefined && value < Number(least)) return `Please enter ${typedForm(least)} or more.`;
  if (most !== undefined && value > Number(most)) return `Please enter ${typedForm(most)} or less.`;
  return null;
}

export function valueOf(app: App, surface: Surface, blockId: string, element: Loose): Loose {
  const entered = app.model.forms.get(surface.form)?.[blockId]?.[text(element['action_id'])];
  return entered ?? initialValue(element) ?? {};
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
