/** What a Redis says of itself, asked once and for `heddle doctor` only. Nothing is written. */
import { Redis } from 'ioredis';
import { messageOf } from '../../errors.ts';
import { isAuthError } from './redis-error.ts';

export type RedisFacts =
  | {
      readonly is: 'there';
      readonly version: string;
      /** Undefined where the server hides it (managed ones, ACLs). */
      readonly policy: string | undefined;
      /** Whether what is written survives the server's end: append-only file, snapshots, neither, not known. */
      readonly persistence: 'aof' | 'snapshots' | 'none' | 'unknown';
      readonly cluster: boolean;
      readonly role: string | undefined;
    }
  | { readonly is: 'refused'; readonly why: string }
  | { readonly is: 'unreachable'; readonly why: string };

export async function probeRedis(url: string, timeoutMs: number): Promise<RedisFacts> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: () => null,
  });
  // The reason arrives as an event; the call itself only says that the connection is closed.
  let trouble: Error | undefined;
  redis.on('error', (error: Error) => {
    trouble ??= error;
  });
  try {
    await redis.connect();
    await redis.ping();
    return await factsOf(redis);
  } catch (error) {
    const refused = [error, trouble].find(isAuthError);
    if (refused) return { is: 'refused', why: messageOf(refused) };
    return { is: 'unreachable', why: messageOf(trouble ?? error) };
  } finally {
    redis.disconnect();
  }
}

async function factsOf(redis: Redis): Promise<RedisFacts> {
  const info = await redis.info().catch(() => '');
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  return {
    is: 'there',
    version: field('valkey_version') ?? field('redis_version') ?? 'of an unknown version',
    policy: field('maxmemory_policy'),
    persistence: field('aof_enabled') === '1' ? 'aof' : await snapshots(redis, info !== ''),
    cluster: field('cluster_enabled') === '1',
    role: field('role'),
  };
}

async function snapshots(redis: Redis, told: boolean): Promise<'snapshots' | 'none' | 'unknown'> {
  if (!told) return 'unknown';
  try {
    const [, save] = await redis.config('GET', 'save');
    return save ? 'snapshots' : 'none';
  } catch {
    return 'unknown';
  }
}
