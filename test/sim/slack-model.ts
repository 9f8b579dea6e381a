/**
 * Slack as far as the bot can tell: channels with messages, threads and metadata, reactions, session status, people,
 * and limits that count. Errors and answers are those of the Web API (docs.slack.dev/reference/methods).
 */
import { webApi } from '@slack/bolt';
import type { Chance } from './chance.ts';
import { SlackLimits } from './slack-limits.ts';
import { START, type Timeline } from './timeline.ts';

type Args = Readonly<Record<string, unknown>>;

export const BOT = { team: 'T0HEDDLE', botUserId: 'U0BOT', botId: 'B0BOT', appId: 'A0HEDDLE' } as const;

export interface Block {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Message {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | undefined;
  readonly user: string;
  readonly own: boolean;
  text: string;
  blocks: readonly Block[];
  readonly key: string | undefined;
  deleted: boolean;
  /** How often it was written. */
  writes: number;
  /** When it was written last, ms of the run. */
  at: number;
  readonly reactions: Set<string>;
}

/** What only one person sees: beside a thread, or in their direct messages. */
export interface Aside {
  readonly user: string;
  readonly channel: string;
  readonly at: number;
  readonly text: string;
}

export interface Somebody {
  readonly id: string;
  readonly name: string;
  readonly role: 'member' | 'guest' | 'outsider';
}

/** Objects a page of `conversations.replies`: few, so that there are pages. */
const PAGE_AT_MOST = 40;

export function refuse(error: string): webApi.WebAPIPlatformError {
  return new webApi.WebAPIPlatformError({ ok: false, error });
}

function textOf(args: Args, name: string): string {
  const value = args[name];
  return typeof value === 'string' ? value : '';
}

export class SlackModel {
  readonly messages: Message[] = [];
  readonly asides: Aside[] = [];
  readonly people = new Map<string, Somebody>();
  /** Session status by `channel:thread`. */
  readonly statuses = new Map<string, string>();
  /** Answers with 429 until then, by method. */
  readonly closed = new Map<string, number>();
  /** Statuses are to be had here. */
  statusHere = true;
  limited = 0;
  private readonly timeline: Timeline;
  private readonly limits: SlackLimits;
  private readonly byTs = new Map<string, Message>();
  private lastTs = 0;

  constructor(timeline: Timeline, chance: Chance) {
    this.timeline = timeline;
    this.limits = new SlackLimits(timeline);
    this.statusHere = chance.yes(0.8);
  }

  /** A `ts` of its own for each message, in order of arrival. */
  newTs(): string {
    this.lastTs = Math.max(this.lastTs + 1, Math.floor((START + this.timeline.elapsed) * 1_000));
    const micros = String(this.lastTs);
    return `${micros.slice(0, -6)}.${micros.slice(-6)}`;
  }

