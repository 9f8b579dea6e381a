/**
 * `REDIS_URL`: which Redis, and how it is reached. The forms are those other clients know, one a kind of setup:
 *
 *   redis://[user:password@]host[:port][/db]                                     one server
 *   redis+sentinel://[user:password@]host[:port],…/master[/db][?sentinel_password=…]   whoever is primary
 *   redis+cluster://[user:password@]host[:port],…                                the masters of a cluster
 *
 * `rediss` in place of `redis` speaks TLS, with `?cacert=`, `?cert=` and `?key=` as in redis-cli. What is not a
 * letter or digit in a user or password is percent-encoded. A sentence about the URL never repeats it.
 */

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

export interface RedisLogin {
  readonly username?: string;
  readonly password?: string;
}

/** PEM files, by path: the authority that signed the server's certificate, and our own certificate. */
export interface RedisCertificates {
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** One or more Redis servers, as the URL names them. */
export interface RedisPlace {
  readonly kind: 'server' | 'sentinel' | 'cluster';
  /** The server; the Sentinels; some nodes of the cluster. Never empty. */
  readonly hosts: readonly RedisAddress[];
  readonly login: RedisLogin;
  readonly db: number;
  /** Name by which the Sentinels know the primary; empty for other kinds. */
  readonly master: string;
  readonly sentinelLogin: RedisLogin;
  /** Undefined where the connection is not encrypted. */
  readonly tls: RedisCertificates | undefined;
  /** 4 or 6 for one kind of address only, 0 for both; the system's choice where absent. */
  readonly family?: number;
}

/** Why a URL cannot be used: one sentence that names the cure. */
export interface RedisUrlProblem {
  readonly problem: string;
}

type Parsed<T> = T | RedisUrlProblem;

export function isProblem(parsed: object): parsed is RedisUrlProblem {
  return 'problem' in parsed;
}

const EXAMPLES = {
  server: 'redis://127.0.0.1:6379',
  sentinel: 'redis+sentinel://10.0.0.1:26379,10.0.0.2:26379/mymaster',
  cluster: 'redis+cluster://10.0.0.1:6379,10.0.0.2:6379',
} as const;
const PORTS = { server: 6379, sentinel: 26_379, cluster: 6379 } as const;
const FORM = /^[a-z+]+:\/\/(?:([^?#]*)@)?([^@/?#]*)(\/[^@?#]*)?(?:\?([^#]*))?$/i;

/** Reads `REDIS_URL`. */
export function parseRedisUrl(url: string): Parsed<RedisPlace> {
  if (/^rediss?-(sentinel|cluster):/i.test(url)) {
    return say(
      `asks for Sentinel or Cluster in another client's way; write ${EXAMPLES.sentinel} or ${EXAMPLES.cluster}.`,
    );
  }
  const schemed = readScheme(url);
  if (isProblem(schemed)) return schemed;
  const { kind, encrypted } = schemed;
  const found = FORM.exec(url);
  if (!found) return say(`is not a URL that can be used; it must look like ${EXAMPLES[kind]}.`);
  const [, userinfo, hostlist = '', path = '', query = ''] = found;
  const hosts = readHosts(hostlist, kind);
  if (isProblem(hosts)) return hosts;
  if (kind === 'server' && hosts.length > 1) {
    return say(`names several servers; write ${EXAMPLES.sentinel} or ${EXAMPLES.cluster}, or name one.`);
  }
  const login = readLogin(userinfo);
  const where = readPath(kind, path);
  const extra = readQuery(query, kind, encrypted);
  for (const part of [login, where, extra]) if (isProblem(part)) return part;
  return { kind, hosts, login, ...where, ...extra } as RedisPlace;
}

/** What of the URL must never be written to a log, as it is and as the URL has it. */
export function redisSecrets(url: string): string[] {
  const place = parseRedisUrl(url);
  if (isProblem(place)) return [];
  const secrets = [place.login.password, place.sentinelLogin.password].filter((one) => one !== undefined);
  return [...new Set(secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]))];
}

function say(sentence: string): RedisUrlProblem {
  return { problem: `REDIS_URL ${sentence}` };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

interface Schemed {
  readonly kind: RedisPlace['kind'];
  readonly encrypted: boolean;
}

/** What stands before `://`. An unknown word there may be half of a password, so it is not repeated. */
function readScheme(url: string): Parsed<Schemed> {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url) ?? [];
  if (scheme === undefined) {
    const slashes = /^rediss?(\+\w+)?:/i.test(url) ? 'has no // after its scheme' : 'has no scheme';
    return say(`${slashes}; it must begin with redis:// (or rediss:// for TLS), such as ${EXAMPLES.server}.`);
  }
  const [, safe, kind = 'server'] = /^redis(s)?(?:\+(sentinel|cluster))?$/i.exec(scheme) ?? [scheme, '', ''];
  if (kind === '') {
    return say(
      'begins with a scheme that is not known; write redis:// or rediss:// (TLS), with +sentinel or +cluster where it is one.',
    );
  }
  return { kind: kind.toLowerCase() as RedisPlace['kind'], encrypted: safe !== undefined };
}

/** `host`, `host:port` and `[::1]:port`, separated by commas. */
function readHosts(list: string, kind: RedisPlace['kind']): Parsed<readonly RedisAddress[]> {
  const hosts: RedisAddress[] = [];
  for (const entry of list.split(',')) {
    if (/^[^[]*:.*:/.test(entry)) {
      return say(
        'holds an address with several colons; put an IPv6 address into brackets, such as redis://[::1]:6379.',
      );
    }
    const [, host = '', port] = /^(\[[0-9a-f:.]+\]|[^:[\]]*)(?::(.*))?$/i.exec(entry) ?? [];
    const name = host.replace(/^\[(.*)\]$/, '$1');
    if (name === '') return say(`names no host; it must look like ${EXAMPLES[kind]}.`);
    if (!/^[\w.:-]+$/.test(name)) {
      return say(`has a host with characters that no host has; it must look like ${EXAMPLES[kind]}.`);
    }
    const number = port === undefined ? PORTS[kind] : /^\d{1,5}$/.test(port) ? Number(port) : 0;
    if (number < 1 || number > 65_535) {
      return say(`has a port that is no number from 1 to 65535; it must look like ${EXAMPLES[kind]}.`);
    }
    hosts.push({ host: name, port: number });
  }
  return hosts;
}

function readLogin(userinfo: string | undefined): Parsed<RedisLogin> {
  if (userinfo === undefined || userinfo === '') return {};
  const colon = userinfo.indexOf(':');
  if (colon < 0)
    return say('names a user without a password; write redis://user:password@host, or :password@.');
  const username = decode(userinfo.slice(0, colon));
  const password = decode(userinfo.slice(colon + 1));
  if (username === undefined || password === undefined) {
    return say(
      'holds a user or password that is not percent-encoded; write % as %25, @ as %40 and / as %2F.',
    );
  }
  return { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) };
}

/** `/db`, and before it, for Sentinels, the name of the primary. */
function readPath(kind: RedisPlace['kind'], path: string): Parsed<Pick<RedisPlace, 'master' | 'db'>> {
  const parts = path.split('/').slice(1);
  const master = kind === 'sentinel' ? decode(parts.shift() ?? '') : '';
  if (master === undefined || (kind === 'sentinel' && master === '')) {
    return say(`does not say which primary to ask the Sentinels for; write ${EXAMPLES.sentinel}.`);
  }
  const db = parts.join('/');
  if (!/^\d*$/.test(db)) {
    return say(`names no database number after its slash; write ${EXAMPLES.server}/0, or leave it out.`);
  }
  if (kind === 'cluster' && Number(db) > 0) {
    return say(`names database ${db}, but a cluster has only database 0; leave it out.`);
  }
  return { master, db: Number(db) };
}

type Extra = Pick<RedisPlace, 'sentinelLogin' | 'tls'> & { readonly family?: number };

function readQuery(query: string, kind: RedisPlace['kind'], encrypted: boolean): Parsed<Extra> {
  const known = [
    'family',
    ...(kind === 'sentinel' ? ['sentinel_username', 'sentinel_password'] : []),
    ...(encrypted ? ['cacert', 'cert', 'key'] : []),
  ];
  const given = new Map(new URLSearchParams(query));
  const stranger = [...given.keys()].find((name) => !known.includes(name));
  if (stranger !== undefined) {
    return say(`has ?${stranger}=, which means nothing in this form; it may hold ${known.join(', ')}.`);
  }
  const family = given.get('family');
  if (family !== undefined && !['0', '4', '6'].includes(family)) {
    return say('has a ?family= other than 0, 4 or 6; write one of them, or leave it out.');
  }
  if (given.has('cert') !== given.has('key')) {
    return say('has only one of ?cert= and ?key=; name both files, or neither.');
  }
  const pick = <N extends string>(name: string, as: N): { readonly [K in N]?: string } => {
    const value = given.get(name);
    return (value === undefined ? {} : { [as]: value }) as { readonly [K in N]?: string };
  };
  return {
    sentinelLogin: { ...pick('sentinel_username', 'username'), ...pick('sentinel_password', 'password') },
    tls: encrypted
      ? { ...pick('cacert', 'cacert'), ...pick('cert', 'cert'), ...pick('key', 'key') }
      : undefined,
    ...(family === undefined ? {} : { family: Number(family) }),
  };
}
