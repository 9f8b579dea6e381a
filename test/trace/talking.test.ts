/** Whole conversations, recorded: asking, replying, steering, queueing, interrupting, direct messages. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { startWhole, type Whole, type WholeOptions } from '../support/whole.ts';
import { Talk, gate, turn } from './support/talk.ts';
import type { Thread } from './support/thread.ts';

const OPTIONS: WholeOptions = {
  agents: { settings: { statusLagMs: 0, answerLagMs: 0 } },
};

let whole: Whole;
beforeAll(async () => {
  whole = await startWhole(OPTIONS);
});
afterAll(() => whole.stop());

/** A product of its own, for what is set for all of it. */
async function alone(options: WholeOptions, run: (other: Whole) => Promise<void>): Promise<void> {
  const other = await startWhole({ ...OPTIONS, ...options });
  try {
    await run(other);
  } finally {
    await other.stop();
  }
}

describe('asking and replying', () => {
  it('answers a mention, and a reply without one', async () => {
    const { ada, grace } = whole.slack.control.ids;
    const talk = new Talk(whole, 'plain', 'A mention is answered in its thread; a reply needs no mention.');
    talk.script(turn(gate('plain 1'), 'Hello Ada, the loom is ready.', gate('plain 2')));
    const root = await talk.start(ada, '@heddle is the loom ready?', (thread) => thread.live());
    await talk.open('plain 1', (thread) => thread.live(1));
    await talk.open('plain 2', (thread) => thread.calm());
    talk.script(turn('Four hundred.'));
    const reply = await talk.reply(grace, 'how many threads?', (thread) => thread.calm(2));
    await talk.end({ given: [root, reply] });
  });

  it('takes what people said before the mention along as context', async () => {
    const { ada, grace, linus } = whole.slack.control.ids;
    const talk = new Talk(whole, 'joined', 'A mention inside a thread of people: what they said is context.');
    await talk.start(ada, 'we need a plan for lunch', () => true);
    await talk.reply(grace, 'pizza, I say', () => true);
    talk.script(turn('Pizza at noon.'));
    const mention = await talk.reply(linus, '@heddle make one', (thread) => thread.calm());
    await talk.end({ given: [mention] });
  });

  it('shows Slack’s own status in a direct message, and posts the answer', async () => {
    const { ada } = whole.slack.control.ids;
    const channel = whole.slack.control.dm(ada);
    const about = 'In a direct message Slack’s status is the sign of life; the first post has words in it.';
    const talk = new Talk(whole, 'direct', about, channel);
    talk.script(turn(gate('direct 1'), 'Hello in private.'));
    const root = await talk.start(
      ada,
      'hello there',
      (thread) => thread.status() === 'processing' && thread.sessions()[0]?.status === 'running',
    );
    await talk.open('direct 1', (thread) => thread.calm());
    talk.script(turn('And again.'));
    const reply = await talk.reply(ada, 'once more', (thread) => thread.calm(2));
    await talk.end({ given: [root, reply] });
  });

  it('posts a sign of life where the workspace has no session status', () =>
    alone({ slack: { lacks: ['agents.sessions.setStatus'] } }, async (other) => {
      const { ada } = other.slack.control.ids;
      const about = 'Without agents.sessions.setStatus a direct message gets a message as the sign of life.';
      const talk = new Talk(other, 'direct-without-status', about, other.slack.control.dm(ada));
      talk.script(turn(gate('bare'), 'Hello in private.'));
      const root = await talk.start(
        ada,
        'hello there',
        (thread) => thread.bot().length === 1 && thread.sessions()[0]?.status === 'running',
      );
      await talk.open('bare', (thread) => thread.calm());
      await talk.end({ given: [root] });
    }));
});

describe('a reply while it works', () => {
  it('steers: the session takes it, and what follows stands below it', async () => {
    const { ada, grace } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'steer',
      'A reply reaches the running session; the answer goes on below it.',
    );
    talk.script(
      turn(gate('steer 1'), 'The first half.', gate('steer 2'), 'The second half.', gate('steer 3')),
    );
    const root = await talk.start(ada, '@heddle describe the loom', (thread) => thread.live());
    await talk.open('steer 1', (thread) => thread.live(1));
    const reply = await talk.reply(
      grace,
      'mention the shed too',
      (thread) => thread.session.queued === 1 && thread.marked('eyes'),
    );
    await talk.open(
      'steer 2',
      (thread) => thread.live(3) && thread.bot().length === 2 && thread.reactions(reply).includes('eyes'),
    );
    await talk.open('steer 3', (thread) => thread.calm(2));
    await talk.end({ given: [root, reply] });
  });

  it('interrupts with an exclamation mark in front', async () => {
    const { ada, grace } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'urgent',
      '`!` in front of a reply interrupts and redirects in one request.',
    );
    talk.script(turn(gate('urgent 1'), 'A long plan begins.', gate('urgent 2'), 'Nobody reads this.'));
    const root = await talk.start(ada, '@heddle write a plan', (thread) => thread.live());
    await talk.open('urgent 1', (thread) => thread.live(1));
    talk.script(turn('Then this instead.'));
    const reply = await talk.reply(grace, '! forget the plan', (thread) => thread.calm(2));
    await talk.end({ given: [root, reply] });
  });

  it('interrupts with every reply where the busy mode says so', () =>
    alone({ settings: { busyMode: 'interrupt' } }, async (other) => {
      const { ada, grace } = other.slack.control.ids;
      const talk = new Talk(other, 'busy-interrupt', 'Busy mode `interrupt`: every reply redirects.');
      talk.script(turn(gate('mode 1'), 'A long plan begins.', gate('mode 2'), 'Nobody reads this.'));
      const root = await talk.start(ada, '@heddle write a plan', (thread) => thread.live());
      await talk.open('mode 1', (thread) => thread.live(1));
      talk.script(turn('Then this instead.'));
      const reply = await talk.reply(grace, 'forget the plan', (thread) => thread.calm(2));
      await talk.end({ given: [root, reply] });
    }));

  it('waits for the end of the turn where the busy mode says so', () =>
    alone({ settings: { busyMode: 'queue' } }, async (other) => {
      const { ada, grace } = other.slack.control.ids;
      const talk = new Talk(other, 'busy-queue', 'Busy mode `queue`: replies wait, and show that they do.');
      talk.script(turn(gate('queue 1'), 'One thing at a time.', gate('queue 2')));
      const root = await talk.start(ada, '@heddle write a plan', (thread) => thread.live());
      await talk.open('queue 1', (thread) => thread.live(1));
      const waits = (thread: Thread): boolean => thread.marked('hourglass_flowing_sand');
      const one = await talk.reply(grace, 'then a summary', waits);
      const two = await talk.reply(ada, 'and a title', waits);
      talk.script(turn(gate('queue 3'), 'Summary and title.'));
      await talk.open(
        'queue 2',
        (thread) => thread.live() && thread.bot().length === 2 && thread.marked('eyes') && !waits(thread),
      );
      await talk.open('queue 3', (thread) => thread.calm(2));
      await talk.end({ given: [root, one, two] });
    }));
});
