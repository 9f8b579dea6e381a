import type { MessageRecord } from './records.ts';

/** The messages of one conversation: by time, by thread. Time stamps only grow, so appending keeps order. */
export class ChannelLog {
  readonly #byTs = new Map<string, MessageRecord>();
  /** What the conversation shows at its top level, oldest first. */
  readonly #top: string[] = [];
  /** Replies by root, oldest first. */
  readonly #replies = new Map<string, string[]>();

  get(ts: string): MessageRecord | undefined {
    return this.#byTs.get(ts);
  }

  add(message: MessageRecord): void {
    this.#byTs.set(message.ts, message);
    if (isTopLevel(message)) this.#top.push(message.ts);
    if (message.thread_ts === undefined || message.thread_ts === message.ts) return;
    const replies = this.#replies.get(message.thread_ts);
    if (replies) replies.push(message.ts);
    else this.#replies.set(message.thread_ts, [message.ts]);
  }

  /** Same time stamp, new content. */
  replace(message: MessageRecord): void {
    this.#byTs.set(message.ts, message);
  }

  remove(message: MessageRecord): void {
    this.#byTs.delete(message.ts);
    cut(this.#top, message.ts);
    if (message.thread_ts === undefined) return;
    const replies = this.#replies.get(message.thread_ts);
    if (!replies) return;
    cut(replies, message.ts);
    if (replies.length === 0) this.#replies.delete(message.thread_ts);
  }

  replies(root: string): MessageRecord[] {
    return this.#take(this.#replies.get(root) ?? []);
  }

  replyCount(root: string): number {
    return this.#replies.get(root)?.length ?? 0;
  }

  top(): MessageRecord[] {
    return this.#take(this.#top);
  }

  /** The newest `limit` at top level with `ts` before `latest`, oldest first, and whether there are older. */
  topBefore(latest: string | undefined, limit: number): { messages: MessageRecord[]; more: boolean } {
    let end = this.#top.length;
    if (latest !== undefined) while (end > 0 && (this.#top[end - 1] ?? '') >= latest) end--;
    const start = Math.max(0, end - limit);
    return { messages: this.#take(this.#top.slice(start, end)), more: start > 0 };
  }

  latest(): string {
    return this.#top.at(-1) ?? '';
  }

  all(): Iterable<MessageRecord> {
    return this.#byTs.values();
  }

  #take(list: string[]): MessageRecord[] {
    const found: MessageRecord[] = [];
    for (const ts of list) {
      const message = this.#byTs.get(ts);
      if (message) found.push(message);
    }
    return found;
  }
}

/** Also shown outside its thread: roots, and replies that were also sent to the channel. */
function isTopLevel(message: MessageRecord): boolean {
  const reply = message.thread_ts !== undefined && message.thread_ts !== message.ts;
  return !reply || message.subtype === 'thread_broadcast';
}

function cut(list: string[], ts: string): void {
  const at = list.lastIndexOf(ts);
  if (at >= 0) list.splice(at, 1);
}
