/** What a Redis says of itself, asked once and for `heddle doctor` only. Nothing is written. */
import type { Redis } from 'ioredis';
import type { RedisAddress, RedisPlace } from '../../config-redis.ts';
import { messageOf, PortError } from '../../errors.ts';
import { delay } from '../../lib/time.ts';
import { openClient, type RedisTarget } from './redis-client.ts';
import { refusedConnection } from './redis-error.ts';
import { refusalOf, usableFacts, type ServerFacts } from './redis-facts.ts';
import { targetOf } from './redis-link.ts';

export type RedisFacts =
  | {
      readonly is: 'there';
      readonly kind: RedisPlace['kind'];
      readonly version: string;
      /** Undefined where the server hides it (managed ones, ACLs). */
      readonly policy: string | undefined;
      /** Whether what is written survives the server's end: append-only file, snapshots, neither, not known. */
      readonly persistence: 'aof' | 'snapshots' | 'none' | 'unknown';
      readonly role: string | undefined;
    }
  /** An operator has to act first; `why` names the cure. */
  | { readonly is: 'refused'; readonly why: string }
  | { readonly is: 'unreachable'; readonly why: string };

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** Of a cluster the first node that answers speaks for all. */
export async function probeRedis(url: string, timeoutMs: number): Promise<RedisFacts> {
  try {
    const target = await targetOf(url, timeoutMs);
    const at = target.at as RedisPlace;
    const nodes = at.kind === 'cluster' ? at.hosts : [undefined];
    const all = await Promise.all(nodes.map(async (node) => probeOne(target, at, node, timeoutMs)));
    return (
      all.find(({ is }) => is === 'refused') ??
      all.find(({ is }) => is === 'there') ??
      all[0] ?? { is: 'unreachable', why: 'nobody is named' }
    );
  } catch (error) {
    return { is: 'refused', why: messageOf(error) };
  }
}

async function probeOne(
  target: RedisTarget,
  at: RedisPlace,
  node: RedisAddress | undefined,
  timeoutMs: number,
): Promise<RedisFacts> {
  const redis = openClient({ target, name: 'heddle-doctor', log: SILENT, node: node && (() => node) });
  const done = new AbortController();
  // The reason arrives as an event; the call itself only says that the connection is closed.
  let trouble: Error | undefined;
  const heard = (error: Error): void => {
    trouble ??= error;
    if (refusedConnection(error)) done.abort(refusedConnection(error));
  };
  redis.on('error', heard);
  redis.on('sentinelError', heard);
  try {
    await Promise.race([
      redis.connect(),
      delay(timeoutMs, done.signal).then(() => Promise.reject(late(timeoutMs))),
    ]);
    const facts = await usableFacts(redis);
    const refusal = refusalOf({ ...facts, policy: undefined }, at.kind);
    if (refusal) return { is: 'refused', why: refusal.message };
    return { is: 'there', kind: at.kind, ...(await told(redis, facts)) };
  } catch (error) {
    const refused = refusedConnection(error) ?? refusedConnection(trouble) ?? fatal(error);
    if (refused) return { is: 'refused', why: refused.message };
    return { is: 'unreachable', why: messageOf(trouble ?? error) };
  } finally {
    done.abort();
    redis.disconnect();
  }
}

function late(ms: number): Error {
  return new Error(`no answer within ${ms} ms`);
}

function fatal(error: unknown): PortError | undefined {
  return error instanceof PortError && error.kind === 'fatal' ? error : undefined;
}

async function told(redis: Redis, { version, policy, role, appends }: ServerFacts) {
  return {
    version: version ?? 'of an unknown version',
    policy,
    role,
    persistence: appends === true ? ('aof' as const) : await snapshots(redis, appends !== undefined),
  };
}

async function snapshots(redis: Redis, isTold: boolean): Promise<'snapshots' | 'none' | 'unknown'> {
  if (!isTold) return 'unknown';
  try {
    const [, save] = await redis.config('GET', 'save');
    return save ? 'snapshots' : 'none';
  } catch {
    return 'unknown';
  }
}
