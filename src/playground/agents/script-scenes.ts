/** The scripted agent's keywords, most specific first, and what each of them shows. */
import type { Heard } from './message.ts';
import { count, remember, slow, who } from './script-plain.ts';
import { codeText, longText, pings, tableText, token } from './script-texts.ts';
import {
  ask,
  askByAgent,
  askFive,
  askLong,
  askTricky,
  askTwo,
  choose,
  chooseEight,
  openQuestion,
} from './script-asks.ts';
import { busy, files, subagents, tools, written } from './script-tools.ts';
import { request } from './scripts.ts';
import type { Op } from './types.ts';

/** Headings under which people look for a word. */
export type SceneGroup = 'Writing' | 'Working' | 'Deciding' | 'Trouble';

export interface Scene {
  readonly word: string;
  readonly group: SceneGroup;
  readonly what: string;
  readonly pattern: RegExp;
  /** The scene ends the turn itself. */
  readonly ends?: boolean;
  readonly steps: (message: Heard, keywords: readonly { word: string; what: string }[]) => Op[];
}

const OVERLOADED = {
  type: 'model_overloaded_error',
  message: 'The model is overloaded. Please try again later.',
};
const REFUSAL = {
  type: 'refusal',
  category: 'cyber',
  explanation: 'This request was declined by a safety classifier.',
};

