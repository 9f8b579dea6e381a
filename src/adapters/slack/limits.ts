/**
 * How often each Web API method may be called by one app in one workspace, and how room is kept for what must
 * not wait.
 *
 * Tiers are stated as "N+ a minute" (docs.slack.dev, "Rate limits" and each method's page): N is what may be
 * relied on. `chat.postMessage` has one message a second and channel with short bursts instead. Grants are
 * counted when they are given and Slack counts when a call arrives, which is later and not evenly so: a window
 * that is longer by what calls may travel unevenly keeps steady traffic below every limit without a 429.
 */
import type { LearnRule } from '../../lib/rate.ts';
import type { Priority, RateRule } from '../../ports.ts';

const MINUTE_MS = 60_000;
/** A call may arrive so much later than one that left after it. */
const UNEVEN_MS = 1_500;
const TIER_2 = 20;
const TIER_3 = 50;
const TIER_4 = 100;

const PER_MINUTE: Readonly<Record<string, number>> = {
  'chat.postMessage': 300,
  'chat.update': TIER_3,
  'chat.delete': TIER_3,
  'chat.postEphemeral': TIER_4,
  'chat.appendStream': TIER_4,
  'reactions.add': TIER_3,
  'reactions.remove': TIER_2,
  'agents.sessions.setStatus': TIER_3,
  'assistant.threads.setStatus': 600,
  'conversations.replies': TIER_3,
  'conversations.history': TIER_3,
  'conversations.info': TIER_3,
  'conversations.members': TIER_4,
  'conversations.open': TIER_3,
  'files.info': TIER_4,
  'files.getUploadURLExternal': TIER_4,
  'files.completeUploadExternal': TIER_4,
  'users.info': TIER_4,
  'views.open': TIER_4,
  'views.update': TIER_4,
  'views.publish': TIER_4,
};

/** How much of a window a priority may use up. The upper three find room when the others have taken theirs. */
const SHARE: Readonly<Record<Priority, number>> = {
  final: 1,
  question: 1,
  first: 1,
  status: 0.9,
  delta: 0.8,
};

/** The first is served before the second, and so on. */
export const BY_URGENCY: readonly Priority[] = ['final', 'question', 'first', 'status', 'delta'];

/** Growth goes through these lanes: it alone finds out what Slack lets pass above what it states. */
const GROWING: ReadonlySet<string> = new Set(['chat.update', 'chat.appendStream']);
/** Final texts go through this one too: growth leaves each running reply its own. */
const ENDING: ReadonlySet<string> = new Set(['chat.update']);

const LEARN: Omit<LearnRule, 'tries'> = {
  afterMs: 5 * MINUTE_MS,
  warnedMs: 2 * 60 * MINUTE_MS,
  keptMs: 6 * 60 * MINUTE_MS,
};

/** What is said here has to be taken back: what begins something leaves room for its end. */
const PAIRED: ReadonlySet<string> = new Set(['agents.sessions.setStatus']);

/** Ends come while others begin: a quarter of a window for them is enough where turns are not all alike. */
const PAIRED_SHARE = 0.75;

/** A lane's own limit, for every priority. */
export interface Limit extends Pick<RateRule, 'limit' | 'windowMs' | 'bucket'> {
  readonly grows?: boolean;
  readonly ends?: boolean;
  readonly paired?: boolean;
}

/** The limit of a method in one workspace. */
export function methodLimit(method: string): Limit {
  return {
    limit: PER_MINUTE[method] ?? TIER_2,
    windowMs: MINUTE_MS + UNEVEN_MS,
    grows: GROWING.has(method),
    ends: ENDING.has(method),
    paired: PAIRED.has(method),
  };
}

/**
 * The limit of `chat.postMessage` in one channel: "one message per second per channel, short bursts above that"
 * (docs.slack.dev, "Rate limits"). Three after a rest, then one a second; posts may travel 300 ms unevenly.
 */
export const CHANNEL_LIMIT: Limit = { limit: 3, windowMs: 3_000, bucket: { everyMs: 1_020, lagMs: 300 } };

export function ruleFor({ grows, ends, paired, ...limit }: Limit, priority: Priority): RateRule {
  const isGrowth = priority === 'delta';
  const most = paired && priority !== 'final' && priority !== 'question' ? PAIRED_SHARE : 1;
  return {
    ...limit,
    share: Math.min(SHARE[priority], most),
    keepsFinals: isGrowth && ends === true,
    ...(grows ? { learn: { ...LEARN, tries: isGrowth } } : {}),
  };
}

/**
 * Calls a minute that growth may make through a method's lane.
 * @param running replies, each of which will need a call for its final text
 * @param limit calls a window, stated or learnt
 * @param isTrial growth finds out whether so much passes, and keeps nothing back for it
 */
export function growthRoom(method: string, running: number, limit: number, isTrial = false): number {
  const { windowMs, ends } = methodLimit(method);
  // A little more than the lane will grant: what is to be proven has to be used.
  if (isTrial) return (1.15 * limit * MINUTE_MS) / windowMs;
  const left = Math.min(Math.floor(limit * SHARE.delta), ends ? limit - running : limit);
  return (Math.max(0, left) * MINUTE_MS) / windowMs;
}

/** What the lanes have, for whoever paces the growth of answers. */
export const laneRoom = {
  limit: (method: string): number => methodLimit(method).limit,
  growth: growthRoom,
};

/** Obeyed where a 429 does not say how long, or not as a number, milliseconds. */
export const UNSTATED_RETRY_MS = 30_000;
