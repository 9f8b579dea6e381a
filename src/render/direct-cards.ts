/** The card of a tool that is decided in direct messages: the line in its thread, and each approver's own card. */
import { ruleOf } from '../core/approvals.ts';
import type { Ask } from '../core/ask.ts';
import { COPIES_MOST, isInThread } from '../core/copies.ts';
import type { ThreadState } from '../core/state.ts';
import type { Content } from '../ports.ts';
import { askCard, askerName, terms, toolName, verdict } from './cards.ts';
import { contextBlock } from './message.ts';
import { listed } from './phrases.ts';
import { threadLink } from './words.ts';

/** What stands in the thread. It names the tool; with which input, only who may decide reads. */
export function threadCard(state: ThreadState, ask: Ask): Content {
  if (isInThread(ask)) return withBlock(askCard(state, ask), whyHere(ask));
  const isOpen = ask.step.is === 'open';
  const text = isOpen
    ? `:raised_hand: ${askerName(ask)} waits for leave to use ${toolName(ask)}.`
    : `:raised_hand: ${askerName(ask)} asked to use ${toolName(ask)}.`;
  const result = verdict(ask);
  const below = isOpen ? [...terms(ask, ruleOf(state, ask), true), contextBlock(whoIsAsked(ask))] : [];
  return {
    text: result === undefined ? text : `${text} ${result}`,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } },
      ...below,
      ...(result === undefined ? [] : [contextBlock(result)]),
    ],
  };
}

function whoIsAsked({ direct }: Ask): string {
  if (direct?.is !== 'known') return 'They are being asked in direct messages.';
  const who = listed(direct.copies.map(({ user }) => `<@${user}>`));
  const more =
    direct.more > 0 ? ` ${direct.more} more may decide and were not asked: at most ${COPIES_MOST} are.` : '';
  return `Asked in direct messages: ${who}.${more}`;
}

/** Why it can be decided in the thread, though approvals are asked for elsewhere. */
function whyHere({ direct, step }: Ask): string | undefined {
  if (direct?.is !== 'known' || step.is !== 'open' || direct.here) return undefined;
  const who = listed(
    direct.unreached.map((user) => `<@${user}>`),
    'or',
  );
  return who === ''
    ? 'Nobody could be asked in a direct message, so it can be decided here.'
    : `No direct message could be sent to ${who}, so it can be decided here, too.`;
}

/** Somebody's own card. */
export function copyCard(state: ThreadState, ask: Ask): Content {
  const { requester } = ruleOf(state, ask);
  const asker = requester === '' ? '' : ` for <@${requester}>`;
  return withBlock(askCard(state, ask), `In ${threadLink(state.thread, 'this thread')}${asker}.`);
}

function withBlock(content: Content, line: string | undefined): Content {
  return line === undefined ? content : { ...content, blocks: [...content.blocks, contextBlock(line)] };
}
