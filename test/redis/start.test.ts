/** What a Redis has to be, and what `doctor` is told of it. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { probeRedis } from '../../src/adapters/store/probe.ts';
import { startTestRedis } from '../support/redis.ts';
import { startTestCluster } from './support/cluster.ts';
import { startReplicated } from './support/sentinel.ts';
import { outcome, stores } from './support/stores.ts';

const opened = stores();
const open = async (url: string) => opened.open(url);
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await opened.close();
  await Promise.all(ends.splice(0).map(async (end) => end()));
});

/** Answers each command as a server that says this of itself: enough for a start. */
async function startSaying(info: string): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const words = data.toString().toLowerCase();
      for (const command of words.match(/\*\d+\r\n\$\d+\r\n\w+/g) ?? []) {
        socket.write(command.endsWith('info') ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(async () => {
    server.close();
  });
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a Redis that cannot be used', () => {
  it.each([
    [
      'too old',
      'redis_version:6.2.14\r\nredis_mode:standalone\r\nmaxmemory_policy:noeviction',
      /6\.2\.14.*too old/,
    ],
    ['a Sentinel', 'redis_version:7.0.15\r\nredis_mode:sentinel', /names a Sentinel.*redis\+sentinel/],
    [
      'evicting',
      'redis_version:7.0.15\r\nredis_mode:standalone\r\nmaxmemory_policy:volatile-lru',
      /volatile-lru.*noeviction/,
    ],
  ])('is refused where it is %s', async (_what, info, sentence) => {
    const url = await startSaying(info);
    const { error } = await outcome(open(url));
    expect(error).toMatchObject({ kind: 'fatal' });
    expect(error?.message).toMatch(sentence);
    expect(error?.message).toContain('REDIS_URL');
  });

  it('is a Valkey of any number', async () => {
    const url = await startSaying(
      'redis_version:7.2.4\r\nvalkey_version:8.1.1\r\nredis_mode:standalone\r\nmaxmemory_policy:noeviction',
    );
    expect((await outcome(open(url))).error).toBeUndefined();
  });
});

describe('doctor', () => {
  it('looks at whom the Sentinels call primary', async () => {
    const servers = await startReplicated();
    ends.push(async () => servers.stop());
    expect(await probeRedis(servers.url, 5000)).toMatchObject({
      is: 'there',
      kind: 'sentinel',
      role: 'master',
    });
    const other = await probeRedis(servers.url.replace('mymaster', 'other'), 5000);
    expect(other).toMatchObject({ is: 'refused' });
  });

  it('looks at the nodes of a cluster, and knows one from a single server', async () => {
    const cluster = await startTestCluster();
    const single = await startTestRedis({ persist: true });
    ends.push(async () => cluster.stop());
    ends.push(async () => single.stop());
    const found = await probeRedis(cluster.url, 5000);
    expect(found).toMatchObject({ is: 'there', kind: 'cluster', policy: 'noeviction', persistence: 'none' });
    expect(await probeRedis(single.url, 5000)).toMatchObject({
      is: 'there',
      kind: 'server',
      persistence: 'aof',
    });
    const wrong = await probeRedis(cluster.url.replace('+cluster', '').replace(/,.*/, ''), 5000);
    expect(wrong).toMatchObject({
      is: 'refused',
      why: expect.stringContaining('redis+cluster://') as string,
    });
    expect(await probeRedis('redis+cluster://127.0.0.1:1', 500)).toMatchObject({ is: 'unreachable' });
  });
});
