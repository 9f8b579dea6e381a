/**
 * What Slack's limits allow at best to whoever writes answers by posts and edits, knows beforehand when each answer
 * will begin and end, and writes no growth. Each reply needs one post, which may carry whatever text there is when
 * it leaves, and one edit for its final text unless the post already carried that. A post at once that is empty
 * costs one more edit, for the first text: as long as the edits of a window bear that, every post goes at once;
 * replies beyond it post when there is text. Otherwise final texts would wait a whole window.
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
  const asked = [...order].sort(by(({ askedAt }) => askedAt));
  const postsAt = postTimes(
    asked.map((n) => replies[n] as WrittenReply),
    edits,
  );
  const wished = new Map(asked.map((n, at) => [n, postsAt[at] as number]));
  const postedAt = new Map<number, number>();
  const channels = new Map<string, (at: number) => number>();
  for (const n of [...asked].sort((a, b) => (wished.get(a) as number) - (wished.get(b) as number))) {
    const { channel } = replies[n] as WrittenReply;
    const slot = channels.get(channel) ?? bucket(posts);
    channels.set(channel, slot);
    postedAt.set(n, slot(wished.get(n) as number));
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

/** When each reply, in the order of asking, wishes to post: at once, as long as edits for a first text are to spare. */
function postTimes(replies: readonly WrittenReply[], { limit, windowMs }: SlackAllows['edits']): number[] {
  const early: number[] = [];
  return replies.map(({ askedAt, textAt }) => {
    const near = (at: number): boolean => Math.abs(at - askedAt) < windowMs;
    const finals = replies.filter((other) => near(other.askedAt)).length;
    if (finals + early.filter(near).length >= limit) return textAt;
    early.push(askedAt);
    return askedAt;
  });
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
