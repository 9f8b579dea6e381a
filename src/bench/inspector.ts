/** The heap of another Node process, after a collection: asked through its inspector. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { delay } from '../lib/time.ts';
import type { Bot } from './bot.ts';

/** Node's options for a process whose heap is to be weighed. */
export const WEIGHABLE = ['--inspect-port=0', '--expose-gc'] as const;

/** Between two collections the process gets on with what has waited, ms. */
const BREATH_MS = 500;

/**
 * Bytes that are in use after two collections. SIGUSR1 makes the process listen ("Debugging Node.js", signals). The
 * inspector's own `HeapProfiler.collectGarbage` stands for the last resort before a process runs out of memory: it
 * collects up to seven times without a pause, and thousands of sessions stand still for longer than a lease lives.
 */
export async function heapAfterCollection(bot: Bot): Promise<number> {
  const address = bot.said(/Debugger listening on (ws:\S+)/);
  bot.signal('SIGUSR1');
  const socket = new WebSocket(await address);
  try {
    await once(socket, 'open');
    for (const id of [1, 2]) {
      await call(socket, id, 'Runtime.evaluate', { expression: 'gc()' });
      await delay(BREATH_MS);
    }
    const { usedSize } = (await call(socket, 3, 'Runtime.getHeapUsage')) as { usedSize?: number };
    return usedSize ?? Number.NaN;
  } finally {
    socket.close();
  }
}

/** "Chrome DevTools Protocol": one JSON object a frame, answered under its id. */
async function call(socket: WebSocket, id: number, method: string, params: object = {}): Promise<unknown> {
  socket.send(JSON.stringify({ id, method, params }));
  for (;;) {
    const [data] = (await once(socket, 'message')) as [Buffer];
    const answer = JSON.parse(data.toString()) as { id?: number; result?: unknown };
    if (answer.id === id) return answer.result;
  }
}
