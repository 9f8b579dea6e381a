/** The card of a tool that waits for a person. It shows the raw action, never the agent's description of it. */
import { REQUESTER, ruleOf } from '../core/approvals.ts';
import type { Answer, Ask, AskRule } from '../core/ask.ts';
import { threadKey } from '../core/event.ts';
import type { ThreadState } from '../core/state.ts';
import type { Block, Content } from '../ports.ts';
import { contextBlock } from './message.ts';
import { questionCard } from './question-card.ts';
import { visibleBidi } from './safety.ts';
import { escapeSlack, oneLine, truncateGraphemes } from './text.ts';
import { deciders, duration, listed, moment } from './phrases.ts';

/** A section's plain text holds 3,000 characters (docs.slack.dev, section block). */
const INPUT_LIMIT = 2_800;

/** Everything in a text that would not be seen, or would change how it is seen, is written out. */
export function visible(text: string): string {
  return visibleBidi(text).replace(/(?![\n\t])\p{Cc}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}

function named(name: string): string {
  return `\`${escapeSlack(oneLine(visible(name), 80).replaceAll('`', "'"))}\``;
}

export function toolName({ name, server }: Ask): string {
  return server === undefined ? named(name) : `${named(name)} of ${named(server)}`;
}

/** Who wants to use it. */
export function askerName({ agent }: Ask): string {
  return agent === undefined ? 'Heddle' : `Heddle’s subagent ${named(agent)}`;
}

function buttons(state: ThreadState, ask: Ask, { twoPersons }: AskRule): Block {
  const value = `${threadKey(state.thread)}|${ask.token}`;
  const button = (action: string, label: string, more: object = {}): Block => ({
    type: 'button',
    action_id: action,
    text: { type: 'plain_text', text: label, emoji: true },
    value,
    accessibility_label: `${label}: ${oneLine(visible(ask.name), 50)}`.slice(0, 75),
    ...more,
  });
  return {
    type: 'actions',
    block_id: `heddle.ask.${ask.token}`.slice(0, 255),
    elements: [
      button('heddle.approve', 'Approve', { style: 'primary' }),
      button('heddle.deny', 'Deny', { style: 'danger' }),
      button('heddle.deny_reason', 'Deny with a reason…'),
      ...(twoPersons ? [] : [button('heddle.always', 'Always in this thread', { confirm: always(ask) })]),
    ],
  };
}

function always(ask: Ask): object {
  const name = oneLine(visible(ask.name), 60);
  return {
    title: { type: 'plain_text', text: 'Always allow this tool?' },
    text: {
      type: 'plain_text',
      text: `${name} will run in this thread without asking again, whatever its input. Other threads go on asking.`,
    },
    confirm: { type: 'plain_text', text: 'Always allow' },
    deny: { type: 'plain_text', text: 'Go back' },
  };
}

function outcome(answer: Answer, votes: readonly string[]): string {
  const { verdict, by, words, expired, barred, always: isAlways } = answer;
  if (expired) return ':alarm_clock: Expired: nobody answered in time. It was not run.';
  if (barred)
    return ':no_entry: Nobody may approve tools here (setting `approval.approvers`). It was not run.';
  // Who had approved before somebody said no has not denied it.
  const others = verdict === 'allow' ? votes.filter((each) => each !== by) : [];
  const who = listed([...others, by].filter(Boolean).map((each) => `<@${each}>`));
  const whom = who === '' ? '' : ` by ${who}`;
  if (verdict === 'allow')
    return `:white_check_mark: Approved${whom}${isAlways ? ', here from now on without asking' : ''}.`;
  const why = words ? ` Reason: ${escapeSlack(oneLine(visible(words), 300))}` : '';
  return `:no_entry: Denied${whom}. It was not run.${why}`;
}

/** What came of it; undefined while it is open. */
export function verdict({ step, votes = [] }: Ask): string | undefined {
  switch (step.is) {
    case 'answering':
    case 'answered':
      return outcome(step, votes);
    case 'void':
      return ':heavy_minus_sign: Nobody answered before the run ended. It was not run.';
    default:
      return undefined;
  }
}

function headOf(ask: Ask, rule: AskRule): string {
  if (ask.step.is !== 'open') return `:raised_hand: ${askerName(ask)} asked to use ${toolName(ask)}.`;
  const isRequesterAlone = rule.approvers.length === 1 && rule.approvers[0] === REQUESTER;
  return isRequesterAlone && !rule.twoPersons
    ? `:raised_hand: ${deciders(rule)}, may ${askerName(ask)} use ${toolName(ask)}?`
    : `:raised_hand: May ${askerName(ask)} use ${toolName(ask)}?`;
}

/** What is to be known besides, while it is open. `named`: who may decide is said in any case. */
export function terms(ask: Ask, rule: AskRule, named = false): readonly Block[] {
  if (ask.step.is !== 'open') return [];
  const { approvers, twoPersons, expiresAt, spanMs } = rule;
  const isRequesterAlone = approvers.length === 1 && approvers[0] === REQUESTER;
  const lines = [
    twoPersons ? 'Two people must approve, neither of whom asked for it.' : '',
    isRequesterAlone && !twoPersons && !named ? '' : `It is for ${deciders(rule)} to decide.`,
    (ask.votes ?? []).length > 0
      ? `Approved by ${listed((ask.votes ?? []).map((each) => `<@${each}>`))}; one more is needed.`
      : '',
    expiresAt > 0 ? `Expires ${moment(expiresAt)} (after ${duration(spanMs)}); then it is not run.` : '',
  ].filter(Boolean);
  return lines.length === 0 ? [] : [contextBlock(lines.join(' '))];
}

/** What it wants to do, with which input, and who may decide. */
export function askCard(state: ThreadState, ask: Ask): Content {
  if (ask.question) return questionCard(state, ask, ask.question);
  const rule = ruleOf(state, ask);
  const head = headOf(ask, rule);
  const input = visible(ask.input);
  const shown = truncateGraphemes(input, INPUT_LIMIT, '…');
  const cut =
    shown === input
      ? []
      : [
          contextBlock(
            `The input is longer: ${input.length} characters in all; the file below has it whole.`,
          ),
        ];
  const result = verdict(ask);
  const blocks: readonly Block[] = [
    { type: 'section', text: { type: 'mrkdwn', text: head, verbatim: true } },
    ...(shown.trim() === ''
      ? []
      : [{ type: 'section', text: { type: 'plain_text', text: shown, emoji: false } }]),
    ...cut,
    ...terms(ask, rule),
    result === undefined ? buttons(state, ask, rule) : contextBlock(result),
  ];
  return { text: result === undefined ? head : `${head} ${result}`, blocks };
}

/** The whole input of a card that cannot hold it. */
export function inputFile(ask: Ask): { readonly title: string; readonly text: string } | undefined {
  if (ask.question || ask.input.length <= INPUT_LIMIT) return undefined;
  return {
    title: `Input of ${oneLine(visible(ask.name), 60)}`,
    text: `\`\`\`\`\`\`json\n${visible(ask.input)}\n\`\`\`\`\`\`\n`,
  };
}
