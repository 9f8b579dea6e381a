/** Who may talk to the page's server, and what it hands out. */
import { request as httpRequest } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './support/stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage(fileURLToPath(new URL('../../../src/playground/page/client/', import.meta.url)));
});
afterAll(() => stage.stop());

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** With `fetch` a program cannot lie about its host or origin; a stranger's program can. */
function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port: stage.page.port, method, path, headers },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const json = (body: string): Record<string, string> => ({
  'content-type': 'application/json',
  'content-length': String(Buffer.byteLength(body)),
});

describe('the event stream', () => {
  it('brings what happens in Slack and to the bot over one connection', async () => {
    const { body } = await fetch(`${stage.page.url}/__page/events?user=U0ADA00001`);
    const reader = body?.getReader();
    let text = '';
    const until = async (words: string): Promise<void> => {
      while (!text.includes(words)) text += new TextDecoder().decode((await reader?.read())?.value);
    };
    await until('"idle_timeout":"30m"');
    stage.slack.control.say({ user: 'U0GRACE001', channel: 'C0GENERAL1', text: 'over one wire' });
    await until('over one wire');
    stage.setBot({ state: 'killed', at: 1 });
    await until('"type":"bot"');
    expect(text).toMatch(/event: parent\ndata: \{"type":"state"/);
    expect(text).toMatch(/\ndata: \{"type":"message"/);
    await reader?.cancel();
  });
});

describe('reading', () => {
  it('gives the page with a policy that allows nothing from elsewhere', async () => {
    const { status, headers, text } = await send('GET', '/');
    expect([status, text.includes('<div id="app">')]).toEqual([200, true]);
    expect(headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self';/);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect((await send('GET', '/assets/base.css')).headers['content-type']).toBe('text/css; charset=utf-8');
  });

  it.each([
    '/assets/../server.ts',
    '/assets/..%2fserver.ts',
    '/client/main.ts',
    '/client/tsconfig.json',
    '/assets/main.js',
    '/assets/nothing.css',
    '/.env',
    '/__parent/nothing',
  ])('%s is not there', async (path) => {
    expect((await send('GET', path)).status).toBe(404);
  });

  it.each(['evil.example', 'evil.example:3000', '127.0.0.1.evil.example'])(
    'a request to the host %j is refused',
    async (host) => {
      expect((await send('GET', '/', { host })).status).toBe(403);
      expect((await send('GET', '/__page/state', { host })).status).toBe(403);
    },
  );

  it('localhost and 127.0.0.1 are the same place', async () => {
    expect((await send('GET', '/__parent/state', { host: `localhost:${stage.page.port}` })).status).toBe(200);
  });
});

describe('changing', () => {
  const body = JSON.stringify({ user: 'U0ADA00001', channel: 'C0GENERAL1', text: 'hello' });

  it('what the page itself sends is taken', async () => {
    const own = `http://127.0.0.1:${stage.page.port}`;
    const host = new URL(own).host;
    const answer = await send(
      'POST',
      '/__page/say',
      { ...json(body), host, origin: own, 'sec-fetch-site': 'same-origin' },
      body,
    );
    expect(JSON.parse(answer.text)).toMatchObject({ ok: true });
  });

  it.each([
    ['from another origin', { origin: 'https://evil.example' }, 403],
    ['from another port', { origin: 'http://127.0.0.1:1' }, 403],
    ['from a sandboxed frame', { origin: 'null' }, 403],
    ['that the browser calls cross-site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['as a form could send it', { 'content-type': 'text/plain' }, 415],
    ['that is too long', { 'content-length': String(2 ** 21) }, 413],
  ])('a request %s is refused', async (_, headers, status) => {
    for (const path of ['/__page/say', '/__parent/kill']) {
      const answer = send('POST', path, { ...json(body), ...headers }, status === 413 ? '' : body);
      expect((await answer).status).toBe(status);
    }
    expect(stage.asked).toEqual([]);
  });

  it('a body without a length is refused, and so is every other method', async () => {
    const chunked = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    expect((await send('POST', '/__page/say', chunked, body)).status).toBe(411);
    expect((await send('DELETE', '/__page/say')).status).toBe(405);
  });

  it('an unknown action of the parent is told, and does nothing', async () => {
    expect((await send('POST', '/__parent/explode', json('{}'), '{}')).status).toBe(404);
    expect(stage.asked).toEqual([]);
  });
});
