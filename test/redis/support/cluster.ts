/** A cluster of a test's own: three masters on loopback, and replicas of the first where asked for. */
import { Redis } from 'ioredis';
import { freePort, startTestRedis, type TestRedis, type TestRedisOptions } from '../../support/redis.ts';
import { untilSo } from './until-so.ts';

/** Slots each master begins with. */
const RANGES = [
  ['0', '5460'],
  ['5461', '10922'],
  ['10923', '16383'],
] as const;

export interface ClusterNode {
  readonly server: TestRedis;
  /** A connection to this node itself. */
  readonly control: Redis;
}

export interface TestCluster {
  /** `redis+cluster://…` with two of the masters. */
  readonly url: string;
  readonly masters: readonly ClusterNode[];
  readonly replicas: readonly ClusterNode[];
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** Replicas of the first master. */
  readonly replicas?: number;
  /** After so long a node counts as gone, milliseconds. */
  readonly nodeTimeoutMs?: number;
  readonly redis?: TestRedisOptions;
}

async function startNode({ nodeTimeoutMs = 2000, redis = {} }: ClusterOptions): Promise<ClusterNode> {
  const bus = await freePort();
  const args = ['--cluster-enabled', 'yes', '--cluster-port', String(bus)];
  // Without the delay a replica that comes late is served at once.
  args.push('--repl-diskless-sync-delay', '0');
  args.push('--cluster-node-timeout', String(nodeTimeoutMs), ...(redis.args ?? []));
  const server = await startTestRedis({ ...redis, args });
  const control = new Redis(server.path, { retryStrategy: () => 50 });
  control.on('error', () => undefined);
  return { server, control };
}

async function meet(first: ClusterNode, other: ClusterNode): Promise<void> {
  const port = /cluster-port (\d+)/.exec((await other.control.config('GET', 'cluster-port')).join(' '))?.[1];
  await first.control.call('CLUSTER', 'MEET', '127.0.0.1', String(other.server.port), port ?? '');
}

async function isWhole({ control }: ClusterNode, nodes: number): Promise<boolean> {
  const info = String(await control.call('CLUSTER', 'INFO'));
  return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes}`);
}

export async function startTestCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const { replicas: count = 0 } = options;
  const masters = await Promise.all(RANGES.map(async () => startNode(options)));
  const replicas = await Promise.all(Array.from({ length: count }, async () => startNode(options)));
  const nodes = [...masters, ...replicas];
  const [first] = masters;
  if (!first) throw new Error('no master');
  for (const [i, { control }] of masters.entries()) {
    await control.call('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1));
    await control.call('CLUSTER', 'ADDSLOTSRANGE', ...(RANGES[i] ?? []));
  }
  for (const node of nodes.slice(1)) await meet(first, node);
  for (const node of nodes) await untilSo('a whole cluster', async () => isWhole(node, nodes.length));
  const id = String(await first.control.call('CLUSTER', 'MYID'));
  for (const { control } of replicas) {
    await control.call('CLUSTER', 'REPLICATE', id);
    await untilSo('a replica that follows', async () => {
      return (await control.info('replication')).includes('master_link_status:up');
    });
  }
  return {
    url: `redis+cluster://${masters
      .slice(0, 2)
      .map(({ server }) => `127.0.0.1:${server.port}`)
      .join(',')}`,
    masters,
    replicas,
    async stop() {
      for (const { control } of nodes) control.disconnect();
      await Promise.all(nodes.map(async ({ server }) => server.stop()));
    },
  };
}
