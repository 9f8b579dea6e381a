/** A message of the bot's own in somebody's name: their request, or a fork. What they typed stands as it was typed. */
import type { Beginning } from '../core/beginning.ts';
import type { ThreadState } from '../core/state.ts';
import type { Content } from '../ports.ts';
import { visibleBidi } from './safety.ts';
import { escapeSlack, truncateGraphemes } from './text.ts';
import { threadLink } from './words.ts';

/** Most characters of a plain text (docs.slack.dev/reference/block-kit/blocks/section-block). */
const SHOWN = 3_000;

function headOf({ thread }: ThreadState, { by, quoted, fork, words }: Beginning): string {
  const who = `<@${by}>`;
  if (fork) {
    const from = threadLink(thread, 'another thread');
    return words === ''
      ? `:twisted_rightwards_arrows: ${who} forked ${from}. Reply here to go on from what was said there until now; that thread goes on by itself.`
      : `:twisted_rightwards_arrows: ${who} forked ${from}, and asks:`;
  }
  if (!quoted) return `${who} asks:`;
  return `${who} asks about ${threadLink({ ...thread, ts: quoted.ts }, 'this message', thread.ts)}:`;
}

/** What somebody asked for could not be posted: they have their words back. */
export function notBegunContent(channel: string, code: string, words: string): Content {
  const why =
    code === 'is_archived'
      ? 'it is archived'
      : code === 'not_in_channel' || code === 'channel_not_found'
        ? 'I am not a member of it. Invite me there with `/invite @Heddle`, then ask again'
        : 'Slack did not let me';
  const head = `I could not post your request in <#${channel}>: ${why}. Nothing was begun.`;
  const shown = truncateGraphemes(visibleBidi(words), SHOWN, '…');
  const section = { type: 'section', text: { type: 'mrkdwn', text: head, verbatim: true } };
  if (shown.trim() === '') return { text: head, blocks: [section] };
  return {
    text: head,
    blocks: [section, { type: 'section', text: { type: 'plain_text', text: shown, emoji: true } }],
  };
}

export function beginningContent(state: ThreadState, beginning: Beginning): Content {
  const head = headOf(state, beginning);
  const shown = truncateGraphemes(visibleBidi(beginning.words), SHOWN, '…');
  const section = { type: 'section', text: { type: 'mrkdwn', text: head, verbatim: true } };
  if (shown.trim() === '') return { text: head, blocks: [section] };
  const words = { type: 'section', text: { type: 'plain_text', text: shown, emoji: true } };
  return { text: truncateGraphemes(`${head} ${escapeSlack(shown)}`, 3_800, '…'), blocks: [section, words] };
}
