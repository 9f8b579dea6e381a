/** Every way to stop, recorded: one interrupt, what was written stays, nothing looks busy. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWhole, type Whole } from '../support/whole.ts';
import { Talk, gate, turn } from './support/talk.ts';
import { ownWords } from './support/thread.ts';

let whole: Whole;
beforeAll(async () => {
  whole = await startWhole({
    agents: { settings: { statusLagMs: 0, answerLagMs: 0 } },
  });
});
afterAll(() => whole.stop());

interface Way {
  readonly name: string;
  readonly title: string;
  readonly stop: (talk: Talk) => unknown;
}

const thread = (talk: Talk): { channel: string; threadTs: string; user: string } => ({
  channel: talk.channel,
  threadTs: talk.thread.ts,
  user: whole.slack.control.ids.grace,
});
const reaction = (talk: Talk, ts: string): unknown =>
  whole.slack.control.react({ ...thread(talk), ts, name: 'octagonal_sign' });
const botTs = (talk: Talk): string => talk.thread.bot()[0]?.ts ?? '';

const WAYS: readonly Way[] = [
  {
    name: 'word',
    title: 'grace writes “Stop!”',
    stop: (talk) => whole.slack.control.say({ ...thread(talk), text: 'Stop!' }),
  },
  {
    name: 'mention',
    title: 'grace writes “@heddle stop”',
    stop: (talk) => whole.slack.control.say({ ...thread(talk), text: '@heddle stop' }),
  },
  {
    name: 'button',
    title: 'grace presses [Stop]',
    stop: (talk) => whole.slack.control.click({ ...thread(talk), ts: botTs(talk), actionId: 'heddle.stop' }),
  },
  {
    name: 'reaction-root',
    title: 'grace reacts with :octagonal_sign: to the first message',
    stop: (talk) => reaction(talk, talk.thread.ts),
  },
  {
    name: 'reaction-bot',
    title: 'grace reacts with :octagonal_sign: to the bot’s message',
    stop: (talk) => reaction(talk, botTs(talk)),
  },
  {
    name: 'native',
    title: 'grace uses Slack’s own Stop',
    stop: (talk) => whole.slack.control.stop(thread(talk)),
  },
  {
    name: 'command',
    title: 'ada writes “/heddle stop”',
    stop: (talk) =>
      whole.slack.control.command({
        user: whole.slack.control.ids.ada,
        channel: talk.channel,
        command: '/heddle',
        text: 'stop',
      }),
  },
  {
    name: 'shortcut',
    title: 'grace uses the message shortcut',
    stop: (talk) =>
      whole.slack.control.shortcut({
        user: whole.slack.control.ids.grace,
        callbackId: 'stop_agent_message',
        channel: talk.channel,
        ts: botTs(talk),
      }),
  },
];

describe('stopping', () => {
  it.each(WAYS)('by $name', async ({ name, title, stop }) => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      `stop-${name}`,
      'One interrupt; what was written stays, and who stopped it.',
    );
    talk.script(turn(gate(`${name} 1`), 'What was written.', gate(`${name} 2`), 'Never written.'));
    const root = await talk.start(ada, '@heddle write', (it) => it.live());
    await talk.open(`${name} 1`, (it) => it.live(1));
    const whispers = whole.slack.control.ephemerals(ada).length;
    const told = (): boolean => name !== 'command' || whole.slack.control.ephemerals(ada).length > whispers;
    await talk.act(
      title,
      () => stop(talk),
      (it) => it.calm() && told(),
    );
    expect(talk.thread.events('user.interrupt')).toHaveLength(1);
    expect(talk.thread.words()).toMatch(/Stopped by/);
    talk.script(turn('On it goes.'));
    const reply = await talk.reply(ada, 'go on', (it) => it.calm(2));
    await talk.end({ given: [root, reply] });
  });

  it('keeps in mid-sentence what people had read', async () => {
    const other = await startWhole({ agents: { pace: 1 } });
    try {
      const { ada, general } = other.slack.control.ids;
      const text = Array.from({ length: 400 }, (_, at) => `word${at}`).join(' ');
      other.agents.control.script(turn([{ op: 'request' }, { op: 'say', text, ms: 20_000 }, { op: 'end' }]));
      const ts = other.slack.control.say({ user: ada, channel: general, text: '@heddle write' });
      const look = (): string => other.bot(general, ts).map(ownWords).join();
      await other.slack.control.waitFor(() => look().includes('word1'), 10_000, 'words');
      const read = look();
      other.slack.control.say({ user: ada, channel: general, text: 'stop', threadTs: ts });
      await other.calm(general, ts);
      expect(look().length).toBeGreaterThanOrEqual(read.length);
      expect(text.startsWith(look())).toBe(true);
      expect(other.words(general, ts)).toContain('Stopped by');
    } finally {
      await other.stop();
    }
  });

  it('stops before there is a session, and sends nothing', async () => {
    const other = await startWhole();
    try {
      const { ada, general } = other.slack.control.ids;
      other.agents.control.fault({ endpoint: 'sessions.create', kind: 'delay', ms: 600 });
      const ts = other.slack.control.say({ user: ada, channel: general, text: '@heddle write' });
      await other.slack.control.waitFor(() => other.bot(general, ts).length === 1);
      other.slack.control.say({ user: ada, channel: general, text: 'stop', threadTs: ts });
      await other.calm(general, ts);
      expect(other.words(general, ts)).toContain('Stopped by');
      await other.agents.control.until(() => other.agents.control.sessions().length === 1);
      expect(other.agents.control.calls()['events.send'] ?? 0).toBe(0);
    } finally {
      await other.stop();
    }
  });
});
