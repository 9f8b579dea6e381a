/** Buttons pressed twice, at once, too late, by others, or with a value that was made up. */
import { describe, expect, it } from 'vitest';
import { removing } from '../support/removing.ts';
import { ask, endsSound, onGround, press, reply } from './support/ground.ts';
import { gate, turn } from './support/talk.ts';
import type { Thread } from './support/thread.ts';

const asking = turn(removing('May I?'), gate('answered'), 'It is done.');

async function untilCard(thread: Thread): Promise<string> {
  await thread.until(() => thread.cards() === 1 && thread.status() === 'suspended', 'a card');
  return thread.card().ts;
}

/** What a button of the card carries: the thread's key and a token. */
function valueOf(thread: Thread): readonly [string, string] {
  const value = /"value":"([^"|]+)\|([^"]+)"/.exec(JSON.stringify(thread.card().blocks));
  if (!value) throw new Error('no value');
  return [value[1] ?? '', value[2] ?? ''];
}

function pressAs(thread: Thread, user: string, actionId: string, value?: string): Promise<unknown> {
  const { channel } = thread;
  const use = { user, channel, ts: thread.card().ts, actionId };
  return thread.whole.slack.control.click(value === undefined ? use : { ...use, value });
}

const whispers = (thread: Thread, user: string): readonly string[] =>
  thread.whole.slack.control
    .ephemerals(user)
    .filter(({ channel }) => channel === thread.channel)
    .map(({ shown }) => shown);

const verdicts = (thread: Thread): readonly unknown[] =>
  thread.events('user.tool_confirmation').map((event) => event['result']);

describe.concurrent('a card on two replicas', () => {
  it(
    'that is approved twice is answered once; the second press is told so (fault: approved-twice)',
    onGround(async (whole) => {
      await whole.replica();
      const { ada } = whole.slack.control.ids;
      const thread = ask(whole, { script: asking });
      const ts = await untilCard(thread);
      const twice = [1, 2].map(() => press(thread, 'heddle.approve', ts));
      expect(await Promise.all(twice)).toMatchObject([{ ok: true }, { ok: true }]);
      await thread.until(() => whispers(thread, ada).length === 1, 'a word about the second');
      expect(whispers(thread, ada)[0]).toContain('already answered');
      whole.agents.control.open('answered');
      await endsSound(thread, { messages: 2 });
      expect(verdicts(thread)).toEqual(['allow']);
    }),
  );

  it(
    'that is approved and denied at once goes by the first; the other is told (fault: approve-and-deny)',
    onGround(async (whole) => {
      await whole.replica();
      const { ada } = whole.slack.control.ids;
      const thread = ask(whole, { script: asking });
      const ts = await untilCard(thread);
      await Promise.all(['heddle.deny', 'heddle.approve'].map((action) => press(thread, action, ts)));
      await thread.until(() => whispers(thread, ada).length === 1, 'a word about the second');
      whole.agents.control.open('answered');
      await endsSound(thread, { messages: 2 });
      const [verdict, ...more] = verdicts(thread);
      expect(more).toEqual([]);
      expect(thread.words()).toContain(verdict === 'allow' ? 'Approved by' : 'Denied by');
    }),
  );
});

describe.concurrent('a card that others press', () => {
  it(
    'stays as it is, and they are told privately (fault: approved-by-others)',
    onGround(
      async (whole) => {
        const { control } = whole.slack;
        const { grace, guest, outsider, shared } = control.ids;
        control.join({ user: guest, channel: shared });
        const thread = ask(whole, { script: asking, channel: shared });
        await untilCard(thread);
        const before = JSON.stringify(thread.card().blocks);
        for (const user of [grace, guest, outsider]) {
          await pressAs(thread, user, 'heddle.approve');
          await thread.until(() => whispers(thread, user).length === 1, `a word to ${user}`);
        }
        expect(whispers(thread, grace)[0]).toContain('who asked for this');
        expect(whispers(thread, guest)[0]).toContain('cannot use Heddle here');
        expect(whispers(thread, outsider)[0]).toContain('cannot use Heddle here');
        expect(JSON.stringify(thread.card().blocks)).toBe(before);
        expect(verdicts(thread)).toEqual([]);
        await press(thread, 'heddle.deny', thread.card().ts);
        whole.agents.control.open('answered');
        // One of them says that others read along.
        await endsSound(thread, { messages: 3 });
        expect(verdicts(thread)).toEqual(['deny']);
      },
      { settings: { sharedChannels: true } },
    ),
  );
});

describe.concurrent('a button with a value', () => {
  it(
    'that is made up, or of another thread, opens nothing (fault: button-forged)',
    onGround(async (whole) => {
      const { ids } = whole.slack.control;
      const one = ask(whole, { script: asking });
      await untilCard(one);
      const other = ask(whole, { script: asking, channel: ids.engineering });
      await untilCard(other);
      const [key] = valueOf(one);
      const [otherKey, otherToken] = valueOf(other);
      for (const value of [
        `${key}|${otherToken}`,
        `${key}|0`,
        key,
        `${otherKey}|`,
        '',
        '{}|{}',
        'x'.repeat(1_999),
      ])
        await pressAs(one, ids.ada, 'heddle.approve', value);
      // Somebody who did not ask there has that thread's button in hand.
      await pressAs(one, ids.grace, 'heddle.approve', `${otherKey}|${otherToken}`);
      await one.until(() => whispers(one, ids.ada).length === 2, 'two words to who pressed');
      for (const shown of whispers(one, ids.ada)) expect(shown).toContain('is over');
      await one.until(() => whispers(one, ids.grace).length === 1, 'a word where it was pressed');
      expect(whispers(one, ids.grace)).toEqual([expect.stringContaining('is over')]);
      expect([...verdicts(one), ...verdicts(other)]).toEqual([]);
      for (const thread of [one, other]) await press(thread, 'heddle.deny', thread.card().ts);
      whole.agents.control.open('answered');
      for (const thread of [one, other]) await endsSound(thread, { messages: 2 });
    }),
  );

  it(
    'of a question that is over says so, whenever it is pressed (fault: approved-late)',
    onGround(async (whole) => {
      const { ids } = whole.slack.control;
      const thread = ask(whole, { script: asking });
      await untilCard(thread);
      const value = valueOf(thread).join('|');
      reply(thread, 'stop');
      await thread.untilCalm(2);
      // Slack takes the buttons away; somebody’s client still shows them.
      const other = ask(whole, { script: asking, channel: ids.engineering });
      await untilCard(other);
      await pressAs(other, ids.ada, 'heddle.approve', value);
      await other.until(() => whispers(other, ids.ada).length === 1, 'a word where it was pressed');
      await whole.replica();
      await whole.app.stop(5_000);
      await pressAs(other, ids.ada, 'heddle.approve', value);
      await other.until(() => whispers(other, ids.ada).length === 2, 'another word');
      for (const shown of whispers(other, ids.ada)) expect(shown).toContain('is over');
      expect([...verdicts(thread), ...verdicts(other)]).toEqual([]);
      await press(other, 'heddle.deny', other.card().ts);
      whole.agents.control.open('answered');
      await endsSound(other, { messages: 2 });
    }),
  );
});

describe.concurrent('a tool whose input changes', () => {
  it(
    'while its card stands is shown anew, and the earlier button opens nothing (fault: tool-input-changed)',
    onGround(async (whole) => {
      const { ada } = whole.slack.control.ids;
      const thread = ask(whole, { script: asking });
      const ts = await untilCard(thread);
      const value = valueOf(thread).join('|');
      const [use] = thread.events('agent.tool_use');
      whole.agents.control.emit(thread.session.id, {
        type: 'agent.tool_use',
        ...use,
        input: { command: 'rm -rf /' },
      });
      await thread.until(() => thread.card().shown.includes('rm -rf /'), 'the new input');
      expect(thread.card().ts).toBe(ts);
      await pressAs(thread, ada, 'heddle.approve', value);
      await thread.until(() => whispers(thread, ada).length === 1, 'a word');
      expect(verdicts(thread)).toEqual([]);
      await press(thread, 'heddle.approve', ts);
      await thread.until(() => verdicts(thread).length === 1, 'the answer');
      whole.agents.control.open('answered');
      await thread.untilCalm(2);
    }),
  );
});
