/** What is read back from Slack: our own messages by their key, a thread so far, a message's root. */
import { shownName } from '../../core/file-names.ts';
import { PortError } from '../../errors.ts';
import { around } from '../../lib/failpoint.ts';
import type { EarlierMessage, SlackPort } from '../../ports.ts';
import type { Calls } from './calls.ts';
import { fileFacts } from './file-facts.ts';
import { flag, object, objects, text, timestamp, type Fields } from './fields.ts';
import type { People } from './people.ts';
import { readable } from './text.ts';
import { keyOfFile } from './uploads.ts';
import { METADATA_TYPE, type Whereabouts } from './writes.ts';

type Reads = Pick<SlackPort, 'find' | 'findTop' | 'strays' | 'earlier' | 'rootOf'> & Whereabouts;

export interface ReadsOptions {
  readonly calls: Calls;
  readonly people: People;
}

/** Objects a page (docs.slack.dev/reference/methods/conversations.replies: at most 1,000). */
const PAGE = 500;
/** Authors looked up for one thread; the others keep their id as name. */
const AUTHORS_AT_MOST = 20;

export function createReads({ calls, people }: ReadsOptions): Reads {
  async function authors(team: string, messages: readonly Fields[]): Promise<void> {
    const unknown = new Set<string>();
    for (const message of messages) {
      const user = text(message, 'user');
      if (user !== undefined && people.nameOf(user) === undefined) unknown.add(user);
    }
    await Promise.all([...unknown].slice(0, AUTHORS_AT_MOST).map((user) => people.person(team, user)));
  }

  function earlierMessage(message: Fields, own: ReadonlySet<string>): EarlierMessage {
    const botId = text(message, 'bot_id');
    const user = text(message, 'user') ?? botId ?? '';
    const given = text(message, 'username') ?? text(object(message, 'bot_profile'), 'name');
    const isOwn = own.has(user) || (botId !== undefined && own.has(botId));
    const files = fileFacts(message);
    return {
      ts: timestamp(message, 'ts') ?? '',
      user,
      name: people.nameOf(user) ?? given ?? user,
      own: isOwn,
      bot: isOwn || botId !== undefined || text(message, 'subtype') === 'bot_message',
      text: [readable(text(message, 'text') ?? '', people.nameOf), filesOf(message)]
        .filter(Boolean)
        .join('\n'),
      ...(files.length > 0 ? { files } : {}),
    };
  }

  /** This bot's own user and bot id. */
  const selves = new Map<string, ReadonlySet<string>>();
  async function selfIn(team: string): Promise<ReadonlySet<string>> {
    const cached = selves.get(team);
    if (cached) return cached;
    const answer = await calls.read(team, 'auth.test', {});
    const ids = [text(answer, 'user_id'), text(answer, 'bot_id')].filter((id) => id !== undefined);
    const self = new Set(ids);
    selves.set(team, self);
    return self;
  }

  return {
    async find(thread, keys) {
      const wanted = new Set(keys);
      const found = new Map<string, string>();
      if (wanted.size === 0) return found;
      const own = await selfIn(thread.team);
      const args = { channel: thread.channel, ts: thread.ts, limit: PAGE, include_all_metadata: true };
      const each = (page: Fields): 'more' | 'enough' => collect(page, own, wanted, found);
      await unlessGone(
        around('slack.find', () => calls.pages(thread.team, 'conversations.replies', args, each)),
      );
      return found;
    },

    async findTop({ team, channel }, keys, oldest) {
      const wanted = new Set(keys);
      const found = new Map<string, string>();
      const own = await selfIn(team);
      const args = { channel, oldest, limit: PAGE, include_all_metadata: true };
      const each = (page: Fields): 'more' | 'enough' => collect(page, own, wanted, found);
      await around('slack.find', () => calls.pages(team, 'conversations.history', args, each));
      return found;
    },

    async astray(thread, key) {
      const own = await selfIn(thread.team);
      const { team, channel, ts: oldest } = thread;
      const args = { channel, oldest, limit: PAGE, include_all_metadata: true };
      const page = await calls.read(team, 'conversations.history', args);
      return objects(page, 'messages').flatMap((message) => {
        const ts = timestamp(message, 'ts');
        return ts !== undefined && keyOf(message) === key && isBy(message, own) ? [ts] : [];
      });
    },

    async strays(thread, after, known) {
      const own = await selfIn(thread.team);
      const found: string[] = [];
      const args = { channel: thread.channel, ts: thread.ts, limit: PAGE, include_all_metadata: true };
      const each = (page: Fields): 'more' => {
        for (const message of objects(page, 'messages')) {
          const ts = timestamp(message, 'ts');
          const named = keyOf(message) !== undefined || (ts !== undefined && known.has(ts));
          if (ts !== undefined && !named && isLaterTs(ts, after) && isBy(message, own)) found.push(ts);
        }
        return 'more';
      };
      await unlessGone(
        around('slack.find', () => calls.pages(thread.team, 'conversations.replies', args, each)),
      );
      return found;
    },

    async earlier(thread, beforeTs, limit) {
      const own = await selfIn(thread.team);
      let newest: Fields[] = [];
      const args = {
        channel: thread.channel,
        ts: thread.ts,
        limit: PAGE,
        latest: beforeTs,
        inclusive: false,
      };
      await calls.pages(thread.team, 'conversations.replies', args, (page) => {
        const fresh = objects(page, 'messages').filter((message) => isWords(message, beforeTs));
        newest = [...newest, ...fresh].slice(-limit);
        return 'more';
      });
      await authors(thread.team, newest);
      return newest.map((message) => earlierMessage(message, own));
    },

    async rootOf(team, channel, ts) {
      const args = { channel, ts, limit: 1, inclusive: true };
      const inThread = await messagesOr([], calls.read(team, 'conversations.replies', args));
      const message = inThread.find((one) => text(one, 'ts') === ts) ?? inThread[0];
      if (message) return timestamp(message, 'thread_ts') ?? timestamp(message, 'ts');
      const top = { channel, latest: ts, oldest: ts, inclusive: true, limit: 1 };
      const history = await messagesOr([], calls.read(team, 'conversations.history', top));
      const found = history.find((one) => text(one, 'ts') === ts);
      return found && (timestamp(found, 'thread_ts') ?? ts);
    },
  };
}

