import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError } from '../../src/errors.ts';
import { createHttp, type Http, type HttpOptions } from '../../src/ops/health.ts';
import { createLog } from '../../src/ops/log.ts';

interface Started {
  readonly http: Http;
  readonly lines: string[];
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
}

async function started(options: Partial<HttpOptions> = {}): Promise<Started> {
  const lines: string[] = [];
  const http = await createHttp({
    port: 0,
    host: '127.0.0.1',
    reasons: () => [],
    metrics: () => Promise.resolve({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }),
    log: createLog({ level: 'info', sink: { write: (line) => lines.push(line) } }),
    ...options,
  });
  onTestFinished(() => http.close(0));
  return { http, lines, get: (path, init) => fetch(`http://127.0.0.1:${http.port}${path}`, init) };
}

describe('the HTTP server', () => {
  it('answers /healthz while the process lives', async () => {
    const { get } = await started({ reasons: () => ['Slack cannot be reached.'] });
    expect((await get('/healthz')).status).toBe(200);
  });

  it('answers /readyz with 200, or 503 and the reasons', async () => {
    let reasons: string[] = [];
    const { get } = await started({ reasons: () => Promise.resolve(reasons) });
    expect((await get('/readyz')).status).toBe(200);
    reasons = ['Redis cannot be reached.'];
    const refused = await get('/readyz?verbose');
    expect(refused.status).toBe(503);
    expect(await refused.json()).toEqual({ ok: false, reasons });
  });

  it('answers /metrics', async () => {
    const { get } = await started();
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toContain('version=0.0.4');
    expect(await response.text()).toBe('up 1\n');
  });

  it('says what is not there, and what is not done that way', async () => {
    const { get } = await started();
    expect((await get('/slack/events')).status).toBe(404);
    const response = await get('/healthz', { method: 'POST', body: 'x' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET');
    expect((await get('/healthz', { method: 'HEAD' })).status).toBe(200);
  });

  it('mounts other routes on the same port', async () => {
    const { get } = await started({
      routes: [
        {
          method: 'POST',
          path: '/slack/events',
          async handle(request, response) {
            let body = '';
            for await (const chunk of request) body += String(chunk);
            response.end(`got ${body}`);
          },
        },
      ],
    });
    expect(await (await get('/slack/events', { method: 'POST', body: 'it' })).text()).toBe('got it');
    expect((await get('/slack/events')).status).toBe(405);
  });

  it('H2: a route that fails answers 500, is logged, and the next request is served', async () => {
    const { get, lines } = await started({
      reasons: () => {
        throw new Error('broken inside');
      },
    });
    const response = await get('/readyz');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('broken inside');
    expect(lines.join('')).toContain('broken inside');
    expect((await get('/healthz')).status).toBe(200);
  });

  it('H1: a body too large is refused before it is read', async () => {
    const { http } = await started({
      routes: [
        {
          method: 'POST',
          path: '/slack/events',
          handle: (_, response) => {
            response.end('read');
          },
        },
      ],
    });
    const socket = connect(http.port, '127.0.0.1');
    onTestFinished(() => {
      socket.destroy();
    });
    socket.write('POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n');
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(data.toString()).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('what is no HTTP is answered and cut off', async () => {
    const { http, get } = await started();
    const socket = connect(http.port, '127.0.0.1');
    socket.write('\0\0\0 nonsense\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    expect((await get('/healthz')).status).toBe(200);
  });

  it('H3: a taken port is a problem of the settings', async () => {
    const { http } = await started();
    const second = started({ port: http.port });
    await expect(second).rejects.toBeInstanceOf(ConfigError);
    await expect(second).rejects.toThrow(`PORT ${http.port} is taken by another program`);
  });

  it('closes although a request hangs', async () => {
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const { http, get } = await started({
      routes: [{ method: 'GET', path: '/hang', handle: () => begin() }],
    });
    const hanging = get('/hang').catch(() => 'cut');
    await begun;
    await http.close(20);
    expect(await hanging).toBe('cut');
    await expect(get('/healthz')).rejects.toThrow();
  });
});
