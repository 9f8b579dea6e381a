/** A cluster: a master that goes, freezes or hands a slot over costs its own threads a moment, and nobody anything else. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createKeys } from '../../src/adapters/store/keys.ts';
import { slotOf } from '../../src/adapters/store/redis-slots.ts';
import { threadKey, type ThreadRef } from '../../src/core/event.ts';
import { commit, held, post, T1 } from '../contract/store-world.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRedis } from '../support/redis.ts';
import { startTestCluster, type ClusterNode, type TestCluster } from './support/cluster.ts';
import { outcome, stores, untilItWorks } from './support/stores.ts';
import { untilSo } from './support/until-so.ts';

/** Whole again after each test. */
let cluster: TestCluster;
const opened = stores();
const open = async (url: string) => opened.open(url);
beforeAll(async () => {
  cluster = await startTestCluster({ nodeTimeoutMs: 20_000 });
});
afterEach(async () => {
  await opened.close();
  await Promise.all(cluster.masters.map(async ({ control }) => control.flushall().catch(() => undefined)));
});
afterAll(async () => cluster.stop());

const keys = createKeys('A1');

/** A thread whose shard the nth master has. */
function threadOn(master: number): ThreadRef {
  for (let n = 0; ; n += 1) {
    const thread: ThreadRef = { team: 'T1', channel: `C${n}`, ts: '1790000000.000100' };
    if (Math.min(2, Math.floor(slotOf(keys.shard(thread)) / 5461)) === master) return thread;
  }
}

function node(nodes: readonly ClusterNode[], n: number): ClusterNode {
  const found = nodes[n];
  if (!found) throw new Error(`no node ${n}`);
  return found;
}

describe('a master that', () => {
  it('is killed: its replica is used as soon as the cluster says so, the others all the time (fault: redis-failover)', async () => {
    const failing = await startTestCluster({ replicas: 1, nodeTimeoutMs: 800 });
    const { url, masters, replicas } = failing;
    const store = await open(url);
    const [mine, other] = [threadOn(0), threadOn(1)];
    const woken: string[] = [];
    await store.subscribe('p', (thread) => woken.push(thread));
    const { token } = await held(store, mine, 'p');
    const elsewhere = await held(store, other, 'p');
    await store.commit(commit(mine, token, { state: 'kept' }));
    const { server } = node(masters, 0);
    await untilSo('a replica that has all', async () => {
      return (await node(replicas, 0).control.dbsize()) === (await node(masters, 0).control.dbsize());
    });
    await server.kill9();
    const leases = [
      { thread: mine, token },
      { thread: other, token: elsewhere.token },
    ];
    expect(await store.renew(leases)).toMatchObject({ lost: [], failed: [threadKey(mine)] });
    expect((await store.admit(post(1, other))).outcome).toBe('admitted');
    const failed = await untilItWorks(async () => store.admit(post(1, mine)));
    expect(failed.length).toBeGreaterThan(0);
    for (const { error, ms } of failed) {
      expect(['retry', 'unknown']).toContain(error?.kind);
      expect(ms).toBeLessThan(3000);
    }
    expect(await store.peek(mine)).toBe('kept');
    expect(await store.commit(commit(mine, token, { state: 'on' }))).toMatchObject({ outcome: 'ok' });
    let n = 10;
    await eventually(async () => {
      await store.admit(post((n += 1), mine));
      expect(woken).toContain(threadKey(mine));
    });
    await failing.stop();
  });

  it('freezes holds up its own threads only, and each call for a second only (fault: redis-frozen)', async () => {
    const { url, masters } = cluster;
    const store = await open(url);
    const [mine, other] = [threadOn(0), threadOn(1)];
    node(masters, 0).server.freeze();
    const calls = [outcome(store.admit(post(1, mine))), outcome(store.admit(post(1, other)))];
    const [stuck, fine] = await Promise.all(calls);
    expect(stuck?.error).toMatchObject({ kind: 'unknown' });
    expect(stuck?.ms).toBeLessThan(3000);
    expect(fine?.error).toBeUndefined();
    expect(fine?.ms).toBeLessThan(900);
    expect(await store.sweep(10)).toEqual([threadKey(other)]);
    node(masters, 0).server.thaw();
    await untilItWorks(async () => store.ping());
    expect((await store.admit(post(2, mine))).outcome).toBe('admitted');
  });
});

