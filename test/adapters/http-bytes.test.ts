/** Files as streams, on both sides: what is not read is not sent, what is not sent is not gathered. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createFiles } from '../../src/adapters/anthropic/files.ts';
import { createClient } from '../../src/adapters/anthropic/client.ts';
import { callsWithin } from '../../src/adapters/anthropic/calls.ts';
import { postBytes } from '../../src/adapters/http-bytes.ts';
import { PortError } from '../../src/errors.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { systemClock } from '../../src/lib/time.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const never = new AbortController().signal;
const patience = { clock: systemClock, silentMs: 2_000, signal: never };

function filesAt(baseURL: string): ReturnType<typeof createFiles> {
  const access = { apiKey: 'sk-ant-test', baseURL };
  const clock = systemClock;
  const calls = callsWithin({ clock, writeMs: 2_000, readMs: 2_000 });
  return createFiles({ client: createClient(access), binary: createClient(access, fetch), calls, clock });
}

/** Yields the second piece only when the other side has read the first. */
function twoPieces(): { bytes: AsyncGenerator<Uint8Array>; heard: () => void } {
  const first = deferred();
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('the first piece, ');
    await first.promise;
    yield Buffer.from('the second piece');
  }
  return { bytes: bytes(), heard: () => first.resolve() };
}

/** Reads a request, and says so at the first piece of it. */
function reading(heard: () => void, done: (body: string, request: IncomingMessage) => object) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
      if (body.includes('first piece')) heard();
    });
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(done(body, request)));
    });
  };
}

describe('an upload to the Files API', () => {
  it('leaves piece by piece, as one form whose file goes away by itself', async () => {
    const { bytes, heard } = twoPieces();
    let form: { body: string; headers: IncomingMessage['headers'] } | undefined;
    const url = await serve(
      reading(heard, (body, { headers }) => {
        form = { body, headers };
        return { id: 'file_1', type: 'file' };
      }),
    );
    const name = 'a "b".txt';
    expect(await filesAt(url).upload({ name, type: 'text/plain', bytes }, never)).toBe('file_1');
    const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(form?.headers['content-type'] ?? '')?.[1];
    const parsed = await new Response(form?.body ?? '', {
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    }).formData();
    expect(Number(parsed.get('expires_in_seconds'))).toBeGreaterThan(30 * 24 * 3_600);
    const file = parsed.get('file') as File;
    expect([file.type, await file.text()]).toEqual(['text/plain', 'the first piece, the second piece']);
    expect(form?.headers.authorization).toBe('Bearer sk-ant-test');
  });

  it('whose source breaks is not taken for done', async () => {
    const url = await serve(
      reading(
        () => undefined,
        () => ({ id: 'file_1' }),
      ),
    );
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      await Promise.resolve();
      throw new Error('the source broke');
    }
    const upload = filesAt(url).upload({ name: 'x', type: 'text/plain', bytes: broken() }, never);
    await expect(upload).rejects.toBeInstanceOf(PortError);
  });

  it('ends at once when it is not wanted any more', async () => {
    const url = await serve(() => undefined);
    const ending = new AbortController();
    const { bytes } = twoPieces();
    const upload = filesAt(url).upload({ name: 'x', type: 'text/plain', bytes }, ending.signal);
    ending.abort(new Error('stopped'));
    await expect(upload).rejects.toThrow('stopped');
  });
});

describe('a download from the Files API', () => {
  it('is the bytes as they are, and stops the other side where it is not read on', async () => {
    const closed = deferred();
    const url = await serve((_, response) => {
      response.on('close', () => closed.resolve());
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      const more = (): void => {
        while (response.write(Buffer.alloc(64 * 1024, 0xff))) continue;
        response.once('drain', more);
      };
      more();
    });
    const opened = await filesAt(url).openOutput('file_1', never);
    for await (const chunk of opened.bytes) {
      expect(chunk[0]).toBe(0xff);
      break;
    }
    opened.close();
    await closed.promise;
  });

  it('that stops coming is given up (B2)', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200);
      response.write('x');
    });
    const ending = new AbortController();
    const opened = await filesAt(url).openOutput('file_1', ending.signal);
    const read = (async () => {
      for await (const chunk of opened.bytes) expect(chunk).toHaveLength(1);
    })();
    ending.abort(new Error('stopped'));
    await expect(read).rejects.toThrow('stopped');
  });
});

describe('an upload to Slack', () => {
  it('leaves piece by piece, with its length', async () => {
    const { bytes, heard } = twoPieces();
    let got: [string | undefined, string] | undefined;
    const url = await serve(
      reading(heard, (body, { headers }) => {
        got = [headers['content-length'], body];
        return {};
      }),
    );
    expect((await postBytes(url, { bytes, length: 33 }, patience)).status).toBe(200);
    expect(got).toEqual(['33', 'the first piece, the second piece']);
  });

  it('that is refused before it is whole tells how', async () => {
    const url = await serve((_, response) => {
      response.writeHead(413, { connection: 'close' });
      response.end('too large');
    });
    const { bytes } = twoPieces();
    expect((await postBytes(url, { bytes, length: 33 }, patience)).status).toBe(413);
  });

  it('follows no redirect (B1)', async () => {
    let asked = 0;
    const url = await serve((request, response) => {
      asked += 1;
      request.resume();
      response.writeHead(307, { location: '/elsewhere' });
      response.end();
    });
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('x'));
    }
    expect((await postBytes(url, { bytes: bytes(), length: 1 }, patience)).status).toBe(307);
    expect(asked).toBe(1);
  });

  it('that nobody answers is given up (B2)', async () => {
    const url = await serve((request) => request.resume());
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('x'));
    }
    const sent = postBytes(url, { bytes: bytes(), length: 1 }, { ...patience, silentMs: 100 });
    await expect(sent).rejects.toMatchObject({ kind: 'retry' });
  });
});
