/** Turns that use tools, through subagents too, or write files. What waits for people is in `script-asks.ts`. */
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

/** A step every few seconds for as long as asked: for plans, reminders, stops and kills in the middle of work. */
export function busy(message: Heard, seconds: number): Op[] {
  const pause = 5;
  const steps = Array.from({ length: Math.max(1, Math.floor(seconds / pause)) }, (_, i) => i + 1);
  return [
    ...request(`This takes about ${seconds} seconds, ${who(message)}. I tell you when it is done.`),
    ...steps.flatMap((step) => {
      const key = `step-${step}`;
      const command = `./weave --row ${step} --of ${steps.length}`;
      return request(
        { op: 'use', key, name: 'bash', input: { command } },
        { op: 'result', key, text: `row ${step} woven`, isError: step % 7 === 0, ms: pause * 1000 - 300 },
      );
    }),
    ...request(`All ${steps.length} rows are woven.`),
  ];
}

const SHUTTLE = [
  '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40" viewBox="0 0 120 40">',
  '<path d="M4 20 Q60 -12 116 20 Q60 52 4 20Z" fill="#b3541e"/>',
  '<rect x="40" y="14" width="40" height="12" rx="3" fill="#fff"/></svg>',
].join('');

/** A file is written by a tool, like everything that the agent does. */
export function written(path: string): Op[] {
  const key = `write ${path}`;
  return [
    { op: 'use', key, name: 'write', input: { file_path: path } },
    { op: 'result', key, text: `wrote ${path}`, ms: 300 },
  ];
}

/** Files of several kinds, one of them with a name that must not be taken at its word. */
export function files(): Op[] {
  return [
    ...request('I write down what I found.', ...written('/mnt/session/outputs/threads.csv')),
    { op: 'file', name: 'threads.csv', mime: 'text/csv', text: 'part,threads\nheddle,400\nreed,800\n' },
    { op: 'file', name: 'shuttle.svg', mime: 'image/svg+xml', text: SHUTTLE },
    { op: 'file', name: '../../etc/<!channel> notes.txt', text: 'A name is only a name.\n' },
    ...request('Three files are in the outputs of this session.'),
  ];
}
