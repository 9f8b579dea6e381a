/** What a Redis server says of itself (`INFO`, `CONFIG GET`), and whether it may be used. Nothing is written. */
import type { Redis } from 'ioredis';
import type { RedisPlace } from '../../config-redis.ts';
import { messageOf, PortError } from '../../errors.ts';
import { isAuthError } from './redis-error.ts';

/** Undefined is what the server hides, as managed ones and ACLs do. */
export interface ServerFacts {
  readonly version: string | undefined;
  readonly mode: 'standalone' | 'sentinel' | 'cluster' | undefined;
  readonly role: string | undefined;
  readonly policy: string | undefined;
  /** Whether it keeps an append-only file. */
  readonly appends: boolean | undefined;
}

/** Scripts that say beforehand what they do came with Redis 7 ("Scripting with Lua", script flags). */
const OLDEST_MAJOR = 7;

/** Rejects where the server does not answer, or does not let us run scripts. */
export async function usableFacts(redis: Redis): Promise<ServerFacts> {
  const facts = await serverFacts(redis);
  if (facts.mode !== 'sentinel') await redis.eval('return 1', 0);
  return facts;
}

/** Rejects only where the server does not answer. */
export async function serverFacts(redis: Redis): Promise<ServerFacts> {
  const info = await orHidden(redis.info());
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info ?? '')?.[1];
  const appends = field('aof_enabled');
  return {
    version: field('valkey_version') ?? field('redis_version'),
    mode: field('redis_mode') as ServerFacts['mode'],
    role: field('role'),
    policy: field('maxmemory_policy') ?? (await orHidden(redis.config('GET', 'maxmemory-policy')))?.[1],
    appends: appends === undefined ? undefined : appends === '1',
  };
}

/** Nothing where the server refuses to say. */
async function orHidden<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isAuthError(error) || /unknown (sub)?command/i.test(messageOf(error))) return undefined;
    throw error;
  }
}

function refuse(code: string, message: string): PortError {
  return new PortError({ kind: 'fatal', code, message });
}

/** Why this server must not be used; what it hides is believed. */
export function refusalOf(facts: ServerFacts, kind: RedisPlace['kind'] | 'socket'): PortError | undefined {
  const { version, mode, policy } = facts;
  if (mode === 'sentinel') {
    return refuse(
      'redis_sentinel',
      'REDIS_URL names a Sentinel as if it kept data; write redis+sentinel://host:26379/mymaster.',
    );
  }
  if (mode === 'cluster' && kind !== 'cluster') {
    return refuse('redis_cluster', 'REDIS_URL names one node of a cluster; write redis+cluster://host:6379.');
  }
  if (mode === 'standalone' && kind === 'cluster') {
    return refuse('redis_no_cluster', 'REDIS_URL names a Redis that is no cluster; write redis://host:6379.');
  }
  if (version !== undefined && Number.parseInt(version, 10) < OLDEST_MAJOR) {
    return refuse(
      'redis_old',
      `REDIS_URL names a Redis ${version}, which is too old; use Redis ${OLDEST_MAJOR} or later, or Valkey.`,
    );
  }
  if (policy === undefined || policy === 'noeviction') return undefined;
  return refuse(
    'redis_evicts',
    `Redis is set to throw keys away when its memory is full (maxmemory-policy ${policy}), which would ` +
      'lose conversations; set maxmemory-policy to noeviction, or point REDIS_URL to a Redis of its own.',
  );
}
