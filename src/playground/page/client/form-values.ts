/** Values of inputs in views and messages, in Slack's own form (`view.state.values`), and what it refuses. Pure. */
import type { ViewValues } from '../../slack/page-api.ts';
import type { Loose } from './values.ts';
import { record, records, strings, text, typedForm } from './values.ts';

/**
 * An element's value before anybody touched it; null for elements that hold none. `here` is the conversation from
 * which a form was opened, for menus that begin with it.
 */
export function initialValue(element: Loose, here: string | null = null): Loose | null {
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
    case 'conversations_select':
      return element['initial_conversation'] === undefined && asksForCurrent(element)
        ? { type, selected_conversation: here }
        : one('selected_conversation');
    case 'users_select':
    case 'channels_select':
    case 'datepicker':
    case 'timepicker':
    case 'datetimepicker':
      return one(SINGLE[type] ?? 'value');
    case 'multi_users_select':
    case 'multi_conversations_select':
    case 'multi_channels_select': {
      const name = type.replace('multi_', '').replace('_select', '');
      const initial = strings(element[`initial_${name}`]);
      const current = initial.length === 0 && here !== null && asksForCurrent(element) ? [here] : initial;
      return { type, [`selected_${name}`]: current };
    }
    case 'file_input':
      return { type, files: [] };
    default:
      return null;
  }
}

function asksForCurrent(element: Loose): boolean {
  return element['default_to_current_conversation'] === true;
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
export function collectValues(
  blocks: readonly Loose[],
  entered: ViewValues | undefined,
  here: string | null = null,
): ViewValues {
  const values: ViewValues = {};
  for (const block of blocks) {
    const blockId = text(block['block_id']);
    for (const element of elementsOf(block)) {
      const initial = initialValue(element, here);
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
