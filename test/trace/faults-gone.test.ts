/** The place to write to is gone, or comes back; what the bot may do there changes. */
import { describe, expect, it } from 'vitest';
import type { SeenMessage } from '../../src/playground/slack/index.ts';
import type { Whole } from '../support/whole.ts';
import { ask, endsSound, onGround, reply } from './support/ground.ts';
import { freshChannel, gate, turn } from './support/talk.ts';

const inDirect = (whole: Whole): readonly SeenMessage[] => {
  const { control } = whole.slack;
  return control.messages(control.dm(control.ids.ada)).filter(({ user }) => user === whole.slack.botUserId);
};

const atTop = (whole: Whole, channel: string): readonly SeenMessage[] =>
  whole.slack.control
    .messages(channel)
    .filter(({ user, threadTs }) => user === whole.slack.botUserId && threadTs === undefined);

describe.concurrent('a thread whose first message is deleted', () => {
  it(
    'before the bot has written: nothing stays in the channel, who asked is told, the run stops (fault: thread-deleted)',
    onGround(async (whole) => {
      const { control } = whole.slack;
      const fault = { type: 'delay', ms: 300 } as const;
      const planted = control.faults.add({ method: 'chat.postMessage', fault });
      const thread = ask(whole, { script: turn(gate('never'), 'Never said.') });
      await thread.until(() => planted.hits() === 1, 'a post on its way');
      control.delete({ user: control.ids.ada, channel: thread.channel, ts: thread.ts });
      await thread.until(() => inDirect(whole).length === 1, 'a word to who asked');
      expect(inDirect(whole)[0]?.shown).toContain('not there any more');
      await thread.until(
        () => thread.sessions().every(({ status }) => status === 'idle'),
        'the run to be stopped',
      );
      expect(atTop(whole, thread.channel)).toEqual([]);
      expect(thread.events('agent.message')).toEqual([]);
      const other = ask(whole, { script: turn('Here all is well.') });
      await endsSound(other);
    }),
  );

  it(
    'and the answer to the first post is lost: neither it nor its repeat stays in the channel (fault: thread-deleted)',
    onGround(async (whole) => {
      const { control } = whole.slack;
      const asked = control.faults.add({ method: 'users.info', fault: { type: 'delay', ms: 300 } });
      const lost = control.faults.add({ method: 'chat.postMessage', fault: { type: 'reset', commit: true } });
      const thread = ask(whole, { script: turn(gate('never'), 'Never said.') });
      await thread.until(() => asked.hits() === 1, 'a question on its way');
      control.delete({ user: control.ids.ada, channel: thread.channel, ts: thread.ts });
      await thread.until(() => lost.hits() === 1, 'a lost answer');
      const isTaken = (): boolean => control.calls.log().some(({ method }) => method === 'chat.delete');
      await thread.until(isTaken, 'the stray message to be taken away');
      await thread.until(() => atTop(whole, thread.channel).length === 0, 'an empty channel');
    }),
  );

  it(
    'while the bot writes: the answer goes on in the thread (fault: thread-deleted)',
    onGround(async (whole) => {
      const { control } = whole.slack;
      const thread = ask(whole, { script: turn('Half of it.', gate('on'), 'The rest.') });
      await thread.until(() => thread.live(1), 'half of it');
      control.delete({ user: control.ids.ada, channel: thread.channel, ts: thread.ts });
      await thread.until(() => thread.session.queued === 1, 'the agent to be told');
      whole.agents.control.open('on');
      await endsSound(thread, { given: [thread.ts], again: [thread.ts] });
      expect(atTop(whole, thread.channel)).toEqual([]);
    }),
  );
});

describe.concurrent('a channel that the bot is removed from', () => {
  it(
    'stops the run and tells who asked; invited again, it answers (fault: channel-lost)',
    onGround(async (whole) => {
      const { control } = whole.slack;
      const { ada, bot } = control.ids;
      const channel = freshChannel(whole, 'left');
      const thread = ask(whole, { channel, script: turn('Half of it.', gate('left'), 'Never shown.') });
      await thread.until(() => thread.live(1), 'half of it');
      control.leave({ user: bot, channel });
      whole.agents.control.script(turn(gate('never'), 'Never said.'));
      // What is said meanwhile does not reach the bot; the text that grows does not reach Slack.
      whole.agents.control.preview(thread.session.id, 'and more of it');
      await thread.until(() => inDirect(whole).length === 1, 'a word to who asked');
      expect(inDirect(whole)[0]?.shown).toContain('I am not a member of it');
      await thread.until(() => thread.session.status === 'idle', 'the run to be stopped');
      control.join({ user: bot, channel, inviter: ada });
      whole.agents.control.script(turn('Here again.'));
      reply(thread, '@heddle are you back?', ada);
      await thread.until(() => thread.words().includes('Here again.'), 'an answer');
      expect(thread.sessions()).toHaveLength(1);
    }),
  );
});

describe.concurrent('a scope that was not granted', () => {
  for (const scope of ['reactions:write', 'files:write'] as const) {
    it(
      `${scope}: what needs it is left out, and the answer comes (fault: scope-missing)`,
      onGround(
        async (whole) => {
          const { control } = whole.slack;
          control.revoke(scope);
          const long = Array.from({ length: 900 }, (_, at) => `Row ${at} of the long cloth is woven here.`);
          const thread = ask(whole, { script: turn(gate('shown'), long.join('\n\n')) });
          await thread.until(() => thread.live(), 'a sign of life');
          const next = reply(thread, 'and then?');
          whole.agents.control.script(turn('Second.'));
          whole.agents.control.open('shown');
          await thread.until(() => thread.words().includes('Row 899 of'), 'the first answer', 15_000);
          await thread.until(() => thread.words().includes('Second.'), 'the second answer', 15_000);
          await thread.untilCalm(2, 15_000);
          expect(thread.events('user.message')).toHaveLength(2);
          expect(thread.reactions(next)).toEqual([]);
          const refused = control.calls.log().filter(({ error }) => error === 'missing_scope');
          expect(refused.length).toBeGreaterThan(0);
          expect(refused.length).toBeLessThan(10);
        },
        { settings: { busyMode: 'queue' } },
      ),
    );
  }
});
