/** Slack's limits: a sliding minute for each method, and one post a second and channel with a short burst. */
import type { Timeline } from './timeline.ts';

/** Calls a minute, the lower end of each method's tier (docs.slack.dev, "Rate limits", and the page of each method). */
const PER_MINUTE: Readonly<Record<string, number>> = {
  'auth.test': Number.POSITIVE_INFINITY,
  'chat.postMessage': 300,
  'chat.update': 50,
  'chat.delete': 50,
  'chat.postEphemeral': 100,
  'chat.startStream': 20,
  'chat.appendStream': 100,
  'chat.stopStream': 20,
  'reactions.add': 50,
  'reactions.remove': 20,
  'users.info': 100,
};

const TIER_3 = 50;
const BURST = 3;

export class SlackLimits {
  private readonly timeline: Timeline;
  private readonly calls = new Map<string, number[]>();
  private readonly channels = new Map<string, { tokens: number; at: number }>();

  constructor(timeline: Timeline) {
    this.timeline = timeline;
  }

  /** Milliseconds until this call may be made; 0 where it may be made now, and then it counts. */
  wait(method: string, channel: string): number {
    const most = PER_MINUTE[method] ?? TIER_3;
    const now = this.timeline.elapsed;
    const recent = (this.calls.get(method) ?? []).filter((at) => at > now - 60_000);
    this.calls.set(method, recent);
    if (recent.length >= most) return (recent[recent.length - most] ?? now) + 60_000 - now;
    const inChannel = method === 'chat.postMessage' ? this.channelWait(channel, now) : 0;
    if (inChannel === 0) recent.push(now);
    return inChannel;
  }

  private channelWait(channel: string, now: number): number {
    const known = this.channels.get(channel) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, known.tokens + (now - known.at) / 1_000);
    const used = tokens >= 1 ? tokens - 1 : tokens;
    this.channels.set(channel, { tokens: used, at: now });
    return tokens >= 1 ? 0 : (1 - tokens) * 1_000;
  }
}
