/**
 * What the bot writes. Nothing it writes can ping, broadcast or unfurl (I8): `parse`, `link_names` and the unfurl
 * flags are stated on every call, because the defaults of `chat.update` differ from those of `chat.postMessage`
 * (docs.slack.dev/reference/methods/chat.update).
 */
import type { ThreadRef } from '../../core/event.ts';
import { PortError } from '../../errors.ts';
import type { Content, SlackPort } from '../../ports.ts';
import type { Args, Calls } from './calls.ts';
import { object, text } from './fields.ts';

/** Of so many people it is remembered where they read direct messages. */
const DIRECTS = 5_000;

/** `event_type` of the metadata by which our messages are found again. */
export const METADATA_TYPE = 'heddle_message';

type Writes = Pick<
  SlackPort,
  'post' | 'update' | 'remove' | 'ephemeral' | 'direct' | 'openDirect' | 'react' | 'unreact'
>;

/** How a message is found that does not stand where it should. */
export interface Whereabouts extends Pick<SlackPort, 'find'> {
  /** Own messages with this key that stand in the channel itself, in place of the thread. */
  readonly astray: (thread: ThreadRef, key: string) => Promise<readonly string[]>;
}

export function createWrites(calls: Calls, { find, astray }: Whereabouts): Writes {
  /** Slack's answers name the thread of what was posted. */
  let namesThreads = true;

  /**
   * Where the thread's first message is gone Slack posts into the channel itself, without a word, and its answer
   * names no thread. What was said in a thread is not for everybody: it is taken away again. Looked at first,
   * because an answer that is silent proves nothing.
   */
  async function takeBack(
    call: Parameters<SlackPort['post']>[0],
    threadTs: string,
    ts: string,
  ): Promise<void> {
    const { team, channel, key } = call;
    const found = await find({ team, channel, ts: threadTs }, [key]).catch(() => undefined);
    namesThreads = !found?.has(key);
    if (!found || found.has(key)) return;
    // The same message once more, where the answer to its first post was lost.
    const others = await astray({ team, channel, ts: threadTs }, key).catch(() => []);
    for (const each of new Set([ts, ...others])) await remove({ ...where(call), channel, ts: each });
    throw new PortError({ kind: 'gone', code: 'thread_not_found' });
  }

  async function remove(call: Parameters<SlackPort['remove']>[0]): Promise<void> {
    const args = (): Args => ({ channel: call.channel, ts: call.ts });
    try {
      await calls.write({ ...where(call), method: 'chat.delete', args });
    } catch (error) {
      if (!(error instanceof PortError && error.kind === 'gone') || error.code === 'cant_delete_message')
        throw error;
    }
  }

  /** Channels of direct messages, which stay the same. */
  const directs = new Map<string, string>();

  async function openDirect(call: Parameters<SlackPort['openDirect']>[0]): Promise<string> {
    const person = `${call.team}/${call.user}`;
    const known = directs.get(person);
    if (known !== undefined) return known;
    const opened = await calls.write({
      ...where(call),
      method: 'conversations.open',
      args: () => ({ users: call.user }),
    });
    const channel = text(object(opened, 'channel'), 'id');
    if (channel === undefined) throw new PortError({ kind: 'refused', code: 'no_direct_message' });
    const [eldest] = directs.keys();
    if (directs.size >= DIRECTS && eldest !== undefined) directs.delete(eldest);
    directs.set(person, channel);
    return channel;
  }

  async function reaction(
    method: 'reactions.add' | 'reactions.remove',
    already: string,
    call: Parameters<SlackPort['react']>[0],
  ): Promise<void> {
    const args = (): Args => ({ channel: call.channel, timestamp: call.ts, name: call.name });
    await unless(already, calls.write({ ...where(call), method, args }));
  }

  return {
    async post(call) {
      const answer = await calls.write({
        ...where(call),
        method: 'chat.postMessage',
        lane: call.channel,
        args() {
          const content = call.content();
          return content === undefined
            ? undefined
            : {
                channel: call.channel,
                ...(call.threadTs === undefined ? {} : { thread_ts: call.threadTs }),
                ...body(content),
                metadata: metadataOf(call),
                client_msg_id: call.clientMsgId,
                unfurl_links: false,
                unfurl_media: false,
              };
        },
      });
      if (answer === undefined) return undefined;
      const ts = text(answer, 'ts');
      // It says ok and not where: the message is there, to be found by its key.
      if (ts === undefined) throw new PortError({ kind: 'unknown', code: 'unreadable_answer' });
      const posted = object(answer, 'message');
      const { threadTs } = call;
      if (posted && threadTs !== undefined && namesThreads && text(posted, 'thread_ts') !== threadTs)
        await takeBack(call, threadTs, ts);
      return ts;
    },

    async update(call) {
      const answer = await calls.write({
        ...where(call),
        method: 'chat.update',
        subject: call.ts,
        args() {
          const content = call.content();
          return content === undefined ? undefined : { channel: call.channel, ts: call.ts, ...body(content) };
        },
      });
      return answer === undefined ? undefined : true;
    },

    remove,

    async ephemeral(call) {
      await calls.write({
        ...where(call),
        method: 'chat.postEphemeral',
        args: () => ({
          channel: call.channel,
          user: call.user,
          ...(call.threadTs === undefined ? {} : { thread_ts: call.threadTs }),
          ...body(call.content),
        }),
      });
    },

    openDirect,

    async direct(call) {
      const place = { team: call.team, priority: call.priority };
      const channel = await openDirect(call);
      await calls.write({
        ...place,
        method: 'chat.postMessage',
        lane: channel,
        args: () => ({ channel, ...body(call.content), unfurl_links: false, unfurl_media: false }),
      });
    },

    react: (call) => reaction('reactions.add', 'already_reacted', call),
    unreact: (call) => reaction('reactions.remove', 'no_reaction', call),
  };
}

/** By which a message is found again, and which of its thread it is. */
export function metadataOf({ key, slot }: { readonly key: string; readonly slot?: string }): Args {
  return { event_type: METADATA_TYPE, event_payload: { k: key, ...(slot === undefined ? {} : { s: slot }) } };
}

/** Blocks are always stated: an update without them would leave the old ones or drop them, as Slack sees fit. */
function body(content: Content): Args {
  return { text: content.text, blocks: content.blocks, parse: 'none', link_names: false };
}

type Place = Pick<Parameters<SlackPort['react']>[0], 'team' | 'priority' | 'signal' | 'guard'>;

export function where({ team, priority, signal, guard }: Place): Place {
  return {
    team,
    priority,
    ...(signal === undefined ? {} : { signal }),
    ...(guard === undefined ? {} : { guard }),
  };
}

/** What is already so is success. */
async function unless(code: string, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof PortError && error.code === code)) throw error;
  }
}
