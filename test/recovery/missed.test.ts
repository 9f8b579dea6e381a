/** What people write while no process is connected to Slack is found and answered, once, also where Slack never delivers it. */
import { describe, expect, it, vi } from 'vitest';
import { until } from '../support/whole.ts';
import { ask, endsSound, reply } from '../trace/support/ground.ts';
import { turn } from '../trace/support/talk.ts';
import { Thread } from '../trace/support/thread.ts';
import { down, filled, flush, onLossyGround, up } from './support.ts';

vi.setConfig({ maxConcurrency: 3, testTimeout: 60_000 });

describe.concurrent('written while nobody was connected, and never delivered', () => {
  it(
    'a mention is answered',
    onLossyGround(async (whole) => {
      await filled(whole);
      await down(whole);
      const thread = ask(whole, { script: turn('Better late.') });
      await up(whole);
      await endsSound(thread);
    }),
  );

  it(
    'a reply without a mention, and another one, are answered in their order',
    onLossyGround(async (whole) => {
      const thread = ask(whole, { script: turn('The first answer.') });
      await thread.untilCalm(1, 30_000);
      await down(whole);
      whole.agents.control.script(turn('The second answer.'));
      const first = reply(thread, 'and now?');
      const second = reply(thread, 'and then?');
      await up(whole);
      await thread.until(() => thread.events('user.message').length === 3, 'both replies', 30_000);
      await endsSound(thread, {
        messages: 2,
        given: [thread.ts, first, second],
        except: ['The second answer.'],
      });
    }),
  );

  it(
    'a direct message is answered',
    onLossyGround(async (whole) => {
      const { control } = whole.slack;
      await filled(whole);
      await down(whole);
      whole.agents.control.script(turn('Here I am.'));
      const ts = control.say({ user: control.ids.ada, channel: control.dm(control.ids.ada), text: 'hello?' });
      await up(whole);
      await endsSound(new Thread(whole, control.dm(control.ids.ada), ts));
    }),
  );

  it(
    'a mention in people’s own thread is answered there',
    onLossyGround(async (whole) => {
      const { control } = whole.slack;
      const channel = control.ids.general;
      const root = control.say({ user: control.ids.ada, channel, text: 'shall we ask?' });
      await filled(whole);
      await down(whole);
      whole.agents.control.script(turn('Yes.'));
      const ts = control.say({ user: control.ids.grace, channel, threadTs: root, text: '@heddle shall we?' });
      await up(whole);
      await endsSound(new Thread(whole, channel, root), { given: [ts] });
    }),
  );

  it(
    'what is not for the bot stays unanswered',
    onLossyGround(async (whole) => {
      const { control } = whole.slack;
      await filled(whole);
      await down(whole);
      const channel = control.ids.general;
      const chat = control.say({ user: control.ids.ada, channel, text: 'lunch?' });
      control.say({ user: control.ids.grace, channel, threadTs: chat, text: 'yes' });
      const thread = ask(whole, { script: turn('Better late.') });
      await up(whole);
      await endsSound(thread);
      expect(whole.bot(channel, chat)).toEqual([]);
      expect(whole.agents.control.sessions()).toHaveLength(1);
    }),
  );
});

describe.concurrent('dropped by Slack, which says so (fault: events-limited)', () => {
  it(
    'a mention is found without any gap in the connection',
    onLossyGround(async (whole) => {
      const { control } = whole.slack;
      await filled(whole);
      control.deliveries.addFault({ kind: 'lose', times: Infinity });
      const minute = Math.floor(Date.now() / 1000);
      const thread = ask(whole, { script: turn('Found.') });
      control.deliveries.clearFaults();
      control.injectBody({
        type: 'app_rate_limited',
        team_id: whole.slack.teamId,
        minute_rate_limited: minute,
      });
      await endsSound(thread);
    }),
  );
});

describe.concurrent('after a gap', () => {
  it(
    'what Slack delivers late is not taken twice',
    onLossyGround(async (whole) => {
      await filled(whole);
      await whole.app.stop(2_000);
      await until(() => whole.slack.control.sockets.count === 0, 'no connection');
      const thread = ask(whole, { script: turn('Said once.') });
      await whole.replica();
      await endsSound(thread);
      const again = ask(whole, { script: turn('And this once.') });
      await endsSound(again);
      expect(whole.agents.control.sessions()).toHaveLength(2);
    }),
  );

  it(
    'what was answered before is not answered again',
    onLossyGround(async (whole) => {
      const thread = ask(whole, { script: turn('Said once.') });
      await thread.untilCalm(1, 30_000);
      await down(whole);
      await up(whole);
      const other = ask(whole, {
        script: turn('Something else.'),
        channel: whole.slack.control.ids.engineering,
      });
      await endsSound(other);
      await endsSound(thread);
      expect(thread.bot()).toHaveLength(1);
    }),
  );
});

describe.concurrent('with a store that has lost its memory as well', () => {
  it(
    'a mention and a reply that nobody heard are answered, and what was answered is not',
    onLossyGround(async (whole) => {
      const { ids } = whole.slack.control;
      const known = ask(whole, { script: turn('Known.') });
      const other = ask(whole, { channel: ids.engineering });
      await known.untilCalm(1, 30_000);
      await other.untilCalm(1, 30_000);
      await down(whole);
      await flush(whole);
      whole.agents.control.script(turn('New.'));
      const missed = ask(whole, { channel: ids.secret });
      const next = reply(known, 'and now?');
      await up(whole);
      await endsSound(missed);
      await endsSound(known, { messages: 2, given: [known.ts, next] });
      await endsSound(other);
      expect(other.bot()).toHaveLength(1);
      expect(whole.agents.control.sessions()).toHaveLength(3);
    }),
  );
});