export const scenes: readonly Scene[] = [
  {
    word: 'help',
    group: 'Writing',
    what: 'lists the words I listen for',
    pattern: /\bhelp\b/i,
    steps: (_, keywords) => request({ op: 'say', text: helpText(keywords), ms: 2500 }),
  },
  {
    word: 'subagent asks',
    group: 'Deciding',
    what: 'hands work to two subagents, and one of them needs an approval',
    pattern: /\bsub-?agents? asks?\b/i,
    steps: () => askByAgent(),
  },
  {
    word: 'ask two',
    group: 'Deciding',
    what: 'asks for two approvals at once',
    pattern: /\bask two\b/i,
    steps: () => askTwo(),
  },
  {
    word: 'ask five',
    group: 'Deciding',
    what: 'asks for five approvals at once',
    pattern: /\bask five\b/i,
    steps: () => askFive(),
  },
  {
    word: 'ask long',
    group: 'Deciding',
    what: 'asks for an approval of something that is too long for a card',
    pattern: /\bask long\b/i,
    steps: () => askLong(),
  },
  {
    word: 'ask tricky',
    group: 'Deciding',
    what: 'asks for an approval of a command with hidden and misleading characters',
    pattern: /\bask tricky\b/i,
    steps: () => askTricky(),
  },
  {
    word: 'ask me',
    group: 'Deciding',
    what: 'asks you a question that you answer in your own words',
    pattern: /\bask me\b/i,
    steps: () => openQuestion(),
  },
  {
    word: 'ask',
    group: 'Deciding',
    what: 'wants to run a command and asks for approval first',
    pattern: /\bask\b/i,
    steps: () => ask(),
  },
  {
    word: 'choose eight',
    group: 'Deciding',
    what: 'asks you a question with eight answers to choose from',
    pattern: /\bchoose eight\b/i,
    steps: () => chooseEight(),
  },
  {
    word: 'choose',
    group: 'Deciding',
    what: 'asks you a question with three answers to choose from',
    pattern: /\b(choose|custom)\b/i,
    steps: () => choose(),
  },
  {
    word: 'count to N',
    group: 'Writing',
    what: 'counts for about N seconds, in steps, so that you can steer or stop me',
    pattern: /\bcount(?: up)? to (\d+)/i,
    steps: (message) => count(Math.max(1, Math.min(600, seconds(message, 10)))),
  },
  {
    word: 'slow',
    group: 'Writing',
    what: 'writes one text that grows for 20 seconds (`slow 45` for 45)',
    pattern: /\bslow\b/i,
    steps: (message) => slow(message, Math.max(1, Math.min(600, seconds(message, 20)))),
  },
  {
    word: 'ping everyone',
    group: 'Writing',
    what: 'tries to notify everybody, to unfurl a link and to load a remote picture',
    pattern: /\bping everyone\b/i,
    steps: () => request(pings()),
  },
  {
    word: 'long',
    group: 'Writing',
    what: 'writes about 14,000 characters with headings, lists, a table and code',
    pattern: /\blong\b/i,
    steps: () => request({ op: 'think', ms: 600 }, { op: 'say', text: longText(), ms: 20_000 }),
  },
  {
    word: 'table',
    group: 'Writing',
    what: 'answers with a table',
    pattern: /\btable\b/i,
    steps: () => request({ op: 'say', text: tableText(), ms: 2500 }),
  },
  {
    word: 'code',
    group: 'Writing',
    what: 'answers with code blocks',
    pattern: /\bcode\b/i,
    steps: () => request({ op: 'say', text: codeText(), ms: 3000 }),
  },
  {
    word: 'subagents',
    group: 'Working',
    what: 'hands a part of the work to two subagents',
    pattern: /\bsub-?agents?\b/i,
    steps: () => subagents(),
  },
  {
    word: 'tools',
    group: 'Working',
    what: 'thinks, uses several tools and writes between them',
    pattern: /\btools?\b/i,
    steps: (message) => tools(message),
  },
  {
    word: 'busy',
    group: 'Working',
    what: 'works for two minutes with a step every five seconds (`busy 30` for 30 seconds)',
    pattern: /\bbusy\b/i,
    steps: (message) => busy(message, Math.max(5, Math.min(600, seconds(message, 120)))),
  },
  {
    word: 'files',
    group: 'Working',
    what: 'writes three files to its outputs, one with a name that lies',
    pattern: /\bfiles\b/i,
    steps: () => files(),
  },
  {
    word: 'file',
    group: 'Working',
    what: 'writes a file to its outputs',
    pattern: /\bfile\b/i,
    steps: () => [
      ...request(...written('/mnt/session/outputs/report.md')),
      { op: 'file', name: 'report.md', mime: 'text/markdown', text: `# Report\n\n${tableText()}\n` },
      ...request('I wrote `report.md` to the outputs of this session.'),
    ],
  },
  {
    word: 'error',
    group: 'Trouble',
    what: 'meets an overloaded model, is retried, and then answers',
    pattern: /\berrors?\b/i,
    steps: () => [
      ...failing('retrying'),
      { op: 'run', ms: 1500 },
      ...request('The model was overloaded for a moment; now it works.'),
    ],
  },
  {
    word: 'exhausted',
    group: 'Trouble',
    what: 'meets an overloaded model until retries are exhausted',
    pattern: /\bexhausted\b/i,
    ends: true,
    steps: () => [
      ...failing('retrying'),
      { op: 'run', ms: 1200 },
      ...failing('retrying'),
      { op: 'run', ms: 1200 },
      ...failing('exhausted'),
    ],
  },
  {
    word: 'refuse',
    group: 'Trouble',
    what: 'ends the turn with a refusal',
    pattern: /\brefuse\b/i,
    ends: true,
    steps: () => [
      ...request({ op: 'think', ms: 400 }),
      { op: 'idle', stop: { type: 'refusal' }, details: REFUSAL },
    ],
  },
  {
    word: 'budget',
    group: 'Deciding',
    what: 'uses up the session’s budget, and goes on when it is raised',
    pattern: /\bbudget\b/i,
    steps: (message) => budget(message),
  },
  {
    word: 'expensive',
    group: 'Deciding',
    what: 'costs two dollars (`expensive 5` for five)',
    pattern: /\bexpensive\b/i,
    steps: (message) => expensive(Math.max(1, Math.min(100, seconds(message, 2)))),
  },
  {
    word: 'terminate',
    group: 'Trouble',
    what: 'ends the session with an error nobody can repair',
    pattern: /\bterminate\b/i,
    ends: true,
    steps: () => [
      ...request('Something is about to go badly wrong.'),
      { op: 'terminate', error: { type: 'unknown_error', message: 'The session cannot continue.' }, ms: 300 },
    ],
  },
  {
    word: 'silent',
    group: 'Writing',
    what: 'ends the turn without a word',
    pattern: /\bsilent\b/i,
    steps: () => request({ op: 'think', ms: 1500 }),
  },
  {
    word: 'secret',
    group: 'Writing',
    what: 'writes something that looks like a token',
    pattern: /\bsecret\b/i,
    steps: () =>
      request(
        `Here is what I found, although it should not be repeated:\n\n\`${token('slack')}\`\n\nand ${token('anthropic')} too.`,
      ),
  },
  {
    word: 'remember',
    group: 'Writing',
    what: 'repeats what I was told before',
    pattern: /\bremember\b/i,
    steps: (message) => remember(message),
  },
];

function seconds(message: Heard, otherwise: number): number {
  const match = /\d+/.exec(message.text);
  return match ? Number(match[0]) : otherwise;
}

function helpText(keywords: readonly { word: string; what: string }[]): string {
  const lines = keywords.map(({ word, what }) => `- **${word}**: ${what}`);
  return `Write one of these words in your message:\n\n${lines.join('\n')}\n\nAnything else gets a short answer.`;
}

function failing(retry: 'retrying' | 'exhausted'): Op[] {
  return [
    { op: 'request' },
    { op: 'end', error: true, ms: 500 },
    { op: 'error', error: OVERLOADED, retry, ms: 100 },
  ];
}

function expensive(dollars: number): Op[] {
  return [
    ...request({ op: 'think', ms: 1200 }, { op: 'end', spend: dollars * 100 }),
    ...request(`I thought about that very hard: $${dollars.toFixed(2)} at list price.`),
  ];
}

function budget(message: Heard): Op[] {
  if (message.budget === null) {
    return request(`This session has no budget, ${who(message)}, so there is none to use up.`);
  }
  return [
    ...request(`I now spend what is left of ${message.budget}.`, { op: 'end', spend: 'rest' }),
    ...request('The budget was raised, so I go on. Thank you.'),
  ];
}
