/** Ground for answers that grow as Slack's own streams. */
import { expect } from 'vitest';
import type { Settings } from '../../../src/core/settings.ts';
import type { WireCall } from '../../../src/playground/wire.ts';
import type { Whole, WholeOptions } from '../../support/whole.ts';
import { onGround } from './ground.ts';
import { ownWords, type Thread } from './thread.ts';

export const WORDS =
  'Warp and weft, over and under, `again` and [again](https://looms.example.com/a), 1 < 2. '.repeat(6).trim();

export const ground = (
  work: (whole: Whole, calls: readonly WireCall[]) => Promise<void>,
  settings: Partial<Settings> = { output: 'stream' },
  more: WholeOptions = {},
): (() => Promise<void>) =>
  onGround(
    async (whole) => {
      const calls: WireCall[] = [];
      const unlisten = whole.listen((call) => calls.push(call));
      await work(whole, calls);
      unlisten();
    },
    { settings, agents: { pace: 1, settings: { statusLagMs: 0, answerLagMs: 0 } }, ...more },
  );

/** The agent writes for so long, ms. */
export const writes = (ms: number) => ({ op: 'say', text: WORDS, ms }) as const;

function methods(calls: readonly WireCall[]): string[] {
  return calls.flatMap(({ path }) => /\/api\/(chat\.\w+)$/.exec(path)?.[1] ?? []);
}

export function count(calls: readonly WireCall[], method: string): number {
  return methods(calls).filter((each) => each === method).length;
}

/** The answer's only message, which is whole. */
export function answer(thread: Thread): ReturnType<Thread['bot']>[number] {
  const [message, ...others] = thread.bot();
  expect(others).toEqual([]);
  if (!message) throw new Error('there is no answer');
  expect(ownWords(message).trimEnd()).toBe(WORDS.replaceAll('<', '&lt;'));
  return message;
}

export const streaming = (thread: Thread): boolean =>
  thread.bot().some((message) => message.streaming === 'in_progress' && ownWords(message).length > 60);
