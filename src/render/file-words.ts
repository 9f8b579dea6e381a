/** What people read about files that did not get through. Slack mrkdwn, escaped, ours alone. */
import { FILES_A_MESSAGE, reason, type RefusedFile } from '../core/files.ts';
import { OUTPUTS_A_TURN, type RefusedOutput } from '../core/outputs.ts';
import { escapeSlack, oneLine } from './text.ts';

function named(name: string): string {
  return `\`${escapeSlack(oneLine(name, 120).replaceAll('`', 'ˋ'))}\``;
}

/** Longest list: a block takes 3,000 characters (docs.slack.dev/reference/block-kit/blocks/context-block). */
const MOST = 2_400;

/** As many lines as fit, and how many more there are. */
function bullets(lines: readonly string[]): string {
  let text = '';
  for (const [at, line] of lines.entries()) {
    if (text.length + line.length > MOST) return `${text}\n• … and ${lines.length - at} more`;
    text += `\n• ${line}`;
  }
  return text;
}

/** Files of one message that the agent was not given. */
export function filesRefused({
  refused,
  left,
}: {
  readonly refused: readonly RefusedFile[];
  readonly left: number;
}): string {
  const all = refused.length + left;
  const before = refused.some(({ earlier }) => earlier);
  const whose = before ? 'that message and of what was said before it' : 'that message';
  const which = all === 1 ? `One file of ${whose} was` : `${all} files of ${whose} were`;
  const lines = refused.map((file) => `${named(file.name)}: ${reason(file)}${cure(file)}`);
  if (left > 0)
    lines.push(
      `${left} more: I take at most ${FILES_A_MESSAGE} from one message; send the rest in another reply`,
    );
  return `:paperclip: ${which} not given to the agent; it has the words.${bullets(lines)}`;
}

function cure({ why }: RefusedFile): string {
  switch (why) {
    case 'external':
      return '; upload the file itself';
    case 'no-file':
      return '; paste its text, or export it as a file';
    case 'no-scope':
      return '; whoever manages the app has to add it and reinstall';
    case 'slow':
    case 'failed':
      return '; attach it once more';
    case 'session-full':
      return '; `close` this session and go on in a new one';
    default:
      return '';
  }
}

const WHY: Readonly<Record<RefusedOutput['why'], (mb: number) => string>> = {
  'too-large': (mb) => `larger than the ${mb} MB that I share; ask for it in parts, or compressed`,
  empty: () => 'empty',
  'no-scope': () =>
    'I may not share files here (the app lacks the scope files:write); whoever manages it has to add it and reinstall',
  forbidden: () => 'Slack does not accept files here',
  gone: () => 'gone before it could be shared; ask for it again',
  failed: () => 'could not be shared; ask for it again',
};

/** Files of the agent's that are not shared. */
export function outputsRefused({
  refused,
  left,
}: {
  readonly refused: readonly RefusedOutput[];
  readonly left: number;
}): string {
  const all = refused.length + left;
  const lines = refused.map(({ name, why, mb = 0 }) => `${named(name)}: ${WHY[why](mb)}`);
  if (left > 0)
    lines.push(`${left} more: I share at most ${OUTPUTS_A_TURN} a turn; ask for one archive of them`);
  const which = all === 1 ? 'One file that the agent wrote is' : `${all} files that the agent wrote are`;
  return `:paperclip: ${which} not here; the session has ${all === 1 ? 'it' : 'them'}.${bullets(lines)}`;
}
