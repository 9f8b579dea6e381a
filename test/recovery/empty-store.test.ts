/** A Redis that comes back empty: every thread that had a session is found again, and nothing is doubled. */
import { describe, expect, it } from 'vitest';
import { ask, endsSound, press, reply } from '../trace/support/ground.ts';
import { gate, turn } from '../trace/support/talk.ts';
import { request, type Op } from '../../src/playground/agents/index.ts';
import { down, filled, flush, onLossyGround, up } from './support.ts';

const remove: Op = { op: 'use', key: 'rm', name: 'bash', input: { command: 'rm -rf build' }, policy: 'ask' };
const removing = request('May I?', remove, { op: 'result', key: 'rm', text: 'removed' });

describe.concurrent('Redis is emptied in operation (fault: redis-empty)', () => {
  it(
    'while a thread rests: a reply without a mention goes on in the same session',
    onLossyGround(async (whole) => {
      const thread = ask(whole, { script: turn('The first answer.') });
      await thread.untilCalm();
      await filled(whole);
      await flush(whole);
      await filled(whole);
      whole.agents.control.script(turn('The second answer.'));
      const next = reply(thread, 'and now?');
      await endsSound(thread, { messages: 2, given: [thread.ts, next] });
      expect(thread.bot()).toHaveLength(2);
    }),
  );

  it(
    'in the middle of an answer: it goes on in the same message',
    onLossyGround(async (whole) => {
      const thread = ask(whole, { script: turn('Half of it.', gate('half'), 'The rest.') });
      await thread.until(() => thread.live(1), 'half of the answer');
      const [message] = thread.bot();
      await flush(whole);
      await filled(whole);
      whole.agents.control.open('half');
      await thread.until(() => thread.words().includes('The rest.'), 'the rest');
      await endsSound(thread);
      expect(thread.bot().map(({ ts }) => ts)).toEqual([message?.ts]);
    }),
  );

  it(
    'and the answer ends before anybody has noticed: it is shown, once',
    onLossyGround(async (whole) => {
      const thread = ask(whole, { script: turn('Half of it.', gate('soon'), 'The rest.') });
      await thread.until(() => thread.live(1), 'half of the answer');
      await flush(whole);
      whole.agents.control.open('soon');
      await thread.until(() => thread.session.status === 'idle', 'the end of the turn');
      await filled(whole);
      await endsSound(thread);
      expect(thread.bot()).toHaveLength(1);
    }),
  );

  it(
    'while it asks: the same question stands there once, and an answer counts',
    onLossyGround(async (whole) => {
      const thread = ask(whole, { script: turn(removing, 'And gone.') });
      await thread.until(() => thread.cards() === 1, 'a question');
      const before = JSON.stringify(thread.card().blocks);
      await flush(whole);
      await thread.until(() => JSON.stringify(thread.card().blocks) !== before, 'the question, asked anew');
      await press(thread, 'heddle.approve', thread.card().ts);
      await endsSound(thread, { messages: 2 });
      expect(thread.events('user.tool_confirmation')).toHaveLength(1);
      expect(thread.bot()).toHaveLength(2);
    }),
  );

  it(
    'a message that comes right after it starts no second session',
    onLossyGround(async (whole) => {
      const thread = ask(whole, { script: turn('The first answer.') });
      await thread.untilCalm();
      await filled(whole);
      await flush(whole);
      whole.agents.control.script(turn('The second answer.'));
      const next = reply(thread, '@heddle and now?');
      await endsSound(thread, { messages: 2, given: [thread.ts, next] });
    }),
  );

  it(
    'a reply without a mention that comes right after it is answered as well',
    onLossyGround(async (whole) => {
      const thread = ask(whole, { script: turn('The first answer.') });
      await thread.untilCalm();
      await filled(whole);
      await flush(whole);
      whole.agents.control.script(turn('The second answer.'));
      const next = reply(thread, 'and now?');
      await endsSound(thread, { messages: 2, given: [thread.ts, next] });
    }),
  );

  it(
    'with two replicas and several threads: each goes on once',
    onLossyGround(async (whole) => {
      await whole.replica();
      const { ids } = whole.slack.control;
      whole.agents.control.script(turn('Half of it.', gate('many'), 'The rest.'));
      const threads = [ids.general, ids.engineering, ids.secret].map((channel) => ask(whole, { channel }));
      for (const thread of threads) await thread.until(() => thread.live(1), 'half of the answer');
      await flush(whole);
      await filled(whole);
      whole.agents.control.open('many');
      for (const thread of threads)
        await thread.until(() => thread.words().includes('The rest.'), 'the rest');
      for (const thread of threads) await endsSound(thread);
      for (const thread of threads) expect(thread.bot()).toHaveLength(1);
    }),
  );
});

describe.concurrent('Redis is emptied while no process runs (fault: redis-empty, all-dead)', () => {
  it(
    'in the middle of an answer, which ends meanwhile: nothing looks busy any more',
    onLossyGround(async (whole) => {
      const thread = ask(whole, { script: turn('Half of it.', gate('down'), 'The rest.') });
      await thread.until(() => thread.live(1), 'half of the answer');
      await down(whole);
      await flush(whole);
      whole.agents.control.open('down');
      await thread.until(() => thread.session.status === 'idle', 'the end of the turn');
      await up(whole);
      await thread.until(() => thread.words().includes('The rest.'), 'the rest');
      await endsSound(thread);
      expect(thread.bot()).toHaveLength(1);
    }),
  );

  it(
    'a session that was closed is known again: a reply starts one that knows what was said',
    onLossyGround(
      async (whole) => {
        const thread = ask(whole, { script: turn('The first answer.') });
        await thread.until(() => thread.sessions()[0]?.status === 'terminated', 'the end of the session');
        await thread.untilCalm(2);
        await down(whole);
        await flush(whole);
        await up(whole);
        await filled(whole);
        whole.agents.control.script(turn('The second answer.'));
        const next = reply(thread, 'and now?');
        await thread.until(() => thread.sessions().length === 2, 'a second session');
        await thread.until(() => thread.words().includes('The second answer.'), 'its answer');
        expect(
          thread
            .events('user.message')
            .map((event) => JSON.stringify(event))
            .at(-1),
        ).toContain('The first answer.');
        await endsSound(thread, { sessions: 2, given: [thread.ts, next] });
      },
      { settings: { idleTimeoutMs: 300 } },
    ),
  );
});
