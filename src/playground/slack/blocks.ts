import { blockRules, elementRules, type FieldRule, type ShapeRule } from './block-rules.ts';
import type { Block, Json } from './records.ts';
import { checkSurface, maxBlocks, type Surface } from './surfaces.ts';

/** Most characters over all blocks of one message before Slack answers `msg_blocks_too_long` (measured by others). */
export const maxBlockCharacters = 13_200;
/** Characters of all `markdown` blocks of one payload together (docs.slack.dev/reference/block-kit/blocks/markdown-block). */
export const maxMarkdownCharacters = 12_000;
const maxTableCharacters = 10_000;

/** `invalid_blocks_format`: not an array of objects. The others carry Slack's own sentences. */
export type BlockVerdict =
  | { ok: true; blocks: Block[] }
  | {
      ok: false;
      error: 'invalid_blocks_format' | 'invalid_blocks' | 'msg_blocks_too_long';
      messages: string[];
    };

/**
 * Checks blocks as Slack's Web API does and gives those without one a `block_id`.
 */
export function checkBlocks(input: unknown, surface: Surface, newId: () => string): BlockVerdict {
  if (!Array.isArray(input) || input.some((block) => !isObject(block))) {
    return { ok: false, error: 'invalid_blocks_format', messages: [] };
  }
  const problems: string[] = [];
  const max = maxBlocks[surface];
  if (input.length > max) problems.push(`no more than ${max} items allowed [json-pointer:/blocks]`);
  input.forEach((block: Json, index) => checkBlock(block, `/blocks/${index}`, problems));
  checkSurface(input as Json[], surface, problems);
  checkUnique(input as Json[], problems);
  if (problems.length === 0) checkSums(input as Json[], problems);
  if (problems.length > 0) return { ok: false, error: 'invalid_blocks', messages: problems };
  if (surface === 'message' && characters(input) > maxBlockCharacters)
    return { ok: false, error: 'msg_blocks_too_long', messages: [] };
  return { ok: true, blocks: input.map((block: Json) => withIds(block, newId)) };
}

function checkBlock(block: Json, at: string, problems: string[], only?: string[]): void {
  const type = block['type'];
  const rule = typeof type === 'string' ? blockRules[type] : undefined;
  if (rule === undefined || (only && !only.includes(String(type)))) {
    problems.push(`unsupported type: ${String(type)} [json-pointer:${at}/type]`);
    return;
  }
  const id = block['block_id'];
  if (id !== undefined) checkField(id, { kind: 'string', max: 255 }, `${at}/block_id`, problems);
  checkShape(block, rule, at, problems, ['type', 'block_id']);
  if (type === 'rich_text') checkRichText(block['elements'], `${at}/elements`, problems);
}

function checkElement(value: unknown, types: string[], at: string, problems: string[]): void {
  const type = isObject(value) ? String(value['type']) : typeof value;
  const rule = elementRules[type];
  if (!isObject(value) || rule === undefined || !types.includes(type)) {
    problems.push(`unsupported type: ${type} [json-pointer:${at}/type]`);
    return;
  }
  checkShape(value, rule, at, problems, ['type']);
}

function checkShape(value: Json, rule: ShapeRule, at: string, problems: string[], also: string[]): void {
  for (const name of rule.required) {
    if (value[name] === undefined) problems.push(`missing required field: ${name} [json-pointer:${at}]`);
  }
  if (rule.anyOf && !rule.anyOf.some((name) => value[name] !== undefined)) {
    problems.push(`missing required field: ${rule.anyOf.join(' or ')} [json-pointer:${at}]`);
  }
  for (const [name, field] of Object.entries(value)) {
    if (also.includes(name)) continue;
    const known = rule.fields[name];
    if (known === undefined) problems.push(`invalid additional property: ${name} [json-pointer:${at}]`);
    else checkField(field, known, `${at}/${name}`, problems);
  }
}

type Check<K extends FieldRule['kind']> = (
  value: unknown,
  rule: Extract<FieldRule, { kind: K }>,
  at: string,
  problems: string[],
) => void;

