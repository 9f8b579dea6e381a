/** One bot message of a turn: the agent's text, what it is doing, how it ended, and the Stop button. */
import type { ThreadState } from '../core/state.ts';
import type { Turn } from '../core/turn.ts';
import type { Block, Content } from '../ports.ts';
import type { Part } from './markdown.ts';
import { endLine, introLine, passingTrouble, stopValue } from './words.ts';
import { costSoFar, endBlocks, footerLine, planLines } from './steps.ts';
import { truncateGraphemes } from './text.ts';

/** Characters of a part in each form of output, from the fullest to the plainest. */
export const FORM_LIMITS = [11_000, 2_900, 2_800, 3_500] as const;

/** Longest `text` that `chat.update` takes is 4,000 (docs.slack.dev, chat.update). */
const TEXT_LIMIT = 3_900;

export function contextBlock(text: string): Block {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: text.slice(0, 2_900) }] };
}

/** A line of its own size, for what somebody is called by. */
export function lineBlock(text: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text: text.slice(0, 2_900), verbatim: true } };
}

function stopButton(state: ThreadState): Block {
  return {
    type: 'actions',
    block_id: 'heddle.live',
    elements: [
      {
        type: 'button',
        action_id: 'heddle.stop',
        text: { type: 'plain_text', text: 'Stop', emoji: true },
        value: stopValue(state),
        accessibility_label: 'Stop what Heddle is doing in this thread',
      },
    ],
  };
}

/** The agent's own words in this form; nothing where there are none yet. */
function textBlocks(part: Part | undefined, form: number): readonly Block[] {
  if (!part || part.markdown === '' || form >= 3) return [];
  if (form === 2) return [{ type: 'section', text: { type: 'mrkdwn', text: part.markdown, verbatim: true } }];
  return [{ type: 'markdown', text: part.markdown }];
}

const STARTING = {
  recall: 'Reading what was said before…',
  create: 'Starting a session…',
  doubt: 'Starting a session…',
  wait: 'Claude Managed Agents does not answer; trying again…',
} as const;

/** What is going on, and the plan below it. Nothing in it changes with time alone, so that it costs no edits. */
export function workingLine(state: ThreadState, turn: Turn): string {
  const { phase } = state;
  if (phase.is === 'starting') return `:hourglass_flowing_sand: ${STARTING[phase.step]}`;
  if ('stop' in phase && phase.stop) return ':octagonal_sign: Stopping…';
  const parts = [phase.is === 'asking' ? 'Waiting for a decision below' : 'Working…'];
  const held = state.sends.filter((send) => send.status === 'waiting').length;
  if (held > 0 && turn.segments.some((segment) => segment.items.length > 0)) {
    parts.push(`${held} ${held === 1 ? 'reply waits' : 'replies wait'}`);
  }
  const cost = costSoFar(state, turn);
  if (cost !== undefined) parts.push(cost);
  if (state.retry && state.retry.tries > 1) parts.push('Claude Managed Agents does not answer; trying again');
  const trouble = turn.trouble?.retry === 'retrying' ? [`:warning: ${passingTrouble(turn.trouble)}`] : [];
  return [`:hourglass_flowing_sand: ${parts.join(' · ')}`, ...trouble, ...planLines(state, turn)].join('\n');
}

export interface MessageParts {
  readonly state: ThreadState;
  readonly turn: Turn;
  readonly part: Part | undefined;
  /** The turn's very first message: says that the session is new. */
  readonly first: boolean;
  /** The turn's last message: says what is going on, or how it ended. */
  readonly last: boolean;
  /** What is going on, and that the session is new, stands on a card of its own. */
  readonly carded: boolean;
}

export function turnMessage({ state, turn, part, first, last, carded }: MessageParts): Content {
  const { form } = state;
  const intro = first && turn.intro && !carded ? introLine(turn.intro) : undefined;
  const masked = part && part.masked > 0 ? ':lock: What looked like a secret was masked.' : undefined;
  const live = last && !turn.end && !carded;
  const below = live ? workingLine(state, turn) : last && turn.end ? endLine(turn.end) : undefined;
  const lines = [masked, below].filter((line) => line !== undefined);
  const isOver = last && turn.end !== undefined;
  const footer = isOver ? footerLine(turn) : undefined;
  const said = footer === undefined ? lines : [...lines, footer];
  const blocks: readonly Block[] = [
    ...(intro === undefined ? [] : [contextBlock(intro)]),
    ...textBlocks(part, form),
    ...(said.length > 0 ? [contextBlock(said.join('\n'))] : []),
    ...(live ? [stopButton(state)] : []),
    ...(isOver ? endBlocks(state, turn, part !== undefined) : []),
  ];
  const words = form >= 2 ? (part?.markdown ?? '') : (part?.text ?? '');
  const plain = [intro, words, ...lines].filter((line) => line !== undefined && line !== '');
  const text = truncateGraphemes(plain.join('\n'), TEXT_LIMIT, '…');
  if (form >= 3) return { text, blocks: [] };
  // A message without a block would keep the blocks it had: an ended turn always shows something.
  return { text: text || 'Done.', blocks: blocks.length > 0 ? blocks : [contextBlock('Done.')] };
}

/**
 * What stands beside texts that are streamed, because a message being streamed has no buttons: what is going on and
 * how to stop it; how the turn ended, where it has no text to say it under.
 */
export function cardMessage(state: ThreadState, turn: Turn, texted: boolean): Content {
  const intro = turn.intro ? introLine(turn.intro) : undefined;
  const now = turn.end ? (texted ? undefined : endLine(turn.end)) : workingLine(state, turn);
  const lines = [intro, now].filter((line) => line !== undefined);
  const footer = turn.end && !texted ? footerLine(turn) : undefined;
  const said = footer === undefined ? lines : [...lines, footer];
  const over = texted ? [] : endBlocks(state, turn, false);
  const blocks = [...said.map(contextBlock), ...(turn.end ? over : [stopButton(state)])];
  const text = truncateGraphemes(lines.join('\n'), TEXT_LIMIT, '…') || 'Done.';
  if (state.form >= 3) return { text, blocks: [] };
  return { text, blocks: blocks.length > 0 ? blocks : [contextBlock('Done.')] };
}
