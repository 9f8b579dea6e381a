/**
 * The steps of a turn, as people see them: a compact plan while it works, one line and a button when it is over.
 * Names alone are shown, of tools, servers and subagents: what a tool was given and brought is behind the button.
 */
import type { Usage } from '../core/agent-event.ts';
import { detailsValue, feedbackValue } from '../core/details.ts';
import type { ThreadState } from '../core/state.ts';
import { itemsOf, type StepItem, type Turn } from '../core/turn.ts';
import type { Block } from '../ports.ts';
import { spentOf } from './money.ts';
import { duration } from './phrases.ts';
import { visibleBidi } from './safety.ts';
import { escapeSlack, oneLine } from './text.ts';

/** So many of the newest steps are shown while it works; the others are counted. */
const SHOWN = { quiet: 0, normal: 3, verbose: 15 } as const;
/** Less than this is not worth telling, ms. */
const SHORT_MS = 1_000;

export const SIGNS: Readonly<Record<StepItem['state'], string>> = {
  running: '▸',
  asking: '?',
  done: '✓',
  failed: '✗',
  denied: '⊘',
};
const AFTER: Readonly<Record<StepItem['state'], string>> = {
  running: '',
  asking: 'waits for leave',
  done: '',
  failed: 'failed',
  denied: 'denied',
};

const count = (many: number, one: string, more = `${one}s`): string => `${many} ${many === 1 ? one : more}`;

/** A name from outside, on one line, with nothing in it that Slack would read as markup. */
export function safeName(name: string, most = 40): string {
  return escapeSlack(oneLine(visibleBidi(name), most).replaceAll('`', "'")) || 'unnamed';
}

export function stepsOf(turn: Turn): readonly StepItem[] {
  return itemsOf(turn).filter((item) => item.is === 'step');
}

/** What it does and has done, newest last. Nothing in it changes with time alone, so that it costs no edits. */
export function planLines(state: ThreadState, turn: Turn): readonly string[] {
  const most = SHOWN[turn.verbosity ?? 'normal'];
  if (most === 0) return [];
  const steps = stepsOf(turn);
  const shown = newest(steps, most);
  const earlier = steps.filter((step) => !shown.includes(step));
  const lines = shown.map((step) => stepLine(state, step));
  return earlier.length === 0 ? lines : [tally(earlier, 'earlier step'), ...lines];
}

/** What still runs is shown before what is done. */
function newest(steps: readonly StepItem[], most: number): readonly StepItem[] {
  const isOpen = ({ state }: StepItem): boolean => state === 'running' || state === 'asking';
  const open = steps.filter(isOpen).slice(-most);
  const over = steps.filter((step) => !isOpen(step)).slice(open.length - most);
  const kept = new Set([...open, ...(open.length < most ? over : [])]);
  return steps.filter((step) => kept.has(step));
}

function stepLine(state: ThreadState, step: StepItem): string {
  const server = step.server === undefined ? '' : ` of \`${safeName(step.server)}\``;
  const helper = step.by === undefined ? undefined : state.subagents?.[step.by];
  const by = helper === undefined ? '' : ` by ${safeName(helper)}`;
  const name = step.heard === undefined ? `\`${safeName(step.name)}\`${server}${by}` : subagent(step);
  const after = [afterOf(state, step), took(step.took)].filter(Boolean).join(', ');
  return `${SIGNS[step.state]} ${name}${after && ` ${after}`}`;
}

/** A tool that asks people something needs no leave: it waits for what they say. */
function afterOf({ asks }: ThreadState, { state, id }: StepItem): string {
  const isQuestion = asks.some(({ toolUseId, question }) => toolUseId === id && question !== undefined);
  return state === 'asking' && isQuestion ? 'waits for an answer' : AFTER[state];
}

function subagent({ name }: StepItem): string {
  return `subagent ${safeName(name)}`;
}

function took(ms = 0): string {
  return ms < SHORT_MS ? '' : duration(ms);
}

