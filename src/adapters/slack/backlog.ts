/**
 * What stands in Slack already: our own messages of a thread with what they say of themselves, and what people
 * wrote while nobody listened.
 *
 * Shapes: docs.slack.dev/reference/methods, conversations.history, conversations.replies and users.conversations.
 */
import type { IncomingMessage } from '../../core/event.ts';
import type { OwnMessage } from '../../core/remains.ts';
import { PortError } from '../../errors.ts';
import type { BotIdentity } from '../../ports.ts';
import type { ChannelLog, Place, SlackBacklog, ThreadRoot } from '../../ports-recovery.ts';
import type { Calls } from './calls.ts';
import { flag, object, objects, text, timestamp, type Fields } from './fields.ts';
import { narrowEarlier } from './narrow.ts';
import { isLaterTs, keyOf } from './reads.ts';
import { METADATA_TYPE } from './writes.ts';

/** Objects a page; at most 999 for `conversations.history`. */
const PAGE = 500;

export function createBacklog(calls: Calls, bot: BotIdentity): SlackBacklog {
  const { team } = bot;

  async function placesOf(types: string): Promise<readonly Place[]> {
    const places: Place[] = [];
    const args = { types, exclude_archived: true, limit: PAGE };
    await calls.pages(
      team,
      'users.conversations',
      args,
      (page) => {
        for (const channel of objects(page, 'channels')) {
          const id = text(channel, 'id');
          const surface = flag(channel, 'is_im') ? 'im' : 'channel';
          const shared = flag(channel, 'is_ext_shared') ? { shared: true as const } : {};
          if (id !== undefined) places.push({ channel: id, surface, ...shared });
        }
        return 'more';
      },
      'delta',
    );
    return places;
  }

  return {
    async shown(thread, urgent) {
      const own: OwnMessage[] = [];
      const reactions: Record<string, readonly string[]> = {};
      const args = { channel: thread.channel, ts: thread.ts, limit: PAGE, include_all_metadata: true };
      await calls.pages(
        team,
        'conversations.replies',
        args,
        (page) => {
          for (const message of objects(page, 'messages')) {
            const ts = timestamp(message, 'ts');
            if (ts === undefined) continue;
            if (isBy(message, bot)) own.push(ownMessage(message, ts));
            else if (reactionsBy(message, bot).length > 0) reactions[ts] = reactionsBy(message, bot);
          }
          return 'more';
        },
        urgent ? 'question' : 'delta',
      );
      return { own, reactions };
    },

    /** Scopes for group direct messages are optional in the manifest: without them Slack refuses the whole list. */
    async places() {
      try {
        return await placesOf('im,mpim,private_channel,public_channel');
      } catch (error) {
        if (!(error instanceof PortError) || error.code !== 'missing_scope') throw error;
        return placesOf('im,private_channel,public_channel');
      }
    },

    async channel({ channel, surface }, oldest, pages) {
      const messages: IncomingMessage[] = [];
      const roots: ThreadRoot[] = [];
      let read = 0;
      let more = false;
      await calls.pages(
        team,
        'conversations.history',
        { channel, oldest, limit: PAGE },
        (page) => {
          for (const message of objects(page, 'messages')) {
            const incoming = narrowEarlier(message, channel, surface, bot);
            if (incoming && incoming.threadTs === undefined) messages.push(incoming);
            const root = rootOf(message, bot);
            if (root) roots.push(root);
          }
          read += 1;
          more = flag(page, 'has_more');
          return read < pages ? 'more' : 'enough';
        },
        'delta',
      );
      return { messages: inOrder(messages), roots, cut: more } satisfies ChannelLog;
    },

    async replies({ channel, ts }, oldest) {
      const messages: IncomingMessage[] = [];
      const surface = channel.startsWith('D') ? 'im' : 'channel';
      const args = { channel, ts, oldest, limit: PAGE };
      await calls.pages(
        team,
        'conversations.replies',
        args,
        (page) => {
          for (const message of objects(page, 'messages')) {
            // The first page begins with the root, whatever the range.
            const incoming = narrowEarlier(message, channel, surface, bot);
            if (incoming?.threadTs !== undefined && isLaterTs(incoming.ts, oldest)) messages.push(incoming);
          }
          return 'more';
        },
        'delta',
      );
      return inOrder(messages);
    },
  };
}

function inOrder(messages: readonly IncomingMessage[]): readonly IncomingMessage[] {
  return [...messages].sort((a, b) => (a.ts === b.ts ? 0 : isLaterTs(a.ts, b.ts) ? 1 : -1));
}

function isBy(message: Fields, { botUserId, botId }: BotIdentity): boolean {
  return text(message, 'user') === botUserId || text(message, 'bot_id') === botId;
}

function ownMessage(message: Fields, ts: string): OwnMessage {
  const metadata = object(message, 'metadata');
  const payload =
    text(metadata, 'event_type') === METADATA_TYPE ? object(metadata, 'event_payload') : undefined;
  const [key, slot] = [keyOf(message), text(payload, 's')];
  return {
    ts,
    busy: looksBusy(message),
    ...(key === undefined ? {} : { key }),
    ...(slot === undefined ? {} : { slot }),
  };
}

/** Buttons of ours stand only under what goes on or waits; a stream is busy until it is ended. */
function looksBusy(message: Fields): boolean {
  if (text(message, 'streaming_state') === 'in_progress') return true;
  return objects(message, 'blocks').some((block) =>
    objects(block, 'elements').some((element) =>
      /^heddle\.(stop|approve|deny|answer|raise_budget)$/.test(text(element, 'action_id') ?? ''),
    ),
  );
}

function reactionsBy(message: Fields, { botUserId }: BotIdentity): readonly string[] {
  return objects(message, 'reactions').flatMap((reaction) => {
    const users = reaction['users'];
    const name = text(reaction, 'name');
    return name !== undefined && Array.isArray(users) && users.includes(botUserId) ? [name] : [];
  });
}

/** `reply_users` names a few of those who replied; who is not among them may still have. */
function rootOf(message: Fields, bot: BotIdentity): ThreadRoot | undefined {
  const [ts, latestReply] = [timestamp(message, 'ts'), timestamp(message, 'latest_reply')];
  if (ts === undefined || latestReply === undefined) return undefined;
  const users = message['reply_users'];
  const by = Array.isArray(users) ? (users as readonly unknown[]) : [];
  return { ts, latestReply, answered: by.includes(bot.botUserId) || by.includes(bot.botId) };
}
