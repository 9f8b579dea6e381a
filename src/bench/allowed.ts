/**
 * What Slack's limits allow at best when so many replies begin at once in one workspace and each is written for
 * as long: every reply posts its sign, edits in its first text as soon as there is one, and edits in its end;
 * nothing else is written. Nobody can be faster, whatever is done about growth in between.
 */
export interface Crowd {
  readonly replies: number;
  /** Channels over which the replies are spread evenly. */
  readonly channels: number;
  /** How long each reply is written, milliseconds. */
  readonly writtenMs: number;
  /** One call to Slack and its answer, milliseconds. */
  readonly roundTripMs: number;
}

export interface Allowed {
  /** From a reply's first piece of text until people can see text, milliseconds; in growing order. */
  readonly firstMs: readonly number[];
  /** From its last piece until its whole text stands, milliseconds; in growing order. */
  readonly finalMs: readonly number[];
}

/** `chat.update` is a tier 3 method: 50 a minute (docs.slack.dev/apis/web-api/rate-limits). */
const EDITS = { most: 50, windowMs: 60_000 } as const;
/** `chat.postMessage`: one a second and channel, with short bursts (same page); the playground lets 3 through. */
const POSTS = { everyMs: 1000, burst: 3 } as const;

export function allowed({ replies, channels, writtenMs, roundTripMs }: Crowd): Allowed {
  const edit = slidingWindow(EDITS.most, EDITS.windowMs);
  const firsts = Array.from({ length: replies }, (_, reply) => {
    const place = Math.floor(reply / channels);
    return Math.max(0, place - POSTS.burst + 1) * POSTS.everyMs + roundTripMs;
  })
    .sort(ascending)
    .map((posted) => edit(posted) + roundTripMs);
  const finals = firsts.map(() => edit(writtenMs) + roundTripMs - writtenMs);
  return { firstMs: firsts.sort(ascending), finalMs: finals.sort(ascending) };
}

/** When a call that is wanted at some time may be made. Asked in the order of the wishes. */
function slidingWindow(most: number, windowMs: number): (at: number) => number {
  const made: number[] = [];
  return (at) => {
    const oldest = made[made.length - most];
    const when = Math.max(at, made.at(-1) ?? 0, oldest === undefined ? 0 : oldest + windowMs);
    made.push(when);
    return when;
  };
}

function ascending(a: number, b: number): number {
  return a - b;
}
