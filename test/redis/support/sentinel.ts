/** A primary, replicas and Sentinels of a test's own, on loopback. */
import { Redis } from 'ioredis';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedisServer } from '../../../src/adapters/store/local-redis.ts';
import { freePort, launch, startTestRedis, testCacheDir, type TestRedis } from '../../support/redis.ts';
import { untilSo } from './until-so.ts';

export const MASTER = 'mymaster';

export interface Sentinel {
  readonly port: number;
  readonly control: Redis;
  kill9(): Promise<void>;
}

export interface Replicated {
  /** `redis+sentinel://…` with all Sentinels. */
  readonly url: string;
  readonly primary: TestRedis;
  readonly replicas: readonly TestRedis[];
  readonly sentinels: readonly Sentinel[];
  /** Port of who is primary, as the first Sentinel has it. */
  primaryPort(): Promise<number>;
  stop(): Promise<void>;
}

export interface ReplicatedOptions {
  readonly replicas?: number;
  readonly sentinels?: number;
  /** After so long a primary counts as down, milliseconds. */
  readonly downAfterMs?: number;
  /** Arguments of the data servers; a password in them goes to `password`. */
  readonly args?: readonly string[];
  readonly password?: string;
  readonly sentinelPassword?: string;
}

async function startSentinel(primary: TestRedis, options: ReplicatedOptions): Promise<Sentinel> {
  const { sentinels = 1, downAfterMs = 500, password, sentinelPassword } = options;
  const { file, env } = await findRedisServer({ cacheDir: testCacheDir });
  const dir = await mkdtemp(join(tmpdir(), 'hdl-'));
  const port = await freePort();
  const config = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    `logfile ${join(dir, 'log')}`,
    `sentinel monitor ${MASTER} 127.0.0.1 ${primary.port} ${Math.floor(sentinels / 2) + 1}`,
    `sentinel down-after-milliseconds ${MASTER} ${downAfterMs}`,
    `sentinel failover-timeout ${MASTER} 3000`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${MASTER} ${password}`]),
    ...(sentinelPassword === undefined ? [] : [`requirepass ${sentinelPassword}`]),
  ];
  await writeFile(join(dir, 'conf'), `${config.join('\n')}\n`);
  const { shell } = await launch(file, env, [join(dir, 'conf'), '--sentinel']);
  const control = new Redis(port, '127.0.0.1', {
    retryStrategy: () => 50,
    ...(sentinelPassword === undefined ? {} : { password: sentinelPassword }),
  });
  control.on('error', () => undefined);
  await untilSo('a Sentinel', async () => (await control.ping()) === 'PONG');
  // It looks at the others every ten seconds otherwise, and a failover that is asked for has to wait for that.
  const often = ['INFO-PERIOD', 200, 'PING-PERIOD', 100, 'ASK-PERIOD', 100, 'PUBLISH-PERIOD', 200];
  await control.call('SENTINEL', 'DEBUG', ...often).catch(() => undefined);
  return {
    port,
    control,
    async kill9() {
      control.disconnect();
      if (shell.exitCode === null && shell.signalCode === null) {
        const gone = once(shell, 'exit');
        shell.stdin?.end();
        await gone;
      }
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The Sentinels know the primary, its replicas and each other. */
async function allKnown({ control }: Sentinel, replicas: number, sentinels: number): Promise<boolean> {
  const flat = (await control.call('SENTINEL', 'MASTER', MASTER)) as string[];
  const field = (name: string): string => flat[flat.indexOf(name) + 1] ?? '';
  const [found, others] = [Number(field('num-slaves')), Number(field('num-other-sentinels'))];
  return field('flags') === 'master' && found === replicas && others === sentinels - 1;
}

export async function startReplicated(options: ReplicatedOptions = {}): Promise<Replicated> {
  const { replicas: replicaCount = 1, sentinels: sentinelCount = 1, password } = options;
  const auth = password === undefined ? [] : ['--requirepass', password, '--masterauth', password];
  // Without the pause a replica that comes late is served at once.
  const args = [...auth, '--repl-diskless-sync-delay', '0', ...(options.args ?? [])];
  const primary = await startTestRedis({ args });
  const follow = ['--replicaof', `127.0.0.1 ${primary.port}`];
  const replicas = await Promise.all(
    Array.from({ length: replicaCount }, async () => startTestRedis({ args: [...args, ...follow] })),
  );
  const sentinels = await Promise.all(
    Array.from({ length: sentinelCount }, async () => startSentinel(primary, options)),
  );
  for (const one of sentinels) {
    await untilSo('a Sentinel that knows all', async () => allKnown(one, replicaCount, sentinelCount));
  }
  const names = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const login = password === undefined ? '' : `:${password}@`;
  const query =
    options.sentinelPassword === undefined ? '' : `?sentinel_password=${options.sentinelPassword}`;
  return {
    url: `redis+sentinel://${login}${names}/${MASTER}${query}`,
    primary,
    replicas,
    sentinels,
    async primaryPort() {
      const answer = await sentinels[0]?.control.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER);
      return Number((answer as string[])[1]);
    },
    async stop() {
      await Promise.all([
        ...sentinels.map(async (one) => one.kill9()),
        ...[primary, ...replicas].map(async (server) => server.stop()),
      ]);
    },
  };
}

/** A connection to this server itself. */
export function connect({ path }: TestRedis): Redis {
  const redis = new Redis(path);
  redis.on('error', () => undefined);
  return redis;
}

/** The replica has everything that was acknowledged. */
export async function caughtUp({ primary, replicas }: Replicated): Promise<void> {
  const [one, other] = [connect(primary), connect(replicas[0] ?? primary)];
  const offset = async (redis: typeof one, field: string): Promise<string> =>
    new RegExp(`${field}:(\\d+)`).exec(await redis.info('replication'))?.[1] ?? '';
  await untilSo('a replica that has all', async () => {
    return (await offset(one, 'master_repl_offset')) === (await offset(other, 'slave_repl_offset'));
  });
  one.disconnect();
  other.disconnect();
}

/** The replica hears nothing of its primary any more, and else is well. */
export async function cutOff({ primary, replicas }: Replicated): Promise<void> {
  const [one, other] = [connect(primary), connect(replicas[0] ?? primary)];
  await other.config('SET', 'masteruser', 'nobody', 'masterauth', 'nothing');
  await one.call('CLIENT', 'KILL', 'TYPE', 'replica');
  await untilSo('a replica cut off', async () =>
    (await one.info('replication')).includes('connected_slaves:0'),
  );
  one.disconnect();
  other.disconnect();
}
