/** What the bot can read back of Slack, in pages: channels, what stands in them, and threads. */
import type { Message, World } from './slack-kinds.ts';
import { refuse, textOf, wire, type Args } from './slack-words.ts';

/** Objects a page: few, so that there are pages. */
const PAGE_AT_MOST = 40;

export class SlackReads {
  private readonly slack: World;

  constructor(slack: World) {
    this.slack = slack;
  }

  /** `conversations.replies`: the root, then what was said in its thread, oldest first. */
  replies(args: Args): object {
    const [channel, ts] = [textOf(args, 'channel'), textOf(args, 'ts')];
    const root = this.slack.message(channel, ts)?.threadTs ?? ts;
    const all = this.slack.thread(channel, root);
    if (all.length === 0) throw refuse('thread_not_found');
    const [oldest, latest] = [textOf(args, 'oldest'), textOf(args, 'latest')];
    const inRange = (one: Message): boolean =>
      (latest === '' || one.ts < latest) && (oldest === '' || one.ts > oldest || one.ts === root);
    return this.page(all.filter(inRange), args);
  }

  /** `conversations.history`: the newest first; one message where the range is one moment. */
  history(args: Args): object {
    const [channel, oldest, latest] = [
      textOf(args, 'channel'),
      textOf(args, 'oldest'),
      textOf(args, 'latest'),
    ];
    const inRange = ({ ts }: Message): boolean =>
      args['inclusive'] === true
        ? ts >= oldest && (latest === '' || ts <= latest)
        : ts > oldest && (latest === '' || ts < latest);
    const top = this.slack.messages.filter(
      (one) => one.channel === channel && one.threadTs === undefined && !one.deleted && inRange(one),
    );
    return this.page(top.toReversed(), args);
  }

  /** `users.conversations`: where the bot is. */
  places(): object {
    const ids = [...new Set(this.slack.messages.map(({ channel }) => channel))];
    return {
      channels: ids.map((id) => ({ id, is_im: id.startsWith('D') })),
      response_metadata: { next_cursor: '' },
    };
  }

  private page(all: readonly Message[], args: Args): object {
    const from = Number(textOf(args, 'cursor') || '0');
    const size = Math.min(PAGE_AT_MOST, Number(args['limit'] ?? PAGE_AT_MOST));
    const next = from + size < all.length ? String(from + size) : '';
    const withMetadata = args['include_all_metadata'] === true;
    return {
      messages: all.slice(from, from + size).map((one) => wire(this.slack, one, withMetadata)),
      has_more: next !== '',
      response_metadata: { next_cursor: next },
    };
  }
}
