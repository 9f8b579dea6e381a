/** Arguments and refusals of the Web API, and a message as the API gives it. */
import { webApi } from '@slack/bolt';
import { BOT, type Message, type World } from './slack-kinds.ts';

export type Args = Readonly<Record<string, unknown>>;

export function refuse(error: string): webApi.WebAPIPlatformError {
  return new webApi.WebAPIPlatformError({ ok: false, error });
}

export function textOf(args: Args, name: string): string {
  const value = args[name];
  return typeof value === 'string' ? value : '';
}

interface Payload {
  readonly k?: unknown;
  readonly s?: unknown;
}

/** By which a message is found again, and which message of its thread it is. */
export function namesIn(metadata: unknown): Pick<Message, 'key' | 'slot'> {
  const payload = (metadata as { event_payload?: Payload } | undefined)?.event_payload;
  const name = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  return { key: name(payload?.k), slot: name(payload?.s) };
}

/** As `conversations.replies` and `conversations.history` list it. */
export function wire(slack: World, message: Message, withMetadata: boolean): object {
  const { ts, threadTs, user, own, text, key, slot, blocks, stream, reactions } = message;
  const replies = threadTs === undefined ? slack.thread(message.channel, ts).slice(1) : [];
  const person = slack.people.get(user);
  const newest = replies.at(-1);
  return {
    type: 'message',
    ts,
    user,
    text,
    ...(own ? { blocks } : {}),
    ...(person?.role === 'outsider' ? { user_team: slack.teamOf(person) } : {}),
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    ...(newest
      ? { thread_ts: ts, latest_reply: newest.ts, reply_users: [...new Set(replies.map((one) => one.user))] }
      : {}),
    ...(own ? { bot_id: BOT.botId, app_id: BOT.appId } : {}),
    ...(stream === undefined ? {} : { streaming_state: stream }),
    ...(reactions.size > 0
      ? { reactions: [...reactions.keys()].map((name) => ({ name, users: [BOT.botUserId], count: 1 })) }
      : {}),
    ...(withMetadata && key !== undefined
      ? {
          metadata: {
            event_type: 'heddle_message',
            event_payload: { k: key, ...(slot === undefined ? {} : { s: slot }) },
          },
        }
      : {}),
  };
}
