/**
 * The bot's health, asked through the playground's port. Where the bot is not running, the playground itself
 * still lives (`/healthz` 200), but nothing is ready (`/readyz` 503) and there is nothing to measure.
 */
import type { ServerResponse } from 'node:http';
import type { PageParent } from './server.ts';

/** How long the bot may take to answer, milliseconds. */
const patience = 4000;

const paths = ['/healthz', '/readyz', '/metrics'] as const;
export type HealthPath = (typeof paths)[number];

export function isHealthPath(path: string): path is HealthPath {
  return (paths as readonly string[]).includes(path);
}

export async function answerHealth(
  path: HealthPath,
  parent: PageParent,
  response: ServerResponse,
): Promise<void> {
  const port = parent.botPort();
  const answer = port === null ? null : await ask(port, path);
  if (answer !== null) {
    response.writeHead(answer.status, { 'content-type': answer.type });
    response.end(answer.body);
    return;
  }
  const { state } = parent.state().bot;
  const reason = `the bot's process is ${port === null ? state : 'not answering'}`;
  response.writeHead(path === '/healthz' ? 200 : 503, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ status: path === '/healthz' ? 'ok' : 'unready', reason }));
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

async function ask(port: number, path: HealthPath): Promise<Answer | null> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(patience) });
    const type = answer.headers.get('content-type') ?? 'text/plain; charset=utf-8';
    return { status: answer.status, type, body: Buffer.from(await answer.arrayBuffer()) };
  } catch {
    // Refused, reset or too slow: the process is gone or about to be.
    return null;
  }
}
