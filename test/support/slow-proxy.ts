/** A TCP proxy that makes everything slow: later by so much in each direction, or byte by byte towards the client. */
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';

export interface SlowProxy {
  readonly port: number;
  stop(): Promise<void>;
}

export interface Slowness {
  /** Each piece comes so much later, in both directions, ms. */
  readonly laterMs?: number;
  /** What a client asks for on a connection whose answer is to trickle, one byte a millisecond. */
  readonly trickles?: RegExp;
}

/** Writes a byte a tick, in order. */
function trickle(to: Socket): (piece: Buffer) => void {
  const left: Buffer[] = [];
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    const [piece] = left;
    if (!piece || to.destroyed) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    to.write(piece.subarray(0, 1));
    if (piece.length > 1) left[0] = piece.subarray(1);
    else left.shift();
  };
  return (piece) => {
    left.push(piece);
    timer ??= setInterval(next, 1);
  };
}

export async function slowProxy(behind: number, { laterMs = 0, trickles }: Slowness): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((from) => {
    const to = createConnection(behind, '127.0.0.1');
    const drip = trickle(from);
    let trickling = false;
    const later = (work: () => void): void => {
      if (laterMs === 0) work();
      else setTimeout(work, laterMs);
    };
    from.on('data', (piece: Buffer) => {
      trickling = trickles?.test(piece.toString('latin1')) ?? false;
      later(() => to.write(piece));
    });
    to.on('data', (piece: Buffer) => {
      if (trickling) drip(piece);
      else later(() => from.write(piece));
    });
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        later(() => other.destroy());
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
