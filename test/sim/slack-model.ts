/**
 * Slack as far as the bot can tell: channels with messages, threads and metadata, reactions, session status, people,
 * and limits that count. Errors and answers are those of the Web API (docs.slack.dev/reference/methods).
 */
import { webApi } from '@slack/bolt';
import type { Chance } from './chance.ts';
import type { Departure } from './network.ts';
import { BOT, type Aside, type Block, type Message, type Somebody, type World } from './slack-kinds.ts';
import { SlackLimits } from './slack-limits.ts';
import { SlackReads } from './slack-reads.ts';
import { SlackStreams } from './slack-streams.ts';
import { namesIn, refuse, textOf, type Args } from './slack-words.ts';
import { START, type Timeline } from './timeline.ts';

type Fresh = Pick<Message, 'channel' | 'threadTs' | 'user' | 'own' | 'text' | 'blocks'>;

export class SlackModel implements World {
  readonly messages: Message[] = [];
  readonly asides: Aside[] = [];
  readonly people = new Map<string, Somebody>();
  /** Session status by `channel:thread`, and the call that set it last. */
  readonly statuses = new Map<string, string>();
  readonly statusBy = new Map<string, Departure>();
  readonly streams: SlackStreams;
  /** Answers with 429 until then, by method. */
  readonly closed = new Map<string, number>();
  /** Statuses are to be had here. */
  statusHere = true;
  limited = 0;
  private readonly timeline: Timeline;
  private readonly limits: SlackLimits;
  private readonly reads: SlackReads;
  private readonly byTs = new Map<string, Message>();
  private lastTs = 0;

  constructor(timeline: Timeline, chance: Chance) {
    this.timeline = timeline;
    this.limits = new SlackLimits(timeline);
    this.reads = new SlackReads(this);
    this.streams = new SlackStreams(this, timeline);
    this.statusHere = chance.yes(0.8);
  }

  /** A `ts` of its own for each message, in order of arrival. */
  newTs(): string {
    this.lastTs = Math.max(this.lastTs + 1, Math.floor((START + this.timeline.elapsed) * 1_000));
    const micros = String(this.lastTs);
    return `${micros.slice(0, -6)}.${micros.slice(-6)}`;
  }

  add(message: Fresh, posted?: Departure): Message {
    const one: Message = {
      ...message,
      ts: this.newTs(),
      key: undefined,
      slot: undefined,
      stream: undefined,
      deleted: false,
      writes: 1,
      at: this.timeline.elapsed,
      posted,
      written: posted,
      reactions: new Map(),
    };
    this.messages.push(one);
    this.byTs.set(`${one.channel}:${one.ts}`, one);
    return one;
  }

  teamOf({ role }: Somebody): string {
    return role === 'outsider' ? 'T0OTHER' : BOT.team;
  }

  message(channel: string, ts: string): Message | undefined {
    const found = this.byTs.get(`${channel}:${ts}`);
    return found?.deleted ? undefined : found;
  }

  /** The thread with its root, as people read it. */
  thread(channel: string, root: string): readonly Message[] {
    return this.messages.filter(
      (one) => one.channel === channel && !one.deleted && (one.ts === root || one.threadTs === root),
    );
  }

  /** One call of the Web API. */
  call(method: string, args: Args, left: Departure): unknown {
    const wait = Math.max(this.closedFor(method), this.limits.wait(method, textOf(args, 'channel')));
    if (wait > 0) {
      const seconds = Math.max(1, Math.ceil(wait / 1000));
      this.limited += 1;
      throw new webApi.WebAPIRateLimitedError(seconds);
    }
    return { ok: true, ...this.answer(method, args, left) };
  }

  private closedFor(method: string): number {
    return (this.closed.get(method) ?? 0) - this.timeline.elapsed;
  }

  private answer(method: string, args: Args, left: Departure): object {
    switch (method) {
      case 'auth.test':
        return { team_id: BOT.team, user_id: BOT.botUserId, bot_id: BOT.botId };
      case 'chat.postMessage':
        return this.post(args, left);
      case 'chat.update':
        return this.update(args, left);
      case 'chat.delete':
        return this.remove(args);
      case 'chat.postEphemeral':
        return this.aside(textOf(args, 'user'), textOf(args, 'channel'), textOf(args, 'text'));
      case 'conversations.open':
        return { channel: { id: `D${textOf(args, 'users')}` } };
      case 'chat.startStream':
        return this.streams.start(args, left, (text) =>
          this.addOwn(args, { text, blocks: [{ type: 'markdown', text }] }, left),
        );
      case 'chat.appendStream':
        return this.touched(args, left, this.streams.append(args));
      case 'chat.stopStream':
        return this.touched(args, left, this.streams.stop(args, left, namesIn(args['metadata'])));
      case 'conversations.replies':
        return this.reads.replies(args);
      case 'conversations.history':
        return this.reads.history(args);
      case 'users.conversations':
        return this.reads.places();
      case 'reactions.add':
      case 'reactions.remove':
        return this.react(method, args, left);
      case 'agents.sessions.setStatus':
        return this.setStatus(args, left);
      case 'users.info':
        return this.user(textOf(args, 'user'));
      default:
        throw refuse('unknown_method');
    }
  }

