/** A tool that waits for a person: the agent would delete something. */
import { request, type Op } from '../../src/playground/agents/index.ts';

const remove: Op = {
  op: 'use',
  key: 'rm',
  name: 'bash',
  input: { command: 'rm -rf ./build' },
  policy: 'ask',
};

/** It says so, asks, and uses the tool where it may. */
export function removing(text: string): Op[] {
  return request(text, remove, { op: 'result', key: 'rm', text: 'removed' });
}

/** What it does then, as it may or may not. */
export interface Then {
  readonly allow: readonly Op[];
  readonly deny: readonly Op[];
}

/** The same, and what follows. */
export function removingThen(text: string, { allow, deny }: Then): readonly Op[] {
  return [...removing(text), { op: 'branch', key: 'rm', allow, deny }];
}

/** Where only that it asked and heard the answer matters. */
export const REMOVAL = removingThen('I would delete it.', {
  allow: request('It is gone.'),
  deny: request('I left it.'),
});
