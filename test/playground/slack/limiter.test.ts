import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/playground/slack/clock.ts';
import { createLimiter, type Limiter } from '../../../src/playground/slack/limiter.ts';
import { methods } from '../../../src/playground/slack/methods/index.ts';
import { defaultLimits } from '../../../src/playground/slack/options.ts';

let clock: ManualClock;
let limiter: Limiter;

beforeEach(() => {
  clock = new ManualClock(1_790_000_000_000);
  limiter = createLimiter(clock, defaultLimits);
});

function take(method: string, channel = 'C1'): number {
  return limiter.take(method, methods[method]?.tier ?? 'free', channel);
}

/** How many calls pass at one moment. */
function passing(method: string): number {
  for (let count = 0; count < 1_000; count += 1) if (take(method) > 0) return count;
  return Number.POSITIVE_INFINITY;
}

describe('a window of sixty seconds', () => {
  it.each([
    ['chat.update', 50],
    ['chat.appendStream', 100],
    ['chat.startStream', 20],
    ['chat.stopStream', 20],
    ['reactions.add', 50],
    ['reactions.remove', 50],
    ['conversations.replies', 50],
    ['conversations.history', 50],
    ['agents.sessions.setStatus', 50],
    ['assistant.threads.setStatus', 600],
  ])('lets %s pass %i times', (method, times) => {
    expect(passing(method)).toBe(times);
    clock.advance(59_999);
    expect(take(method)).toBe(1);
    clock.advance(1);
    expect(passing(method)).toBe(times);
  });

  it('slides: a call makes room sixty seconds after it, whenever that is', () => {
    expect(take('chat.update')).toBe(0);
    clock.advance(30_000);
    expect(passing('chat.update')).toBe(49);
    expect(take('chat.update')).toBe(30_000);
    clock.advance(30_000);
    expect(passing('chat.update')).toBe(1);
  });

  it('is each method’s own, and refused calls do not count', () => {
    passing('chat.update');
    for (let n = 0; n < 100; n += 1) take('chat.update');
    expect(take('reactions.add')).toBe(0);
    clock.advance(60_000);
    expect(passing('chat.update')).toBe(50);
  });
});

describe('posts', () => {
  it('pass three at once in a channel, and then one a second', () => {
    expect(passing('chat.postMessage')).toBe(3);
    clock.advance(999);
    expect(take('chat.postMessage')).toBeGreaterThan(0);
    clock.advance(1);
    expect(passing('chat.postMessage')).toBe(1);
    clock.advance(60_000);
    expect(passing('chat.postMessage')).toBe(3);
  });

  it('in other channels have their own', () => {
    passing('chat.postMessage');
    expect(take('chat.postMessage', 'C2')).toBe(0);
  });
});