  add(message: Omit<Message, 'deleted' | 'writes' | 'at' | 'reactions' | 'ts'> & { ts?: string }): Message {
    const one: Message = {
      ...message,
      ts: message.ts ?? this.newTs(),
      deleted: false,
      writes: 1,
      at: this.timeline.elapsed,
      reactions: new Set(),
    };
    this.messages.push(one);
    this.byTs.set(`${one.channel}:${one.ts}`, one);
    return one;
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
  call(method: string, args: Args): unknown {
    const wait = Math.max(this.closedFor(method), this.limits.wait(method, textOf(args, 'channel')));
    if (wait > 0) {
      const seconds = Math.max(1, Math.ceil(wait / 1000));
      this.limited += 1;
      throw new webApi.WebAPIRateLimitedError(seconds);
    }
    return { ok: true, ...this.answer(method, args) };
  }

  private closedFor(method: string): number {
    return (this.closed.get(method) ?? 0) - this.timeline.elapsed;
  }

  private answer(method: string, args: Args): object {
    switch (method) {
      case 'auth.test':
        return { team_id: BOT.team, user_id: BOT.botUserId, bot_id: BOT.botId };
      case 'chat.postMessage':
        return this.post(args);
      case 'chat.update':
        return this.update(args);
      case 'chat.delete':
        return this.remove(args);
      case 'chat.postEphemeral':
        return this.aside(textOf(args, 'user'), textOf(args, 'channel'), textOf(args, 'text'));
      case 'conversations.open':
        return { channel: { id: `D${textOf(args, 'users')}` } };
      case 'conversations.replies':
        return this.replies(args);
      case 'conversations.history':
        return this.history(args);
      case 'reactions.add':
      case 'reactions.remove':
        return this.react(method, args);
      case 'agents.sessions.setStatus':
        return this.setStatus(args);
      case 'users.info':
        return this.user(textOf(args, 'user'));
      default:
        throw refuse('unknown_method');
    }
  }

  private post(args: Args): object {
    const channel = textOf(args, 'channel');
    const threadTs = textOf(args, 'thread_ts') || undefined;
    if (threadTs === undefined) return this.aside(channel.slice(1), channel, textOf(args, 'text'));
    const root = this.byTs.get(`${channel}:${threadTs}`);
    if (!root) throw refuse('thread_not_found');
    const message = this.add({
      channel,
      threadTs,
      user: BOT.botUserId,
      own: true,
      ...this.body(args),
      key: keyIn(args['metadata']),
    });
    return { channel, ts: message.ts };
  }

  private body(args: Args): Pick<Message, 'text' | 'blocks'> {
    const blocks = (args['blocks'] ?? []) as readonly Block[];
    const text = textOf(args, 'text');
    if (blocks.length > 50) throw refuse('msg_blocks_too_many');
    if (blocks.length === 0 && text === '') throw refuse('no_text');
    // What the bot changes later may not change here.
    return { text, blocks: structuredClone(blocks) };
  }

  private update(args: Args): object {
    const message = this.message(textOf(args, 'channel'), textOf(args, 'ts'));
    if (!message?.own) throw refuse('message_not_found');
    if (textOf(args, 'text').length > 4_000) throw refuse('msg_too_long');
    Object.assign(message, this.body(args));
    message.writes += 1;
    message.at = this.timeline.elapsed;
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

  private replies(args: Args): object {
    const [channel, ts] = [textOf(args, 'channel'), textOf(args, 'ts')];
    const root = this.message(channel, ts)?.threadTs ?? ts;
    const all = this.thread(channel, root);
    if (all.length === 0) throw refuse('thread_not_found');
    const latest = textOf(args, 'latest');
    const until = latest === '' ? all : all.filter((one) => one.ts < latest);
    const from = Number(textOf(args, 'cursor') || '0');
    const size = Math.min(PAGE_AT_MOST, Number(args['limit'] ?? PAGE_AT_MOST));
    const page = until.slice(from, from + size);
    const next = from + size < until.length ? String(from + size) : '';
    const withMetadata = args['include_all_metadata'] === true;
    return {
      messages: page.map((one) => wire(one, withMetadata)),
      has_more: next !== '',
      response_metadata: { next_cursor: next },
    };
  }

  private history(args: Args): object {
    const one = this.message(textOf(args, 'channel'), textOf(args, 'latest'));
    return { messages: one && !one.threadTs ? [wire(one, false)] : [] };
  }

  private react(method: string, args: Args): object {
    const message = this.message(textOf(args, 'channel'), textOf(args, 'timestamp'));
    if (!message) throw refuse('message_not_found');
    const name = textOf(args, 'name');
    if (method === 'reactions.add') {
      if (message.reactions.has(name)) throw refuse('already_reacted');
      message.reactions.add(name);
    } else if (!message.reactions.delete(name)) throw refuse('no_reaction');
    return {};
  }

  private setStatus(args: Args): object {
    if (!this.statusHere) throw refuse('feature_disabled');
    const thread = `${textOf(args, 'channel_id')}:${textOf(args, 'thread_ts')}`;
    this.statuses.set(thread, textOf(args, 'status'));
    return {};
  }

  private user(id: string): object {
    const person = this.people.get(id);
    if (!person) throw refuse('user_not_found');
    return {
      user: {
        id,
        team_id: person.role === 'outsider' ? 'T0OTHER' : BOT.team,
        name: person.name,
        real_name: person.name,
        is_restricted: person.role === 'guest',
        is_stranger: person.role === 'outsider',
        profile: { display_name: person.name, real_name: person.name },
      },
    };
  }
}

function keyIn(metadata: unknown): string | undefined {
  const payload = (metadata as { event_payload?: { k?: unknown } } | undefined)?.event_payload;
  return typeof payload?.k === 'string' ? payload.k : undefined;
}

function wire(message: Message, withMetadata: boolean): object {
  const { ts, threadTs, user, own, text, key } = message;
  return {
    type: 'message',
    ts,
    user,
    text,
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    ...(own ? { bot_id: BOT.botId, app_id: BOT.appId } : {}),
    ...(withMetadata && key !== undefined
      ? { metadata: { event_type: 'heddle_message', event_payload: { k: key } } }
      : {}),
  };
}
