/**
 * What Slack's limits allow at best: a lower bound for every way of writing answers by posts and edits. Each reply
 * needs one post, which may carry whatever text there is when it leaves, and one edit for its final text unless the
 * post already carried that. First texts that come after the post need an edit too, which is not counted against
 * anybody here: a bound may be too good, never too bad.
 */

/** One reply, as the agent writes it. Times are milliseconds from any common beginning. */
export interface WrittenReply {
  /** Posts are limited in each. */
  readonly channel: string;
  readonly askedAt: number;
  /** When there is a first piece of text. */
  readonly textAt: number;
  readonly endsAt: number;
}

/** When people can see what at the earliest. */
export interface BestTimes {
  /** A sign that the message was heard: at once, whatever carries it. */
  readonly signAt: number;
  readonly firstAt: number;
  readonly finalAt: number;
}

export interface SlackAllows {
  /** Edits in each sliding window, workspace wide. */
  readonly edits: { readonly limit: number; readonly windowMs: number };
  /** Posts in each channel: so many at once after a rest, then one each `everyMs`. */
  readonly posts: { readonly burst: number; readonly everyMs: number };
  /** One call and its answer, milliseconds. */
  readonly callMs: number;
}

/** docs.slack.dev, "Rate limits", at the floor of the tiers. */
export const STATED: SlackAllows = {
  edits: { limit: 50, windowMs: 60_000 },
  posts: { burst: 3, everyMs: 1_000 },
  callMs: 0,
};

/** In the order of the replies given. */
export function idealTimes(
  replies: readonly WrittenReply[],
  { edits, posts, callMs }: SlackAllows = STATED,
): readonly BestTimes[] {
  const order = [...replies.keys()];
  const by = (when: (reply: WrittenReply) => number) => (a: number, b: number) =>
    when(replies[a] as WrittenReply) - when(replies[b] as WrittenReply);
  const postedAt = new Map<number, number>();
  const channels = new Map<string, (at: number) => number>();
  for (const n of [...order].sort(by(({ askedAt }) => askedAt))) {
    const { channel, askedAt } = replies[n] as WrittenReply;
    const slot = channels.get(channel) ?? bucket(posts);
    channels.set(channel, slot);
    postedAt.set(n, slot(askedAt));
  }
  const edit = slidingWindow(edits);
  const finalAt = new Map<number, number>();
  for (const n of [...order].sort(by(({ endsAt }) => endsAt))) {
    const posted = postedAt.get(n) as number;
    const { endsAt } = replies[n] as WrittenReply;
    finalAt.set(n, posted >= endsAt ? posted : edit(endsAt));
  }
  return replies.map(({ askedAt, textAt }, n) => ({
    signAt: askedAt + callMs,
    firstAt: Math.max(textAt, postedAt.get(n) as number) + callMs,
    finalAt: (finalAt.get(n) as number) + callMs,
  }));
}

/** When a call that is wanted at some time may be made. To be asked in the order of the wishes. */
function slidingWindow({ limit, windowMs }: SlackAllows['edits']): (at: number) => number {
  const made: number[] = [];
  return (at) => {
    const when = Math.max(at, (made.at(-limit) ?? Number.NEGATIVE_INFINITY) + windowMs);
    made.push(when);
    return when;
  };
}

function bucket({ burst, everyMs }: SlackAllows['posts']): (at: number) => number {
  let tokens = burst;
  let asOf = Number.NEGATIVE_INFINITY;
  return (at) => {
    const from = Math.max(at, asOf);
    tokens = Math.min(burst, tokens + (from - asOf) / everyMs);
    const when = tokens >= 1 ? from : from + (1 - tokens) * everyMs;
    tokens = Math.max(1, tokens) - 1;
    asOf = when;
    return when;
  };
}