const checks: { [K in FieldRule['kind']]: Check<K> } = {
  string: (value, rule, at, problems) => checkString(value, rule.max, rule.min ?? 1, at, problems),
  text: (value, rule, at, problems) => checkText(value, rule.max, rule.plain ?? false, at, problems),
  oneof(value, rule, at, problems) {
    if (!rule.values.includes(String(value)))
      problems.push(`must be a valid enum value [json-pointer:${at}]`);
  },
  boolean(value, _rule, at, problems) {
    if (typeof value !== 'boolean') problems.push(`must be a boolean [json-pointer:${at}]`);
  },
  number(value, _rule, at, problems) {
    if (typeof value !== 'number') problems.push(`must be a number [json-pointer:${at}]`);
  },
  object(value, _rule, at, problems) {
    if (typeof value !== 'object' || value === null) problems.push(`must be an object [json-pointer:${at}]`);
  },
  strings(value, _rule, at, problems) {
    const fine = Array.isArray(value) && value.every((one) => typeof one === 'string');
    if (!fine) problems.push(`must be an array of strings [json-pointer:${at}]`);
  },
  options: (value, rule, at, problems) => checkOptions(value, rule, at, problems),
  groups(value, _rule, at, problems) {
    eachOf(value, 1, 100, at, problems, (group, here) => {
      if (!isObject(group)) return problems.push(`must be an object [json-pointer:${here}]`);
      checkText(group['label'], 75, true, `${here}/label`, problems);
      return checkOptions(group['options'], { max: 100, min: 1, plain: true }, `${here}/options`, problems);
    });
  },
  elements: (value, rule, at, problems) =>
    eachOf(value, rule.min, rule.max, at, problems, (one, here) =>
      checkElement(one, rule.types, here, problems),
    ),
  element: (value, rule, at, problems) => checkElement(value, rule.types, at, problems),
  texts: (value, rule, at, problems) =>
    eachOf(value, 1, rule.max, at, problems, (one, here) => {
      if (isObject(one) && one['type'] === 'image') checkElement(one, ['image'], here, problems);
      else checkText(one, rule.size, false, here, problems);
    }),
  blocks: (value, rule, at, problems) =>
    eachOf(value, rule.min, rule.max, at, problems, (one, here) =>
      checkChild(one, rule.types, here, problems),
    ),
  block: (value, rule, at, problems) => checkChild(value, rule.types, at, problems),
  rows: (value, rule, at, problems) =>
    eachOf(value, 1, rule.rows, at, problems, (row, here) =>
      eachOf(row, 1, rule.columns, here, problems, (cell, cellAt) => checkCell(cell, cellAt, problems)),
    ),
  buttonText(value, _rule, at, problems) {
    const button = isObject(value) ? value : {};
    checkText(button['text'], 75, true, `${at}/text`, problems);
    checkString(button['value'], 2000, 0, `${at}/value`, problems);
  },
};

function checkField(value: unknown, rule: FieldRule, at: string, problems: string[]): void {
  const check = checks[rule.kind] as Check<FieldRule['kind']>;
  check(value, rule, at, problems);
}

function checkChild(value: unknown, types: string[], at: string, problems: string[]): void {
  if (isObject(value)) checkBlock(value, at, problems, types);
  else problems.push(`must be an object [json-pointer:${at}]`);
}

function checkCell(cell: unknown, at: string, problems: string[]): void {
  const type = isObject(cell) ? cell['type'] : undefined;
  if (type === 'rich_text') checkChild(cell, ['rich_text'], at, problems);
  else if (type === 'raw_text')
    checkString((cell as Json)['text'], maxTableCharacters, 0, `${at}/text`, problems);
  else if (type !== 'raw_number')
    problems.push(`unsupported type: ${String(type)} [json-pointer:${at}/type]`);
}

function checkText(value: unknown, max: number, plain: boolean, at: string, problems: string[]): void {
  if (!isObject(value)) {
    problems.push(`must provide an object [json-pointer:${at}]`);
    return;
  }
  const type = value['type'];
  const fine = type === 'plain_text' || (type === 'mrkdwn' && !plain);
  if (!fine) problems.push(`must be a valid enum value [json-pointer:${at}/type]`);
  const allowed = type === 'plain_text' ? ['type', 'text', 'emoji'] : ['type', 'text', 'verbatim'];
  for (const name of Object.keys(value)) {
    if (!allowed.includes(name)) problems.push(`invalid additional property: ${name} [json-pointer:${at}]`);
  }
  checkString(value['text'], max, 1, `${at}/text`, problems);
}

function checkString(value: unknown, max: number, min: number, at: string, problems: string[]): void {
  if (typeof value !== 'string') problems.push(`must be a string [json-pointer:${at}]`);
  else if (value.length < min) problems.push(`must be more than ${min - 1} characters [json-pointer:${at}]`);
  else if (value.length > max) problems.push(`must be less than ${max + 1} characters [json-pointer:${at}]`);
}

