/** Who may talk, what is not a request, commands in and out of threads: recorded. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWhole, type Whole } from '../support/whole.ts';
import { Talk, gate, turn } from './support/talk.ts';
import { Thread } from './support/thread.ts';

let whole: Whole;
beforeAll(async () => {
  whole = await startWhole({
    settings: { sharedChannels: true },
    agents: { settings: { statusLagMs: 0, answerLagMs: 0 } },
  });
});
afterAll(() => whole.stop());

function whispers(talk: Talk, user: string): number {
  const { control } = talk.whole.slack;
  return control.ephemerals(user).filter(({ channel }) => channel === talk.channel).length;
}

describe('people', () => {
  it('who are guests are refused, privately and once', async () => {
    const { ada, guest } = whole.slack.control.ids;
    const talk = new Talk(whole, 'guest', 'A guest neither starts, steers nor stops; told privately, once.');
    await talk.start(guest, '@heddle hello', () => whispers(talk, guest) === 1);
    await talk.reply(guest, '@heddle hello again', () => true);
    talk.script(turn(gate('guest 1'), 'A member asked.', gate('guest 2')));
    const asked = await talk.reply(ada, '@heddle then answer me', (thread) => thread.live());
    await talk.reply(guest, 'and also sing', () => true);
    await talk.reply(guest, 'stop', () => true);
    await talk.open('guest 1', (thread) => thread.live(1));
    await talk.open('guest 2', (thread) => thread.calm());
    await talk.end({ given: [asked] });
    expect(whispers(talk, guest)).toBe(1);
    expect(talk.thread.events('user.interrupt')).toHaveLength(0);
  });

  it('of other organisations are refused, privately and once', async () => {
    const { ada, outsider, shared } = whole.slack.control.ids;
    const talk = new Talk(whole, 'outsider', 'Somebody of another organisation in a shared channel.', shared);
    await talk.start(outsider, '@heddle hello', () => whispers(talk, outsider) === 1);
    await talk.reply(outsider, '@heddle hello again', () => true);
    talk.script(turn('A member asked.'));
    const asked = await talk.reply(ada, '@heddle then answer me', (thread) => thread.calm());
    await talk.end({ given: [asked] });
    expect(whispers(talk, outsider)).toBe(1);
  });

  it('that are other bots are not heard (fault: bots-and-loops)', async () => {
    const { ada, otherBot, general } = whole.slack.control.ids;
    const talk = new Talk(whole, 'other-bot', 'Other bots neither start nor steer.', general);
    await talk.start(otherBot, '@heddle build is red', () => true);
    talk.script(turn('A member asked.'));
    const asked = await talk.reply(ada, '@heddle what is red?', (thread) => thread.calm());
    await talk.end({ given: [asked] });
  });
});

describe('input', () => {
  it('without a word is answered with help, and no session', async () => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(whole, 'empty-mention', 'A mention without words: help.');
    await talk.start(ada, '@heddle', (thread) => thread.bot().length === 1);
    await talk.end({ given: [], sessions: 0 });
  });

  it('that is only a file is a request', async () => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'only-a-file',
      'A mention with a file and no words: the agent gets the file.',
    );
    talk.script(turn('I have read it.'));
    const root = await talk.start(ada, '@heddle', (thread) => thread.calm(), {
      files: [{ name: 'plan.txt', content: 'the plan' }],
    });
    await talk.end({ given: [root] });
  });

  it('with 50 files is answered, and what is missing is said (fault: message-giant)', async () => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(whole, 'fifty-files', 'Fifty files: twenty are taken, and people are told so.');
    talk.script(turn('I see twenty files.'));
    const files = Array.from({ length: 50 }, (_, at) => ({ name: `plan-${at}.txt`, content: `plan ${at}` }));
    const root = await talk.start(ada, '@heddle compare these', (thread) => thread.calm(2), { files });
    await talk.end({ given: [root] });
  });

  it('of 40,000 characters is taken whole (fault: message-giant)', async () => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(whole, 'forty-thousand', 'A message of 40,000 characters.');
    talk.script(turn('That was long.'));
    const text = `@heddle read ${'warp and weft '.repeat(3_000)}`.slice(0, 40_000);
    const root = await talk.start(ada, text, (thread) => thread.calm());
    await talk.end({ given: [root] });
    const [event] = talk.thread.events('user.message');
    expect(JSON.stringify(event)).toContain(text.slice(9_000, 9_900));
    expect(JSON.stringify(event).length).toBeGreaterThan(39_900);
  });

  it('that is sent to the channel as well counts once, and what is changed later is offered', async () => {
    const { ada, grace } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'broadcast',
      'thread_broadcast counts once; a preview does not count, and a late edit is offered to its author.',
    );
    talk.script(turn('First.'));
    const root = await talk.start(ada, '@heddle begin', (thread) => thread.calm());
    talk.script(turn('Second.'));
    const also = await talk.reply(grace, 'see https://example.com', (thread) => thread.calm(2), {
      broadcast: true,
    });
    const { control } = whole.slack;
    await talk.act(
      'Slack adds a preview, and grace edits',
      () => {
        control.unfurl({ channel: talk.channel, ts: also });
        control.edit({ user: grace, channel: talk.channel, ts: also, text: 'see https://example.org' });
      },
      () => control.ephemerals(grace).some(({ shown }) => shown.includes('changed a message')),
    );
    talk.script(turn('Third.'));
    const last = await talk.reply(ada, 'and end', (thread) => thread.calm(3));
    await talk.end({ given: [root, also, last] });
  });
});

describe('commands', () => {
  it('after a mention in a thread are answered privately', async () => {
    const { margaret } = whole.slack.control.ids;
    const talk = new Talk(whole, 'commands-in-thread', 'The words of /heddle after a mention in the thread.');
    talk.script(turn('Ready.'));
    const root = await talk.start(margaret, '@heddle begin', (thread) => thread.calm());
    for (const [at, word] of ['help', 'status', 'sessions', 'cost', 'agents', 'stop'].entries()) {
      await talk.reply(margaret, `@heddle ${word}`, () => whispers(talk, margaret) === at + 1);
    }
    await talk.end({ given: [root] });
  });

  it('outside threads act on the only open thread; with several, people choose', async () => {
    const { linus } = whole.slack.control.ids;
    const { control } = whole.slack;
    const talk = new Talk(whole, 'commands', '/heddle outside threads: none open, one, several.');
    const say = (text: string): Promise<unknown> => {
      const before = whispers(talk, linus);
      return talk.act(
        `linus writes “/heddle ${text}”`,
        () => control.command({ user: linus, channel: talk.channel, command: '/heddle', text }),
        () => whispers(talk, linus) === before + 1,
      );
    };
    talk.script(turn(gate('commands 1'), 'The first one.'));
    const root = await talk.start(linus, '@heddle begin', (thread) => thread.live());
    await say('status');
    await say('close');
    await talk.open('commands 1', (thread) => thread.calm());
    await say('status');
    await say('stop');
    await say('nonsense');
    await say('Staus');
    await say('“Help” me');
    await say('agents');
    talk.script(turn('The second one.'));
    const second = control.say({ user: linus, channel: talk.channel, text: '@heddle another' });
    talk.trace.names.call(second, 'second');
    const other = new Thread(talk.whole, talk.channel, second);
    await talk.act(
      'linus begins another thread',
      () => undefined,
      () => other.calm(),
    );
    await say('status');
    await say('close');
    const choice = control.ephemerals(linus).at(-1);
    const asked = whispers(talk, linus);
    await talk.act(
      'linus presses the first [Close]',
      () =>
        control.click({ user: linus, channel: talk.channel, ts: choice?.ts ?? '', actionId: 'heddle.close' }),
      () =>
        whispers(talk, linus) === asked + 1 &&
        control.messages(talk.channel, second).some(({ shown }) => shown.includes('was closed by')),
    );
    await say('sessions');
    await say('cost');
    await talk.end({ given: [root] });
  });
});
