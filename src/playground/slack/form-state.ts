import { isObject, stringOf } from './blocks.ts';
import type { ViewValues } from './page-api.ts';
import type { Block, Json } from './records.ts';

/**
 * `state.values` of a view or a message: block id, then action id. Slack sends every element that holds a value,
 * also those nobody touched (docs.slack.dev/reference/interaction-payloads/view-interactions-payload).
 */

/** What was entered, over what the blocks say at first. Values of elements that are not there are left out. */
export function stateOf(blocks: readonly Block[], entered: ViewValues = {}): ViewValues {
  const values: ViewValues = {};
  for (const { block, element } of stateful(blocks)) {
    const [blockId, actionId] = [String(block['block_id']), String(element['action_id'])];
    const value = entered[blockId]?.[actionId] ?? initialOf(element);
    if (value !== undefined)
      values[blockId] = { ...values[blockId], [actionId]: { type: element['type'], ...value } };
  }
  return values;
}

function stateful(blocks: readonly Block[]): { block: Block; element: Json }[] {
  return blocks.flatMap((block) => {
    const list = block.type === 'actions' && Array.isArray(block['elements']) ? block['elements'] : [];
    const children = Array.isArray(block['child_blocks']) ? (block['child_blocks'] as Block[]) : [];
    const own = [block['element'], block['accessory'], ...list].filter(isObject);
    return [...own.map((element) => ({ block, element })), ...stateful(children)];
  });
}

/** In what field each kind keeps its value, and its initial one; kinds that are not here hold none. */
const fields: Readonly<Record<string, readonly [value: string, initial: string]>> = {
  plain_text_input: ['value', 'initial_value'],
  number_input: ['value', 'initial_value'],
  email_text_input: ['value', 'initial_value'],
  url_text_input: ['value', 'initial_value'],
  rich_text_input: ['rich_text_value', 'initial_value'],
  static_select: ['selected_option', 'initial_option'],
  external_select: ['selected_option', 'initial_option'],
  radio_buttons: ['selected_option', 'initial_option'],
  checkboxes: ['selected_options', 'initial_options'],
  multi_static_select: ['selected_options', 'initial_options'],
  multi_external_select: ['selected_options', 'initial_options'],
  users_select: ['selected_user', 'initial_user'],
  multi_users_select: ['selected_users', 'initial_users'],
  conversations_select: ['selected_conversation', 'initial_conversation'],
  multi_conversations_select: ['selected_conversations', 'initial_conversations'],
  channels_select: ['selected_channel', 'initial_channel'],
  multi_channels_select: ['selected_channels', 'initial_channels'],
  datepicker: ['selected_date', 'initial_date'],
  timepicker: ['selected_time', 'initial_time'],
  datetimepicker: ['selected_date_time', 'initial_date_time'],
  file_input: ['files', 'files'],
};

function initialOf(element: Json): Json | undefined {
  const names = fields[String(element['type'])];
  if (names === undefined) return undefined;
  const [value, initial] = names;
  return { [value]: element[initial] ?? (value.endsWith('s') ? [] : null) };
}

/** What Slack's own client refuses before the app hears of it: sentences by block id. */
export function refusedByClient(blocks: readonly Block[], values: ViewValues): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const { block, element } of stateful(blocks)) {
    if (block.type !== 'input') continue;
    const id = String(block['block_id']);
    const value = values[id]?.[String(element['action_id'])] ?? {};
    const problem = problemOf(element, value, block['optional'] === true);
    if (problem !== undefined) problems[id] = problem;
  }
  return problems;
}

function problemOf(element: Json, value: Json, optional: boolean): string | undefined {
  if (isEmpty(value)) return optional ? undefined : 'Please complete this required field.';
  const text = typeof value['value'] === 'string' ? value['value'] : '';
  const least = Number(element['min_length'] ?? 0);
  const most = Number(element['max_length'] ?? 3000);
  if (element['type'] === 'number_input') return numberProblem(element, text);
  if (text.length < least) return `Please enter at least ${least} characters.`;
  return text.length > most ? `Please enter at most ${most} characters.` : undefined;
}

function numberProblem(element: Json, text: string): string | undefined {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) return 'Please enter a number.';
  if (element['is_decimal_allowed'] !== true && !Number.isInteger(number))
    return 'Please enter a whole number.';
  const [least, most] = [stringOf(element['min_value']), stringOf(element['max_value'])];
  if (least !== '' && number < Number(least)) return `Please enter ${least} or more.`;
  return most !== '' && number > Number(most) ? `Please enter ${most} or less.` : undefined;
}

function isEmpty(value: Json): boolean {
  const said = Object.entries(value).filter(([name]) => name !== 'type');
  return said.every(
    ([, one]) => one === null || one === undefined || one === '' || (Array.isArray(one) && one.length === 0),
  );
}
