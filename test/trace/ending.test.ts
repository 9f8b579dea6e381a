/** How turns and sessions end, recorded: errors, refusals, budgets, sessions that somebody else ended, closing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Op } from '../../src/playground/agents/index.ts';
import { request } from '../../src/playground/agents/index.ts';
import { startWhole, type Whole } from '../support/whole.ts';
import { Talk, gate, turn } from './support/talk.ts';
import type { Thread } from './support/thread.ts';

let whole: Whole;
/** Session statuses have a rate of their own: not all of these fit into one workspace's minute. */
function onFreshGround(): void {
  beforeAll(async () => {
    whole = await startWhole({ agents: { settings: { statusLagMs: 0, answerLagMs: 0 } } });
  });
  afterAll(() => whole.stop());
}

const OVERLOADED = { type: 'model_overloaded_error', message: 'The model is overloaded.' };
const failing = (retry: 'retrying' | 'exhausted'): readonly Op[] => [
  { op: 'request' },
  { op: 'end', error: true },
  { op: 'error', error: OVERLOADED, retry },
];

describe('a turn', () => {
  onFreshGround();

  it('that meets an error which passes answers all the same', async () => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'error-retrying',
      'An error that the service retries is said while it lasts.',
    );
    talk.script(turn(failing('retrying'), gate('retrying 1'), [{ op: 'run' }], 'Now it works.'));
    const root = await talk.start(
      ada,
      '@heddle weave',
      (thread) => thread.bot().length === 1 && thread.session.status === 'rescheduling',
    );
    await talk.open('retrying 1', (thread) => thread.calm());
    await talk.end({ given: [root] });
  });

  it('that exhausts the retries says so, and sends again what was flushed (fault: session-failed)', async () => {
    const { ada, grace } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'error-exhausted',
      'Exhausted: told; a reply that the service flushed is sent again.',
    );
    talk.script(turn(gate('exhausted 1'), [{ op: 'error', error: OVERLOADED, retry: 'exhausted' }]));
    const root = await talk.start(ada, '@heddle weave', (thread) => thread.live());
    const reply = await talk.reply(
      grace,
      'with red yarn',
      (thread) => thread.session.queued === 1 && thread.marked('eyes'),
    );
    talk.script(turn('Red it is.'));
    await talk.open('exhausted 1', (thread) => thread.calm(2));
    await talk.end({ given: [root, reply], again: [reply] });
  });

  it('that is refused says why', async () => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(whole, 'refusal', 'A refusal in words; the session goes on.');
    talk.script(null);
    const root = await talk.start(ada, '@heddle refuse', (thread) => thread.calm());
    talk.script(turn('That I can do.'));
    const reply = await talk.reply(ada, 'then something else', (thread) => thread.calm(2));
    await talk.end({ given: [root, reply] });
  });

  it('without a word says that there was none', async () => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(whole, 'silent', 'A turn that ends without text.');
    talk.script(turn(request({ op: 'think' })));
    const root = await talk.start(ada, '@heddle think', (thread) => thread.calm());
    await talk.end({ given: [root] });
  });

  it('that reaches the budget is held: raised it goes on, closed a reply starts a new one (fault: budget-reached)', async () => {
    const { ada, admin } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'budget',
      'The budget is reached, raised, reached again, and the session left.',
    );
    whole.slack.control.join({ user: admin, channel: talk.channel, inviter: ada });
    const costly = (text: string) => request(text, { op: 'end', spend: 'rest' });
    talk.script(turn(costly('I spend everything.'), costly('And more.'), 'Never said.'));
    const held = (many: number) => (thread: Thread) =>
      thread.status() === 'suspended' && thread.bot().length === many;
    const root = await talk.start(ada, '@heddle spend', held(2));
    const card = (): string => talk.thread.bot().at(-1)?.ts ?? '';
    await talk.click(admin, 'Raise by $5', 'heddle.raise_budget', card, held(4));
    const closed = (thread: Thread): boolean => thread.status() === 'closed' && thread.bot().length === 5;
    await talk.reply(ada, '@heddle close', closed);
    talk.script(turn('On a fresh budget.'));
    const reply = await talk.reply(ada, 'go on', (thread) => thread.words().includes('fresh'));
    await talk.end({ given: [root, reply], sessions: 2 });
  });
});

interface Elsewhere {
  readonly how: 'archived' | 'deleted' | 'terminated';
  readonly act: (session: string) => void;
}

