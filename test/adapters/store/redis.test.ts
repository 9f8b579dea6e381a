import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { threadKey } from '../../../src/core/event.ts';
import { PortError } from '../../../src/errors.ts';
import { createKeys } from '../../../src/adapters/store/keys.ts';
import { createRedisStore } from '../../../src/adapters/store/redis.ts';
import { loadScripts } from '../../../src/adapters/store/scripts.ts';
import type { Log, StorePort } from '../../../src/ports.ts';
import { commit, held, post, T1, T2 } from '../../contract/store-world.ts';
import { eventually } from '../../support/eventually.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';

let server: TestRedis;
let control: Redis;
const stores: StorePort[] = [];

async function open(
  options: { url?: string; path?: string; log?: Log } = { path: server.path },
): Promise<StorePort> {
  const store = await createRedisStore({ appId: 'A1', log: quietLog, ...options });
  stores.push(store);
  return store;
}

function errorsTo(logged: unknown[]): Log {
  const log: Log = {
    ...quietLog,
    error(...said) {
      logged.push(said);
    },
    child: () => log,
  };
  return log;
}

/** A call that waits for nothing, and one that waits its second out: with room for a busy machine. */
const AT_ONCE_MS = 900;
const GIVEN_UP_MS = 3000;

/** What a call comes to, and in how many milliseconds. */
async function outcome(call: Promise<unknown>): Promise<{ error: PortError | undefined; ms: number }> {
  const start = performance.now();
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown as PortError,
  );
  return { error, ms: performance.now() - start };
}

const works = async (store: StorePort) => eventually(async () => store.ping());

beforeEach(async () => {
  server = await startTestRedis({ persist: true });
  control = new Redis(server.path, { retryStrategy: () => 20 });
  control.on('error', () => undefined);
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map(async (store) => store.close()));
  control.disconnect();
  await server.stop();
});

