/** Who talks to whom, recorded: asides, words for others, mute, and messages that are changed or deleted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from '../../src/playground/agents/index.ts';
import { removingThen } from '../support/removing.ts';
import { startWhole, type Whole } from '../support/whole.ts';
import { Talk, gate, turn } from './support/talk.ts';
import { textsOf } from './support/thread.ts';

let whole: Whole;
beforeAll(async () => {
  whole = await startWhole({ agents: { settings: { statusLagMs: 0, answerLagMs: 0 } } });
});
afterAll(() => whole.stop());

/** Everything that the agent was ever sent in the thread. */
function sent({ thread }: Talk): string {
  return thread.events('user.message').flatMap(textsOf).join('\n');
}

const change = (talk: Talk, user: string, ts: string, text: string): void =>
  whole.slack.control.edit({ user, channel: talk.channel, ts, text });

describe('what is not for the agent', () => {
  it('is an aside, or context for the next request', async () => {
    const { ada, grace } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'among-people',
      'An aside never reaches the agent; what names somebody else goes along with the next request.',
    );
    talk.script(turn('Pizza at noon.'));
    const root = await talk.start(ada, '@heddle plan lunch', (thread) => thread.calm());
    await talk.reply(grace, 'aside: it does not know that we are broke', () => true);
    await talk.reply(grace, `<@${ada}> soup for me`, () => true);
    talk.script(turn('Soup for Grace, pizza for you.'));
    const reply = await talk.reply(ada, 'take that into account', (thread) => thread.calm(2));
    expect(sent(talk)).toMatch(/<context [^>]*name="[^"]*"><@U[A-Z0-9]+> soup for me<\/context>/);
    expect(sent(talk)).not.toContain('broke');
    await talk.end({ given: [root, reply] });
  });

  it('is every reply in a muted thread', async () => {
    const { ada, grace } = whole.slack.control.ids;
    const talk = new Talk(whole, 'muted', 'Muted, only mentions count; unmuted, replies do again.');
    talk.script(turn('Here I am.'));
    const root = await talk.start(ada, '@heddle are you there?', (thread) => thread.calm());
    await talk.reply(grace, '@heddle mute', (thread) => thread.words().includes('muted me'));
    await talk.reply(ada, 'we do not need it now', () => true);
    talk.script(turn('I have been listening.'));
    const asked = await talk.reply(grace, '@heddle what do you think?', (thread) => thread.calm(3));
    expect(sent(talk)).toMatch(/<context [^>]*>we do not need it now<\/context>/);
    await talk.reply(grace, '@heddle unmute', (thread) => thread.words().includes('unmuted me'));
    talk.script(turn('Gladly.'));
    const reply = await talk.reply(ada, 'go on then', (thread) => thread.calm(5));
    await talk.end({ given: [root, asked, reply] });
  });
});

describe('a message that is changed (fault: message-edited)', () => {
  it('follows in the running turn', async () => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'edited-working',
      'The message that is being worked on is changed: a correction.',
    );
    talk.script(turn(gate('edited 1'), 'A plan for two.', gate('edited 2'), 'Now for three.'));
    const root = await talk.start(ada, '@heddle a table for two', (thread) => thread.live());
    await talk.open('edited 1', (thread) => thread.live(1));
    await talk.act(
      'ada changes her message to “a table for three”',
      () => change(talk, ada, root, '@heddle a table for three'),
      (thread) => thread.session.queued === 1 && thread.reactions(root).includes('eyes'),
    );
    await talk.open('edited 2', (thread) => thread.calm());
    expect(sent(talk)).toContain('was changed by its author');
    await talk.end({ given: [root], again: [root] });
  });

  it('stays as it was read where the agent is done with it, until its author asks', async () => {
    const { ada } = whole.slack.control.ids;
    const { control } = whole.slack;
    const talk = new Talk(whole, 'edited-resting', 'Changed after the answer: its author is asked, alone.');
    talk.script(turn('A table for two is booked.'));
    const root = await talk.start(ada, '@heddle a table for two', (thread) => thread.calm());
    const before = control.ephemerals(ada).length;
    await talk.act(
      'ada changes her message to “a table for three”',
      () => change(talk, ada, root, '@heddle a table for three'),
      () => control.ephemerals(ada).length > before,
    );
    expect(talk.thread.events('user.message')).toHaveLength(1);
    talk.script(turn('A table for three, then.'));
    const { ts = '' } = control.ephemerals(ada).at(-1) ?? {};
    await talk.click(
      ada,
      'Send the changed message',
      'heddle.redo',
      () => ts,
      (thread) => thread.calm(2) && thread.reactions(root).includes('eyes'),
    );
    expect(sent(talk)).toContain('a table for three');
    await talk.end({ given: [root], again: [root] });
  });
});

const asks = removingThen('I would have to delete a directory.', {
  allow: request('The directory is gone.'),
  deny: request('I leave it alone.'),
});

describe('a message that is deleted (fault: message-withdrawn)', () => {
  it('is dropped where it waits, and the agent is told where it works on it', async () => {
    const { ada, grace } = whole.slack.control.ids;
    const { control } = whole.slack;
    const talk = new Talk(whole, 'deleted-messages', 'Held: dropped. Being worked on: the agent is told.');
    talk.script(turn(asks));
    const root = await talk.start(ada, '@heddle clean up', (thread) => thread.cards() === 1);
    const held = await talk.reply(grace, 'and my desk', (thread) => thread.marked('hourglass_flowing_sand'));
    await talk.act(
      'grace deletes her reply',
      () => control.delete({ user: grace, channel: talk.channel, ts: held }),
      () =>
        control.calls
          .log()
          .some(({ method, error }) => method === 'reactions.remove' && error === 'message_not_found'),
    );
    await talk.click(
      ada,
      'Approve',
      'heddle.approve',
      () => talk.thread.card().ts,
      (thread) => thread.calm(),
    );
    expect(sent(talk)).not.toContain('my desk');

    talk.script(turn(gate('deleted 1'), 'Never mind, then.'));
    const second = await talk.reply(ada, 'now the cellar', (thread) => thread.live());
    await talk.act(
      'ada deletes her reply',
      () => control.delete({ user: ada, channel: talk.channel, ts: second }),
      () => sent(talk).includes('taken back by its author'),
    );
    await talk.open('deleted 1', (thread) => thread.calm());
    await talk.end({ given: [root, second], again: [second] });
  });

  it('is a question of the bot’s that waits: it is asked once more', async () => {
    const { ada, admin } = whole.slack.control.ids;
    const { control } = whole.slack;
    const talk = new Talk(whole, 'deleted-card', 'A card that somebody deletes comes back once.');
    control.join({ user: admin, channel: talk.channel, inviter: ada });
    talk.script(turn(asks));
    const root = await talk.start(ada, '@heddle clean up', (thread) => thread.cards() === 1);
    const { ts } = talk.thread.card();
    await talk.act(
      'an admin deletes the card',
      () => control.delete({ user: admin, channel: talk.channel, ts }),
      (thread) => thread.cards() === 1 && thread.card().ts !== ts,
    );
    await talk.click(
      ada,
      'Approve',
      'heddle.approve',
      () => talk.thread.card().ts,
      (thread) => thread.calm(),
    );
    await talk.end({ given: [root] });
  });
});
