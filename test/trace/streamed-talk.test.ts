/** Whole conversations with answers that are streamed, recorded. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { request } from '../../src/playground/agents/index.ts';
import { startWhole, type Whole } from '../support/whole.ts';
import { Talk, gate, turn } from './support/talk.ts';
import type { Thread } from './support/thread.ts';

const agents = { pace: 1, settings: { statusLagMs: 0, answerLagMs: 0 } };

/** Takes its time, so that it is streamed. */
const slowly = (text: string) => request({ op: 'say', text, ms: 3_000 });

const streams = (thread: Thread, texts: number): boolean =>
  thread.events('agent.message').length === texts &&
  thread.bot().some(({ streaming, shown }) => streaming === 'in_progress' && /[.?] *\n\n$/.test(shown));

describe.each(['stream', 'auto'] as const)('the output form %s', (output) => {
  let whole: Whole;
  beforeAll(async () => {
    whole = await startWhole({ settings: { output }, agents });
  });
  afterAll(() => whole.stop());

  it('streams an answer of two texts beside its card', async () => {
    const { ada } = whole.slack.control.ids;
    const about =
      'An answer is streamed beside a card with the Stop button, which is taken away when it stands.';
    const talk = new Talk(whole, `${output}-channel`, about);
    talk.script(turn(gate('one'), slowly('The loom is ready. Shall I begin?'), gate('two'), 'It is done.'));
    const root = await talk.start(ada, '@heddle weave', (thread) => thread.live());
    await talk.open('one', (thread) => streams(thread, 1));
    await talk.open('two', (thread) => thread.calm());
    await talk.end({ given: [root] });
  });
});

describe('an answer that is streamed', () => {
  let whole: Whole;
  beforeAll(async () => {
    whole = await startWhole({ settings: { output: 'stream' }, agents });
  });
  afterAll(() => whole.stop());

  it('and stopped by Slack’s own Stop says who did that (fault: slack-stream-stopped)', async () => {
    const { ids, ...control } = whole.slack.control;
    const about =
      'Slack’s own Stop ends the stream at once; the run is interrupted, and the message says who stopped it.';
    const talk = new Talk(whole, 'stream-stopped', about);
    talk.script(
      turn(gate('three'), slowly('The loom is ready. Shall I begin?'), gate('four'), 'It is done.'),
    );
    const root = await talk.start(ids.ada, '@heddle weave', (thread) => thread.live());
    await talk.open('three', (thread) => streams(thread, 1));
    const stop = (): void =>
      control.stop({ user: ids.grace, channel: talk.channel, threadTs: talk.thread.ts });
    await talk.act('grace presses Slack’s own Stop', stop, (thread) => thread.calm());
    await talk.end({ given: [root] });
  });

  it('by an app that may not stream is edited (fault: slack-stream-refused)', async () => {
    const { ids, ...control } = whole.slack.control;
    control.lack('chat.startStream');
    const about = 'Slack does not know chat.startStream: the answer is an ordinary message that is edited.';
    const talk = new Talk(whole, 'stream-refused', about);
    talk.script(turn(gate('five'), slowly('The loom is ready. Shall I begin?'), gate('six'), 'It is done.'));
    const root = await talk.start(ids.ada, '@heddle weave', (thread) => thread.live());
    await talk.open('five', (thread) => thread.words().includes('Shall I begin?'));
    await talk.open('six', (thread) => thread.calm());
    await talk.end({ given: [root] });
  });
});
