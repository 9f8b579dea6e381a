/**
 * Hears from the Sentinels that another server is primary now. They demote the old one, and with that close its
 * connections, only seconds later: what is written to it until then is lost ("High availability with Redis
 * Sentinel", Pub/Sub messages).
 *
 * The client has such a watch of its own, but that one writes to standard error whenever a Sentinel is away.
 */
import type { RedisPlace } from '../../config-redis.ts';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import { openClient, type RedisTarget } from './redis-client.ts';

const CHANNEL = '+switch-master';

/** Calls `onSwitch` for each failover of our primary, once a Sentinel. Answers how to stop. */
export function watchSentinels(
  place: RedisPlace,
  { tls }: Pick<RedisTarget, 'tls'>,
  log: Log,
  onSwitch: () => void,
): () => void {
  const clients = place.hosts.map((host) => {
    const at: RedisPlace = { ...place, kind: 'server', hosts: [host], login: place.sentinelLogin, db: 0 };
    const redis = openClient({ target: { at, tls }, name: 'heddle-sentinel', log });
    const failed = (error: unknown): void => {
      log.debug({ error: messageOf(error) }, 'a sentinel is not listened to');
    };
    redis.on('ready', () => {
      redis.subscribe(CHANNEL).catch(failed);
    });
    // '<name> <old ip> <old port> <new ip> <new port>'
    redis.on('message', (_channel: string, text: string) => {
      if (text.startsWith(`${place.master} `)) onSwitch();
    });
    redis.connect().catch(failed);
    return redis;
  });
  return () => {
    for (const client of clients) client.disconnect();
  };
}