/** Our own messages of a page that carry one of the keys. */
function collect(
  page: Fields,
  own: ReadonlySet<string>,
  wanted: ReadonlySet<string>,
  found: Map<string, string>,
): 'more' | 'enough' {
  for (const message of objects(page, 'messages')) {
    const ts = timestamp(message, 'ts');
    if (ts === undefined || !isBy(message, own)) continue;
    for (const key of keysOf(message)) if (wanted.has(key) && !found.has(key)) found.set(key, ts);
  }
  return found.size === wanted.size ? 'enough' : 'more';
}

/** `a` is younger than `b`. */
export function isLaterTs(a: string, b: string): boolean {
  return isEarlier(b, a);
}

/** Compares two `ts` as the texts they are: as floats they would lose their last digits. */
function isEarlier(a: string, b: string): boolean {
  const [whole, than] = [a.indexOf('.'), b.indexOf('.')];
  return whole === than ? a < b : whole < than;
}

/** The key in the metadata of a message of ours, or in the name of the file that it shares. */
export function keyOf(message: Fields): string | undefined {
  const metadata = object(message, 'metadata');
  if (text(metadata, 'event_type') === METADATA_TYPE) return text(object(metadata, 'event_payload'), 'k');
  const names = objects(message, 'files').map((file) => keyOfFile(text(file, 'name') ?? ''));
  return names.find((key) => key !== undefined);
}

/** Files that were attached are named where they stood; what is given of them is told apart from it. */
function filesOf(message: Fields): string {
  const names = objects(message, 'files').map((file) => JSON.stringify(shownName(text(file, 'name') ?? '')));
  if (names.length === 0) return '';
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `[attached: ${names.slice(0, NAMED).join(', ')}${more}]`;
}

const NAMED = 20;

/** The key, and the ids of files that it shares: what is known of a file before it is shared. */
function keysOf(message: Fields): readonly string[] {
  const ids = objects(message, 'files').map((file) => text(file, 'id'));
  return [keyOf(message), ...ids].filter((key) => key !== undefined);
}

/** Anybody's app can write our metadata; only our own messages count. */
function isBy(message: Fields, own: ReadonlySet<string>): boolean {
  const ids = [text(message, 'user'), text(message, 'bot_id')];
  return ids.some((id) => id !== undefined && own.has(id));
}

const SPOKEN = new Set(['bot_message', 'file_share', 'me_message', 'thread_broadcast']);

/** Something that somebody said, before the given message. */
function isWords(message: Fields, beforeTs: string): boolean {
  const ts = timestamp(message, 'ts');
  const subtype = text(message, 'subtype');
  if (ts === undefined || !isEarlier(ts, beforeTs) || flag(message, 'hidden')) return false;
  return subtype === undefined || SPOKEN.has(subtype);
}

/** A thread that is not there holds none of our messages; every other failure is an error (I7). */
async function unlessGone(call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isNoThread(error)) throw error;
  }
}

async function messagesOr(none: readonly Fields[], call: Promise<Fields>): Promise<readonly Fields[]> {
  try {
    return objects(await call, 'messages');
  } catch (error) {
    if (isNoThread(error)) return none;
    throw error;
  }
}

function isNoThread(error: unknown): boolean {
  return (
    error instanceof PortError && (error.code === 'thread_not_found' || error.code === 'message_not_found')
  );
}
