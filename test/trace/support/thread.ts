/** One Slack thread as a test looks at it: what stands in it, and the session behind it. */
import type { SessionView } from '../../../src/playground/agents/index.ts';
import type { SessionEvent } from '../../../src/playground/agents/types.ts';
import type { SeenMessage } from '../../../src/playground/slack/index.ts';
import { until, type Whole } from '../../support/whole.ts';

const BUSY = /:hourglass_flowing_sand:|:octagonal_sign: Stopping…/;

/** Something in it still moves or waits for a click. */
export function busy(message: SeenMessage): boolean {
  return (
    /heddle\.(stop|approve|deny)/.test(JSON.stringify(message.blocks)) ||
    BUSY.test(message.shown) ||
    message.streaming === 'in_progress'
  );
}

/** The agent's own words in a bot message: its Markdown, or the words of a plainer form. */
export function ownWords(message: SeenMessage | undefined): string {
  return (message?.blocks ?? [])
    .filter((block) => block.type === 'markdown')
    .map((block) => (typeof block['text'] === 'string' ? block['text'] : ''))
    .join('\n\n');
}

/** The words of a message that a client sent to the session, without mark and context. */
export function said(event: SessionEvent): string {
  return textsOf(event)
    .filter(
      (text) =>
        !text.startsWith('<slack ') && !text.startsWith('<context ') && !text.includes('it is context,'),
    )
    .join('\n');
}

export function textsOf(event: SessionEvent): readonly string[] {
  const content = (event['content'] as readonly { readonly text?: string }[] | undefined) ?? [];
  return content.flatMap(({ text }) => (text === undefined ? [] : [text]));
}

export class Thread {
  readonly whole: Whole;
  readonly channel: string;
  readonly ts: string;

  constructor(whole: Whole, channel: string, ts: string) {
    this.whole = whole;
    this.channel = channel;
    this.ts = ts;
  }

  messages(): readonly SeenMessage[] {
    return this.whole.slack.control.messages(this.channel, this.ts);
  }

  bot(): readonly SeenMessage[] {
    return this.whole.bot(this.channel, this.ts).filter((message) => !message.tombstone);
  }

  /** Everything the bot shows in the thread. */
  words(): string {
    return this.bot()
      .map((message) => message.shown)
      .join('\n');
  }

  /** The question that waits, the n-th of several. */
  card(nth = 0): SeenMessage {
    const cards = this.bot().filter((message) => JSON.stringify(message.blocks).includes('heddle.approve'));
    const card = cards[nth];
    if (!card) throw new Error(`there is no card ${nth}`);
    return card;
  }

  cards(): number {
    return this.bot().filter((message) => JSON.stringify(message.blocks).includes('heddle.approve')).length;
  }

  /** The sessions made for this thread, oldest first. */
  sessions(): readonly SessionView[] {
    return this.whole.agents.control.sessions().filter(({ record }) => {
      const metadata = record['metadata'] as Record<string, string>;
      return metadata['thread_ts'] === this.ts && metadata['channel'] === this.channel;
    });
  }

  get session(): SessionView {
    const session = this.sessions().at(-1);
    if (!session) throw new Error('the thread has no session');
    return session;
  }

  events(type: string): readonly SessionEvent[] {
    return this.sessions().flatMap(({ events }) => events.filter((event) => event.type === type));
  }

  status(): string | undefined {
    return this.whole.slack.control.status(this.channel, this.ts).session;
  }

  reactions(ts: string): readonly string[] {
    return this.whole.slack.control.reactions(this.channel, ts).map(({ name }) => name);
  }

  /** The newest message of a person carries this reaction. */
  marked(name: string): boolean {
    const newest = this.messages().findLast(({ user }) => user !== this.whole.slack.botUserId);
    return newest !== undefined && this.reactions(newest.ts).includes(name);
  }

  /** The agent works: a message with a Stop button stands, with its words where it has written so many texts. */
  live(texts = 0): boolean {
    const message = this.bot().findLast(({ blocks }) => JSON.stringify(blocks).includes('heddle.stop'));
    if (message === undefined || this.status() !== 'processing') return false;
    if (this.sessions().at(-1)?.status !== 'running') return false;
    return this.events('agent.message').length >= texts && (texts === 0 || ownWords(message) !== '');
  }

  /** Nothing looks busy, the agent rests, and the bot's messages are at least so many. */
  calm(count = 1): boolean {
    const messages = this.bot();
    if (messages.length < count || messages.some(busy)) return false;
    if (this.status() === 'processing' || this.status() === 'suspended') return false;
    const waits = this.messages().some(({ reactions }) =>
      reactions.some(({ name }) => name === 'hourglass_flowing_sand'),
    );
    return !waits && this.sessions().every(({ status }) => status === 'idle' || status === 'terminated');
  }

  async untilCalm(count = 1, timeoutMs = 10_000): Promise<void> {
    await this.until(() => this.calm(count), 'a calm thread', timeoutMs);
  }

  /** As {@link until}; a failure shows the thread. */
  async until<T>(look: () => T, what: string, timeoutMs = 10_000): Promise<NonNullable<T>> {
    try {
      return await until(look, what, timeoutMs);
    } catch (error) {
      const lines = this.messages().map(
        ({ user, shown }) => `${user}: ${JSON.stringify(shown.slice(0, 400))}`,
      );
      const events = this.sessions().map(
        ({ id, status, events }) => `${id} ${status}: ${events.map(({ type }) => type).join(' ')}`,
      );
      const calls = this.whole.slack.control.calls
        .log()
        .slice(-10)
        .map(({ method, status, error: code }) => `${method} ${code ?? status}`);
      const facts = [`status ${this.status()}`, ...lines, ...events, calls.join(', ')];
      throw new Error(`${(error as Error).message}\n${facts.join('\n')}`, { cause: error });
    }
  }
}
