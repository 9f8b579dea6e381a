/**
 * A message that its author changed or deleted after it had been sent: what the agent is told of it. The mark has the
 * message's own `ts` and a higher `n`. Pure.
 */
import type { FileFact } from './event.ts';
import type { Send, ThreadState } from './state.ts';

/** `changed`: what it says now follows. `withdrawn`: nothing does. */
export type Change = 'changed' | 'withdrawn';

/** A message that the session has taken: enough to say later that it was changed. Its words are not kept. */
export interface Prompt {
  readonly ts: string;
  readonly user: string;
  /** Highest `n` of its marks. */
  readonly n: number;
  /** The turn that took it. */
  readonly turn: number;
  readonly withdrawn?: true;
}

/** What somebody changed in a message after the agent was done with it: sent if they ask for it. */
export interface Redo {
  readonly token: string;
  readonly ts: string;
  readonly user: string;
  readonly text: string;
  readonly urgent: boolean;
  /** What is attached to the message. */
  readonly files?: readonly FileFact[];
}

/** Stands before the words. */
export function changeWords(change: Change | undefined, ts: string): string {
  switch (change) {
    case undefined:
      return '';
    case 'changed':
      return `(The message of Slack time ${ts} was changed by its author; this replaces it. It now says:)`;
    case 'withdrawn':
      return `(The message of Slack time ${ts} was taken back by its author. Do not go on with what it alone asked for.)`;
  }
}

/** So many are kept: nobody corrects what was taken longer ago. */
const PROMPTS_KEPT = 30;

/** The prompts with this one, which was taken again or for the first time. */
export function withPrompt(prompts: readonly Prompt[], taken: Prompt): readonly Prompt[] {
  const known = prompts.find(({ ts }) => ts === taken.ts);
  const merged = known ? { ...taken, n: Math.max(known.n, taken.n), ...isGone(known) } : taken;
  return [...prompts.filter((each) => each !== known), merged].slice(-PROMPTS_KEPT);
}

function isGone({ withdrawn }: Prompt): { withdrawn?: true } {
  return withdrawn ? { withdrawn } : {};
}

/** Sent once more already. What an earlier version sent again says so by its number alone. */
export function isSecondTry({ again, change, mark }: Send): boolean {
  return again ?? (mark.n > 1 && change === undefined);
}

/** The number of the next send of this message. */
export function nextNo({ sends, prompts = [] }: Pick<ThreadState, 'sends' | 'prompts'>, ts: string): number {
  const known = sends.filter(({ mark }) => mark.ts === ts).map(({ mark }) => mark.n);
  return 1 + Math.max(0, ...known, ...prompts.filter((prompt) => prompt.ts === ts).map(({ n }) => n));
}
