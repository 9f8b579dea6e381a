/** Long answers, recorded: split under Slack's limits, with every line once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWhole, type Whole } from '../support/whole.ts';
import { drawn } from './support/sound.ts';
import { Talk, turn } from './support/talk.ts';
import { ownWords, textsOf } from './support/thread.ts';

let whole: Whole;
beforeAll(async () => {
  whole = await startWhole({
    agents: { settings: { statusLagMs: 0, answerLagMs: 0 } },
  });
});
afterAll(() => whole.stop());

/** The lines of a text without the fences that splitting adds and repeats. */
function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('```') && !/^\|[\s:|-]+\|$/.test(line));
}

describe('a long answer', () => {
  it('of 14,000 characters with a table and code is split, and nothing is lost', async () => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'long',
      'A long answer with headings, a table and code, in several messages.',
    );
    talk.script(null);
    const root = await talk.start(
      ada,
      '@heddle long',
      (thread) => thread.calm() && thread.words().includes('nothing was lost'),
    );
    const text = talk.thread
      .events('agent.message')
      .map((event) => textsOf(event).join('\n'))
      .join('\n');
    const shown = drawn(talk.thread.bot().map(ownWords).join('\n'));
    expect(lines(shown)).toEqual(lines(text));
    await talk.end({ given: [root] });
  });

  it('that is one code block of 10,000 characters stays code in every message (fault: code-long)', async () => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(whole, 'long-code', 'A code block that no message holds: fences are repaired.');
    const code = Array.from({ length: 420 }, (_, at) => `const thread${at} = warp[${at}] ?? weft;`);
    talk.script(turn(['Here:', '', '```ts', ...code, '```', '', 'That was all.'].join('\n')));
    const root = await talk.start(ada, '@heddle code', (thread) => thread.calm(2));
    for (const message of talk.thread.bot()) {
      const fences = ownWords(message).match(/^```/gm) ?? [];
      expect(fences.length % 2).toBe(0);
    }
    await talk.end({ given: [root] });
  });

  it('that grows is never longer than what Slack takes', async () => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(whole, 'long-texts', 'Many texts of one turn join, until limits split them.');
    const texts = Array.from({ length: 12 }, (_, at) =>
      `Part ${at + 1}. ${`Words of part ${at + 1}, `.repeat(90)}`.trim(),
    );
    talk.script(turn(...texts));
    const root = await talk.start(ada, '@heddle write', (thread) => thread.calm(2));
    await talk.end({ given: [root] });
    expect(whole.slack.control.calls.of('chat.update').errors).toEqual({});
    expect(whole.slack.control.calls.of('chat.postMessage').errors).toEqual({});
  });
});
