/** A TCP door in front of a server: shut, nobody is behind it. */
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { freePort } from '../../support/redis.ts';

export interface Door {
  readonly port: number;
  open(): Promise<void>;
  /** Cuts what is open and refuses what comes. */
  shut(): Promise<void>;
}

/** Shut at first. */
export async function doorTo(behind: number): Promise<Door> {
  const port = await freePort();
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const track = (socket: Socket, other: () => Socket | undefined): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      other()?.destroy();
    });
  };
  return {
    port,
    async open() {
      server = createServer((from) => {
        const to = createConnection(behind, '127.0.0.1');
        track(from, () => to);
        track(to, () => from);
        from.pipe(to).pipe(from);
      });
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async shut() {
      if (!server?.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
