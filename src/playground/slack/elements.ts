import { elementsOf } from './blocks.ts';
import type { Json } from './records.ts';

/** The element that a person uses: without `block_id` the first with that action id. */
export function searchElement(
  blocks: Json[],
  action: string,
  block_id: string | undefined,
): { block_id: string; element: Json } | undefined {
  for (const block of blocks) {
    if (block_id !== undefined && block['block_id'] !== block_id) continue;
    const element = elementsOf(block).find((one) => one['action_id'] === action);
    if (element) return { block_id: String(block['block_id']), element };
  }
  return undefined;
}

/** What Slack sends for a pressed element. */
export function pressed(element: Json, value: string | undefined): Json {
  if (element['type'] === 'overflow') {
    const options = (element['options'] as Json[] | undefined) ?? [];
    return { selected_option: options.find((one) => one['value'] === value) ?? options[0] };
  }
  if (element['type'] === 'feedback_buttons') {
    const { positive_button, negative_button } = element as Record<string, Json>;
    const chosen = negative_button?.['value'] === value ? negative_button : positive_button;
    return { text: chosen?.['text'], value: chosen?.['value'] };
  }
  const chosen = value ?? element['value'];
  return {
    ...(element['text'] === undefined ? {} : { text: element['text'] }),
    ...(chosen === undefined ? {} : { value: chosen }),
    ...(element['style'] === undefined ? {} : { style: element['style'] }),
  };
}