const ELSEWHERE: readonly Elsewhere[] = [
  { how: 'archived', act: (session) => whole.agents.control.archive(session) },
  { how: 'deleted', act: (session) => whole.agents.control.remove(session) },
  {
    how: 'terminated',
    act: (session) =>
      whole.agents.control.terminate(session, { type: 'unknown_error', message: 'It cannot go on.' }),
  },
];

describe('a session that ends elsewhere', () => {
  onFreshGround();

  it.each(ELSEWHERE)(
    '$how while it rests (fault: session-deleted, session-archived, session-failed)',
    async ({ how, act }) => {
      const { ada } = whole.slack.control.ids;
      const talk = new Talk(
        whole,
        `${how}-resting`,
        `The session is ${how} while it rests: the next reply starts anew.`,
      );
      talk.script(turn('I am ready.'));
      const root = await talk.start(ada, '@heddle be ready', (thread) => thread.calm());
      const first = talk.thread.session;
      await talk.act(
        `the session is ${how} elsewhere`,
        () => act(first.id),
        () => true,
      );
      talk.script(turn('And on it goes.'));
      const reply = await talk.reply(ada, 'go on', (thread) => thread.calm(2));
      const gone = how === 'deleted';
      if (gone) expect(talk.thread.words()).toContain('I am ready.');
      await talk.end(gone ? { given: [reply], sessions: 1, from: 2 } : { given: [root, reply], sessions: 2 });
    },
  );

  it.each(ELSEWHERE)(
    '$how while it works (fault: session-deleted, session-archived, session-failed)',
    async ({ how, act }) => {
      const { ada } = whole.slack.control.ids;
      const talk = new Talk(
        whole,
        `${how}-working`,
        `The session is ${how} while it works: told, and the next reply starts anew.`,
      );
      talk.script(turn('Half of it.', gate(`${how} 1`), 'Never said.'));
      const root = await talk.start(ada, '@heddle write', (thread) => thread.live(1));
      await talk.act(
        `the session is ${how} elsewhere`,
        () => act(talk.thread.session.id),
        (thread) => thread.calm(),
      );
      talk.script(turn('And on it goes.'));
      const reply = await talk.reply(ada, 'go on', (thread) => thread.calm(2));
      const gone = how === 'deleted';
      if (gone) expect(talk.thread.words()).toContain('Half of it.');
      await talk.end(gone ? { given: [reply], sessions: 1, from: 2 } : { given: [root, reply], sessions: 2 });
    },
  );
});

describe('closing', () => {
  onFreshGround();

  it('by command archives; a reply resumes with what was said', async () => {
    const { ada, grace } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'close',
      '`@heddle close`: archived, told once; a reply starts a session that knows.',
    );
    talk.script(turn(gate('close 1'), 'The code is 4711.'));
    const root = await talk.start(ada, '@heddle tell me the code', (thread) => thread.live());
    await talk.reply(grace, '@heddle close', () => whisperedTo(talk, grace) === 1);
    await talk.open('close 1', (thread) => thread.calm());
    await talk.reply(grace, '@heddle close', (thread) => thread.calm(2) && thread.status() === 'closed');
    await talk.reply(grace, '@heddle close', () => whisperedTo(talk, grace) === 2);
    talk.script(turn('I remember it.'));
    const reply = await talk.reply(ada, 'what was it?', (thread) => thread.calm(3));
    await talk.end({ given: [root, reply], sessions: 2 });
  });

  it('after the idle timeout archives once; a reply resumes with what was said', async () => {
    const other = await startWhole({
      settings: { idleTimeoutMs: 1_000 },
      agents: { settings: { statusLagMs: 0, answerLagMs: 0 } },
    });
    try {
      const { ada } = other.slack.control.ids;
      const talk = new Talk(
        other,
        'idle',
        'Nobody writes for the idle timeout: closed, told once, and resumed by a reply.',
      );
      talk.script(turn('The code is 4711.'));
      const root = await talk.start(ada, '@heddle tell me the code', (thread) => thread.calm());
      const closed = (thread: Thread): boolean => thread.calm(2) && thread.status() === 'closed';
      await talk.act('nobody writes for the idle timeout', () => undefined, closed);
      talk.script(turn(gate('idle 1'), 'It was 4711.', gate('idle 2')));
      const reply = await talk.reply(ada, 'which code was it?', (thread) => thread.live());
      await talk.open('idle 1', (thread) => thread.live(2));
      await talk.open('idle 2', (thread) => thread.calm(3));
      await talk.end({ given: [root, reply], sessions: 2 });
    } finally {
      await other.stop();
    }
  });
});

function whisperedTo(talk: Talk, user: string): number {
  const { control } = talk.whole.slack;
  return control.ephemerals(user).filter(({ channel }) => channel === talk.channel).length;
}
