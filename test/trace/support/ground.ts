/** Ground for conversations on which things go wrong: short times, a channel a case, a sound end. */
import type { Script } from '../../../src/playground/agents/index.ts';
import { SHORT, startWhole, type Whole, type WholeOptions } from '../../support/whole.ts';
import { expectSound, expectWellFormed, type Sound } from './sound.ts';
import { Thread } from './thread.ts';

/**
 * A product of its own for one case, so that cases may run side by side: most of their time they wait for what is
 * only believed after a while.
 */
export function onGround(
  work: (whole: Whole) => Promise<void>,
  options: WholeOptions = {},
): () => Promise<void> {
  return async () => {
    const whole = await startWhole({ times: SHORT, ...options });
    try {
      await work(whole);
    } finally {
      await whole.stop();
    }
  };
}

export interface Asked {
  readonly script?: Script;
  readonly text?: string;
  readonly channel?: string;
}

/** A new thread: somebody asks, and the agent does what the script says. */
export function ask(whole: Whole, { script, text = '@heddle weave', channel }: Asked = {}): Thread {
  const { control } = whole.slack;
  if (script) whole.agents.control.script(script);
  const where = channel ?? control.ids.general;
  return new Thread(whole, where, control.say({ user: control.ids.ada, channel: where, text }));
}

export function reply(
  thread: Thread,
  text: string,
  user: string = thread.whole.slack.control.ids.grace,
): string {
  const { channel, ts } = thread;
  return thread.whole.slack.control.say({ user, channel, text, threadTs: ts });
}

export function press(thread: Thread, actionId: string, ts: string): Promise<unknown> {
  const { control } = thread.whole.slack;
  return control.click({ user: control.ids.ada, channel: thread.channel, ts, actionId });
}

/** The thread comes to rest, shows so many bot messages at least, and is sound. */
export async function endsSound(
  thread: Thread,
  sound: Partial<Sound> & { messages?: number } = {},
): Promise<void> {
  await thread.untilCalm(sound.messages ?? 1, 15_000);
  thread.whole.agents.control.script(null);
  expectSound(thread, { given: [thread.ts], ...sound });
  expectWellFormed(thread);
}