describe('a Redis that fails', () => {
  it('has its scripts sent again when it forgot them (fault: redis-forgets-scripts)', async () => {
    const store = await open();
    await store.admit(post(1));
    await control.script('FLUSH');
    expect((await store.admit(post(2))).outcome).toBe('admitted');
    await control.script('FLUSH');
    expect(await store.sweep(10)).toEqual([threadKey(T1)]);
  });

  it('that is not there at the start is waited for, and calls fail at once (fault: redis-absent-at-start)', async () => {
    await server.kill9();
    const store = await open();
    const { error, ms } = await outcome(store.admit(post(1)));
    expect(error).toBeInstanceOf(PortError);
    expect(error).toMatchObject({ kind: 'retry', code: 'redis_unreachable' });
    expect(ms).toBeLessThan(AT_ONCE_MS);
    await server.restart();
    await works(store);
    expect((await store.admit(post(1))).outcome).toBe('admitted');
  });

  it('that is killed fails calls within a second, and is used again with its data and wake-ups', async () => {
    const store = await open();
    const woken: string[] = [];
    await store.subscribe('p', (thread) => woken.push(thread));
    const { token } = await held(store, T1, 'p');
    await store.commit(commit(T1, token, { state: 'kept' }));
    await server.kill9();
    for (let n = 0; n < 5; n += 1) {
      const { error, ms } = await outcome(store.admit(post(n)));
      expect(error).toBeInstanceOf(PortError);
      expect(['retry', 'unknown']).toContain(error?.kind);
      expect(ms).toBeLessThan(AT_ONCE_MS);
    }
    await server.restart();
    await works(store);
    expect(await store.peek(T1)).toBe('kept');
    let n = 10;
    await eventually(async () => {
      await store.admit(post((n += 1)));
      expect(woken).toContain(threadKey(T1));
    });
  });

  it('that freezes leaves calls unknown after a second; a commit repeated later counts once (fault: redis-frozen)', async () => {
    const store = await open();
    await store.admit(post(1));
    const { token, inbox } = await held(store, T1, 'p');
    const change = commit(T1, token, { state: 'one', consumed: inbox.map(({ seq }) => seq) });
    server.freeze();
    const [read, write] = await Promise.all([outcome(store.admit(post(2))), outcome(store.commit(change))]);
    expect(read.error).toMatchObject({ kind: 'unknown' });
    expect(read.ms).toBeLessThan(GIVEN_UP_MS);
    expect(write.error).toMatchObject({ kind: 'unknown' });
    // Once more inside, within the half second that a lost connection may take to come back.
    expect(write.ms).toBeLessThan(2 * GIVEN_UP_MS);
    expect((await outcome(store.ping())).ms).toBeLessThan(GIVEN_UP_MS);
    server.thaw();
    await works(store);
    expect(await store.commit(change)).toMatchObject({ outcome: 'ok' });
    expect(await store.peek(T1)).toBe('one');
  });

  it('that answers late to a commit has it repeated inside', async () => {
    const store = await open();
    const { token } = await held(store, T1, 'p');
    const change = commit(T1, token, { state: 'one', then: 'release' });
    server.freeze();
    const done = store.commit(change);
    const first = await outcome(store.ping());
    expect(first.error).toMatchObject({ kind: 'unknown', code: 'redis_timeout' });
    server.thaw();
    expect(await done).toMatchObject({ outcome: 'ok', released: true });
    expect(await store.acquire(T1, 'q')).toMatchObject({ state: 'one' });
  });

  it('I3: a commit that was given up and arrives after a later one is refused', async () => {
    const store = await open();
    const { token } = await held(store, T1, 'p');
    await store.commit(commit(T1, token, { state: 'two' }));
    const base = createKeys('A1').shard(T1);
    const late = [threadKey(T1), `p#${token.fence}`, 'nonce of one', 1, 60_000, 'keep', 60_000, 'set', 'one'];
    const answer = await control.eval(loadScripts().get('commit') ?? '', 1, base, ...late, '[]', '[]', '[]');
    expect(answer).toEqual(['stale']);
    expect(await store.peek(T1)).toBe('two');
  });

  it('that is full takes nothing new, keeps leases and takes threads back, and still reads (fault: redis-full)', async () => {
    const store = await open();
    await store.admit(post(1));
    const { token, inbox } = await held(store, T1, 'p');
    const consumed = inbox.map(({ seq }) => seq);
    await control.config('SET', 'maxmemory', '1');
    const writes = [
      store.admit(post(2)),
      store.acquire(T2, 'p'),
      store.commit(commit(T1, token, { consumed })),
      store.sweep(1),
      store.once('k', 1000),
    ];
    for (const { error, ms } of await Promise.all(writes.map(outcome))) {
      expect(error).toMatchObject({ kind: 'retry', code: 'redis_oom' });
      expect(ms).toBeLessThan(AT_ONCE_MS);
    }
    expect(await store.inbox(T1, token)).toHaveLength(1);
    expect(await store.peek(T1)).toBeUndefined();
    const nothing = { lost: [], failed: [] };
    expect(await store.renew([{ thread: T1, token }])).toEqual({ ...nothing, waiting: [threadKey(T1)] });
    const back = commit(T1, token, { state: 'kept', consumed, then: 'release' });
    expect(await store.commit(back)).toMatchObject({ outcome: 'ok', released: true });
    await control.config('SET', 'maxmemory', '0');
    expect((await store.admit(post(2))).outcome).toBe('admitted');
    expect(await held(store, T1, 'q')).toMatchObject({ state: 'kept' });
  });

  it('that became a replica refuses writes; they work when it is the primary again (fault: redis-read-only)', async () => {
    const store = await open();
    await control.replicaof('127.0.0.1', '1');
    expect((await outcome(store.admit(post(1)))).error?.kind).toBe('retry');
    await control.replicaof('NO', 'ONE');
    await eventually(async () => expect((await store.admit(post(1))).outcome).toBe('admitted'));
  });

  it('that lost everything gives out no fence and no seq twice', async () => {
    const store = await open();
    await store.admit(post(1));
    const before = await held(store, T1, 'p');
    await control.flushall();
    await store.admit(post(2));
    const after = await held(store, T1, 'p');
    expect(after.token.fence).toBeGreaterThan(before.token.fence);
    expect(after.inbox[0]?.seq).not.toBe(before.inbox[0]?.seq);
    expect(await store.commit(commit(T1, before.token))).toEqual({ outcome: 'stale' });
  });
});

describe('the start-up check', () => {
  it('refuses a server that throws keys away, and says how to cure it (fault: redis-evicts)', async () => {
    await control.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const logged: unknown[] = [];
    const { error } = await outcome(open({ path: server.path, log: errorsTo(logged) }));
    expect(error).toMatchObject({ kind: 'fatal', code: 'redis_evicts' });
    expect(error?.message).toMatch(/allkeys-lru.*set maxmemory-policy to noeviction/);
    // Whoever starts says it, once.
    expect(logged).toEqual([]);
  });

  it('refuses it also where it turns up later (fault: redis-evicts)', async () => {
    const logged: unknown[] = [];
    const store = await open({ path: server.path, log: errorsTo(logged) });
    await control.config('SET', 'maxmemory-policy', 'volatile-ttl');
    await control.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await eventually(async () =>
      expect((await outcome(store.ping())).error).toMatchObject({ code: 'redis_evicts' }),
    );
    expect(logged.length).toBeGreaterThan(0);
  });

  it('believes a server that hides its settings', async () => {
    await control.call('ACL', 'SETUSER', 'u', 'on', '>pw', '~*', '&*', '+@all', '-info', '-config');
    await control.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const store = await open({ url: `redis://u:pw@127.0.0.1:${server.port}` });
    expect((await store.admit(post(1))).outcome).toBe('admitted');
  });

  it('refuses a wrong or missing password, and takes the right one', async () => {
    await control.config('SET', 'requirepass', 'right');
    for (const login of ['', ':wrong@']) {
      const { error } = await outcome(open({ url: `redis://${login}127.0.0.1:${server.port}` }));
      expect(error).toMatchObject({ kind: 'fatal', code: 'redis_login' });
      expect(error?.message).not.toContain('wrong');
    }
    const store = await open({ url: `redis://:right@127.0.0.1:${server.port}` });
    await expect(store.ping()).resolves.toBeUndefined();
  });
});

