import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { clockOf, delay, systemClock, TimeoutError, withTimeout } from '../../src/lib/time.ts';

describe('delay', () => {
  it('L1: ends at once when the signal fires, and leaves no listener behind', async () => {
    const stop = new AbortController();
    const waiting = delay(3_600_000, stop.signal);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  it('L1: leaves no listener behind when the time is up', async () => {
    const stop = new AbortController();
    await delay(1, stop.signal);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  it('refuses a signal that fired before', async () => {
    await expect(delay(1, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  });

  it('follows the clock it is given', async () => {
    const due: (() => void)[] = [];
    let done = false;
    const waiting = delay(5, undefined, {
      setTimer: (fn) => {
        due.push(fn);
        return () => undefined;
      },
    }).then(() => {
      done = true;
    });
    await Promise.resolve();
    expect(done).toBe(false);
    due[0]?.();
    await waiting;
    expect(done).toBe(true);
  });
});

describe('systemClock', () => {
  it('L2: a timer of two months does not fire at once', () => {
    vi.useFakeTimers();
    try {
      const fired = vi.fn<() => void>();
      const month = 30 * 24 * 3_600_000;
      systemClock.setTimer(fired, 2 * month);
      vi.advanceTimersByTime(2 * month - 1);
      expect(fired).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(fired).toHaveBeenCalledTimes(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('a cancelled timer does not fire', () => {
    vi.useFakeTimers();
    try {
      const fired = vi.fn<() => void>();
      const cancel = systemClock.setTimer(fired, 10);
      cancel();
      vi.advanceTimersByTime(100);
      expect(fired).not.toHaveBeenCalled();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('withTimeout', () => {
  it('gives the result', async () => {
    expect(await withTimeout('reading', 1000, () => Promise.resolve(7))).toBe(7);
  });

  it('rejects when time is up even if the work ignores its signal', async () => {
    const stuck = withTimeout('reading', 1, () => new Promise<never>(() => undefined));
    await expect(stuck).rejects.toBeInstanceOf(TimeoutError);
    await expect(stuck).rejects.toThrow('reading took longer than 1 ms');
  });

  it('passes the outer signal on, with its reason, and removes its listener', async () => {
    const outer = new AbortController();
    const stuck = withTimeout('reading', 60_000, (signal) => delay(60_000, signal), outer.signal);
    outer.abort(new Error('stopping'));
    await expect(stuck).rejects.toThrow('stopping');
    expect(getEventListeners(outer.signal, 'abort')).toHaveLength(0);
  });
});

describe('clockOf', () => {
  const here = (now: number) => ({ ...systemClock, now: () => now });

  it('has the wall time of the other machine, and everything else of this one (fault: clock-skew)', () => {
    expect(clockOf(here(1_000_000), 400_000, 999_990).now()).toBe(400_010);
    expect(clockOf(here(1_000_000), 1_600_000, 999_990).now()).toBe(1_600_000);
    expect(clockOf(here(1_000_000), 400_000, 0).monotonic()).toBeCloseTo(performance.now(), -2);
  });

  it('is the same clock where the way of the answer may explain the difference', () => {
    for (const [now, since] of [
      [1_000_000, 999_990],
      [1_001_900, 1_000_000],
      [998_100, 1_000_000],
      [960_000, 950_000],
    ] as const) {
      const clock = here(1_000_000);
      expect(clockOf(clock, now, since)).toBe(clock);
    }
  });
});
