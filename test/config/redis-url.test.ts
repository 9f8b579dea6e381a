import { describe, expect, it } from 'vitest';
import { isProblem, parseRedisUrl, redisSecrets, type RedisPlace } from '../../src/config-redis.ts';

function placeOf(url: string): RedisPlace {
  const place = parseRedisUrl(url);
  if (isProblem(place)) throw new Error(place.problem);
  return place;
}

const plain = { login: {}, db: 0, master: '', sentinelLogin: {}, tls: undefined };

describe('REDIS_URL', () => {
  it.each<[string, Partial<RedisPlace>]>([
    ['redis://127.0.0.1', { kind: 'server', hosts: [{ host: '127.0.0.1', port: 6379 }] }],
    ['redis://cache:7000/', { kind: 'server', hosts: [{ host: 'cache', port: 7000 }] }],
    ['redis://[::1]:7000/2', { kind: 'server', hosts: [{ host: '::1', port: 7000 }], db: 2 }],
    ['redis://my_redis/0', { kind: 'server', hosts: [{ host: 'my_redis', port: 6379 }] }],
    [
      'redis://:p%40ss@h',
      { kind: 'server', hosts: [{ host: 'h', port: 6379 }], login: { password: 'p@ss' } },
    ],
    [
      'redis://ada:a/b@h',
      { kind: 'server', hosts: [{ host: 'h', port: 6379 }], login: { username: 'ada', password: 'a/b' } },
    ],
    ['REDISS://h?family=6', { kind: 'server', hosts: [{ host: 'h', port: 6379 }], tls: {}, family: 6 }],
    [
      'rediss://h?cacert=/a/ca.pem&cert=c&key=k',
      {
        kind: 'server',
        hosts: [{ host: 'h', port: 6379 }],
        tls: { cacert: '/a/ca.pem', cert: 'c', key: 'k' },
      },
    ],
    [
      'redis+sentinel://a,b:7000/mymaster',
      {
        kind: 'sentinel',
        hosts: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 7000 },
        ],
        master: 'mymaster',
      },
    ],
    [
      'rediss+sentinel://u:p@a/my%2Fmaster/3?sentinel_username=s&sentinel_password=t%40u',
      {
        kind: 'sentinel',
        hosts: [{ host: 'a', port: 26_379 }],
        login: { username: 'u', password: 'p' },
        master: 'my/master',
        db: 3,
        sentinelLogin: { username: 's', password: 't@u' },
        tls: {},
      },
    ],
    [
      'redis+cluster://:p@a:1,[::1]:2/0',
      {
        kind: 'cluster',
        hosts: [
          { host: 'a', port: 1 },
          { host: '::1', port: 2 },
        ],
        login: { password: 'p' },
      },
    ],
  ])('%s', (url, place) => {
    expect(placeOf(url)).toEqual({ ...plain, ...place });
  });

  it.each([
    ['h:6379', /has no scheme.*redis:\/\/127/],
    ['localhost', /has no scheme/],
    [':secret@h:6379', /has no scheme/],
    ['redis:h:6379', /has no \/\/ after its scheme/],
    ['redis+cluster:h', /has no \/\/ after its scheme/],
    ['valkey://h', /a scheme that is not known; write redis:\/\/ or rediss/],
    ['https://h', /a scheme that is not known/],
    ['secret://h', /a scheme that is not known/],
    ['redis+sentinels://h', /a scheme that is not known/],
    ['redis://', /names no host.*redis:\/\/127/],
    ['redis://:6379', /names no host/],
    ['redis://u:secret@/0', /names no host/],
    ['redis+cluster://a,', /names no host.*redis\+cluster/],
    ['redis+sentinel:///m', /names no host.*redis\+sentinel/],
    ['redis://h:70000', /a port that is no number from 1 to 65535/],
    ['redis://h:0', /a port that is no number/],
    ['redis://h:', /a port that is no number/],
    ['redis://h:port', /a port that is no number/],
    ['redis+cluster://a:1,b:x', /a port that is no number.*redis\+cluster/],
    ['redis://h o', /a host with characters that no host has/],
    ['redis://<host>', /a host with characters that no host has/],
    ['redis://::1', /put an IPv6 address into brackets/],
    ['redis://fe80::1:6379/0', /put an IPv6 address into brackets/],
    ['redis://h#0', /is not a URL/],
    ['redis://a,b', /names several servers/],
    ['redis://secret@h', /names a user without a password/],
    ['redis://u:%zz@h', /not percent-encoded/],
    ['redis://h/two', /names no database number/],
    ['redis://h/0/1', /names no database number/],
    ['redis+sentinel://h/m/two', /names no database number/],
    ['redis+sentinel://h/', /which primary/],
    ['redis+cluster://h/1', /a cluster has only database 0/],
    ['redis://h?password=secret', /has \?password=, which means nothing.*family/],
    ['redis://h?cacert=f', /has \?cacert=, which means nothing/],
    ['rediss://h?cert=f', /only one of \?cert= and \?key=/],
    ['redis://h?family=5', /other than 0, 4 or 6/],
    ['redis-cluster://h', /in another client's way.*redis\+cluster/],
  ])('%s is refused', (url, sentence) => {
    const place = parseRedisUrl(url);
    if (!isProblem(place)) throw new Error('taken');
    expect(place.problem).toMatch(/^REDIS_URL .*[;,].*\.$/);
    expect(place.problem).toMatch(sentence);
    expect(place.problem).not.toContain('secret');
  });

  it('names what must not be logged', () => {
    expect(redisSecrets('redis://h')).toEqual([]);
    expect(redisSecrets('redis+sentinel://u:p%25q@a,b/m?sentinel_password=r')).toEqual(['p%q', 'p%25q', 'r']);
  });
});
