/** Sessions that people take care of, recorded: resumed, handed over, forked. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { request, type Op } from '../../src/playground/agents/index.ts';
import { startWhole, type Whole } from '../support/whole.ts';
import { Talk, turn } from './support/talk.ts';
import { Thread } from './support/thread.ts';

let whole: Whole;
beforeAll(async () => {
  whole = await startWhole({ agents: { settings: { statusLagMs: 0, answerLagMs: 0 } } });
});
afterAll(() => whole.stop());

const remove: Op = {
  op: 'use',
  key: 'rm',
  name: 'bash',
  input: { command: 'rm -rf ./build' },
  policy: 'ask',
};
const asking: readonly Op[] = [
  ...request('I would delete it.', remove, { op: 'result', key: 'rm', text: 'removed' }),
  { op: 'branch', key: 'rm', allow: request('It is gone.'), deny: request('I left it.') },
];

function whispers(talk: Talk, user: string): number {
  const { control } = talk.whole.slack;
  return control.ephemerals(user).filter(({ channel }) => channel === talk.channel).length;
}

describe('a session', () => {
  it('that is closed is resumed: the thread is told at once, and a session is made with the next message', async () => {
    const { ada, grace } = whole.slack.control.ids;
    const talk = new Talk(whole, 'resume', 'A closed session is resumed by a colleague.');
    talk.script(turn('Teal it is.'));
    const root = await talk.start(ada, '@heddle the colour is teal', (thread) => thread.calm());
    await talk.reply(ada, '@heddle close', (thread) => thread.status() === 'closed' && thread.calm(2));
    await talk.reply(grace, '@heddle resume', (thread) => thread.status() === 'active' && thread.calm(3));
    talk.script(turn('It was teal.'));
    const reply = await talk.reply(ada, 'which was it?', (thread) => thread.calm(4));
    await talk.end({ given: [root, reply], sessions: 2 });
  });

  it('that is handed over is another one’s: who had it approves no more', async () => {
    const { ada, grace } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'hand-over',
      'Ada hands her thread over to Grace, who approves from then on.',
    );
    talk.script(turn('Hello.'));
    const root = await talk.start(ada, '@heddle hello', (thread) => thread.calm());
    await talk.reply(grace, `@heddle hand over to <@${grace}>`, () => whispers(talk, grace) === 1);
    await talk.reply(ada, `@heddle hand over to <@${grace}>`, (thread) => thread.calm(2));
    talk.script({ requests: [[...asking]] });
    const asked = await talk.reply(ada, 'delete the build', (thread) => thread.cards() === 1);
    const card = (): string => talk.thread.card().ts;
    await talk.click(ada, 'Approve', 'heddle.approve', card, () => whispers(talk, ada) === 1);
    await talk.click(grace, 'Approve', 'heddle.approve', card, (thread) => thread.calm(4));
    await talk.end({ given: [root, asked] });
  });

  it('that is forked goes on twice, each thread with its own', async () => {
    const { ada, grace } = whole.slack.control.ids;
    const talk = new Talk(whole, 'fork', 'Grace forks Ada’s thread with a question of her own.');
    talk.script(turn('Teal it is.'));
    const root = await talk.start(ada, '@heddle the colour is teal', (thread) => thread.calm());
    talk.script(turn('Ochre would do.'));
    await talk.reply(grace, '@heddle fork: what if it were ochre?', (thread) => {
      const { control, botUserId } = whole.slack;
      const fork = control
        .messages(talk.channel)
        .find(
          ({ user, threadTs, ts, shown }) =>
            user === botUserId && (threadTs ?? ts) === ts && shown.includes('asks'),
        );
      const other = new Thread(whole, talk.channel, fork?.ts ?? '');
      return other.words().includes('Ochre') && other.calm() && thread.calm(2);
    });
    talk.script(turn('Teal, still.'));
    const reply = await talk.reply(ada, 'and here?', (thread) => thread.calm(3));
    await talk.end({ given: [root, reply] });
  });
});
