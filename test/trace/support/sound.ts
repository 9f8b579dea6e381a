/**
 * What must hold when a thread has come to rest, whatever happened before: every text of the agent stands in the
 * bot's messages exactly once and in order, nothing looks busy, each message of a person reached the agent once,
 * and each generation of the thread has one session.
 */
import { expect } from 'vitest';
import type { SessionEvent } from '../../../src/playground/agents/types.ts';
import { busy, ownWords, textsOf, type Thread } from './thread.ts';

export interface Sound {
  /** Sessions made for the thread; one where nothing is said. */
  readonly sessions?: number;
  /** The oldest generation that still exists; earlier ones were deleted. */
  readonly from?: number;
  /** `ts` of the people's messages that the agent was given, in order of their arrival there. */
  readonly given: readonly string[];
  /** Texts of the agent that never reached Slack, for a reason that the test names. */
  readonly except?: readonly string[];
  /** Messages that were deliberately sent again, marked as such. */
  readonly again?: readonly string[];
}

/** Letters, digits and signs alone: what splitting, joining and fencing do not change. */
export function flat(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s*(```|~~~)/.test(line))
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();
}

function marksOf(event: SessionEvent): { ts: string; n: number } | undefined {
  const mark = textsOf(event).findLast((text) => text.startsWith('<slack '));
  const ts = /\bts="([^"]+)"/.exec(mark ?? '')?.[1];
  const n = /\bn="(\d+)"/.exec(mark ?? '')?.[1];
  return ts && n ? { ts, n: Number(n) } : undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };

/** As Slack draws it: what had to be escaped for it is undone. */
export function drawn(text: string): string {
  return text.replace(/&(lt|gt|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}

/** Every word of the agent that the bot shows, whatever the form of its messages. */
function shownWords(thread: Thread): string {
  return flat(
    drawn(
      thread
        .bot()
        .map((message) => message.shown)
        .join('\n\n'),
    ),
  );
}

function count(whole: string, part: string): number {
  return whole.split(part).length - 1;
}

/** Checks the thread; it must be calm. */
export function expectSound(thread: Thread, sound: Sound): void {
  const { given, sessions = 1, from: oldest = 1, except = [], again = [] } = sound;
  const shown = shownWords(thread);
  const texts = thread.events('agent.message').map((event) => flat(textsOf(event).join('\n\n')));
  const wanted = texts.filter((text) => text !== '' && !except.some((left) => text.includes(left)));
  let from = 0;
  for (const text of wanted) {
    expect(count(shown, text), `how often Slack shows “${text.slice(0, 80)}” in: ${shown}`).toBe(1);
    const at = shown.indexOf(text, from);
    expect(at, `“${text.slice(0, 80)}” stands in its order`).toBeGreaterThanOrEqual(from);
    from = at + text.length;
  }
  const own = flat(drawn(thread.bot().map(ownWords).join('\n\n')));
  const known = texts.filter((text) => text !== '' && shown.includes(text));
  if (own !== '' && oldest === 1) expect(own, 'no words but the agent’s own').toBe(known.join(' '));
  expect(
    thread
      .bot()
      .filter(busy)
      .map(({ shown: words }) => words),
    'nothing looks busy',
  ).toEqual([]);
  expect(['processing', 'suspended']).not.toContain(thread.status());
  const marks = thread.events('user.message').map(marksOf);
  const first = marks.filter((mark) => mark?.n === 1).map((mark) => mark?.ts);
  expect(first, 'each message reached the agent once, in order').toEqual(given);
  const more = marks.filter((mark) => mark?.n !== 1).map((mark) => mark?.ts);
  expect(more, 'deliberately sent again').toEqual(again);
  const made = thread.sessions().map(({ record }) => (record['metadata'] as Record<string, string>)['gen']);
  expect(made, 'one session a generation').toEqual(
    Array.from({ length: sessions }, (_, at) => String(oldest + at)),
  );
}

/** Every bot message carries a fallback text that fits, and stands in its thread. */
export function expectWellFormed(thread: Thread): void {
  for (const message of thread.bot()) {
    expect(message.text.length).toBeGreaterThan(0);
    expect(message.text.length).toBeLessThanOrEqual(4_000);
    expect(message.threadTs).toBe(thread.ts);
  }
}
