/** A TCP door in front of a server: shut, nobody is behind it. */
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { freePort } from '../../support/redis.ts';

export interface Door {
  readonly port: number;
  open(): Promise<void>;
  /** Connections stay, new ones are taken, and nothing passes any more, in either direction. */
  stall(): void;
  /** Cuts what is open and refuses what comes. */
  shut(): Promise<void>;
}

/** Shut at first. */
export async function doorTo(behind: number): Promise<Door> {
  const port = await freePort();
  const sockets = new Set<Socket>();
  let stalled = false;
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
      stalled = false;
      server = createServer((from) => {
        const to = createConnection(behind, '127.0.0.1');
        track(from, () => to);
        track(to, () => from);
        if (!stalled) from.pipe(to).pipe(from);
      });
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    stall() {
      stalled = true;
      for (const socket of sockets) socket.unpipe().pause();
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
