/** Answers that grow as Slack's own streams: what people read. */
import { describe, expect, it } from 'vitest';
import { request } from '../../src/playground/agents/index.ts';
import { ask, endsSound, press, reply } from './support/ground.ts';
import { answer, count, ground, streaming, writes } from './support/streaming.ts';
import { turn } from './support/talk.ts';

describe.concurrent('an answer', () => {
  it(
    'is streamed beside a card with the Stop button, and stands alone when it is over',
    ground(async (whole, calls) => {
      const thread = ask(whole, { script: turn(request(writes(2_500))) });
      await thread.until(() => streaming(thread), 'a growing stream');
      expect(thread.bot().map((message) => JSON.stringify(message.blocks).includes('heddle.stop'))).toEqual([
        true,
        false,
      ]);
      await endsSound(thread);
      expect(answer(thread)).toMatchObject({ streaming: 'completed', edited: false });
      expect(count(calls, 'chat.update')).toBe(0);
      expect(count(calls, 'chat.startStream')).toBe(1);
      expect(count(calls, 'chat.stopStream')).toBe(1);
    }),
  );

  it(
    'in a direct message is streamed under Slack’s own status, without a card',
    ground(async (whole, calls) => {
      const { ids, ...control } = whole.slack.control;
      const thread = ask(whole, {
        script: turn(request(writes(2_500))),
        channel: control.dm(ids.ada),
        text: 'weave',
      });
      await endsSound(thread);
      expect(answer(thread).streaming).toBe('completed');
      // Where the status is late, a card stands until the answer does.
      expect(count(calls, 'chat.postMessage')).toBe(count(calls, 'chat.delete'));
    }),
  );

  it(
    'that was stopped keeps what was read, and says who stopped it',
    ground(async (whole) => {
      const thread = ask(whole, { script: turn(request(writes(20_000))) });
      await thread.until(() => streaming(thread), 'a growing stream');
      await press(thread, 'heddle.stop', thread.bot()[0]?.ts ?? '');
      await thread.untilCalm();
      const shown = thread.words();
      expect(thread.bot()).toHaveLength(1);
      expect(shown).toContain('Warp and weft');
      expect(shown).toMatch(/Stopped by <@U0ADA/);
      expect(thread.status()).toBe('active');
    }),
  );

  it(
    'that a reply splits goes on in a stream below it',
    ground(async (whole, calls) => {
      const thread = ask(whole, {
        script: turn(request(writes(2_000)), request({ op: 'think', ms: 1_500 })),
      });
      await thread.until(() => streaming(thread), 'a growing stream');
      const next = reply(thread, 'and then?');
      await endsSound(thread, { messages: 2, given: [thread.ts, next] });
      expect(count(calls, 'chat.startStream')).toBeGreaterThan(0);
      expect(thread.bot().every((message) => message.streaming !== 'in_progress')).toBe(true);
    }),
  );
});

describe.concurrent('Slack’s own Stop on a stream (fault: slack-stream-stopped)', () => {
  it(
    'ends the run in the name of who pressed it, and nothing is written after it',
    ground(async (whole) => {
      const { ids, ...control } = whole.slack.control;
      const thread = ask(whole, { script: turn(request(writes(20_000))) });
      await thread.until(() => streaming(thread), 'a growing stream');
      control.stop({ user: ids.grace, channel: thread.channel, threadTs: thread.ts });
      await thread.untilCalm();
      expect(thread.words()).toMatch(/Stopped by <@U0GRACE/);
      expect(thread.events('user.interrupt')).toHaveLength(1);
    }),
  );

  it(
    'ends the run also where nothing says who pressed it',
    ground(async (whole) => {
      const { faults } = whole.slack.control;
      faults.add({
        method: 'chat.appendStream',
        fault: { type: 'error', error: 'stopped_by_user' },
        after: 1,
      });
      const thread = ask(whole, { script: turn(request(writes(20_000))) });
      await thread.untilCalm(1, 15_000);
      expect(thread.words()).toMatch(/Stopped by <@U0ADA/);
    }),
  );
});
