/** A port nobody listens on, for the bot's health server. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Free at this moment on 127.0.0.1. Somebody else may take it before it is used; then the bot is started again. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
