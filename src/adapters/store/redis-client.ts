/**
 * The client under every connection to Redis: it fails fast and comes back by itself.
 *
 * R1  A command is sent once or not at all: nothing is queued while there is no connection, and nothing is sent
 *     again by the client, since a command that was given up must not arrive later by its doing.
 */
import { Redis, type RedisOptions } from 'ioredis';
import type { RedisAddress, RedisPlace } from '../../config-redis.ts';
import { backoff } from '../../lib/backoff.ts';
import { systemClock } from '../../lib/time.ts';
import type { Log } from '../../ports.ts';

/** Certificates as read from their files. */
export interface RedisTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface RedisTarget {
  /** A Unix socket, or what `REDIS_URL` names. */
  readonly at: { readonly path: string } | RedisPlace;
  readonly tls?: RedisTls | undefined;
  /** A command answers within this, milliseconds, or counts as unknown; one second unless given. */
  readonly commandMs?: number | undefined;
}

/**
 * A command takes 0.1 ms and one of a Redis that rewrites its append-only file rarely 100: who waits a second waits
 * for nobody. Slack wants its acknowledgement within three, and a commit is repeated once within that.
 */
const COMMAND_MS = 1000;
/**
 * A connection that brings nothing while something is awaited is given up, so long after the command was. Without
 * it a frozen server is noticed only by the kernel, after a quarter of an hour of resending (tcp(7), `tcp_retries2`).
 */
const SOCKET_GRACE_MS = 500;
/** A name is looked up, a connection made and TLS spoken well within; more would hold up who else could be asked. */
const CONNECT_MS = 2000;
/** A Sentinel that does not say who is primary within this is passed over for the next. */
const SENTINEL_MS = 1000;
/** A connection that stayed up so long was a good one: the next wait starts short again. */
const PROVEN_MS = 5000;

/** What we set of the client's options. */
type Options = Omit<RedisOptions, 'replyMapping'>;

type Warned = Pick<Log, 'debug' | 'info' | 'warn'>;

/**
 * What all clients have in common. Measured with Redis 7 on this loopback: the client's own queue takes in 100,000
 * commands (150 MB) without an error while a server is away, and its automatic pipelines slow scripts down by a
 * third, so both are off; whoever calls knows better what may be repeated (R1).
 */
export function clientOptions({ commandMs = COMMAND_MS, tls }: Pick<RedisTarget, 'commandMs' | 'tls'>) {
  return {
    // Scripts answer in the same form in both; RESP2 is what the oldest proxies and Sentinels speak.
    protocol: 2,
    lazyConnect: true,
    enableOfflineQueue: false,
    enableAutoPipelining: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // Done by `RedisWakes`: the client's own would leave a failed attempt as an unhandled rejection.
    autoResubscribe: false,
    commandTimeout: commandMs,
    socketTimeout: commandMs + SOCKET_GRACE_MS,
    connectTimeout: CONNECT_MS,
    // A replica after a failover: go and look for who is the primary now.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    ...(tls === undefined ? {} : { tls: { ...tls } }),
  } satisfies Options;
}

function sentinelOptions(place: RedisPlace, tls: RedisTls | undefined): Options {
  const { username, password } = place.sentinelLogin;
  return {
    sentinels: [...place.hosts],
    name: place.master,
    // The client says that all are unreachable also when it has only come to the end of its list.
    sentinelRetryStrategy: (times) => Math.min(times * 25, 500),
    sentinelCommandTimeout: SENTINEL_MS,
    updateSentinels: true,
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
    ...(tls === undefined ? {} : { enableTLSForSentinelMode: true, sentinelTLS: { ...tls } }),
  };
}

function placeOptions({ at, tls }: RedisTarget, node: RedisAddress | undefined): Options {
  if ('path' in at) return { path: at.path };
  const { login, db, family } = at;
  const where = at.kind === 'sentinel' ? sentinelOptions(at, tls) : (node ?? at.hosts[0] ?? {});
  return { ...where, ...login, db, ...(family === undefined ? {} : { family }) };
}

export interface ClientOptions {
  readonly target: RedisTarget;
  /** As `CLIENT LIST` shows it. */
  readonly name: string;
  readonly log: Warned;
  /** Which node of a cluster; asked again before each new attempt. */
  readonly node?: (() => RedisAddress) | undefined;
}

/** A client that is not connected yet, and then reconnects for ever. */
export function openClient({ target, name, log, node }: ClientOptions): Redis {
  const waits = backoff({ minMs: 50, maxMs: 2000 });
  let readySince: number | undefined;
  const options: Options = {
    ...clientOptions(target),
    ...placeOptions(target, node?.()),
    connectionName: name,
    retryStrategy: () => {
      // The client reads its address anew for each attempt.
      if (node) Object.assign(redis.options, node());
      if (readySince !== undefined && systemClock.monotonic() - readySince > PROVEN_MS) waits.reset();
      readySince = undefined;
      return waits.next();
    },
  };
  const redis = new Redis(options);
  // As many wait for it to come back as there are commits under way.
  redis.setMaxListeners(0);
  let told = false;
  redis.on('ready', () => {
    readySince = systemClock.monotonic();
    if (told) log.info({ connection: name }, 'redis is back');
    told = false;
  });
  redis.on('error', (error: Error) => {
    const level = told ? 'debug' : 'warn';
    log[level]({ connection: name, error: error.message }, 'redis connection failed');
    told = true;
  });
  return redis;
}