describe('a slot that moves to another master', () => {
  it('is left alone until it has arrived, and is then found there with all it had (fault: redis-reshard)', async () => {
    const { url, masters } = cluster;
    const store = await open(url);
    const mine = threadOn(0);
    const base = keys.shard(mine);
    const slot = String(slotOf(base));
    await store.admit(post(1, mine));
    const { token } = await held(store, mine, 'p');
    await store.commit(commit(mine, token, { state: 'kept' }));
    const [from, to] = [node(masters, 0), node(masters, 1)];
    const [source, target] = await Promise.all(
      [from, to].map(async (one) => String(await one.control.call('CLUSTER', 'MYID'))),
    );
    await to.control.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', source ?? '');
    await from.control.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target ?? '');
    const names = (await from.control.call('CLUSTER', 'GETKEYSINSLOT', slot, '1000')) as string[];
    expect(names.length).toBeGreaterThan(4);
    const [first = '', ...rest] = names;
    const migrate = async (some: string[]) =>
      from.control.call('MIGRATE', '127.0.0.1', String(to.server.port), '', '0', '5000', 'KEYS', ...some);
    await migrate([first]);
    for (const call of [
      store.admit(post(2, mine)),
      store.acquire(mine, 'q'),
      store.commit(commit(mine, token)),
    ]) {
      expect((await outcome(call)).error).toMatchObject({ kind: 'retry', code: 'redis_ask' });
    }
    await migrate(rest);
    for (const one of [to, from, node(masters, 2)]) {
      await one.control.call('CLUSTER', 'SETSLOT', slot, 'NODE', target ?? '');
    }
    expect(await outcome(store.admit(post(2, mine)))).toMatchObject({ error: undefined });
    expect(await store.peek(mine)).toBe('kept');
    expect(await store.commit(commit(mine, token, { state: 'on' }))).toMatchObject({ outcome: 'ok' });
    expect((await held(store, mine, 'p')).inbox).toHaveLength(2);
    expect(await from.control.exists(`${base}:s:${threadKey(mine)}`).catch(() => 0)).toBe(0);
  });
});

describe('the URL', () => {
  it('may name nodes that are gone, as long as one is there', async () => {
    const { url } = cluster;
    const store = await open(url.replace('redis+cluster://', 'redis+cluster://127.0.0.1:1,'));
    await store.admit(post(1));
    expect(await store.sweep(1)).toEqual([threadKey(T1)]);
  });

  it('of one server is refused for a cluster, and of a cluster for one server', async () => {
    const { masters } = cluster;
    const wrong = await outcome(open(node(masters, 0).server.url));
    expect(wrong.error).toMatchObject({ kind: 'fatal', code: 'redis_cluster' });
    expect(wrong.error?.message).toMatch(/REDIS_URL.*redis\+cluster/);
    const single = await startTestRedis();
    const other = await outcome(open(`redis+cluster://127.0.0.1:${single.port}`));
    await single.stop();
    expect(other.error).toMatchObject({ kind: 'fatal', code: 'redis_no_cluster' });
  });

  it('is refused where one of the masters would throw keys away (fault: redis-evicts)', async () => {
    const { url, masters } = cluster;
    await node(masters, 2).control.config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect((await outcome(open(url))).error).toMatchObject({ kind: 'fatal', code: 'redis_evicts' });
    await node(masters, 2).control.config('SET', 'maxmemory-policy', 'noeviction');
  });

  it('of nobody is waited for, and calls fail at once (fault: redis-absent-at-start)', async () => {
    const store = await open('redis+cluster://127.0.0.1:1,127.0.0.1:2');
    const { error, ms } = await outcome(store.admit(post(1)));
    expect(error).toMatchObject({ kind: 'retry', code: 'redis_unreachable' });
    expect(ms).toBeLessThan(900);
    expect((await outcome(store.ping())).error).toMatchObject({ kind: 'retry' });
  });
});
