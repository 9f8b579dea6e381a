/** Clients that never finish what they begin to say. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createHttp } from '../../src/ops/health.ts';
import { quietLog } from '../support/quiet-log.ts';

it('are cut off, in the headers as in the body, and others are served (fault: body-giant)', async () => {
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
    patience: { headersMs: 400, requestMs: 1_200, lookMs: 100 },
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
  // Each by its own limit: the headers before the body's time is up.
  expect(headers).toBeGreaterThan(300);
  expect(body).toBeGreaterThan(1_100);
});
