/** Several replicas on one Redis, a replica that goes in the middle of a turn, and a Redis in trouble. */
import { describe, expect, it } from 'vitest';
import { removing } from '../support/removing.ts';
import { ask, endsSound, onGround, press, reply } from './support/ground.ts';
import { freshChannel, gate, turn } from './support/talk.ts';

const mayI = removing('May I?');

describe.concurrent('two replicas', () => {
  it(
    'that both get every event answer once, in one session (fault: delivered-again)',
    onGround(async (whole) => {
      await whole.replica();
      const { control } = whole.slack;
      await control.waitFor(() => control.sockets.count === 2, 5_000, 'two sockets');
      control.deliveries.addFault({ kind: 'two_sockets', times: Infinity });
      const thread = ask(whole, { script: turn(gate('both'), 'Once.', mayI, 'And gone.') });
      await thread.until(() => thread.live(), 'a sign of life');
      const steer = reply(thread, 'with red yarn');
      await thread.until(() => thread.session.queued === 1, 'the reply');
      whole.agents.control.open('both');
      await thread.until(() => thread.cards() === 1, 'a card');
      await press(thread, 'heddle.approve', thread.card().ts);
      await endsSound(thread, { messages: 2, given: [thread.ts, steer] });
      whole.agents.control.script(turn('Again once.'));
      const next = reply(thread, 'and again');
      await endsSound(thread, { messages: 3, given: [thread.ts, steer, next] });
      expect(thread.events('user.tool_confirmation')).toHaveLength(1);
    }),
  );

  it(
    'share many threads, each answered once',
    onGround(async (whole) => {
      await whole.replica();
      whole.slack.control.deliveries.addFault({ kind: 'two_sockets', times: Infinity });
      const { ids } = whole.slack.control;
      const channels = [ids.general, ids.engineering, ids.secret, freshChannel(whole, 'fourth')];
      whole.agents.control.script(turn('Here I am.'));
      const threads = channels.map((channel) => ask(whole, { channel }));
      for (const thread of threads) await thread.untilCalm();
      for (const thread of threads) await endsSound(thread);
    }),
  );
});

const MOMENTS = ['before the first word', 'between two texts', 'while it asks'] as const;

describe.concurrent('a replica that is stopped in the middle of a turn', () => {
  for (const moment of MOMENTS) {
    it(
      `${moment} hands over; the same message goes on`,
      onGround(async (whole) => {
        const first = moment === 'before the first word' ? [gate('going')] : ['Half of it.', gate('going')];
        const script = moment === 'while it asks' ? turn(mayI, 'The rest.') : turn(...first, 'The rest.');
        const thread = ask(whole, { script });
        const texts = moment === 'before the first word' ? 0 : 1;
        const asks = moment === 'while it asks';
        await thread.until(() => (asks ? thread.cards() === 1 : thread.live(texts)), moment);
        const [message] = thread.bot();
        await whole.replica();
        await whole.app.stop(5_000);
        if (asks) await press(thread, 'heddle.approve', thread.card().ts);
        else whole.agents.control.open('going');
        await thread.until(() => thread.words().includes('The rest.'), 'the rest');
        await endsSound(thread, { messages: asks ? 2 : 1 });
        expect(thread.bot()[0]?.ts).toBe(message?.ts);
        expect(thread.bot()).toHaveLength(asks ? 2 : 1);
      }),
    );
  }

  it(
    'with a call in flight: nothing is sent twice',
    onGround(async (whole) => {
      whole.agents.control.fault({ endpoint: 'events.send', kind: 'delay', ms: 400 });
      const thread = ask(whole, { script: turn('Said once.') });
      await thread.until(() => whole.agents.control.calls()['events.send'] === 1, 'the call');
      await whole.replica();
      await whole.app.stop(5_000);
      await endsSound(thread);
    }),
  );

  it(
    'with nobody else: what comes meanwhile is answered by the next process',
    onGround(async (whole) => {
      const thread = ask(whole, { script: turn('Half of it.', gate('alone'), 'The rest.') });
      await thread.until(() => thread.live(1), 'half of it');
      const began = performance.now();
      await whole.app.stop(5_000);
      expect(performance.now() - began).toBeLessThan(2_000);
      const next = reply(thread, 'still there?');
      whole.agents.control.script(null);
      whole.agents.control.open('alone');
      await thread.until(() => thread.session.status === 'idle', 'the end of the turn');
      await whole.replica();
      await thread.until(() => thread.events('user.message').length === 2, 'the reply');
      await endsSound(thread, { messages: 2, given: [thread.ts, next] });
    }),
  );
});

