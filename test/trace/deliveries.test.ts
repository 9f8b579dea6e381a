/** Slack delivers twice, late, out of order, over two sockets: every post counts once. */
import { describe, expect, it } from 'vitest';
import { ask, endsSound, onGround, reply } from './support/ground.ts';
import { gate, turn } from './support/talk.ts';
import { Thread } from './support/thread.ts';

const KINDS = ['duplicate', 'lost_ack'] as const;
const EVENTS = ['app_mention', 'message'] as const;

describe.concurrent('a post that is delivered more than once', () => {
  for (const kind of KINDS) {
    for (const event of EVENTS) {
      it(
        `${kind} of ${event} counts once (fault: delivered-again)`,
        onGround(async (whole) => {
          whole.slack.control.deliveries.addFault({ kind, event, times: 10 });
          const thread = ask(whole, { script: turn('First.') });
          await thread.untilCalm();
          whole.agents.control.script(turn('Second.'));
          const next = reply(thread, 'and on');
          await endsSound(thread, { messages: 2, given: [thread.ts, next] });
        }),
      );
    }
  }

  it(
    'over HTTP is claimed in the same way (fault: delivered-again)',
    onGround(
      async (whole) => {
        const { deliveries } = whole.slack.control;
        deliveries.addFault({ kind: 'lost_ack', times: 10 });
        const thread = ask(whole, { script: turn('First.') });
        await thread.untilCalm();
        whole.agents.control.script(turn('Second.'));
        const next = reply(thread, 'and on');
        await endsSound(thread, { messages: 2, given: [thread.ts, next] });
      },
      { http: true },
    ),
  );
});

describe.concurrent('the two events of one mention', () => {
  for (const late of EVENTS) {
    it(
      `count once where ${late} comes late (fault: mention-twice)`,
      onGround(async (whole) => {
        const { deliveries } = whole.slack.control;
        deliveries.addFault({ kind: 'hold', event: late });
        const thread = ask(whole, { script: turn('Once.') });
        await thread.untilCalm();
        deliveries.release();
        whole.agents.control.script(turn('Second.'));
        const next = reply(thread, 'and on');
        await endsSound(thread, { messages: 2, given: [thread.ts, next] });
      }),
    );
  }
});

describe.concurrent('one gesture that Slack delivers with two times', () => {
  it(
    'counts once: its client calls both the same (fault: client-doubles)',
    onGround(async (whole) => {
      const { control } = whole.slack;
      const { ada, general } = control.ids;
      const [first, second] = ['one', 'two'].map(
        (text) => new Thread(whole, general, control.say({ user: ada, channel: general, text })),
      ) as [Thread, Thread];
      const said = {
        channel: general,
        user: ada,
        text: `<@${whole.slack.botUserId}> weave`,
        client_msg_id: 'c-1',
      };
      whole.agents.control.script(turn('Once.'));
      control.inject({ type: 'app_mention', ...said, ts: first.ts });
      await first.untilCalm();
      for (const type of ['app_mention', 'message']) {
        control.inject({ type, ...said, ts: second.ts, channel_type: 'channel' });
      }
      whole.agents.control.script(turn('Twice.'));
      const next = reply(first, 'and on');
      await endsSound(first, { messages: 2, given: [first.ts, next] });
      await endsSound(ask(whole, { script: turn('Something else.') }));
      expect(second.bot()).toEqual([]);
      expect(second.sessions()).toEqual([]);
    }),
  );
});

describe.concurrent('events that come out of order', () => {
  it(
    'a reply before the mention that starts the thread is taken up after it',
    onGround(async (whole) => {
      const { deliveries } = whole.slack.control;
      deliveries.addFault({ kind: 'hold', times: 2 });
      const thread = ask(whole, { script: turn(gate('early'), 'Both.') });
      const early = reply(thread, 'and with red yarn');
      await thread.until(() => deliveries.waiting === 2, 'two held events');
      deliveries.release();
      await thread.until(() => thread.events('user.message').length === 2, 'both messages');
      whole.agents.control.open('early');
      await endsSound(thread, { given: [thread.ts, early] });
    }),
  );

  it(
    'replies in the wrong order reach the agent once each, the late one with a note (fault: replies-out-of-order)',
    onGround(async (whole) => {
      const { deliveries } = whole.slack.control;
      const thread = ask(whole, { script: turn(gate('order'), 'All of it.') });
      await thread.until(() => thread.live(), 'a sign of life');
      deliveries.addFault({ kind: 'hold' });
      const first = reply(thread, 'red yarn');
      const second = reply(thread, 'no, blue yarn');
      await thread.until(() => thread.session.queued === 1, 'the second reply');
      deliveries.release();
      await thread.until(() => thread.session.queued === 2, 'the first reply');
      whole.agents.control.open('order');
      await endsSound(thread, { given: [thread.ts, second, first] });
      const late = thread.events('user.message').find((event) => JSON.stringify(event).includes('red yarn'));
      expect(JSON.stringify(late)).toContain('written earlier');
    }),
  );

  it(
    'sockets that are lost and come back lose no message',
    onGround(async (whole) => {
      const { control } = whole.slack;
      const thread = ask(whole, { script: turn(gate('socket'), 'Still here.') });
      await thread.until(() => thread.live(), 'a sign of life');
      control.sockets.drop();
      const next = reply(thread, 'are you there?');
      await thread.until(() => thread.session.queued === 1, 'the reply');
      whole.agents.control.open('socket');
      await endsSound(thread, { given: [thread.ts, next] });
    }),
  );
});

describe.concurrent('malformed events', () => {
  it(
    'are acknowledged or left, and what follows is served',
    onGround(async (whole) => {
      const { control } = whole.slack;
      const { ids } = control;
      control.injectBody({});
      control.injectBody({ type: 'event_callback', event: null });
      control.injectBody({ type: 'event_callback', event: { type: 'message' }, event_id: 'Ev1' });
      control.inject({ type: 'message', channel: ids.general, user: ids.ada, ts: 'not a time', text: 7 });
      control.inject({ type: 'app_mention', channel: ids.general });
      control.inject({ type: 'something_new', channel: ids.general, nested: [[[]]] });
      control.inject({
        type: 'reaction_added',
        user: ids.ada,
        reaction: 'octagonal_sign',
        item: { type: 'file' },
      });
      await endsSound(ask(whole, { script: turn('All is well.') }));
    }),
  );
});
