import type { Json } from './records.ts';

/**
 * What a message, a form and the Home tab may hold of Block Kit, and rules between the fields of one element.
 * Source: the columns "Available in surfaces" of docs.slack.dev/reference/block-kit/blocks and /block-elements.
 */
export type Surface = 'message' | 'modal' | 'home';

/** Most blocks of one payload. */
export const maxBlocks: Readonly<Record<Surface, number>> = { message: 50, modal: 100, home: 100 };

const everywhere: readonly Surface[] = ['message', 'modal', 'home'];

/** Kinds that do not stand everywhere. */
const places: Readonly<Record<string, readonly Surface[]>> = {
  file: ['message'],
  markdown: ['message'],
  context_actions: ['message'],
  task_card: ['message'],
  plan: ['message'],
  table: ['message'],
  data_table: ['message'],
  data_visualization: ['message'],
  card: ['message'],
  carousel: ['message'],
  workflow_button: ['message'],
  email_text_input: ['modal'],
  url_text_input: ['modal'],
  number_input: ['modal'],
  file_input: ['modal'],
  rich_text_input: ['modal', 'home'],
  datetimepicker: ['message', 'modal'],
};

/** Adds a sentence for everything that may not stand on this surface, or that contradicts its own element. */
export function checkSurface(blocks: readonly Json[], surface: Surface, problems: string[]): void {
  blocks.forEach((block, index) => look(block, `/blocks/${index}`, surface, problems));
}

function look(value: Json, at: string, surface: Surface, problems: string[]): void {
  const type = String(value['type']);
  if (!(places[type] ?? everywhere).includes(surface))
    problems.push(`unsupported type: ${type} [json-pointer:${at}/type]`);
  checkInitial(value, at, problems);
  checkConfirm(value['confirm'], `${at}/confirm`, problems);
  for (const name of ['elements', 'child_blocks', 'tasks']) {
    const list = value[name];
    if (!Array.isArray(list) || type === 'rich_text') continue;
    list.forEach((one: unknown, index) => {
      if (isJson(one)) look(one, `${at}/${name}/${index}`, surface, problems);
    });
  }
  for (const name of ['element', 'accessory']) {
    const one = value[name];
    if (isJson(one)) look(one, `${at}/${name}`, surface, problems);
  }
}

/** What is chosen at first is one of the options, letter by letter. */
function checkInitial(element: Json, at: string, problems: string[]): void {
  if (!('options' in element || 'option_groups' in element)) return;
  const known = new Set(optionsOf(element).map((option) => canonical(option)));
  const one = element['initial_option'];
  const several = element['initial_options'];
  const chosen = [...(one === undefined ? [] : [one]), ...(Array.isArray(several) ? several : [])];
  if (chosen.every((option) => known.has(canonical(option)))) return;
  const name = one === undefined ? 'initial_options' : 'initial_option';
  problems.push(`must match exactly one provided option [json-pointer:${at}/${name}]`);
}

/** The options of a menu, those in groups included. */
export function optionsOf(element: Json): Json[] {
  const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : []);
  const grouped = list(element['option_groups']).flatMap((group) => list(group['options']));
  return [...list(element['options']), ...grouped];
}

/** Order of fields does not matter, and `emoji: true` is what Slack adds itself. */
function canonical(value: unknown): string {
  if (!isJson(value)) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([name]) => name !== 'emoji');
  return JSON.stringify(fields.map(([name, field]) => `${name}: ${canonical(field)}`).sort());
}

const confirmLimits = { title: 100, text: 300, confirm: 30, deny: 30 } as const;

function checkConfirm(confirm: unknown, at: string, problems: string[]): void {
  if (!isJson(confirm)) return;
  for (const [name, max] of Object.entries(confirmLimits)) {
    const text = confirm[name];
    if (text === undefined) {
      if (name === 'title' || name === 'text')
        problems.push(`missing required field: ${name} [json-pointer:${at}]`);
      continue;
    }
    const words = isJson(text) ? text['text'] : undefined;
    if (typeof words !== 'string') problems.push(`must provide an object [json-pointer:${at}/${name}]`);
    else if (words.length > max)
      problems.push(`must be less than ${max + 1} characters [json-pointer:${at}/${name}/text]`);
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
