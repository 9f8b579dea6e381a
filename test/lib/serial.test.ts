import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { semaphore, serialQueue } from '../../src/lib/serial.ts';

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

function gate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('serialQueue', () => {
  it('Q1: one at a time, in order', async () => {
    const queue = serialQueue();
    const seen: string[] = [];
    const first = gate();
    const done = [
      queue.run(async () => {
        seen.push('a begins');
        await first.opened;
        seen.push('a ends');
      }),
      queue.run(() => Promise.resolve(seen.push('b'))),
    ];
    expect(queue.size).toBe(2);
    first.open();
    await Promise.all(done);
    expect(seen).toEqual(['a begins', 'a ends', 'b']);
    expect(queue.size).toBe(0);
  });

  it('Q2: a failure, thrown or rejected, stops nobody behind it', async () => {
    const queue = serialQueue();
    const broken = queue.run(() => {
      throw new Error('thrown');
    });
    const rejected = queue.run(() => Promise.reject(new Error('rejected')));
    const fine = queue.run(() => Promise.resolve('fine'));
    await expect(broken).rejects.toThrow('thrown');
    await expect(rejected).rejects.toThrow('rejected');
    expect(await fine).toBe('fine');
    await queue.idle();
  });
});

describe('semaphore', () => {
  it('Q3: never wider than told, first come first served', async () => {
    const places = semaphore(2);
    const gates = [gate(), gate(), gate(), gate()];
    const entered: number[] = [];
    const all = gates.map((g, i) =>
      places.run(async () => {
        entered.push(i);
        await g.opened;
      }),
    );
    await Promise.resolve();
    await Promise.resolve();
    expect(entered).toEqual([0, 1]);
    expect([places.running, places.waiting]).toEqual([2, 2]);
    gates[1]?.open();
    await all[1];
    await Promise.resolve();
    expect(entered).toEqual([0, 1, 2]);
    for (const g of gates) g.open();
    await Promise.all(all);
    expect(places.running).toBe(0);
  });

  it('who gives up waiting leaves the line and no listener', async () => {
    const places = semaphore(1);
    const first = gate();
    const holding = places.run(() => first.opened);
    const stop = new AbortController();
    const waiting = places.run(() => Promise.resolve('never'), stop.signal);
    stop.abort(new Error('given up'));
    await expect(waiting).rejects.toThrow('given up');
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
    first.open();
    await holding;
    expect(await places.run(() => Promise.resolve('next'))).toBe('next');
  });

  it('a failure gives its place back', async () => {
    const places = semaphore(1);
    await expect(places.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(places.running).toBe(0);
  });
});
