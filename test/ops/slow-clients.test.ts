/** Clients that never finish what they begin to say. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createHttp } from '../../src/ops/health.ts';
import { quietLog } from '../support/quiet-log.ts';

/** Longer than the server waits for headers, and for a whole request, ms. */
const SLOW = { timeout: 60_000 };

it(
  'are cut off, in the headers as in the body, and others are served (fault: body-giant)',
  SLOW,
  async () => {
    const http = await createHttp({
      port: 0,
      host: '127.0.0.1',
      reasons: () => [],
      metrics: () => Promise.resolve({ contentType: 'text/plain', body: '' }),
      routes: [
        {
          method: 'POST',
          path: '/slack/events',
          handle: async (request, response) => {
            for await (const _ of request);
            response.end('read');
          },
        },
      ],
      log: quietLog,
    });
    onTestFinished(() => http.close(0));
    const began = performance.now();
    const slow = [
      'GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ',
      'POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{',
    ];
    const closed = slow.map(async (begun): Promise<number> => {
      const socket: Socket = connect(http.port, '127.0.0.1');
      socket.resume().on('error', () => undefined);
      socket.write(begun);
      await once(socket, 'close');
      return performance.now() - began;
    });
    expect((await fetch(`http://127.0.0.1:${http.port}/healthz`)).status).toBe(200);
    const [headers = 0, body = 0] = await Promise.all(closed);
    expect(headers).toBeLessThan(16_000);
    expect(body).toBeLessThan(30_000);
  },
);
