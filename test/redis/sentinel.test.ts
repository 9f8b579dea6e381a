/** A primary that Sentinels watch: whoever is primary is used, and a failover costs seconds, not messages. */
import { afterEach, describe, expect, it } from 'vitest';
import { createKeys } from '../../src/adapters/store/keys.ts';
import { threadKey } from '../../src/core/event.ts';
import { commit, held, post, T1 } from '../contract/store-world.ts';
import { eventually } from '../support/eventually.ts';
import {
  caughtUp,
  connect,
  cutOff,
  MASTER,
  startReplicated,
  type Replicated,
  type ReplicatedOptions,
} from './support/sentinel.ts';
import { outcome, stores, untilItWorks } from './support/stores.ts';
import { untilSo } from './support/until-so.ts';

let set: Replicated | undefined;
const opened = stores();
const open = async (url: string) => opened.open(url);
afterEach(async () => {
  await opened.close();
  await set?.stop();
  set = undefined;
});

async function start(options?: ReplicatedOptions): Promise<Replicated> {
  set = await startReplicated(options);
  return set;
}

describe('a failover', () => {
  it('of a killed primary: calls fail at once, then the new one is used, with what it was told (fault: redis-failover)', async () => {
    const servers = await start();
    const store = await open(servers.url);
    const woken: string[] = [];
    await store.subscribe('p', (thread) => woken.push(thread));
    await store.admit(post(1));
    const { token, inbox } = await held(store, T1, 'p');
    const consumed = inbox.map(({ seq }) => seq);
    await store.commit(commit(T1, token, { state: 'one', consumed }));
    await caughtUp(servers);
    const old = servers.primary.port;
    await servers.primary.kill9();
    const failed = await untilItWorks(async () => store.admit(post(2)));
    expect(failed.length).toBeGreaterThan(0);
    for (const { error, ms } of failed) {
      expect(['retry', 'unknown']).toContain(error?.kind);
      expect(ms).toBeLessThan(3000);
    }
    expect(await servers.primaryPort()).not.toBe(old);
    expect(await store.peek(T1)).toBe('one');
    expect(await store.commit(commit(T1, token, { state: 'two' }))).toMatchObject({ outcome: 'ok' });
    let n = 10;
    await eventually(async () => {
      await store.admit(post((n += 1)));
      expect(woken).toContain(threadKey(T1));
    });
  });

  it('of a frozen primary is noticed within five seconds; back again it is no danger (fault: redis-frozen)', async () => {
    const servers = await start();
    const store = await open(servers.url);
    await store.ping();
    servers.primary.freeze();
    const began = performance.now();
    const failed = await untilItWorks(async () => store.once(crypto.randomUUID(), 1000));
    // Half a second until the Sentinel calls it down, its election, and ours to notice: with room for a busy machine.
    expect(performance.now() - began).toBeLessThan(10_000);
    for (const { ms } of failed) expect(ms).toBeLessThan(3000);
    await store.admit(post(1));
    servers.primary.thaw();
    await store.admit(post(2));
    expect((await held(store, T1, 'p')).inbox).toHaveLength(2);
  });

  it('that an operator asks for: what is told as done from then on is on the new primary (fault: redis-read-only)', async () => {
    const servers = await start();
    const store = await open(servers.url);
    await store.admit(post(1));
    await caughtUp(servers);
    await untilSo('a failover', async () => {
      return (await servers.sentinels[0]?.control.call('SENTINEL', 'FAILOVER', MASTER)) === 'OK';
    });
    const old = connect(servers.primary);
    await untilSo('a demoted primary', async () => (await old.info('replication')).includes('role:slave'));
    old.disconnect();
    await untilItWorks(async () => store.admit(post(2)));
    const now = connect(servers.replicas[0] ?? servers.primary);
    expect(await now.hlen(`${createKeys('A1').shard(T1)}:i:${threadKey(T1)}`)).toBe(2);
    now.disconnect();
  });

  it('that forgets the last moments gives no fence and no seq out twice (fault: redis-failover)', async () => {
    const servers = await start();
    const store = await open(servers.url);
    await store.admit(post(1));
    const before = await held(store, T1, 'p');
    const consumed = before.inbox.map(({ seq }) => seq);
    await caughtUp(servers);
    await cutOff(servers);
    const lost = await store.commit(
      commit(T1, before.token, { state: 'forgotten', consumed, then: 'release' }),
    );
    expect(lost).toMatchObject({ outcome: 'ok' });
    const forgotten = await held(store, T1, 'q');
    await servers.primary.kill9();
    await untilItWorks(async () => store.ping());
    expect(await store.peek(T1)).toBeUndefined();
    expect(await store.commit(commit(T1, forgotten.token))).toEqual({ outcome: 'stale' });
    const again = await held(store, T1, 'p');
    expect(again.inbox.map(({ seq }) => seq)).toEqual(before.inbox.map(({ seq }) => seq));
    await store.admit(post(2));
    const { inbox } = await held(store, T1, 'p');
    expect(Number(inbox.at(-1)?.seq)).toBeGreaterThan(forgotten.token.fence);
  });
});

describe('the Sentinels', () => {
  it('need not all be there', async () => {
    const servers = await start({ sentinels: 3 });
    await servers.sentinels[0]?.kill9();
    const store = await open(servers.url);
    expect((await store.admit(post(1))).outcome).toBe('admitted');
  });

  it('that know no such primary end the start', async () => {
    const servers = await start({ replicas: 0 });
    const { error } = await outcome(open(servers.url.replace(MASTER, 'other')));
    expect(error).toMatchObject({ kind: 'fatal', code: 'redis_master' });
  });

  it('have passwords of their own', async () => {
    const servers = await start({ password: 'for-data', sentinelPassword: 'for-sentinel' });
    const store = await open(servers.url);
    expect((await store.admit(post(1))).outcome).toBe('admitted');
    for (const url of [servers.url.replace('for-sentinel', 'wrong'), servers.url.replace(/\?.*/, '')]) {
      const { error } = await outcome(open(url));
      expect(error).toMatchObject({ kind: 'fatal', code: 'redis_login' });
      expect(error?.message).toContain('sentinel_password');
      expect(error?.message).not.toContain('wrong');
    }
    const { error } = await outcome(open(servers.url.replace('for-data', 'wrong')));
    expect(error).toMatchObject({ kind: 'fatal', code: 'redis_login' });
  });

  it('that are all away are waited for, and calls fail at once (fault: redis-absent-at-start)', async () => {
    const store = await open(`redis+sentinel://127.0.0.1:1/${MASTER}`);
    const { error, ms } = await outcome(store.admit(post(1)));
    expect(error).toMatchObject({ kind: 'retry', code: 'redis_unreachable' });
    expect(ms).toBeLessThan(900);
  }, 15_000);
});
