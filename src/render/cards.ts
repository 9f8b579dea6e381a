/** The card of a tool that waits for a person. It shows the raw action, never the agent's description of it. */
import { threadKey } from '../core/event.ts';
import type { Ask, ThreadState } from '../core/state.ts';
import type { Block, Content } from '../ports.ts';
import { contextBlock } from './message.ts';
import { visibleBidi } from './safety.ts';
import { escapeSlack, oneLine, truncateGraphemes } from './text.ts';

/** A section's plain text holds 3,000 characters (docs.slack.dev, section block). */
const INPUT_LIMIT = 2_800;

function toolName(ask: Ask): string {
  const name = oneLine(visibleBidi(ask.name), 80).replaceAll('`', "'");
  const server =
    ask.server === undefined ? '' : ` of \`${escapeSlack(oneLine(ask.server, 80)).replaceAll('`', "'")}\``;
  return `\`${escapeSlack(name)}\`${server}`;
}

function buttons(state: ThreadState, ask: Ask): Block {
  const value = `${threadKey(state.thread)}|${ask.token}`;
  const button = (action: string, label: string, style: string): Block => ({
    type: 'button',
    action_id: action,
    style,
    text: { type: 'plain_text', text: label, emoji: true },
    value,
    accessibility_label: `${label}: ${oneLine(ask.name, 60)}`,
  });
  return {
    type: 'actions',
    block_id: `heddle.ask.${ask.token}`.slice(0, 255),
    elements: [button('heddle.approve', 'Approve', 'primary'), button('heddle.deny', 'Deny', 'danger')],
  };
}

function verdict(ask: Ask): string | undefined {
  const { step } = ask;
  switch (step.is) {
    case 'answering':
    case 'answered': {
      const who = step.by ? ` by <@${step.by}>` : '';
      return step.verdict === 'allow'
        ? `:white_check_mark: Approved${who}.`
        : `:no_entry: Denied${who}. It was not run.`;
    }
    case 'void':
      return ':heavy_minus_sign: Nobody answered before the run ended. It was not run.';
    default:
      return undefined;
  }
}

/** What it wants to do, with which input, and who may decide. */
export function askCard(state: ThreadState, ask: Ask, owner: string | undefined): Content {
  const who = owner ? `<@${owner}>` : 'Whoever asked';
  const head =
    ask.step.is === 'open'
      ? `:raised_hand: ${who}, may Heddle use ${toolName(ask)}?`
      : `:raised_hand: Heddle asked to use ${toolName(ask)}.`;
  const input = visibleBidi(ask.input);
  const shown = truncateGraphemes(input, INPUT_LIMIT, '…');
  const cut =
    shown === input ? [] : [contextBlock(`The input is longer: ${input.length} characters in all.`)];
  const result = verdict(ask);
  const blocks: readonly Block[] = [
    { type: 'section', text: { type: 'mrkdwn', text: head, verbatim: true } },
    ...(shown.trim() === ''
      ? []
      : [{ type: 'section', text: { type: 'plain_text', text: shown, emoji: false } }]),
    ...cut,
    result === undefined ? buttons(state, ask) : contextBlock(result),
  ];
  return { text: result === undefined ? head : `${head} ${result}`, blocks };
}
