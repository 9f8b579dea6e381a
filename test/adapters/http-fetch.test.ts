import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerTo, leaveAgent, singleUse, textFetch, textOf } from '../../src/adapters/http-fetch.ts';

let url: string;
let close: () => Promise<void>;
let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;

beforeEach(async () => {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => answer(request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b=c`;
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
});

afterEach(() => close());

describe('textFetch', () => {
  it('sends method, headers and body, and reads status, headers and text', async () => {
    answer = (request, response, body) => {
      const { method, url: path, headers } = request;
      response.writeHead(418, { 'x-two': ['1', '2'], 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ method, path, length: headers['content-length'], one: headers['x-one'], body }),
      );
    };
    const response = await textFetch(url, { method: 'PUT', headers: { 'x-one': 'ß' }, body: 'Grüße' });
    expect([response.status, response.ok, response.headers.get('x-two')]).toEqual([418, false, '1, 2']);
    expect(await response.json()).toMatchObject({
      method: 'PUT',
      path: '/a?b=c',
      length: '7',
      body: 'Grüße',
    });
  });

  it('takes headers in each of their forms', async () => {
    answer = (request, response) => response.end(String(request.headers['x-one']));
    for (const headers of [
      new Headers({ 'x-one': '1' }),
      [['x-one', '1'] as [string, string]],
      { 'x-one': '1' },
    ])
      expect(await (await textFetch(url, { headers })).text()).toBe('1');
  });

  it('follows no redirect (H1)', async () => {
    answer = (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end();
    const response = await textFetch(url);
    expect([response.status, response.headers.get('location')]).toEqual([302, '/elsewhere']);
  });

  it.each(['before the headers', 'in the body'])(
    'ends at its signal %s, with its reason (H2)',
    async (when) => {
      const controller = new AbortController();
      const reason = new Error('enough');
      answer = (_request, response) => {
        if (when === 'in the body') response.write('half');
        setImmediate(() => controller.abort(reason));
      };
      await expect(textFetch(url, { signal: controller.signal })).rejects.toBe(reason);
      await expect(textFetch(url, { signal: controller.signal })).rejects.toBe(reason);
    },
  );

  it('an answer that is cut off is no answer (H3)', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setImmediate(() => response.socket?.resetAndDestroy());
    };
    await expect(textFetch(url)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('nobody there is told by the code (H3)', async () => {
    await close();
    await expect(textFetch(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('other bodies go the long way', async () => {
    answer = (request, response, body) => response.end(`${request.headers['content-type']} ${body}`);
    const form = new FormData();
    form.set('a', 'b');
    expect(await (await textFetch(url, { method: 'POST', body: form })).text()).toMatch(
      /^multipart\/form-data.*name="a"/s,
    );
  });
});

describe('an answer with a connection of its own', () => {
  it('is asked for with the same headers, and leaves nothing at the agent', async () => {
    const agents = singleUse();
    answer = (request, response) => {
      const { host, connection, 'x-one': one } = request.headers;
      response.end(JSON.stringify([host, connection, one]));
    };
    const message = await answerTo(url, { headers: { 'x-one': '1' } }, agents);
    expect(Object.values(agents.http.sockets).flat()).toHaveLength(1);
    leaveAgent(message);
    expect(Object.values(agents.http.sockets).flat()).toEqual([]);
    expect(JSON.parse(await textOf(message))).toEqual([new URL(url).host, 'close', '1']);
  });
});