describe.concurrent('a Redis in trouble', () => {
  const lengths = [
    ['shorter than the lease', 1_000],
    ['longer than the lease', 3_500],
  ] as const;
  for (const [length, ms] of lengths) {
    it(
      `that freezes for ${length}, during a turn (fault: redis-frozen)`,
      onGround(async (whole) => {
        const thread = ask(whole, { script: turn('Half of it.', gate('frozen'), 'The rest.') });
        await thread.until(() => thread.live(1), 'half of it');
        whole.redis.freeze();
        whole.agents.control.open('frozen');
        await frozenFor(ms);
        whole.redis.thaw();
        await endsSound(thread);
      }),
    );
  }

  it(
    'that is killed and comes back with its data, during a turn (fault: redis-away)',
    onGround(
      async (whole) => {
        const thread = ask(whole, { script: turn('Half of it.', gate('killed'), 'The rest.') });
        await thread.until(() => thread.live(1), 'half of it');
        await whole.redis.kill9();
        whole.agents.control.script(turn('And yes.'));
        whole.agents.control.open('killed');
        const next = reply(thread, 'are you there?');
        await whole.redis.restart();
        await thread.until(() => thread.events('user.message').length === 2, 'the reply');
        await endsSound(thread, { messages: 2, given: [thread.ts, next] });
      },
      { redis: { persist: true }, slack: { timings: { retries: [200, 500, 1_000, 2_000] } } },
    ),
  );

  it(
    'that is away when somebody writes: not acknowledged, so it comes again (fault: redis-away)',
    onGround(
      async (whole) => {
        await whole.redis.kill9();
        const thread = ask(whole, { script: turn('Late, but once.') });
        await whole.slack.control.waitFor(() => true);
        await whole.redis.restart();
        await endsSound(thread);
      },
      { redis: { persist: true }, slack: { timings: { retries: [200, 500, 1_000, 2_000] } } },
    ),
  );
});

/** Time that must really pass: Redis judges leases by its own clock. */
function frozenFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe.concurrent('Slack’s limits', () => {
  it(
    'are kept with several replies at once: no 429',
    onGround(
      async (whole) => {
        const { ids, calls } = whole.slack.control;
        const channels = [ids.general, ids.engineering, ids.secret, freshChannel(whole, 'fourth')];
        whole.agents.control.script(turn('The first text.', gate('crowd'), 'The last text.'));
        const threads = [...channels, ...channels].map((channel) => ask(whole, { channel }));
        for (const thread of threads) {
          await thread.until(() => thread.events('agent.message').length === 1, 'a first text');
        }
        whole.agents.control.open('crowd');
        for (const thread of threads) await endsSound(thread);
        for (const [method, { limited }] of Object.entries(calls.counts())) expect(limited, method).toBe(0);
      },
      { slack: { limits: true } },
    ),
  );

  it(
    'are kept by two replicas together',
    onGround(
      async (whole) => {
        await whole.replica();
        const { ids, calls } = whole.slack.control;
        whole.agents.control.script(turn('A short answer.'));
        const threads = Array.from({ length: 8 }, () => ask(whole, { channel: ids.general }));
        for (const thread of threads) await thread.untilCalm(1, 20_000);
        for (const thread of threads) await endsSound(thread);
        for (const [method, { limited }] of Object.entries(calls.counts())) expect(limited, method).toBe(0);
      },
      { slack: { limits: true } },
    ),
  );
});
