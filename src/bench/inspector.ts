/** The heap of another Node process, after a collection: asked through its inspector. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Bot } from './bot.ts';

/**
 * Bytes that are in use once everything that can be given back has been. The process must have been started with
 * `--inspect-port=0`; SIGUSR1 makes it listen ("Debugging Node.js", signals).
 */
export async function heapAfterCollection(bot: Bot): Promise<number> {
  const address = bot.said(/Debugger listening on (ws:\S+)/);
  bot.signal('SIGUSR1');
  const socket = new WebSocket(await address);
  try {
    await once(socket, 'open');
    await call(socket, 1, 'HeapProfiler.collectGarbage');
    await call(socket, 2, 'HeapProfiler.collectGarbage');
    const { usedSize } = (await call(socket, 3, 'Runtime.getHeapUsage')) as { usedSize?: number };
    return usedSize ?? Number.NaN;
  } finally {
    socket.close();
  }
}

/** "Chrome DevTools Protocol": one JSON object a frame, answered under its id. */
async function call(socket: WebSocket, id: number, method: string): Promise<unknown> {
  socket.send(JSON.stringify({ id, method }));
  for (;;) {
    const [data] = (await once(socket, 'message')) as [Buffer];
    const answer = JSON.parse(data.toString()) as { id?: number; result?: unknown };
    if (answer.id === id) return answer.result;
  }
}
