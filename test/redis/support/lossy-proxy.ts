/** A TCP proxy before a Redis: its answers come late, or are lost with their connection after what was asked was done. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { loadScripts, type ScriptName } from '../../../src/adapters/store/scripts.ts';

export interface LossyProxy {
  /** `redis://127.0.0.1:port`. */
  readonly url: string;
  /** From now on each answer comes so much later, another time each, ms. */
  slow(leastMs: number, mostMs: number): void;
  /** The answers to the next runs of this script are lost, and the connection with them. */
  lose(script: ScriptName, times: number): void;
  /** How many answers were lost. */
  lost(): number;
  /** After so many more runs of scripts that change a thread nobody gets through any more, as if the client were dead. */
  dieAfter(runs: number): void;
  dead(): boolean;
  stop(): Promise<void>;
}

/** The same times in every run (Park and Miller's generator). */
function fractions(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** What a client sends to run this script: its digest, or all of it. */
function callsOf(script: ScriptName): readonly string[] {
  const lua = loadScripts().get(script) ?? '';
  return [createHash('sha1').update(lua).digest('hex'), lua];
}

export async function lossyProxy(behind: number, seed = 1): Promise<LossyProxy> {
  const random = fractions(seed);
  const sockets = new Set<Socket>();
  let [leastMs, mostMs] = [0, 0];
  let doomed: { readonly calls: readonly string[]; left: number } | undefined;
  let lost = 0;
  let left = Number.POSITIVE_INFINITY;
  let dead = false;
  const changes = (['acquire', 'commit', 'conclude'] as const).flatMap(callsOf);
  /** Pieces carry several runs where they are many at once. */
  const hasDied = (piece: string): boolean => {
    if (dead || left === Number.POSITIVE_INFINITY) return dead;
    left -= changes.filter((call) => piece.includes(call)).length;
    dead = left < 0;
    return dead;
  };
  const delayMs = (): number => leastMs + random() * (mostMs - leastMs);
  const isDoomed = (piece: string): boolean => {
    if (!doomed || doomed.left === 0 || !doomed.calls.some((call) => piece.includes(call))) return false;
    doomed.left -= 1;
    return true;
  };
  const server = createServer((client) => {
    const redis = createConnection(behind, '127.0.0.1');
    const end = (): void => {
      client.destroy();
      redis.destroy();
    };
    let loses = false;
    // In order, whatever time each was given.
    let last = 0;
    const later = (work: () => void): void => {
      const now = performance.now();
      last = Math.max(last, now + delayMs());
      if (last <= now) work();
      else setTimeout(work, last - now);
    };
    if (dead) end();
    client.on('data', (piece: Buffer) => {
      if (hasDied(piece.toString('latin1'))) for (const socket of sockets) socket.destroy();
      loses ||= isDoomed(piece.toString('latin1'));
      redis.write(piece);
    });
    redis.on('data', (piece: Buffer) => {
      if (loses) {
        lost += 1;
        end();
      } else later(() => client.write(piece));
    });
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `redis://127.0.0.1:${port}`,
    slow(least, most) {
      [leastMs, mostMs] = [least, most];
    },
    lose(script, times) {
      doomed = { calls: callsOf(script), left: times };
    },
    lost: () => lost,
    dieAfter(runs) {
      left = runs;
    },
    dead: () => dead,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
