/** Requests that are not written as messages: shortcuts with their forms, and the reaction that starts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWhole, type Whole } from '../support/whole.ts';
import { freshChannel, turn } from './support/talk.ts';
import { Thread, textsOf } from './support/thread.ts';

let whole: Whole;
beforeAll(async () => {
  whole = await startWhole({ settings: { startByReaction: true } });
});
afterAll(() => whole.stop());

const opened = (user: string): Promise<{ id: string; blocks: unknown[] }> =>
  whole.slack.control.waitFor(() => whole.slack.control.views(user).at(-1), 10_000, 'a form');
const given = (thread: Thread): string =>
  thread
    .events('user.message')
    .map((event) => textsOf(event).join('\n'))
    .join('\n');

describe('Ask Heddle on a message', () => {
  it('posts the request in the name of who asked, in the thread, and gives the message along', async () => {
    const { ids, ...control } = whole.slack.control;
    const channel = freshChannel(whole, 'ask');
    const ts = control.say({
      user: ids.grace,
      channel,
      text: 'The loom & the <https://x.example|warp> are stuck.',
    });
    await control.shortcut({ user: ids.ada, callbackId: 'ask_heddle', channel, ts });
    const view = await opened(ids.ada);
    expect(JSON.stringify(view.blocks)).toContain('are stuck.');
    const empty = await control
      .submitView({ user: ids.ada, viewId: view.id, values: {} })
      .catch(() => undefined);
    expect(JSON.stringify(empty ?? '')).not.toContain('clear');
    whole.agents.control.script(turn('Unstuck.'));
    const values = { words: { text: { type: 'plain_text_input', value: 'free <!channel> it' } } };
    await control.submitView({ user: ids.ada, viewId: view.id, values });
    const thread = new Thread(whole, channel, ts);
    await thread.untilCalm(2);
    const [request, answer] = whole.bot(channel, ts);
    expect(request?.shown).toContain(`<@${ids.ada}> asks about`);
    expect(JSON.stringify(request?.blocks)).toContain('plain_text');
    expect(answer?.shown).toContain('Unstuck.');
    expect(given(thread)).toContain('free &lt;!channel> it'.replace('&lt;', '<'));
    expect(given(thread)).toMatch(new RegExp(`<context ts="${ts}" user="${ids.grace}"[^>]*>The loom & the`));
    expect(given(thread)).toContain(`ts="${request?.ts}" channel="${channel}" user="${ids.ada}"`);
  });

  it('of a guest is refused in the form, and nothing is posted', async () => {
    const { ids, ...control } = whole.slack.control;
    const channel = freshChannel(whole, 'ask-guest');
    const ts = control.say({ user: ids.grace, channel, text: 'Hello.' });
    await control.shortcut({ user: ids.guest, callbackId: 'ask_heddle', channel, ts });
    const view = await opened(ids.guest);
    const values = { words: { text: { type: 'plain_text_input', value: 'sing' } } };
    const sent = await control.submitView({ user: ids.guest, viewId: view.id, values });
    expect(JSON.stringify(sent)).toContain('cannot use Heddle here');
    expect(whole.bot(channel, ts)).toEqual([]);
  });
});

describe('Ask Heddle anywhere', () => {
  const where = (channel: string) => ({
    where: { conversation: { type: 'conversations_select', selected_conversation: channel } },
    words: { text: { type: 'plain_text_input', value: 'weave' } },
  });

  it('begins a thread where it is sent to', async () => {
    const { ids, ...control } = whole.slack.control;
    const channel = freshChannel(whole, 'ask-anywhere');
    await control.shortcut({ user: ids.ada, callbackId: 'ask_heddle_global' });
    const view = await opened(ids.ada);
    whole.agents.control.script(turn('Woven.'));
    await control.submitView({ user: ids.ada, viewId: view.id, values: where(channel) });
    const root = await control.waitFor(
      () => control.messages(channel).find(({ shown }) => shown.includes('asks:')),
      10_000,
      'the request',
    );
    const thread = new Thread(whole, channel, root.ts);
    await thread.untilCalm(1);
    await control.waitFor(() => whole.words(channel, root.ts).includes('Woven.'), 10_000, 'an answer');
    whole.agents.control.script(turn('More.'));
    control.say({ user: ids.grace, channel, threadTs: root.ts, text: 'and on' });
    await control.waitFor(() => whole.words(channel, root.ts).includes('More.'), 10_000, 'another answer');
  });

  it('says where it cannot write', async () => {
    const { ids, ...control } = whole.slack.control;
    await control.shortcut({ user: ids.ada, callbackId: 'ask_heddle_global' });
    const view = await opened(ids.ada);
    const sent = await control.submitView({ user: ids.ada, viewId: view.id, values: where(ids.random) });
    expect(JSON.stringify(sent)).toContain('/invite @Heddle');
  });
});

describe('the reaction :thread:', () => {
  it('takes a message up for who reacted, once', async () => {
    const { ids, ...control } = whole.slack.control;
    const channel = freshChannel(whole, 'take-up');
    const ts = control.say({ user: ids.grace, channel, text: 'Somebody should look at the loom.' });
    whole.agents.control.script(turn('I look.'));
    control.react({ user: ids.ada, channel, ts, name: 'thread' });
    const thread = new Thread(whole, channel, ts);
    await thread.untilCalm(1);
    control.react({ user: ids.linus, channel, ts, name: 'thread' });
    await control.waitFor(() => whole.words(channel, ts).includes('I look.'), 10_000, 'an answer');
    expect(given(thread)).toMatch(/<context [^>]*>Somebody should look at the loom\.<\/context>/);
    expect(given(thread)).toContain(`user="${ids.ada}"`);
    expect(thread.events('user.message')).toHaveLength(1);
  });

  it('of a guest starts nothing', async () => {
    const { ids, ...control } = whole.slack.control;
    const channel = freshChannel(whole, 'take-up-guest');
    const ts = control.say({ user: ids.guest, channel, text: 'Look at me.' });
    control.react({ user: ids.guest, channel, ts, name: 'thread' });
    await control.waitFor(
      () => control.ephemerals(ids.guest).find((each) => each.channel === channel),
      10_000,
      'a refusal',
    );
    expect(whole.bot(channel, ts)).toEqual([]);
  });
});
