/**
 * Taking care of sessions on the whole product, by four people: resumed, handed over, forked, from the thread, by
 * `/heddle`, from lists and forms.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ids } from '../../src/playground/slack/world.ts';
import { REMOVAL } from '../support/removing.ts';
import { startWhole, until, type Whole } from '../support/whole.ts';
import { freshChannel, turn } from '../trace/support/talk.ts';

let whole: Whole;
beforeAll(async () => {
  whole = await startWhole({ agents: { settings: { statusLagMs: 0, answerLagMs: 0 } } });
  await whole.replica();
});
afterAll(() => whole.stop());

class Place {
  readonly channel: string;
  root = '';

  constructor(name: string) {
    this.channel = freshChannel(whole, name);
  }

  /** Somebody's words, and the agent's answer to them. */
  async asked(user: string, text: string, answer: string): Promise<void> {
    whole.agents.control.script(turn(answer));
    this.say(user, text);
    await this.reads(answer);
    await whole.calm(this.channel, this.root);
  }

  say(user: string, text: string): string {
    const at = this.root === '' ? {} : { threadTs: this.root };
    const ts = whole.slack.control.say({ user, channel: this.channel, text, ...at });
    if (this.root === '') this.root = ts;
    return ts;
  }

  words(root = this.root): string {
    return whole.words(this.channel, root);
  }

  reads(what: string | RegExp, root = this.root): Promise<unknown> {
    return until(
      () => (typeof what === 'string' ? this.words(root).includes(what) : what.test(this.words(root))),
      `${what}`,
    );
  }

  /** The roots at the top of the channel that the bot wrote. */
  forks(): readonly { readonly ts: string; readonly shown: string }[] {
    return whole.slack.control
      .messages(this.channel)
      .filter(
        ({ user, shown, threadTs: root, ts }) =>
          user === whole.slack.botUserId && (root ?? ts) === ts && shown.includes('forked'),
      );
  }

  async fork(): Promise<string> {
    const found = await until(() => this.forks().at(-1), 'a fork');
    return found.ts;
  }

  command(user: string, text: string): Promise<unknown> {
    return whole.slack.control.command({ user, channel: this.channel, command: '/heddle', text });
  }
}

const told = (user: string): string => whole.slack.control.ephemerals(user).at(-1)?.shown ?? '';
const isTold = (user: string, what: string): Promise<unknown> =>
  until(() => told(user).includes(what), `${user} being told “${what}”`);
const given = (index = -1): string => {
  const sessions = [...whole.agents.control.sessions()];
  const events = sessions.at(index)?.events ?? [];
  return JSON.stringify(events.filter(({ type }) => type === 'user.message'));
};
const sessions = (): number => [...whole.agents.control.sessions()].length;

describe('resume', () => {
  it('opens a closed session: nothing runs, the thread is told, and the next message goes on with it', async () => {
    const place = new Place('resume');
    await place.asked(ids.ada, '@heddle the colour is teal', 'Teal it is.');
    place.say(ids.ada, '@heddle close');
    await place.reads('was closed by');
    const before = sessions();
    place.say(ids.guest, '@heddle resume');
    await isTold(ids.guest, 'cannot use Heddle here');
    place.say(ids.grace, '@heddle resume');
    await place.reads('Resumed by');
    expect(place.words()).toContain('the last 2 messages of the earlier conversation');
    expect(place.words()).toContain('do not come along');
    expect(sessions()).toBe(before);
    place.say(ids.ada, '@heddle resume');
    await isTold(ids.ada, 'nothing to resume');
    await place.asked(ids.linus, 'and which was it?', 'It was teal.');
    expect(sessions()).toBe(before + 1);
    expect(given()).toContain('the colour is teal');
    expect(given()).toContain('Teal it is.');
  });

  it('by /heddle, and by the button in the list', async () => {
    const place = new Place('resume-list');
    await place.asked(ids.linus, '@heddle one', 'One.');
    place.say(ids.linus, '@heddle close');
    await place.reads('was closed by');
    await place.command(ids.linus, 'resume');
    await place.reads('Resumed by');
    place.say(ids.linus, '@heddle close');
    await until(() => place.words().split('was closed by').length === 3, 'closed again');
    await place.command(ids.linus, 'sessions');
    const list = await until(() => whole.slack.control.ephemerals(ids.linus).at(-1), 'the list');
    expect(JSON.stringify(list.blocks)).toContain('heddle.resume');
    await whole.slack.control.click({
      user: ids.linus,
      channel: place.channel,
      ts: list.ts,
      actionId: 'heddle.resume',
    });
    await until(() => place.words().split('Resumed by').length === 3, 'resumed again');
  });
});

