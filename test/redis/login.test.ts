/** Passwords, permissions and TLS. */
import { Redis } from 'ioredis';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { probeRedis } from '../../src/adapters/store/probe.ts';
import type { StorePort } from '../../src/ports.ts';
import { commit, held, post, T1, T2 } from '../contract/store-world.ts';
import { freePort, startTestRedis, type TestRedis } from '../support/redis.ts';
import { makeCertificates } from './support/certificates.ts';
import { outcome, stores } from './support/stores.ts';

const opened = stores();
const open = async (url: string): Promise<StorePort> => opened.open(url);
afterEach(async () => opened.close());

describe('a password', () => {
  let server: TestRedis;
  let control: Redis;
  beforeAll(async () => {
    server = await startTestRedis({ args: ['--requirepass', 'p@ss/w%rd'] });
    control = new Redis(server.path, { password: 'p@ss/w%rd' });
  });
  afterAll(async () => {
    control.disconnect();
    await server.stop();
  });
  const at = (login: string): string => `redis://${login}@127.0.0.1:${server.port}`;

  it('is taken percent-encoded; wrong or missing it ends the start (fault: redis-login)', async () => {
    const store = await open(at(`:${encodeURIComponent('p@ss/w%rd')}`));
    expect((await store.admit(post(1))).outcome).toBe('admitted');
    for (const url of [at(':canary'), at('ada:canary'), server.url]) {
      const { error } = await outcome(open(url));
      expect(error).toMatchObject({ kind: 'fatal', code: 'redis_login' });
      expect(error?.message).toMatch(/refuses the login.*REDIS_URL/);
      expect(error?.message).not.toContain('canary');
    }
  });

  it('that is wrong is said once by a look at it', async () => {
    const facts = await probeRedis(at(':canary'), 5000);
    if (facts.is !== 'refused') throw new Error(facts.is);
    expect(facts.why.match(/refuses the login/g)).toHaveLength(1);
    expect(facts.why).toMatch(
      /^Redis refuses the login \(WRONGPASS.*\); check the user and password in REDIS_URL\.$/,
    );
  });

  it('of a user who may do no more than is needed is enough', async () => {
    const may = '+@read +@write +@connection +@scripting +@pubsub +time +info';
    await control.call('ACL', 'SETUSER', 'heddle', 'on', '>pw', '~A1:*', '&A1:*', ...may.split(' '));
    const store = await open(at('heddle:pw'));
    const woken: string[] = [];
    await store.subscribe('p', (thread) => woken.push(thread));
    await store.admit(post(1));
    const { token, inbox } = await held(store, T1, 'p');
    await store.commit(commit(T1, token, { state: 'kept', consumed: inbox.map(({ seq }) => seq) }));
    expect(await store.renew([{ thread: T1, token }])).toMatchObject({ lost: [] });
    await store.admit(post(2, T2));
    expect(await store.sweep(10)).toHaveLength(1);
    expect(await store.peek(T1)).toBe('kept');
    expect(await store.once('k', 1000)).toBe(true);
    expect(await store.take('l', { limit: 1, windowMs: 1000, share: 1 })).toMatchObject({ granted: true });
    await store.noteSession('T1', 'U1', { thread: T1, at: Date.now() });
    expect(await store.sessionsOf('T1', 'U1', 1)).toHaveLength(1);
  });

  it('of a user who may not run scripts ends the start (fault: redis-login)', async () => {
    await control.call('ACL', 'SETUSER', 'reader', 'on', '>pw', '~*', '&*', '+@all', '-@scripting');
    const { error } = await outcome(open(at('reader:pw')));
    expect(error).toMatchObject({ kind: 'fatal', code: 'redis_login' });
    expect(error?.message).toMatch(/REDIS_URL.*permissions/);
  });
});

describe('TLS', () => {
  let server: TestRedis;
  let dir: string;
  let port: number;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hdl-'));
    const { ca, cert, key } = makeCertificates();
    await Promise.all(
      Object.entries({ ca, cert, key }).map(async ([name, pem]) => writeFile(join(dir, name), pem)),
    );
    port = await freePort();
    const files = ['ca-cert-file', 'ca', 'cert-file', 'cert', 'key-file', 'key'];
    const args = files.map((word, i) => (i % 2 === 0 ? `--tls-${word}` : join(dir, word)));
    server = await startTestRedis({ args: ['--tls-port', String(port), ...args] });
  });
  afterAll(async () => {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  });
  const at = (query: string): string => `rediss://localhost:${port}${query}`;
  const mine = (): string => `&cert=${join(dir, 'cert')}&key=${join(dir, 'key')}`;

  it('is spoken with the authority and the certificate that the URL names', async () => {
    const store = await open(at(`?cacert=${join(dir, 'ca')}${mine()}`));
    const woken: string[] = [];
    await store.subscribe('p', (thread) => woken.push(thread));
    await held(store, T1, 'p');
    await store.admit(post(1));
    await expect.poll(() => woken).toHaveLength(1);
  });

  it.each([
    ['an authority that nobody knows', () => at(`?${mine().slice(1)}`), /cacert=/],
    ['a file that is not there', () => at('?cacert=/nowhere/ca.pem'), /nowhere.*check its path/],
  ])('is refused with %s, and the start ends (fault: redis-login)', async (_what, url, sentence) => {
    const { error } = await outcome(open(url()));
    expect(error).toMatchObject({ kind: 'fatal' });
    expect(error?.message).toMatch(/REDIS_URL/);
    expect(error?.message).toMatch(sentence);
  });
});
