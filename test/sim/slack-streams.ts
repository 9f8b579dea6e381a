/**
 * Slack's own streaming (docs.slack.dev/reference/methods/chat.startStream and its siblings): one message that grows
 * by what is appended, until it is stopped, by the bot, by somebody, or by Slack itself.
 */
import type { Block, Message, StreamState, World } from './slack-kinds.ts';
import type { Departure } from './network.ts';
import { refuse, textOf, type Args } from './slack-words.ts';
import type { Timeline } from './timeline.ts';

/** Slack ends a stream by itself (reported by others: about 306 s). */
const LIFE_MS = 306_000;
const MARKDOWN_AT_MOST = 12_000;

export class SlackStreams {
  private readonly slack: World;
  private readonly timeline: Timeline;

  constructor(slack: World, timeline: Timeline) {
    this.slack = slack;
    this.timeline = timeline;
  }

  start(args: Args, left: Departure, add: (text: string) => Message): object {
    const person = this.slack.people.get(textOf(args, 'recipient_user_id'));
    if (!person) throw refuse('user_not_found');
    if (textOf(args, 'recipient_team_id') !== this.slack.teamOf(person)) throw refuse('team_not_found');
    const message = add(words(args));
    message.stream = 'in_progress';
    this.slack.setSession(message.channel, message.threadTs ?? '', 'processing', left);
    this.timeline.after(LIFE_MS, () => this.end(message, 'errored'));
    return { channel: message.channel, ts: message.ts };
  }

  append(args: Args): object {
    const message = this.open(args);
    const more = words(args);
    if (more === '') throw refuse('no_text');
    this.grow(message, more, []);
    return { channel: message.channel, ts: message.ts };
  }

  stop(args: Args, left: Departure, { key, slot }: Pick<Message, 'key' | 'slot'>): object {
    const message = this.open(args);
    this.grow(message, words(args), (args['blocks'] ?? []) as readonly Block[]);
    message.stream = 'completed';
    message.key = key;
    message.slot = slot;
    const status = textOf(args, 'session_status') || 'active';
    this.slack.setSession(message.channel, message.threadTs ?? '', status, left);
    return { channel: message.channel, ts: message.ts };
  }

  /** Somebody pressed Slack's Stop: Slack ends the streams of that thread itself. */
  stopAll(channel: string, root: string): void {
    for (const message of this.slack.thread(channel, root)) this.end(message, 'stopped');
  }

  private end(message: Message, state: StreamState): void {
    if (message.stream !== 'in_progress') return;
    message.stream = state;
    this.slack.setSession(message.channel, message.threadTs ?? '', 'active');
  }

  private open(args: Args): Message {
    const message = this.slack.message(textOf(args, 'channel'), textOf(args, 'ts'));
    if (!message?.own) throw refuse('message_not_found');
    if (message.stream === 'stopped') throw refuse('stopped_by_user');
    if (message.stream !== 'in_progress') throw refuse('message_not_in_streaming_state');
    return message;
  }

  private grow(message: Message, more: string, below: readonly Block[]): void {
    message.text += more;
    message.blocks = [{ type: 'markdown', text: message.text }, ...structuredClone(below)];
    message.writes += 1;
    message.at = this.timeline.elapsed;
  }
}

function words(args: Args): string {
  const text = textOf(args, 'markdown_text');
  if (text.length > MARKDOWN_AT_MOST) throw refuse('msg_too_long');
  return text;
}
