/**
 * A Redis that comes back as it was a while ago: its records are there, and older than Slack and the sessions are.
 * Nothing that was said since is said or done again, nothing is overwritten, and each thread goes on from where it is.
 */
import { Redis } from 'ioredis';
import { describe, expect, it, vi } from 'vitest';
import type { Script } from '../../src/playground/agents/index.ts';
import type { Whole } from '../support/whole.ts';
import { removing } from '../support/removing.ts';
import { ask, endsSound, reply } from '../trace/support/ground.ts';
import { freshChannel, gate, turn } from '../trace/support/talk.ts';
import { ownWords, type Thread } from '../trace/support/thread.ts';
import { approve, down, filled, onLossyGround, up } from './support.ts';

vi.setConfig({ maxConcurrency: 2, testTimeout: 90_000 });

const PATIENT = 30_000;

/** Threads by what happens in them after the copy is made. */
interface Threads {
  readonly answered: Thread;
  readonly writing: Thread;
  readonly asking: Thread;
  /** It writes when the copy is made, ends, and answers once more. */
  readonly ended: Thread;
}

/** What was given to each thread's session. */
type Given = Map<Thread, string[]>;

function say(given: Given, thread: Thread, script: Script, text: string): void {
  thread.whole.agents.control.script(script);
  given.get(thread)?.push(reply(thread, text));
}

async function begin(whole: Whole, given: Given): Promise<Threads> {
  const start = async (name: string, script: Script, texts: number): Promise<Thread> => {
    const thread = ask(whole, { script, channel: freshChannel(whole, name) });
    given.set(thread, [thread.ts]);
    await thread.until(() => thread.events('agent.message').length === texts, 'its words', PATIENT);
    return thread;
  };
  const threads = {
    answered: await start('answered', turn('The first answer.'), 1),
    writing: await start('writing', turn('The first answer.'), 1),
    asking: await start('asking', turn('The first answer.'), 1),
    ended: await start('ended', turn('Half of it.', gate('ended'), 'The rest.'), 1),
  };
  for (const thread of [threads.answered, threads.writing, threads.asking])
    await thread.untilCalm(1, PATIENT);
  await threads.ended.until(() => threads.ended.live(1), 'half of the answer', PATIENT);
  return threads;
}

async function goFurther({ answered, writing, asking, ended }: Threads, given: Given): Promise<void> {
  const { whole } = answered;
  say(given, answered, turn('The second answer.'), 'and then?');
  await answered.until(() => answered.words().includes('The second answer.'), 'it', PATIENT);
  whole.agents.control.open('ended');
  await ended.untilCalm(1, PATIENT);
  say(given, ended, turn('One more answer.'), 'one more?');
  await ended.until(() => ended.words().includes('One more answer.'), 'it', PATIENT);
  say(given, asking, turn(removing('May I?'), 'And gone.'), 'remove it');
  await asking.until(() => asking.cards() === 1, 'a question', PATIENT);
  say(given, writing, turn('Half of the next.', gate('writing'), 'Its rest.'), 'write on');
  await writing.until(() => writing.words().includes('Half of the next.'), 'half of it', PATIENT);
  await answered.untilCalm(2, PATIENT);
  await ended.untilCalm(2, PATIENT);
}

/** What people see of each thread. */
const seen = (threads: Threads): string[][] => [threads.answered, threads.ended].map(answersOf);

/** Without the line below them: which says what they took. */
function answersOf(thread: Thread): string[] {
  return thread.bot().map((message) => ownWords(message));
}

async function goOn(threads: Threads, given: Given): Promise<void> {
  const { answered, writing, asking, ended } = threads;
  const { whole } = answered;
  whole.agents.control.open('writing');
  await writing.until(() => writing.words().includes('Its rest.'), 'the rest', PATIENT);
  await endsSound(writing, { messages: 2, given: given.get(writing) ?? [] });
  await approve(asking, whole.slack.control.ids.grace);
  await endsSound(asking, { messages: 3, given: given.get(asking) ?? [] });
  for (const thread of [answered, ended]) {
    const before = answersOf(thread);
    say(given, thread, turn('The last answer.'), 'and now?');
    await thread.until(() => thread.words().includes('The last answer.'), 'the last answer', PATIENT);
    await endsSound(thread, { messages: 3, given: given.get(thread) ?? [] });
    expect(answersOf(thread)).toEqual([...before, 'The last answer.']);
  }
}

async function copied(whole: Whole): Promise<void> {
  const control = new Redis(whole.redis.path);
  await control.save();
  control.disconnect();
}

/** The server is as it was when the copy was made. */
async function asCopied(whole: Whole): Promise<void> {
  await whole.redis.kill9();
  await whole.redis.restart();
}

/** The same, while nobody looks. */
async function copiedMeanwhile(whole: Whole): Promise<void> {
  await down(whole);
  await asCopied(whole);
  await up(whole);
}

describe.concurrent('an older copy of Redis (fault: redis-older)', () => {
  it.each([
    ['under a running process', asCopied],
    ['found by a process that starts', copiedMeanwhile],
  ])('%s', async (_, becomesOlder) => {
    await onLossyGround(async (whole) => {
      const given: Given = new Map();
      await filled(whole);
      const threads = await begin(whole, given);
      await copied(whole);
      await goFurther(threads, given);
      const before = seen(threads);
      await becomesOlder(whole);
      await goOn(threads, given);
      expect(seen(threads).map((shown) => shown.slice(0, 2))).toEqual(before);
      expect(whole.agents.control.sessions()).toHaveLength(4);
    })();
  });

  it(
    'that does not know a thread: a reply goes on in its session',
    onLossyGround(async (whole) => {
      await filled(whole);
      await copied(whole);
      const thread = ask(whole, { script: turn('The first answer.') });
      await thread.untilCalm(1, PATIENT);
      await asCopied(whole);
      whole.agents.control.script(turn('The second answer.'));
      const next = reply(thread, 'and now?');
      await thread.until(() => thread.words().includes('The second answer.'), 'its answer', PATIENT);
      await endsSound(thread, { messages: 2, given: [thread.ts, next] });
    }),
  );
});
