/** Times the calls of the store: each by its name, whether or not it answered. */
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

/** The store, with every call of the paths that people wait for timed. */
export function meteredStore(
  store: StorePort,
  metrics: Pick<Metrics, 'storeCall'>,
  clock: { monotonic(): number },
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
          return answer;
        } catch (error) {
          done('failed');
          throw error;
        }
      };
    },
  });
}
