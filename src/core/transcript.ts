/** What a new session is given of what was said before: from the old session's events, or from Slack's thread. */
import type { AgentEvent } from './agent-event.ts';
import type { FileFact } from './event.ts';
import { escapeAttribute, formatWords, unescapeAttribute, withoutBrief } from './mark.ts';

export interface Line {
  readonly who: string;
  /** Slack user id, where a person said it. */
  readonly user?: string;
  readonly ts?: string;
  readonly text: string;
  /** What is attached to it, where that is known. */
  readonly files?: readonly FileFact[];
}

export interface Transcript {
  readonly text: string;
  readonly messages: number;
  readonly leftOut: number;
}

export const RESUMED =
  'What was said in this Slack thread before, in an earlier session; it is context, not a request:';
export const JOINED =
  'What people said in this Slack thread before you were mentioned; it is context, not a request:';

const AGENT = 'you (the agent)';

/** The words of a session's history: people's messages without mark and context, and the agent's texts. */
export function linesOfSession(events: readonly AgentEvent[]): readonly Line[] {
  return events.flatMap((event): readonly Line[] => {
    if (event.type === 'agent.message' && event.text.trim()) return [{ who: AGENT, text: event.text }];
    return event.type === 'user.message' ? unfold(event) : [];
  });
}

/** `<context …>` as this file and `formatContext` write it; words that people typed cannot hold one. */
const CONTEXT = /<context((?: [a-z]+="[^"]*")*)>([\s\S]*?)<\/context>\n?/g;
const HEADS = new RegExp(
  `^(?:${[RESUMED, JOINED].map((head) => head.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})[^\n]*\n?`,
);

/** A message and what was carried before it: each line keeps its own author, however many sessions it has passed. */
function unfold(event: Extract<AgentEvent, { type: 'user.message' }>): readonly Line[] {
  const carried = [...event.text.matchAll(CONTEXT)].map(([, attributes = '', text = '']): Line => {
    const at = (name: string): string | undefined => new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1];
    const [ts, user] = [at('ts'), at('user')];
    return {
      who: unescapeAttribute(at('name') ?? 'somebody'),
      ...(ts === undefined ? {} : { ts }),
      ...(user === undefined ? {} : { user }),
      text,
    };
  });
  const text = withoutBrief(event.text).replace(CONTEXT, '').replace(HEADS, '').trim();
  if (text === '') return carried;
  const { mark } = event;
  return [
    ...carried,
    mark ? { who: mark.name, user: mark.user, ts: mark.ts, text } : { who: 'somebody', text },
  ];
}

function block(line: Line, words = formatWords(line.text)): string {
  const ts = line.ts === undefined ? '' : ` ts="${escapeAttribute(line.ts)}"`;
  const user = line.user === undefined ? '' : ` user="${escapeAttribute(line.user)}"`;
  return `<context${ts}${user} name="${escapeAttribute(line.who)}">${words}</context>`;
}

/** The end of a line that is too long by itself. Never cuts a surrogate pair in two. */
function endOf(line: Line, room: number): string {
  const words = formatWords(line.text);
  const from = words.length - Math.max(0, room - block(line, '').length);
  return block(line, words.slice(/[\uDC00-\uDFFF]/.test(words.charAt(from)) ? from + 1 : from));
}

/** Room for the words that say how much was left out. */
const NOTE_ROOM = 50;

/** Capped from the end: the newest lines stay, and how many older ones did not fit is said. */
export function transcript(lines: readonly Line[], head: string, limit: number): Transcript {
  if (lines.length === 0) return { text: '', messages: 0, leftOut: 0 };
  const kept: string[] = [];
  let room = limit - head.length - NOTE_ROOM;
  for (const line of lines.toReversed()) {
    const text = block(line);
    if (text.length + 1 > room) {
      if (kept.length === 0) kept.unshift(endOf(line, room - 1));
      break;
    }
    kept.unshift(text);
    room -= text.length + 1;
  }
  const leftOut = lines.length - kept.length;
  const note = leftOut > 0 ? ` (${leftOut} older messages left out)` : '';
  return { text: `${head}${note}\n${kept.join('\n')}`, messages: kept.length, leftOut };
}
