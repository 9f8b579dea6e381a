/** A conversation that a test leads: people, the scripted agent's gates, and what is waited for after each act. */
import type { Op, Script } from '../../../src/playground/agents/index.ts';
import { request } from '../../../src/playground/agents/index.ts';
import type { Whole } from '../../support/whole.ts';
import { expectSound, expectWellFormed, type Sound } from './sound.ts';
import { Thread } from './thread.ts';
import { Trace } from './trace.ts';

/** A turn of the scripted agent: a string is said in a model request of its own, a gate is waited at. */
export function turn(...parts: readonly (string | Op | readonly Op[])[]): Script {
  const ops = parts.flatMap((part): readonly Op[] =>
    typeof part === 'string' ? request(part) : 'op' in part ? [part] : part,
  );
  return { ops: [...ops, { op: 'idle' }] };
}

/** The turn waits here until {@link Talk.open} opens the gate. */
export function gate(name: string): Op {
  return { op: 'gate', name };
}

/** A channel of its own, with the bot and everybody who may be in it: posts to one channel have a rate of their own. */
export function freshChannel({ slack }: Whole, name: string): string {
  const { control } = slack;
  const { ids } = control;
  const channel = channelCalled(slack, name);
  for (const user of [ids.bot, ids.grace, ids.linus, ids.margaret, ids.guest]) {
    control.join({ user, channel, inviter: ids.ada });
  }
  return channel;
}

/** A test that is tried once more finds the channel of its first try in the way. */
function channelCalled({ control }: Whole['slack'], name: string): string {
  const user = control.ids.ada;
  try {
    return control.createChannel({ user, name });
  } catch {
    return control.createChannel({ user, name: `${name}-again` });
  }
}

type Complete = (thread: Thread) => unknown;

export interface Words {
  readonly channel?: string;
  readonly broadcast?: boolean;
  readonly raw?: boolean;
  readonly files?: { name: string; content: string }[];
}

export class Talk {
  readonly whole: Whole;
  readonly trace: Trace;
  readonly channel: string;
  #thread: Thread | undefined;

  constructor(whole: Whole, name: string, about: string, channel: string = freshChannel(whole, name)) {
    this.whole = whole;
    this.channel = channel;
    this.trace = new Trace(whole, name, about);
    this.trace.names.call(channel, name);
  }

  get thread(): Thread {
    if (!this.#thread) throw new Error('nobody has said anything yet');
    return this.#thread;
  }

  /** What the agent does in the turns that begin from now on; null for its keywords. */
  script(script: Script | null): void {
    this.whole.agents.control.script(script);
  }

  #name(user: string): string {
    return this.trace.names.in(`<@${user}>`).slice(1);
  }

  /** A message at the top of the channel: the thread of the conversation. */
  async start(user: string, text: string, complete: Complete, more: Words = {}): Promise<string> {
    const { control } = this.whole.slack;
    const act = (): string => {
      const ts = control.say({ user, channel: this.channel, text, ...more });
      this.trace.names.of('p', ts);
      this.#thread = new Thread(this.whole, this.channel, ts);
      return ts;
    };
    return this.act(`${this.#name(user)} writes ${describe(text, more)}`, act, complete);
  }

  async reply(user: string, text: string, complete: Complete, more: Words = {}): Promise<string> {
    const { control } = this.whole.slack;
    const act = (): string => {
      const ts = control.say({ user, channel: this.channel, text, threadTs: this.thread.ts, ...more });
      this.trace.names.of('p', ts);
      return ts;
    };
    return this.act(`${this.#name(user)} replies ${describe(text, more)}`, act, complete);
  }

  /** The agent goes on behind a gate. */
  async open(name: string, complete: Complete): Promise<void> {
    await this.act('the agent goes on', () => this.whole.agents.control.open(name), complete);
  }

  async click(
    user: string,
    label: string,
    actionId: string,
    ts: () => string,
    complete: Complete,
  ): Promise<void> {
    const { control } = this.whole.slack;
    const press = async (): Promise<void> => {
      const message = ts();
      const { ok } = await control.click({ user, channel: this.channel, ts: message, actionId });
      if (!ok) this.trace.note(`Slack tells ${this.#name(user)} that the app did not respond`);
    };
    await this.act(`${this.#name(user)} presses [${label}]`, press, complete);
  }

  async act<T>(title: string, act: () => T, complete: Complete): Promise<Awaited<T>> {
    return this.trace.beat(title, act, () => this.thread.until(() => complete(this.thread), `“${title}”`));
  }

  /** The conversation is over: it is sound, and as it was recorded. */
  async end(sound: Sound): Promise<void> {
    await this.thread.untilCalm();
    this.script(null);
    expectSound(this.thread, sound);
    expectWellFormed(this.thread);
    this.trace.matches();
  }
}

function describe(text: string, { files = [], broadcast }: Words): string {
  const attached =
    files.length === 0 ? '' : ` with ${files.length === 1 ? 'a file' : `${files.length} files`}`;
  const also = broadcast ? ', also to the channel' : '';
  return `“${text.length > 200 ? `${text.slice(0, 40)}… (${text.length} characters)` : text}”${attached}${also}`;
}
