/** What has to hold for every thread, whatever was killed. */
import { expect } from 'vitest';
import type { SessionView } from '../../../src/playground/agents/index.ts';
import { isBusy } from '../../support/whole.ts';
import { waitUntil } from './bot.ts';
import type { Talk } from './world.ts';

export interface Outcome {
  /** Messages of the bot in the thread. Default 1. */
  readonly messages?: number | 'any';
  /** Messages of people that the session must have, in this order. Default: all that were said. */
  readonly sent?: readonly string[];
  readonly status?: 'active' | 'closed';
}

const LEASE_MS = 10_000;
/** A sweep and what has to be read take 2 s at most, ms; the rest is for a machine that does much else besides. */
const BESIDES_MS = 2_000 + 8_000;

/** How long a takeover may still take: until the lease of who was killed then has lapsed, and a little more. */
export function takeoverLeft(killedAt: number): number {
  return Math.max(0, killedAt + LEASE_MS - performance.now()) + BESIDES_MS;
}

const isStill = (talk: Talk): boolean => {
  const [session] = talk.sessions();
  const messages = talk.bot();
  return (
    session !== undefined &&
    (session.status === 'idle' || session.status === 'terminated') &&
    session.queued === 0 &&
    (talk.status() === 'active' || talk.status() === 'closed') &&
    messages.length > 0 &&
    !messages.some(isBusy)
  );
};

/** Resolves when nothing in these threads looks busy, by words, button or status, and their agents rest. */
export async function calm(talks: readonly Talk[], timeoutMs = 30_000): Promise<void> {
  const restless = (): readonly Talk[] => talks.filter((talk) => !isStill(talk));
  const seen = (): string =>
    restless()
      .map(
        (talk) =>
          `${talk.ts}: ${talk.words()} / ${talk
            .sessions()
            .map(({ status }) => status)
            .join()}`,
      )
      .join('\n');
  await waitUntil('calm', () => restless().length === 0, timeoutMs, seen);
}

/**
 * What holds for a thread that has come to rest, whatever happened in between: one session; every message of a
 * person sent once and in order; every text of the agent shown once and in order; nothing posted twice; nothing
 * busy, neither message nor status.
 */
export function checkTalk(talk: Talk, outcome: Outcome = {}): void {
  const [session, ...others] = talk.sessions();
  expect(others).toEqual([]);
  const events = session?.events ?? [];
  const sends = events.filter(({ type }) => type === 'user.message').map(markOf);
  expect(sends).toEqual(outcome.sent ?? talk.said());
  checkTexts(talk, events);
  const messages = talk.bot();
  const keys = messages.map(({ metadata }) => JSON.stringify(metadata?.event_payload));
  expect(new Set(keys).size).toBe(messages.length);
  if (outcome.messages !== 'any') expect(messages.length).toBe(outcome.messages ?? 1);
  expect(messages.filter(isBusy)).toEqual([]);
  expect(talk.status()).toBe(outcome.status ?? 'active');
}

/** Every text the agent wrote stands in the thread exactly as often as it was written, in order. */
function checkTexts(talk: Talk, events: SessionView['events']): void {
  const words = talk.words();
  const texts = events
    .filter(({ type }) => type === 'agent.message')
    .map(({ content }) => (content as { text: string }[]).map(({ text }) => text).join(''));
  let from = 0;
  for (const text of texts) {
    expect([text, words.split(text).length - 1]).toEqual([text, texts.filter((it) => it === text).length]);
    const at = words.indexOf(text, from);
    expect([text, at]).not.toEqual([text, -1]);
    from = at + text.length;
  }
}

/** `ts` of the Slack message that an event carries into the session. */
function markOf({ content }: SessionView['events'][number]): string {
  const blocks = content as { text?: string }[];
  return /<slack ts="([\d.]+)"/.exec(blocks.at(-1)?.text ?? '')?.[1] ?? 'no mark';
}
