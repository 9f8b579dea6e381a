import { once } from 'node:events';
import { createServer } from 'node:net';
import { App, LogLevel, type AppOptions } from '@slack/bolt';
import { LogLevel as WebLogLevel, WebClient, type Logger, type WebClientOptions } from '@slack/web-api';
import { afterEach } from 'vitest';
import {
  startSlackServer,
  type SlackServer,
  type SlackServerOptions,
} from '../../../src/playground/slack/index.ts';

/** Servers and apps of one test file, let go after each test. */
export function stage(): {
  slack(options?: SlackServerOptions): Promise<SlackServer>;
  socketApp(server: SlackServer, listen: (app: App) => void, options?: AppOptions): Promise<App>;
  onEnd(task: () => Promise<unknown>): void;
} {
  const tasks: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const task of tasks.splice(0).reverse()) await task();
  });
  return {
    async slack(options) {
      const server = await startSlackServer(options);
      tasks.push(() => server.stop());
      return server;
    },
    async socketApp(server, listen, options) {
      const app = new App({
        token: server.botToken,
        appToken: server.appToken,
        socketMode: true,
        logLevel: LogLevel.ERROR,
        clientOptions: { slackApiUrl: server.apiUrl, retryConfig: { retries: 0 } },
        ...options,
      });
      listen(app);
      await app.start();
      tasks.push(() => app.stop());
      await server.control.waitFor(() => server.control.sockets.count > 0, 5000, 'a socket');
      return app;
    },
    onEnd: (task) => {
      tasks.push(task);
    },
  };
}

/** Refusals are what most of these tests are about; nobody needs to read them. */
const quiet: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => WebLogLevel.ERROR,
  setName() {},
};

export function client(server: SlackServer, options: WebClientOptions = {}): WebClient {
  return new WebClient(server.botToken, {
    slackApiUrl: server.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: quiet,
    ...options,
  });
}

/** Slack's error code of a refused call. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { data } = error as { data?: { error?: string } };
    return data?.error ?? (error as Error).name;
  }
  return 'ok';
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** What an app heard, and a way to wait for the n-th of it. */
export class Heard<T> {
  readonly all: T[] = [];
  readonly #waiting: { count: number; resolve: (all: T[]) => void }[] = [];

  push(one: T): void {
    this.all.push(one);
    for (const waiting of this.#waiting) if (this.all.length >= waiting.count) waiting.resolve(this.all);
  }

  until(count: number): Promise<T[]> {
    if (this.all.length >= count) return Promise.resolve(this.all);
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }
}
