/** What Slack refuses (docs.slack.dev, reference of blocks and of `chat.update`), for anything that is to be posted. */
import type { Block, Content } from '../../src/ports.ts';

type Json = Readonly<Record<string, unknown>>;

const json = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(json) : []);
const size = (value: unknown): number => (typeof value === 'string' ? value.length : Number.NaN);

/** Everything in the payload that Slack would refuse; empty where it is fine. */
export function refusals({ text, blocks }: Content): readonly string[] {
  const wrong: string[] = [];
  const atMost = (what: string, value: unknown, most: number, least = 1): void => {
    const chars = size(value);
    if (!(chars >= least && chars <= most)) wrong.push(`${what}: ${chars} characters, at most ${most}`);
  };
  atMost('text', text, 4_000);
  if (blocks.length > 50) wrong.push(`${blocks.length} blocks`);
  const ids = blocks.flatMap(({ block_id: id }) => (id === undefined ? [] : [id]));
  if (new Set(ids).size < ids.length) wrong.push('a block_id twice');
  for (const id of ids) atMost('block_id', id, 255);
  const markdown = blocks.filter(({ type }) => type === 'markdown');
  if (markdown.length > 0) atMost('markdown', markdown.map(({ text }) => text).join(''), 12_000);
  for (const block of blocks) checkBlock(block, atMost, wrong);
  if (/\p{Cs}/u.test(JSON.stringify(blocks)) || /\p{Cs}/u.test(text)) wrong.push('half a character');
  return wrong;
}

function checkBlock(
  block: Block,
  atMost: (what: string, value: unknown, most: number, least?: number) => void,
  wrong: string[],
): void {
  switch (block.type) {
    case 'markdown':
      atMost('markdown block', block['text'], 12_000);
      break;
    case 'section':
      atMost('section text', json(block['text'])['text'], 3_000);
      break;
    case 'context':
      if (list(block['elements']).length > 10) wrong.push('more than 10 context elements');
      for (const element of list(block['elements'])) atMost('context text', element['text'], 3_000);
      break;
    case 'actions':
      if (list(block['elements']).length > 25) wrong.push('more than 25 actions');
      for (const button of list(block['elements'])) {
        atMost('action_id', button['action_id'], 255);
        atMost('button text', json(button['text'])['text'], 75);
        atMost('button value', button['value'], 2_000);
        if ('accessibility_label' in button) atMost('accessibility_label', button['accessibility_label'], 75);
      }
      break;
    case 'context_actions':
      for (const element of list(block['elements'])) {
        if (element['type'] !== 'feedback_buttons')
          wrong.push(`an element of type ${String(element['type'])}`);
        atMost('action_id', element['action_id'], 255);
        for (const button of [json(element['positive_button']), json(element['negative_button'])]) {
          atMost('button text', json(button['text'])['text'], 75);
          atMost('button value', button['value'], 2_000);
          atMost('accessibility_label', button['accessibility_label'], 75);
        }
      }
      break;
    default:
      wrong.push(`a block of type ${block.type}`);
  }
}

/** Everything that people can read in a payload's blocks, or in its text where it has none. */
export function readable({ text, blocks }: Content): string {
  if (blocks.length === 0) return text;
  return blocks
    .flatMap((block): readonly unknown[] => {
      if (block.type === 'markdown') return [block['text']];
      if (block.type === 'section') return [json(block['text'])['text']];
      return list(block['elements']).map((element) => json(element['text'])['text'] ?? element['text']);
    })
    .filter((part): part is string => typeof part === 'string')
    .join('\n');
}

/** Slack's control sequences in a text: what could ping, broadcast or link. */
export function tokens(text: string): readonly string[] {
  return text.match(/<[^>]*>/g) ?? [];
}
