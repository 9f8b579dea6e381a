/** People are told where they look, and what they have read is not taken away again. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SHORT, startWhole, type Whole } from '../support/whole.ts';

let whole: Whole;
beforeEach(async () => {
  // At the pace of a person reading: the last test looks at a text that grows.
  whole = await startWhole({ times: SHORT, agents: { pace: 1 } });
});
afterEach(() => whole.stop());

describe('somebody who cannot be answered in the thread', () => {
  it('is told in a direct message, and the run is stopped (fault: thread-locked, channel-lost)', async () => {
    const { ids, ...control } = whole.slack.control;
    whole.agents.control.script({
      requests: [['Begun.', { op: 'gate', name: 'never' }, 'Not to be written.']],
    });
    control.say({ user: ids.ada, channel: ids.random, text: '@heddle are you here?' });
    const direct = control.dm(ids.ada);
    const told = await control.waitFor(() => control.messages(direct)[0], 10_000, 'a direct message');
    expect(told.shown).toContain('I am not a member of it');
    expect(told.shown).toContain('/invite @Heddle');
    await whole.agents.control.until(
      () => whole.agents.control.sessions().every(({ status }) => status === 'idle'),
      10_000,
    );
    const said = whole.agents.control.sessions().flatMap(({ events }) => events.map(({ type }) => type));
    expect(said.filter((type) => type === 'agent.message').length).toBeLessThan(2);
  });

  it('and is a guest, is told in the channel, where a thread without messages would hide it', async () => {
    const { ids, ...control } = whole.slack.control;
    control.say({ user: ids.guest, channel: ids.general, text: '@heddle hello' });
    const told = await control.waitFor(() => control.ephemerals(ids.guest)[0], 10_000, 'a refusal');
    expect(told.threadTs).toBeUndefined();
    expect(told.shown).toContain('cannot use Heddle here');
    expect(whole.agents.control.sessions()).toEqual([]);
  });
});

describe('a thread taken over in the middle of a sentence', () => {
  it('keeps what people have read until there is more', async () => {
    const { ids, ...control } = whole.slack.control;
    const words = 'Warp and weft, over and under, again and again. '.repeat(12).trim();
    whole.agents.control.script({ requests: [[{ op: 'say', text: words, ms: 5_000 }]] });
    const ts = control.say({ user: ids.ada, channel: ids.general, text: '@heddle write' });
    await control.waitFor(() => whole.words(ids.general, ts).includes('Warp'), 10_000, 'the first words');
    await whole.replica();
    await whole.app.stop(3_000);
    await control.waitFor(() => whole.words(ids.general, ts).includes(words), 20_000, 'the whole answer');
    await whole.calm(ids.general, ts);
    const [message, ...others] = whole.bot(ids.general, ts);
    expect(others).toEqual([]);
    const lengths = [...(message?.edits ?? []), message].map((shown) => wordsIn(shown?.blocks ?? []));
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    expect(lengths.filter((length) => length > 0 && length < words.length)).not.toEqual([]);
  });
});

/** How much of the agent's own text stands in these blocks. */
function wordsIn(blocks: readonly unknown[]): number {
  return blocks
    .map((block) => (block as { type?: string; text?: unknown }).text)
    .reduce((sum: number, text) => sum + (typeof text === 'string' ? text.length : 0), 0);
}
