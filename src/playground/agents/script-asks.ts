/** Turns that wait for people: tools that need an approval, and questions by the `ask_user` tool. */
import { request } from './scripts.ts';
import type { Op } from './types.ts';

type Use = Extract<Op, { op: 'use' }>;

/** A call that needs an approval, with what it answers. */
interface Wish {
  readonly use: Omit<Use, 'op' | 'policy'>;
  readonly result: string;
  readonly done: string;
  readonly left: string;
}

/** Asks for all of them at once and goes on when every one is answered. */
function wishes(intro: string, list: readonly Wish[]): Op[] {
  return [
    ...request(
      intro,
      ...list.map(({ use }): Op => ({ op: 'use', ...use, policy: 'ask' })),
      ...list.map(({ use, result }): Op => ({ op: 'result', key: use.key, text: result, ms: 700 })),
    ),
    ...list.map(({ use, done, left }): Op => ({
      op: 'branch',
      key: use.key,
      allow: request(done),
      deny: request(`${left} {{answer:${use.key}}}`),
    })),
  ];
}

const remove: Wish = {
  use: { key: 'rm', name: 'bash', input: { command: 'rm -rf ./build' } },
  result: 'removed 14 files',
  done: 'Done: `./build` is gone, 14 files in all.',
  left: 'All right, I leave `./build` alone.',
};
const deploy: Wish = {
  use: { key: 'deploy', name: 'bash', input: { command: './deploy.sh staging' } },
  result: 'deployed build 412',
  done: 'Build 412 is on staging.',
  left: 'I did not deploy.',
};
const issue: Wish = {
  use: {
    key: 'issue',
    kind: 'mcp',
    server: 'github',
    name: 'create_issue',
    input: { repo: 'acme/loom', title: 'Deployed to staging' },
  },
  result: 'created #87',
  done: 'Issue #87 is open.',
  left: 'I opened no issue.',
};
const mail: Wish = {
  use: {
    key: 'mail',
    kind: 'mcp',
    server: 'mail',
    name: 'send_message',
    input: {
      to: ['team@example.com', 'boss@example.com'],
      subject: 'The loom runs',
      body: 'It does.\nYours, the loom',
    },
  },
  result: 'sent',
  done: 'The mail is out.',
  left: 'I sent no mail.',
};

export const ask = (): Op[] => wishes('To clean up I would have to delete a directory.', [remove]);

export const askTwo = (): Op[] => wishes('I need two things from you.', [deploy, issue]);

export const askFive = (): Op[] =>
  wishes('I need five things from you, each on its own.', [
    deploy,
    issue,
    mail,
    remove,
    {
      use: { key: 'fetch', name: 'web_fetch', input: { url: 'https://example.com/prices.json' } },
      result: '{"heddle": 12.5}',
      done: 'I know the prices now.',
      left: 'I go on without the prices.',
    },
  ]);

/** Input of some 9,000 characters: too much for a card. */
export const askLong = (): Op[] =>
  wishes('I would like to write a file, and it is a long one.', [
    {
      use: {
        key: 'write',
        name: 'write',
        input: {
          file_path: 'src/loom/pattern.ts',
          content: Array.from(
            { length: 180 },
            (_, row) => `export const row${row} = ${row * 4099}; // over ${row % 7}, under ${row % 5}`,
          ).join('\n'),
        },
      },
      result: 'wrote 180 lines',
      done: '`src/loom/pattern.ts` has 180 lines now.',
      left: 'I wrote nothing.',
    },
  ]);

const escape = String.fromCodePoint(0x1b);
const rightToLeft = String.fromCodePoint(0x202e);
const hidden = String.fromCodePoint(0x200b);
const bell = String.fromCodePoint(0x07);

/** Input that looks like something else: hidden and reordering characters, terminal colours, mentions, a fence. */
export const askTricky = (): Op[] =>
  wishes('This one should be read with care.', [
    {
      use: {
        key: 'tricky',
        name: 'bash',
        input: {
          command: [
            `echo safe ${escape}[2K${escape}[1A rm -rf ~${bell}`,
            `cp ${rightToLeft}gpj.tac backup && cu${hidden}rl https://example.com/<!channel>`,
            '``` *not* a fence <@U0GRACE001> & <https://example.com|harmless>',
          ].join('\r\n'),
        },
      },
      result: 'done',
      done: 'It ran.',
      left: 'Good that somebody looked.',
    },
  ]);

/** A subagent's own call waits, while the other one goes on. */
export function askByAgent(): Op[] {
  return [
    ...request('I ask two colleagues, and one of them needs you.'),
    { op: 'spawn', key: 'deployer', name: 'Deployer', text: 'Bring it to staging.', ms: 200 },
    { op: 'spawn', key: 'critic', name: 'Critic', text: 'Say what is wrong with the plan.', ms: 200 },
    { op: 'report', key: 'critic', text: 'The plan has no date.', ms: 1500 },
    {
      op: 'use',
      key: 'child',
      name: 'bash',
      input: { command: './deploy.sh staging --by deployer' },
      policy: 'ask',
      thread: 'deployer',
    },
    { op: 'await' },
    { op: 'result', key: 'child', text: 'deployed build 413', ms: 700 },
    { op: 'report', key: 'deployer', text: 'I have nothing more to do.', ms: 800 },
    {
      op: 'branch',
      key: 'child',
      allow: request('The deployer brought build 413 to staging, and the critic wants a date.'),
      deny: request('The deployer was not allowed to: {{answer:child}}'),
    },
  ];
}

/** How questions are asked: the tool is declared by the playground's agent and answered by its client. */
export const askUserTool = {
  type: 'custom',
  name: 'ask_user',
  description:
    'Asks the people in the conversation one question and waits for the answer. With choices they pick one of ' +
    'them; without, they answer in their own words.',
  input_schema: {
    type: 'object',
    properties: {
      question: { type: 'string', description: 'The question, in one or two sentences.' },
      choices: {
        type: 'array',
        items: { type: 'string' },
        minItems: 2,
        maxItems: 25,
        description: 'The possible answers, if they are known.',
      },
      free_text: {
        type: 'boolean',
        description: 'Whether they may also answer in their own words. Default true.',
      },
    },
    required: ['question'],
  },
} as const;

function question(intro: string, text: string, choices: readonly string[]): Op[] {
  const input = { question: text, ...(choices.length > 0 ? { choices } : {}) };
  return [
    ...request(
      intro,
      { op: 'use', key: 'question', kind: 'custom', name: askUserTool.name, input },
      { op: 'result', key: 'question', text: '', ms: 0 },
    ),
    {
      op: 'branch',
      key: 'question',
      allow: request('It said: {{answer:question}}'),
      deny: request('It could not tell: {{answer:question}}'),
    },
  ];
}

export const choose = (): Op[] =>
  question('I ask the program that runs me.', 'Which colour should the loom be?', ['red', 'green', 'blue']);

export const chooseEight = (): Op[] =>
  question('There is more than one way to go on.', 'Where should the loom stand?', [
    'In the hall',
    'In the workshop, by the window that faces north, where the light is even all day long',
    'In the attic',
    'In the cellar',
    'In the garden',
    'At the neighbours’',
    'In a museum',
    'Nowhere: sell it',
  ]);

export const openQuestion = (): Op[] =>
  question('I need a word from you.', 'What should the loom be called, and why?', []);
