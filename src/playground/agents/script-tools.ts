/** Turns that use tools: plain, with approval, answered by the client, and through subagents. */
import type { Heard } from './message.ts';
import { who } from './script-plain.ts';
import { request } from './scripts.ts';
import type { Op } from './types.ts';

const LISTING = ['README.md', 'package.json', 'src', 'test'].join('\n');
const README = '# Loom\n\nTies every thread to one session.\n\n## Start\n\n    npm start\n';

export function tools(message: Heard): Op[] {
  return [
    ...request(
      { op: 'think', ms: 700 },
      `Let me look at the files first, ${who(message)}.`,
      { op: 'use', key: 'ls', name: 'bash', input: { command: 'ls' } },
      { op: 'result', key: 'ls', text: LISTING, ms: 900 },
    ),
    ...request(
      { op: 'think', ms: 500 },
      { op: 'use', key: 'read', name: 'read', input: { file_path: 'README.md' } },
      { op: 'use', key: 'search', name: 'web_search', input: { query: 'heddle loom part' } },
      { op: 'result', key: 'read', text: README, ms: 700 },
      {
        op: 'result',
        key: 'search',
        text: 'A heddle guides each warp thread of a loom through its own eye.',
        ms: 1200,
      },
    ),
    ...request(
      'The README is short, and a heddle is a part of a loom. One more check.',
      { op: 'use', key: 'test', name: 'bash', input: { command: 'npm test -- --run missing' } },
      {
        op: 'result',
        key: 'test',
        text: 'No test files found, exiting with code 1',
        isError: true,
        ms: 1500,
      },
    ),
    ...request(
      'That last command found nothing, which is fine. Summary: four files, one README, and a good name.',
    ),
  ];
}

export function ask(): Op[] {
  return [
    ...request(
      'To clean up I would have to delete a directory.',
      { op: 'use', key: 'rm', name: 'bash', input: { command: 'rm -rf ./build' }, policy: 'ask' },
      { op: 'result', key: 'rm', text: 'removed 14 files', ms: 800 },
    ),
    {
      op: 'branch',
      key: 'rm',
      allow: request('Done: `./build` is gone, 14 files in all.'),
      deny: request('All right, I leave `./build` alone. {{answer:rm}}'),
    },
  ];
}

export function askTwo(): Op[] {
  return [
    ...request(
      'I need two things from you.',
      { op: 'use', key: 'deploy', name: 'bash', input: { command: './deploy.sh staging' }, policy: 'ask' },
      {
        op: 'use',
        key: 'issue',
        kind: 'mcp',
        server: 'github',
        name: 'create_issue',
        input: { repo: 'acme/loom', title: 'Deployed to staging' },
        policy: 'ask',
      },
      { op: 'result', key: 'deploy', text: 'deployed build 412', ms: 900 },
      { op: 'result', key: 'issue', text: 'created #87', ms: 500 },
    ),
    {
      op: 'branch',
      key: 'deploy',
      allow: request('Build 412 is on staging.'),
      deny: request('I did not deploy. {{answer:deploy}}'),
    },
    {
      op: 'branch',
      key: 'issue',
      allow: request('Issue #87 is open.'),
      deny: request('I opened no issue. {{answer:issue}}'),
    },
  ];
}

export function custom(): Op[] {
  return [
    ...request(
      'I ask the program that runs me.',
      {
        op: 'use',
        key: 'lookup',
        kind: 'custom',
        name: 'ask_user',
        input: { question: 'Which colour should the loom be?', choices: ['red', 'green', 'blue'] },
      },
      { op: 'result', key: 'lookup', text: '', ms: 0 },
    ),
    {
      op: 'branch',
      key: 'lookup',
      allow: request('It said: {{answer:lookup}}'),
      deny: request('It could not tell: {{answer:lookup}}'),
    },
  ];
}

export function subagents(): Op[] {
  return [
    ...request('I ask two colleagues.'),
    { op: 'spawn', key: 'researcher', name: 'Researcher', text: 'Find out what a heddle is.', ms: 200 },
    { op: 'spawn', key: 'critic', name: 'Critic', text: 'Say what is wrong with the plan.', ms: 200 },
    { op: 'report', key: 'researcher', text: 'A heddle guides one warp thread of a loom.', ms: 2500 },
    { op: 'report', key: 'critic', text: 'The plan has no date.', ms: 1500 },
    ...request('The researcher says what a heddle is, the critic that our plan has no date. Both are right.'),
  ];
}