describe('what it costs', () => {
  it('I1: an admission is one command', async () => {
    const store = await open();
    await store.admit(post(1));
    await control.config('RESETSTAT');
    await store.admit(post(2));
    const calls = (await control.info('commandstats')).match(/^cmdstat_(eval|evalsha):calls=\d+/gm);
    expect(calls).toEqual(['cmdstat_evalsha:calls=1']);
  });

  it('who goes on talking in a thread is noted once in five minutes, others at once', async () => {
    const store = await open();
    const at = Date.now();
    const note = async (user: string, after: number, thread = T1) =>
      store.noteSession('T1', user, { thread, at: at + after });
    await note('U1', 0);
    await control.config('RESETSTAT');
    await note('U1', 299_999);
    expect(await control.info('commandstats')).not.toContain('cmdstat_evalsha');
    await Promise.all([note('U2', 0), note('U1', 0, T2), note('U1', 300_000)]);
    expect(await control.info('commandstats')).toContain('cmdstat_evalsha:calls=3');
  });

  it('a note that was not written is tried again with the next message', async () => {
    const store = await open();
    await control.config('SET', 'maxmemory', '1');
    const note = { thread: T1, at: Date.now() };
    expect((await outcome(store.noteSession('T1', 'U1', note))).error?.kind).toBe('retry');
    await control.config('SET', 'maxmemory', '0');
    await store.noteSession('T1', 'U1', note);
    expect(await store.sessionsOf('T1', 'U1', 1)).toEqual([note]);
  });

  it('every name begins with the app', async () => {
    const store = await open();
    const { token } = await held(store, T1, 'p');
    const timers = { idle: { inMs: 60_000, id: 1 } };
    await store.commit(commit(T1, token, { state: 'x', timers, messages: ['1790000100.000009'] }));
    await store.admit(post(1));
    await store.admit(post(2, T2, 'followed'));
    await store.once('k', 60_000);
    await store.noteSession('T1', 'U1', { thread: T1, at: Date.now() });
    await store.take('l', { limit: 1, windowMs: 60_000, share: 1 }, [{ member: 'm', ttlMs: 60_000 }]);
    await store.block('l', 60_000);
    const keys = await control.keys('*');
    expect(keys.length).toBeGreaterThan(12);
    expect(keys.filter((name) => !name.startsWith('A1:'))).toEqual([]);
  });

  it('a resting thread takes at most 2 KB with a state of 1 KB', async () => {
    // What lives for a minute or an hour only, the last nonce and the messages of the last turn, does not count.
    const short = { nonceMs: 1, messageMs: 1 };
    const store = await createRedisStore({ path: server.path, appId: 'A1', log: quietLog, ...short });
    stores.push(store);
    const timers = { idle: { inMs: 3_600_000, id: 1_790_000_000_000 } };
    const messages = Array.from({ length: 20 }, (_, i) => `1790000100.0000${i + 10}`);
    const rest = async (n: number) => {
      const ts = `1790000000.${String(n).padStart(6, '0')}`;
      const thread = { team: 'T0123456789', channel: `C012345${n}`, ts };
      const { token } = await held(store, thread, 'p');
      const change = { state: 's'.repeat(1024), timers, messages };
      await store.noteSession(thread.team, `U012345${n % 100}`, { thread, at: Date.now() + n });
      await store.commit(commit(thread, token, { ...change, then: 'release' }));
    };
    const many = async (from: number, count: number) => {
      for (let n = from; n < from + count; n += 50) {
        await Promise.all(Array.from({ length: 50 }, async (_, i) => rest(n + i)));
      }
      const passing = async () => (await control.keys('A1:*:[nm]:*')).length;
      await eventually(async () => expect(await passing()).toBe(0));
      return Number(/used_memory:(\d+)/.exec(await control.info('memory'))?.[1]);
    };
    const before = await many(1000, 200);
    const each = ((await many(2000, 1000)) - before) / 1000;

    expect(each).toBeLessThan(2048);
    expect(each).toBeGreaterThan(1024);
  });
});
