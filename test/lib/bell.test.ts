import { describe, expect, it } from 'vitest';
import { Bell } from '../../src/lib/bell.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** Whether it has resolved by now. */
function watch(promise: Promise<void>): () => boolean {
  let done = false;
  promise.then(
    () => (done = true),
    () => undefined,
  );
  return () => done;
}

describe('a bell', () => {
  it('is heard by who listened before it rang, whether they wait already or not', async () => {
    const clock = virtualClock();
    const bell = new Bell();
    bell.listen();
    const heard = watch(bell.heard());
    await clock.settle();
    expect(heard()).toBe(false);
    bell.ring();
    await clock.settle();
    expect(heard()).toBe(true);
    bell.listen();
    bell.ring();
    expect(bell.rung).toBe(true);
    await expect(bell.heard()).resolves.toBeUndefined();
  });

  it('is not heard twice', async () => {
    const clock = virtualClock();
    const bell = new Bell();
    bell.ring();
    bell.listen();
    const heard = watch(bell.heard());
    await clock.settle();
    expect(heard()).toBe(false);
  });

  it('is waited for only so long, and leaves no timer behind', async () => {
    const clock = virtualClock();
    const bell = new Bell();
    const late = watch(bell.heardWithin(1_000, clock));
    await clock.advance(999);
    expect(late()).toBe(false);
    await clock.advance(1);
    expect(late()).toBe(true);
    const soon = watch(bell.heardWithin(1_000, clock));
    bell.ring();
    await clock.settle();
    expect(soon()).toBe(true);
    expect(clock.timers).toBe(0);
  });
});
