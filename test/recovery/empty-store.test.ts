/** A Redis that comes back empty: every thread that had a session is found again, and nothing is doubled. */
import { describe, expect, it, vi } from 'vitest';
import { removing } from '../support/removing.ts';
import { ask, endsSound, press, reply } from '../trace/support/ground.ts';
import { gate, turn } from '../trace/support/talk.ts';
import { down, filled, flush, onLossyGround, up } from './support.ts';

/** A machine that does much else is slow, ms. */
const PATIENT = 30_000;

vi.setConfig({ maxConcurrency: 3, testTimeout: 60_000 });

describe.concurrent('Redis is emptied in operation (fault: redis-empty)', () => {
  it(
    'while a thread rests: a reply without a mention goes on in the same session',
    onLossyGround(async (whole) => {
      const thread = ask(whole, { script: turn('The first answer.') });
      await thread.untilCalm(1, PATIENT);
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
      await thread.until(() => thread.live(1), 'half of the answer', PATIENT);
      const [message] = thread.bot();
      await filled(whole);
      await flush(whole);
      await filled(whole);
      whole.agents.control.open('half');
      await thread.until(() => thread.words().includes('The rest.'), 'the rest', PATIENT);
      await endsSound(thread);
      expect(thread.bot().map(({ ts }) => ts)).toEqual([message?.ts]);
    }),
  );

  it(
    'in the middle of a stream: it is ended, and goes on in the same message',
    onLossyGround(
      async (whole) => {
        const thread = ask(whole, { script: turn('Half of it.', gate('stream'), 'The rest.') });
        await thread.until(() => thread.words().includes('Half of it.'), 'half of the answer', PATIENT);
        const message = thread.bot().find(({ shown }) => shown.includes('Half of it.'));
        await filled(whole);
        await flush(whole);
        await filled(whole);
        whole.agents.control.open('stream');
        await thread.until(() => thread.words().includes('The rest.'), 'the rest', PATIENT);
        await endsSound(thread);
        expect(thread.bot().map(({ ts }) => ts)).toEqual([message?.ts]);
      },
      { settings: { output: 'stream' } },
    ),
  );

  it(
    'and the answer ends before anybody has noticed: it is shown, once',
    onLossyGround(async (whole) => {
      const thread = ask(whole, { script: turn('Half of it.', gate('soon'), 'The rest.') });
      await thread.until(() => thread.live(1), 'half of the answer', PATIENT);
      await filled(whole);
      await flush(whole);
      whole.agents.control.open('soon');
      await thread.until(() => thread.session.status === 'idle', 'the end of the turn', PATIENT);
      await filled(whole);
      await endsSound(thread);
      expect(thread.bot()).toHaveLength(1);
    }),
  );

  it(
    'while it asks: the same question stands there once, and an answer counts',
    onLossyGround(async (whole) => {
      const thread = ask(whole, { script: turn(removing('May I?'), 'And gone.') });
      await thread.until(() => thread.cards() === 1, 'a question', PATIENT);
      const before = JSON.stringify(thread.card().blocks);
      await filled(whole);
      await flush(whole);
      await thread.until(
        () => JSON.stringify(thread.card().blocks) !== before,
        'the question, asked anew',
        PATIENT,
      );
      await press(thread, 'heddle.approve', thread.card().ts);
      await endsSound(thread, { messages: 2 });
      expect(thread.events('user.tool_confirmation')).toHaveLength(1);
      expect(thread.bot()).toHaveLength(2);
    }),
  );

  for (const [what, text] of [
    ['a mention', '@heddle and now?'],
    ['a reply without a mention', 'and now?'],
  ] as const) {
    it(
      `${what} that comes right after it goes on in the same session`,
      onLossyGround(async (whole) => {
        const thread = ask(whole, { script: turn('The first answer.') });
        await thread.untilCalm(1, PATIENT);
        await filled(whole);
        await flush(whole);
        whole.agents.control.script(turn('The second answer.'));
        const next = reply(thread, text);
        await endsSound(thread, { messages: 2, given: [thread.ts, next] });
      }),
    );
  }

  it(
    'with two replicas and several threads: each goes on once',
    onLossyGround(async (whole) => {
      await whole.replica();
      const { ids } = whole.slack.control;
      whole.agents.control.script(turn('Half of it.', gate('many'), 'The rest.'));
      const threads = [ids.general, ids.engineering, ids.secret].map((channel) => ask(whole, { channel }));
      for (const thread of threads) await thread.until(() => thread.live(1), 'half of the answer', PATIENT);
      await filled(whole);
      await flush(whole);
      await filled(whole);
      whole.agents.control.open('many');
      for (const thread of threads)
        await thread.until(() => thread.words().includes('The rest.'), 'the rest', PATIENT);
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
      await thread.until(() => thread.live(1), 'half of the answer', PATIENT);
      await down(whole);
      await flush(whole);
      whole.agents.control.open('down');
      await thread.until(() => thread.session.status === 'idle', 'the end of the turn', PATIENT);
      await up(whole);
      await thread.until(() => thread.words().includes('The rest.'), 'the rest', PATIENT);
      await endsSound(thread);
      expect(thread.bot()).toHaveLength(1);
    }),
  );

  it(
    'a session that was closed is known again: a reply starts one that knows what was said',
    onLossyGround(
      async (whole) => {
        const thread = ask(whole, { script: turn('The first answer.') });
        await thread.until(
          () => thread.sessions()[0]?.status === 'terminated',
          'the end of the session',
          PATIENT,
        );
        await thread.untilCalm(2, PATIENT);
        await down(whole);
        await flush(whole);
        await up(whole);
        await filled(whole);
        whole.agents.control.script(turn('The second answer.'));
        const next = reply(thread, 'and now?');
        await thread.until(() => thread.sessions().length === 2, 'a second session', PATIENT);
        await thread.until(() => thread.words().includes('The second answer.'), 'its answer', PATIENT);
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
