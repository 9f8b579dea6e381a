import { expect, it } from 'vitest';
import { watchHeap } from '../../src/ops/heap.ts';

const MB = 1024 * 1024;

it('a large heap grows by parts, a small one as V8 thinks best, and between the two it stays as it is', () => {
  let look = (): void => undefined;
  let used = 30 * MB;
  const set: number[] = [];
  const clock = {
    setTimer: (fn: () => void) => {
      look = fn;
      return () => {
        look = () => undefined;
      };
    },
  };
  const end = watchHeap(clock, { used: () => used, growBy: (percent) => set.push(percent) });
  const after = (megabytes: number): readonly number[] => {
    used = megabytes * MB;
    look();
    return set;
  };
  expect([...after(90)]).toEqual([]);
  expect([...after(300)]).toEqual([25]);
  expect([...after(60)]).toEqual([25]);
  expect([...after(40)]).toEqual([25, 0]);
  end();
  expect([...after(300)]).toEqual([25, 0]);
});