describe('hand over', () => {
  it('makes the receiver the one whose approval counts; the others are refused privately', async () => {
    const place = new Place('hand-over');
    await place.asked(ids.ada, '@heddle hello', 'Hello.');
    for (const [user, words, why] of [
      [ids.grace, `@heddle hand over to <@${ids.grace}>`, 'or an admin of this workspace can hand it over'],
      [ids.ada, `@heddle hand over to <@${ids.guest}>`, 'cannot use Heddle here'],
      [ids.ada, `@heddle hand over to <@${ids.otherBot}>`, 'cannot use Heddle here'],
      [ids.guest, `@heddle hand over to <@${ids.grace}>`, 'cannot use Heddle here'],
    ] as const) {
      place.say(user, words);
      await isTold(user, why);
    }
    expect(place.words()).not.toContain('handed this thread over');
    place.say(ids.ada, `@heddle hand over to <@${ids.grace}>`);
    await place.reads(`<@${ids.ada}> handed this thread over to <@${ids.grace}>`);
    whole.agents.control.script({ requests: [[...REMOVAL]] });
    place.say(ids.ada, 'delete the build');
    const card = await until(
      () =>
        whole
          .bot(place.channel, place.root)
          .find(({ blocks }) => JSON.stringify(blocks).includes('heddle.approve')),
      'a card',
    );
    const click = { channel: place.channel, ts: card.ts, actionId: 'heddle.approve' };
    await whole.slack.control.click({ user: ids.ada, ...click });
    await isTold(ids.ada, `Only <@${ids.grace}>`);
    await whole.slack.control.click({ user: ids.grace, ...click });
    await place.reads('It is gone.');
  });

  it('by a form from the list, and by an admin', async () => {
    const place = new Place('hand-over-form');
    await place.asked(ids.margaret, '@heddle hello', 'Hello.');
    await place.command(ids.margaret, 'hand over');
    const list = await until(
      () =>
        whole.slack.control
          .ephemerals(ids.margaret)
          .find(({ blocks }) => JSON.stringify(blocks).includes('heddle.handover')),
      'the list',
    );
    await whole.slack.control.click({
      user: ids.margaret,
      channel: place.channel,
      ts: list.ts,
      actionId: 'heddle.handover',
    });
    const form = await until(() => whole.slack.control.views(ids.margaret).at(-1), 'the form');
    const values = { whom: { person: { type: 'users_select', selected_user: ids.linus } } };
    await whole.slack.control.submitView({ user: ids.margaret, viewId: form.id, values });
    await place.reads(`handed this thread over to <@${ids.linus}>`);
    whole.slack.control.join({ user: ids.admin, channel: place.channel, inviter: ids.ada });
    place.say(ids.admin, `@heddle handover <@${ids.ada}>`);
    await place.reads(`handed this thread over to <@${ids.ada}>`);
    await place.command(ids.ada, 'sessions');
    expect(told(ids.ada)).toContain('hello');
  });
});

describe('fork', () => {
  it('with words: a new thread with the conversation so far, linked both ways; the source goes on', async () => {
    const place = new Place('fork');
    await place.asked(ids.ada, '@heddle the colour is teal', 'Teal it is.');
    whole.agents.control.script(turn('In the fork: teal.'));
    place.say(ids.grace, '@heddle fork: which colour was it?');
    const fork = await place.fork();
    await place.reads('In the fork: teal.', fork);
    expect(given()).toContain('the colour is teal');
    expect(given()).toContain('which colour was it?');
    expect(given()).toContain(`user=\\"${ids.grace}\\"`);
    await place.reads('forked this conversation');
    expect(place.words(fork)).toContain('the last 2 messages of the conversation');
    const link = (ts: string): string => `/archives/${place.channel}/p${ts.replace('.', '')}`;
    expect(place.words()).toContain(link(fork));
    expect(place.forks()[0]?.shown).toContain(link(place.root));
    await place.asked(ids.ada, 'and the source?', 'Still here.');
    await whole.calm(place.channel, fork);
    whole.agents.control.script(turn('More in the fork.'));
    whole.slack.control.say({ user: ids.linus, channel: place.channel, threadTs: fork, text: 'go on' });
    await place.reads('More in the fork.', fork);
    expect(place.words()).not.toContain('More in the fork.');
  });

  it('without words it waits for its first message, and has what was said until it was forked, not later', async () => {
    const place = new Place('fork-later');
    await place.asked(ids.ada, '@heddle the colour is teal', 'Teal it is.');
    place.say(ids.ada, '@heddle fork');
    const fork = await place.fork();
    await place.reads('Your next message here begins a new session', fork);
    const before = sessions();
    await place.asked(ids.ada, 'no, the colour is ochre', 'Ochre then.');
    expect(sessions()).toBe(before);
    whole.agents.control.script(turn('Forked answer.'));
    whole.slack.control.say({ user: ids.ada, channel: place.channel, threadTs: fork, text: 'which?' });
    await place.reads('Forked answer.', fork);
    expect(given()).toContain('the colour is teal');
    expect(given()).not.toContain('ochre');
    expect(place.forks()).toHaveLength(1);
  });

  it('while it runs, from the list; of a guest it is refused', async () => {
    const place = new Place('fork-running');
    whole.agents.control.script(turn('I begin.', { op: 'gate', name: 'fork-running' }, 'I am done.'));
    place.say(ids.linus, '@heddle work');
    await place.reads('I begin.');
    place.say(ids.guest, '@heddle fork');
    await isTold(ids.guest, 'cannot use Heddle here');
    await place.command(ids.linus, 'fork');
    const fork = await place.fork();
    await place.reads('Your next message here', fork);
    whole.agents.control.open('fork-running');
    await place.reads('I am done.');
    expect(place.words(fork)).not.toContain('I am done.');
    expect(place.forks()).toHaveLength(1);
  });
});
