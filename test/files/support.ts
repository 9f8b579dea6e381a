/** Ground for files: the whole product, a thread in which somebody attaches some, and what the agent was given. */
import type { Attached } from '../../src/playground/slack/control.ts';
import type { SessionEvent } from '../../src/playground/agents/types.ts';
import { SHORT, startWhole, until, type Whole, type WholeOptions } from '../support/whole.ts';

/** The smallest picture there is: one pixel. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=',
  'base64',
);

export const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type /Page>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');

export function start(options: WholeOptions = {}): Promise<Whole> {
  const agents = { pace: 0, settings: { fileLagMs: 10, statusLagMs: 0, answerLagMs: 0 } };
  return startWhole({ times: SHORT, agents, ...options });
}

let channels = 0;

/** A channel of its own: posts in one are a second apart. */
export function channelOf(whole: Whole): string {
  const { ids, createChannel, join } = whole.slack.control;
  channels += 1;
  const channel = createChannel({ user: ids.ada, name: `files-${channels}` });
  for (const user of [ids.bot, ids.grace]) join({ user, channel, inviter: ids.ada });
  return channel;
}

export interface Said {
  readonly text?: string;
  readonly files: Attached[];
  readonly user?: string;
  readonly channel?: string;
  readonly threadTs?: string;
}

/** Somebody says something with files; the message's `ts`. */
export function attach(
  whole: Whole,
  { text = '@heddle look', files, user, channel, threadTs }: Said,
): string {
  const { ids, say } = whole.slack.control;
  return say({
    user: user ?? ids.ada,
    channel: channel ?? ids.general,
    text,
    files,
    ...(threadTs === undefined ? {} : { threadTs }),
  });
}

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly title?: string;
  readonly source?: { readonly file_id?: string };
}

/** What the agent was given for the message with this `ts`, once it was. */
export async function given(whole: Whole, ts: string, timeoutMs = 10_000): Promise<readonly Block[]> {
  const found = await until(() => messageOf(whole, ts), `the message ${ts} at the agent`, timeoutMs);
  return found['content'] as readonly Block[];
}

export function messageOf(whole: Whole, ts: string): SessionEvent | undefined {
  return whole.agents.control
    .sessions()
    .flatMap((session) => session.events)
    .find(
      (event) =>
        event.type === 'user.message' && JSON.stringify(event['content']).includes(`<slack ts=\\"${ts}\\"`),
    );
}

export function textsOf(blocks: readonly Block[]): string {
  return blocks.map(({ text = '' }) => text).join('\n');
}
