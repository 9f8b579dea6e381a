/**
 * How often each Web API method may be called by one app in one workspace, and how room is kept for what must
 * not wait.
 *
 * Tiers are stated as "N+ a minute" (docs.slack.dev, "Rate limits" and each method's page): N is what may be
 * relied on. `chat.postMessage` has one message a second and channel with short bursts instead. Grants are
 * counted when they are given and Slack counts when a call arrives, which is later and not evenly so:
 * a window a little longer and a grant less keep steady traffic below every limit without a 429.
 */
import type { Priority, RateRule } from '../../ports.ts';

const MINUTE_MS = 60_000;
const TIER_2 = 20;
const TIER_3 = 50;
const TIER_4 = 100;

const PER_MINUTE: Readonly<Record<string, number>> = {
  'chat.postMessage': 300,
  'chat.update': TIER_3,
  'chat.delete': TIER_3,
  'chat.postEphemeral': TIER_4,
  'reactions.add': TIER_3,
  'reactions.remove': TIER_2,
  'agents.sessions.setStatus': TIER_3,
  'conversations.replies': TIER_3,
  'conversations.history': TIER_3,
  'users.info': TIER_4,
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

export type Limit = Omit<RateRule, 'share'>;

/** The limit of a method in one workspace. */
export function methodLimit(method: string): Limit {
  const tier = PER_MINUTE[method] ?? TIER_2;
  return { limit: tier - 1, windowMs: MINUTE_MS + 1_500 };
}

/**
 * The limit of `chat.postMessage` in one channel: one a second. Two at once, of the short bursts that Slack lets
 * pass: what is left of them bears posts that travel up to a second unevenly.
 */
export const CHANNEL_LIMIT: Limit = { limit: 2, windowMs: 2_050 };

export function ruleFor(limit: Limit, priority: Priority): RateRule {
  return { ...limit, share: SHARE[priority] };
}

/** Obeyed where a 429 does not say how long, or not as a number, milliseconds. */
export const UNSTATED_RETRY_MS = 30_000;
