import type { Clock } from './clock.ts';
import type { Limits } from './options.ts';

/** Milliseconds until a call may be made again; 0 if it may be made now (and then it counts). */
export interface Limiter {
  take(method: string, tier: 1 | 2 | 3 | 4 | 'post' | 'free', channel: string): number;
  /** Undefined switches the limits off. Counts stay. */
  set(limits: Limits | undefined): void;
  limits(): Limits | undefined;
}

/** Sliding windows a method, a token bucket a channel for posts. Refused calls do not count. */
export function createLimiter(clock: Clock, initial: Limits | undefined): Limiter {
  const windows = new Map<string, number[]>();
  const lanes = new Map<string, { tokens: number; at: number }>();
  let limits = initial;

  const window = (method: string, most: number, windowMs: number): number => {
    const now = clock.now();
    const calls = windows.get(method) ?? [];
    windows.set(method, calls);
    while (calls.length > 0 && (calls[0] ?? 0) <= now - windowMs) calls.shift();
    if (calls.length >= most) return (calls[calls.length - most] ?? now) + windowMs - now;
    calls.push(now);
    return 0;
  };

  const lane = (channel: string, { perSecond, burst }: Limits['post']): number => {
    const now = clock.now();
    const lane = lanes.get(channel) ?? { tokens: burst, at: now };
    lanes.set(channel, lane);
    lane.tokens = Math.min(burst, lane.tokens + ((now - lane.at) / 1000) * perSecond);
    lane.at = now;
    if (lane.tokens < 1) return ((1 - lane.tokens) / perSecond) * 1000;
    lane.tokens -= 1;
    return 0;
  };

  return {
    take(method, tier, channel) {
      if (limits === undefined || tier === 'free') return 0;
      const own = limits.methods[method];
      if (tier === 'post') {
        const wait = own === undefined ? 0 : window(method, own, limits.windowMs);
        return wait > 0 ? wait : lane(channel, limits.post);
      }
      return window(method, own ?? limits.tiers[tier], limits.windowMs);
    },
    set(next) {
      limits = next;
    },
    limits: () => limits,
  };
}
