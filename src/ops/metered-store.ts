/** Times the calls of the store: each by its name, whether or not it answered. */
import { PortError } from '../errors.ts';
import type { StorePort } from '../ports.ts';
import type { Metrics } from './metrics.ts';

type Timed = Exclude<keyof StorePort, 'close' | 'subscribe'>;

const TIMED: readonly Timed[] = [
  'admit',
  'acquire',
  'inbox',
  'commit',
  'renew',
  'sweep',
  'take',
  'block',
  'share',
];

/**
 * A store that is there and writes nothing down: its memory is full, it is a replica, or its disk is. Judged by the
 * sweep, which every process makes every second and which writes.
 */
const UNWRITABLE = /^redis_(oom|readonly|misconf|noreplicas)$/;

/**
 * The store, with every call of the paths that people wait for timed.
 * @param writable told after each sweep: undefined, or the code with which writes are refused
 */
export function meteredStore(
  store: StorePort,
  metrics: Pick<Metrics, 'storeCall'>,
  clock: { monotonic(): number },
  writable: (refusal: string | undefined) => void = () => undefined,
): StorePort {
  const timed = new Set<PropertyKey>(TIMED);
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const call = value.bind(target) as (...args: readonly unknown[]) => unknown;
      if (!timed.has(name)) return call;
      return async (...args: readonly unknown[]) => {
        const began = clock.monotonic();
        const done = (outcome: 'ok' | 'failed'): void =>
          metrics.storeCall(String(name), outcome, (clock.monotonic() - began) / 1000);
        try {
          const answer = await call(...args);
          done('ok');
          if (name === 'sweep') writable(undefined);
          return answer;
        } catch (error) {
          done('failed');
          const code = error instanceof PortError ? error.code : '';
          if (name === 'sweep') writable(UNWRITABLE.test(code) ? code : undefined);
          throw error;
        }
      };
    },
  });
}