/** `7 steps, 1 failed`. */
export function tally(steps: readonly Pick<StepItem, 'state'>[], word = 'step'): string {
  const of = (state: StepItem['state']): number => steps.filter((step) => step.state === state).length;
  const [failed, denied] = [of('failed'), of('denied')];
  return [
    count(steps.length, word),
    failed > 0 ? `${failed} failed` : '',
    denied > 0 ? `${denied} denied` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** Below the answer: what was done, how long it took and what it cost. */
export function footerLine(turn: Turn): string | undefined {
  const { verbosity, endedAt, startedAt, used } = turn;
  if (verbosity === 'quiet' || endedAt === undefined) return undefined;
  const steps = stepsOf(turn);
  if (steps.length === 0 && !used) return undefined;
  const parts = [
    steps.length > 0 ? tally(steps) : '',
    duration(Math.max(endedAt - startedAt, SHORT_MS)),
    ...(used ? spent(used, turn.spent) : []),
  ];
  return parts.filter(Boolean).join(' · ');
}

function spent(
  { inputTokens, outputTokens, listCostCents = 0 }: Usage,
  session: Turn['spent'],
): readonly string[] {
  const tokens = inputTokens + outputTokens;
  return [
    tokens > 0 ? `${compact(tokens)} ${tokens === 1 ? 'token' : 'tokens'}` : '',
    ofBudget(dollars(listCostCents), session && spentOf(session.cents, session.of)),
  ];
}

function ofBudget(own: string, session: string | undefined): string {
  if (session === undefined) return own;
  return own === '' ? session : `${own} (${session})`;
}

/** While it works: what its session has cost so far, as far as the platform has said it. */
export function costSoFar({ usage, budgetCents }: ThreadState, { verbosity }: Turn): string | undefined {
  const cents = usage?.listCostCents ?? 0;
  return verbosity === 'quiet' || cents === 0 ? undefined : spentOf(cents, budgetCents);
}

/** `950`, `12.3k`, `1.2M`. */
function compact(number: number): string {
  if (number < 1_000) return String(number);
  const [by, unit] = number < 999_950 ? [1_000, 'k'] : [1_000_000, 'M'];
  return `${(number / by).toFixed(1)}${unit}`;
}

function dollars(cents: number): string {
  if (cents <= 0) return '';
  return cents < 1 ? 'under $0.01' : `$${(cents / 100).toFixed(2)}`;
}

/** What can be pressed below a turn that is over; `answer`: it stands below words of the agent. */
export function endBlocks(state: ThreadState, turn: Turn, answer: boolean): readonly Block[] {
  if (turn.verbosity === 'quiet' || turn.endedAt === undefined) return [];
  const details = detailsValue(state, turn);
  // An element that Slack may not know here is not in the plainer forms.
  const isRated = answer && turn.end?.is === 'answered' && state.form === 0;
  const rated = isRated ? [feedbackBlock(state, turn)] : [];
  return [...(details === undefined ? [] : [detailsBlock(details)]), ...rated];
}

function detailsBlock(value: string): Block {
  return {
    type: 'actions',
    block_id: 'heddle.over',
    elements: [
      {
        type: 'button',
        action_id: 'heddle.details',
        text: { type: 'plain_text', text: 'Details', emoji: true },
        value,
        accessibility_label: 'What the tools were given, and what they brought',
      },
    ],
  };
}

/** Slack's own element for it (docs.slack.dev/reference/block-kit/block-elements/feedback-buttons-element). */
function feedbackBlock(state: ThreadState, turn: Turn): Block {
  const button = (text: string, label: string, verdict: 'up' | 'down'): object => ({
    text: { type: 'plain_text', text, emoji: true },
    value: feedbackValue(state, turn, verdict),
    accessibility_label: label,
  });
  return {
    type: 'context_actions',
    block_id: 'heddle.feedback',
    elements: [
      {
        type: 'feedback_buttons',
        action_id: 'heddle.feedback',
        positive_button: button(':+1:', 'This answer was good', 'up'),
        negative_button: button(':-1:', 'This answer was not good', 'down'),
      },
    ],
  };
}
