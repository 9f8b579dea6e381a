/** A request whose condition has lapsed meanwhile does not leave, whether its connection is new or was kept. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textFetch } from '../../src/adapters/http-fetch.ts';
import { lookingLast } from '../../src/lib/last-look.ts';

describe('the last look', () => {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(request.url ?? '');
    response.end('{}');
  });
  let base = '';
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  const refuse = (): never => {
    throw new Error('lapsed');
  };
  const post = (path: string): Promise<Response> =>
    textFetch(`${base}${path}`, { method: 'POST', body: 'x' });

  it('is taken when the connection stands, and refuses the request', async () => {
    await expect(lookingLast(refuse, () => post('/new'))).rejects.toThrow('lapsed');
    await (
      await lookingLast(
        () => undefined,
        () => post('/first'),
      )
    ).text();
    await expect(lookingLast(refuse, () => post('/kept'))).rejects.toThrow('lapsed');
    await (await post('/last')).text();
    expect(heard).toEqual(['/first', '/last']);
  });

  it('is taken after everything that had to be waited for', async () => {
    let isHeld = true;
    const look = (): void => {
      if (!isHeld) refuse();
    };
    const answer = lookingLast(look, () => post('/late'));
    isHeld = false;
    await expect(answer).rejects.toThrow('lapsed');
    expect(heard).not.toContain('/late');
  });
});