function checkOptions(
  value: unknown,
  rule: { max: number; min: number; plain: boolean },
  at: string,
  problems: string[],
): void {
  eachOf(value, rule.min, rule.max, at, problems, (option, here) => {
    const { text, value: chosen, description } = isObject(option) ? option : {};
    checkText(text, 75, rule.plain, `${here}/text`, problems);
    checkString(chosen, 150, 0, `${here}/value`, problems);
    if (description !== undefined) checkText(description, 75, rule.plain, `${here}/description`, problems);
  });
}

function eachOf(
  value: unknown,
  min: number,
  max: number,
  at: string,
  problems: string[],
  check: (one: unknown, at: string) => unknown,
): void {
  if (!Array.isArray(value)) {
    problems.push(`must be an array [json-pointer:${at}]`);
    return;
  }
  if (value.length < min) problems.push(`no less than ${min} items allowed [json-pointer:${at}]`);
  if (value.length > max) problems.push(`no more than ${max} items allowed [json-pointer:${at}]`);
  value.forEach((one: unknown, index) => check(one, `${at}/${index}`));
}

const richTypes = ['rich_text_section', 'rich_text_list', 'rich_text_quote', 'rich_text_preformatted'];

function checkRichText(value: unknown, at: string, problems: string[]): void {
  eachOf(value, 0, 1000, at, problems, (one, here) => {
    const type = isObject(one) ? String(one['type']) : typeof one;
    if (!isObject(one) || !richTypes.includes(type))
      problems.push(`unsupported type: ${type} [json-pointer:${here}/type]`);
    else if (!Array.isArray(one['elements']))
      problems.push(`missing required field: elements [json-pointer:${here}]`);
  });
}

/** Block ids are unique in a payload, action ids in a block. */
function checkUnique(blocks: Json[], problems: string[]): void {
  const seen = new Set<unknown>();
  blocks.forEach((block, index) => {
    const id = block['block_id'];
    if (id !== undefined && seen.has(id))
      problems.push(`block_id already exists [json-pointer:/blocks/${index}/block_id]`);
    seen.add(id);
    const actions = new Set<unknown>();
    for (const { action_id } of elementsOf(block)) {
      if (action_id === undefined) continue;
      if (actions.has(action_id)) problems.push(`action_id already exists [json-pointer:/blocks/${index}]`);
      actions.add(action_id);
    }
  });
}

function checkSums(blocks: Json[], problems: string[]): void {
  const sum = (types: string[]): number =>
    characters(blocks.filter((block) => types.includes(String(block['type']))));
  if (sum(['markdown']) > maxMarkdownCharacters) {
    problems.push(`must be less than ${maxMarkdownCharacters + 1} characters [json-pointer:/blocks]`);
  }
  if (sum(['table', 'data_table']) > maxTableCharacters) {
    problems.push(`must be less than ${maxTableCharacters + 1} characters [json-pointer:/blocks]`);
  }
}

/** Characters of every `text` and `title` somewhere below. */
export function characters(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + characters(one), 0);
  if (!isObject(value)) return 0;
  let sum = 0;
  for (const [name, field] of Object.entries(value)) {
    if (typeof field === 'string') sum += name === 'text' || name === 'title' ? field.length : 0;
    else sum += characters(field);
  }
  return sum;
}

/** The elements of a block that a person can use, children of containers included. */
export function elementsOf(block: Json): Json[] {
  const lists = ['elements', 'actions', 'child_blocks'].flatMap((name) =>
    Array.isArray(block[name]) ? block[name] : [],
  );
  const single = [block['accessory'], block['element']].filter((one) => one !== undefined);
  return [...lists, ...single].filter(isObject).flatMap((one) => [one, ...elementsOf(one)]);
}

function withIds(block: Json, newId: () => string): Block {
  const out = { ...block, type: String(block['type']), block_id: stringOf(block['block_id']) || newId() };
  const named = (one: unknown): unknown =>
    isObject(one) &&
    elementRules[String(one['type'])] &&
    one['type'] !== 'image' &&
    one['action_id'] === undefined
      ? { ...one, action_id: newId() }
      : one;
  for (const name of ['elements', 'actions'] as const) {
    if (Array.isArray(block[name])) Object.assign(out, { [name]: block[name].map(named) });
  }
  for (const name of ['accessory', 'element'] as const) {
    if (block[name] !== undefined) Object.assign(out, { [name]: named(block[name]) });
  }
  return out;
}

export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
