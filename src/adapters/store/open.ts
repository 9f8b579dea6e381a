/** Which store a process uses: the Redis it is told, else the checkout's own, else its memory. */
import { messageOf } from '../../errors.ts';
import type { StorePort } from '../../ports.ts';
import { startEmbeddedRedis, type EmbeddedRedisOptions } from './embedded.ts';
import { NoRedisError } from './local-redis.ts';
import { createMemoryStore } from './memory.ts';
import { createRedisStore } from './redis.ts';

export interface OpenStoreOptions extends EmbeddedRedisOptions {
  /** `REDIS_URL`. */
  readonly redisUrl?: string | undefined;
  /** Slack app id: every key begins with it. */
  readonly appId: string;
  readonly leaseMs?: number;
}

export interface OpenedStore {
  readonly kind: 'redis' | 'embedded' | 'memory';
  /** Closing it also gives an embedded server up. */
  readonly store: StorePort;
}

/** Rejects `fatal` (or with `EmbeddedRedisError`) where an operator has to act first. */
export async function openStore(options: OpenStoreOptions): Promise<OpenedStore> {
  const { redisUrl, appId, log } = options;
  const times = options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs };
  if (redisUrl !== undefined) {
    return { kind: 'redis', store: await createRedisStore({ url: redisUrl, appId, log, ...times }) };
  }
  try {
    const { path, leave } = await joinEmbedded(options);
    return {
      kind: 'embedded',
      store: await createRedisStore({ path, appId, log, ...times, onClose: leave }),
    };
  } catch (error) {
    if (!(error instanceof NoRedisError)) throw error;
    log.warn(
      { error: messageOf(error) },
      'no Redis: conversations are kept in memory only, so a restart forgets which thread belongs to which ' +
        'session and what was waiting, and only one process can run',
    );
    return { kind: 'memory', store: createMemoryStore({ appId, ...times }) };
  }
}

async function joinEmbedded(
  options: EmbeddedRedisOptions,
): Promise<{ path: string; leave: () => Promise<void> }> {
  const embedded = await startEmbeddedRedis(options);
  return { path: embedded.path, leave: async () => embedded.leave() };
}
