import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runAgentsAlone } from '../../../src/playground/agents/standalone.ts';
import { clientOf, newSession, say, startService } from './support/service.ts';

const SECRET = `whsec_${Buffer.from('a secret for this test only').toString('base64')}`;

interface Delivery {
  readonly headers: Record<string, string>;
  readonly body: string;
}

async function receiver(statuses: number[]): Promise<{ url: string; taken: Delivery[] }> {
  const taken: Delivery[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      taken.push({ headers: request.headers as Record<string, string>, body });
      response.writeHead(statuses.shift() ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, taken };
}

describe('webhooks', () => {
  it('announce a turn, signed so that the SDK accepts it', async () => {
    const service = await startService();
    const { url, taken } = await receiver([]);
    service.server.control.webhooks({ url, secret: SECRET });
    const session = await newSession(service);
    await say(service, session, 'hi');
    const types = (): string[] =>
      taken.map(({ body }) => (JSON.parse(body) as { data: { type: string } }).data.type);
    await expect
      .poll(() => types().sort())
      .toEqual(['session.status_idled', 'session.status_run_started', 'session.thread_idled']);
    const [first] = taken;
    const event = service.client.beta.webhooks.unwrap(first?.body ?? '', {
      headers: first?.headers ?? {},
      key: SECRET,
    });
    expect(event).toMatchObject({ type: 'event', data: { id: session } });
    expect(() =>
      service.client.beta.webhooks.unwrap(`${first?.body ?? ''} `, {
        headers: first?.headers ?? {},
        key: SECRET,
      }),
    ).toThrow();
  });

  it('are tried three times, then dropped', async () => {
    const service = await startService();
    const { url, taken } = await receiver([500, 500, 500, 500]);
    const session = await newSession(service);
    service.server.control.webhooks({ url, secret: SECRET, retryMs: 5 });
    await service.client.beta.sessions.update(session, { title: 'x' });
    await expect.poll(() => taken.length).toBe(3);
    await service.client.beta.sessions.update(session, { title: 'y' });
    // The fourth refusal is the second announcement's first attempt: the first one was not tried again.
    await expect.poll(() => taken.length).toBe(5);
    expect(new Set(taken.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  });
});

describe('standing alone', () => {
  it('says where it is and serves until told to end', async () => {
    const lines: string[] = [];
    const end = new AbortController();
    const running = runAgentsAlone({ pace: 0, signal: end.signal, write: (line) => lines.push(line) });
    await expect.poll(() => lines.length).toBeGreaterThan(2);
    const url = /http:\S+/.exec(lines[0] ?? '')?.[0] ?? '';
    const page = await clientOf({ url }).beta.agents.list({});
    expect(lines.join('\n')).toContain(page.data[0]?.id);
    end.abort();
    await running;
    await expect(clientOf({ url }).beta.agents.list({})).rejects.toThrow();
  });
});
