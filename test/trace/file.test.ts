/** A very long answer stands in messages and, once, in a file; where files are not to be had nothing is lost. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SHORT, startWhole, type Whole } from '../support/whole.ts';

let whole: Whole;
beforeEach(async () => {
  whole = await startWhole({ times: SHORT });
});
afterEach(() => whole.stop());

const paragraphs = Array.from({ length: 40 }, (_, at) =>
  `Part ${at}. ${'Warp and weft. '.repeat(60)}`.trim(),
);
const answer = paragraphs.join('\n\n');

/** Asks, and resolves with the thread when its messages stand. */
async function ask(): Promise<string> {
  const { ids, ...control } = whole.slack.control;
  whole.agents.control.script({ requests: [[answer]] });
  const ts = control.say({ user: ids.ada, channel: ids.general, text: '@heddle write a book' });
  await control.waitFor(() => missing(ts) === 0, 20_000, 'the whole answer');
  await whole.calm(ids.general, ts, 20_000);
  return ts;
}

/** How many paragraphs do not stand in the thread. */
function missing(ts: string): number {
  const words = whole.words(whole.slack.control.ids.general, ts);
  return paragraphs.filter((paragraph) => !words.includes(paragraph)).length;
}

function shared(ts: string): string[] {
  return whole.slack.control
    .messages(whole.slack.control.ids.general, ts)
    .flatMap((message) => message.files);
}

describe('a very long answer', () => {
  it('also comes as one file', async () => {
    const ts = await ask();
    await whole.slack.control.waitFor(() => shared(ts).length > 0, 10_000, 'the file');
    expect(shared(ts)).toEqual([expect.stringMatching(/^answer-[0-9a-f]{16}\.md$/)]);
  });

  it('comes as one file where the answer to sharing it is lost', async () => {
    const { faults, waitFor, calls } = whole.slack.control;
    faults.add({ method: 'files.completeUploadExternal', fault: { type: 'reset', commit: true } });
    const ts = await ask();
    await waitFor(() => (calls.counts()['conversations.replies']?.ok ?? 0) > 0, 10_000, 'looked up');
    await waitFor(() => shared(ts).length > 0, 10_000, 'the file');
    expect(shared(ts)).toHaveLength(1);
    expect(calls.counts()['files.completeUploadExternal']?.calls).toBe(1);
  });

  it('stands in its messages where files are not to be had', async () => {
    whole.slack.control.lack('files.getUploadURLExternal');
    const ts = await ask();
    expect(shared(ts)).toEqual([]);
  });
});