  private post(args: Args, left: Departure): object {
    const channel = textOf(args, 'channel');
    if (textOf(args, 'thread_ts') === '') return this.aside(channel.slice(1), channel, textOf(args, 'text'));
    const message = Object.assign(this.addOwn(args, this.body(args), left), namesIn(args['metadata']));
    return { channel, ts: message.ts, message: { thread_ts: message.threadTs } };
  }

  /** Into a thread that there is. */
  private addOwn(args: Args, body: Pick<Message, 'text' | 'blocks'>, left: Departure): Message {
    const [channel, threadTs] = [textOf(args, 'channel'), textOf(args, 'thread_ts')];
    if (!this.byTs.has(`${channel}:${threadTs}`)) throw refuse('thread_not_found');
    return this.add({ channel, threadTs, user: BOT.botUserId, own: true, ...body }, left);
  }

  private touched(args: Args, left: Departure, answer: object): object {
    const message = this.message(textOf(args, 'channel'), textOf(args, 'ts'));
    if (message) message.written = left;
    return answer;
  }

  private body(args: Args): Pick<Message, 'text' | 'blocks'> {
    const blocks = (args['blocks'] ?? []) as readonly Block[];
    const text = textOf(args, 'text');
    if (blocks.length > 50) throw refuse('msg_blocks_too_many');
    if (blocks.length === 0 && text === '') throw refuse('no_text');
    // What the bot changes later may not change here.
    return { text, blocks: structuredClone(blocks) };
  }

  private update(args: Args, left: Departure): object {
    const message = this.message(textOf(args, 'channel'), textOf(args, 'ts'));
    if (!message?.own) throw refuse('message_not_found');
    if (message.stream === 'in_progress') throw refuse('streaming_state_conflict');
    if (textOf(args, 'text').length > 4_000) throw refuse('msg_too_long');
    Object.assign(message, this.body(args));
    message.writes += 1;
    message.at = this.timeline.elapsed;
    message.written = left;
    return { channel: message.channel, ts: message.ts };
  }

  private remove(args: Args): object {
    const message = this.message(textOf(args, 'channel'), textOf(args, 'ts'));
    if (!message?.own) throw refuse('message_not_found');
    message.deleted = true;
    return {};
  }

  private aside(user: string, channel: string, text: string): object {
    this.asides.push({ user, channel, text, at: this.timeline.elapsed });
    return { ts: this.newTs(), channel };
  }

  private react(method: string, args: Args, left: Departure): object {
    const message = this.message(textOf(args, 'channel'), textOf(args, 'timestamp'));
    if (!message) throw refuse('message_not_found');
    const name = textOf(args, 'name');
    if (method === 'reactions.add') {
      if (message.reactions.has(name)) throw refuse('already_reacted');
      message.reactions.set(name, left);
    } else if (!message.reactions.delete(name)) throw refuse('no_reaction');
    return {};
  }

  private setStatus(args: Args, left: Departure): object {
    if (!this.statusHere) throw refuse('feature_disabled');
    this.setSession(textOf(args, 'channel_id'), textOf(args, 'thread_ts'), textOf(args, 'status'), left);
    return {};
  }

  /** What Slack shows of the session; `left`: the call that says so, where it was one. */
  setSession(channel: string, root: string, status: string, left?: Departure): void {
    const thread = `${channel}:${root}`;
    if (!this.statusHere) return;
    this.statuses.set(thread, status);
    if (left) this.statusBy.set(thread, left);
    else this.statusBy.delete(thread);
  }

  private user(id: string): object {
    const person = this.people.get(id);
    if (!person) throw refuse('user_not_found');
    return {
      user: {
        id,
        team_id: this.teamOf(person),
        name: person.name,
        real_name: person.name,
        is_restricted: person.role === 'guest',
        is_stranger: person.role === 'outsider',
        profile: { display_name: person.name, real_name: person.name },
      },
    };
  }
}
