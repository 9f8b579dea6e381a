/** `heddle playground --only slack|agents`: one of the two servers alone, so that any program can be tried on it. */
import { join } from 'node:path';
import { startAgentsServer } from './agents/index.ts';
import type { ParentLog } from './parent-log.ts';
import { startSlackServer } from './slack/index.ts';

export interface OnlyOptions {
  readonly only: 'slack' | 'agents';
  /** Port of the server; the next free one is taken where it is busy. */
  readonly port: number;
  /** Directory of the journal. */
  readonly journals: string;
  readonly log: ParentLog;
  readonly writeErr: (text: string) => unknown;
  readonly signal: AbortSignal;
}

interface Alone {
  readonly url: string;
  /** What a client has to be given, by the name of its environment variable. */
  readonly settings: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Runs one server until the signal fires; resolves to the exit code. */
export async function runOnly(options: OnlyOptions): Promise<number> {
  const server = await fromPort(options.port, (port) =>
    (options.only === 'slack' ? slackAlone : agentsAlone)(options, port),
  );
  try {
    options.writeErr(`Heddle playground, only ${options.only}: ${server.url}\n`);
    for (const [name, value] of Object.entries(server.settings)) options.writeErr(`${name}=${value}\n`);
    options.log.write('info', 'ready', { url: server.url, only: options.only });
    await new Promise<void>((resolve) => {
      if (options.signal.aborted) resolve();
      else options.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    return 0;
  } finally {
    await server.stop();
  }
}

async function slackAlone({ journals }: OnlyOptions, port: number): Promise<Alone> {
  const server = await startSlackServer({ port, journal: join(journals, 'slack.jsonl') });
  return {
    url: server.apiUrl,
    settings: {
      SLACK_API_URL: server.apiUrl,
      SLACK_BOT_TOKEN: server.botToken,
      SLACK_APP_TOKEN: server.appToken,
      SLACK_SIGNING_SECRET: server.signingSecret,
    },
    stop: () => server.stop(),
  };
}

async function agentsAlone({ journals }: OnlyOptions, port: number): Promise<Alone> {
  const server = await startAgentsServer({ port, journal: join(journals, 'agents.jsonl') });
  const { agentId, environmentId } = server.control.seed();
  return {
    url: server.url,
    settings: {
      ANTHROPIC_BASE_URL: server.url,
      ANTHROPIC_API_KEY: 'sk-ant-playground',
      HEDDLE_AGENT_ID: agentId,
      HEDDLE_ENVIRONMENT_ID: environmentId,
    },
    stop: () => server.stop(),
  };
}

/** How many ports above a busy one are tried. */
const tries = 50;

async function fromPort<T>(first: number, start: (port: number) => Promise<T>): Promise<T> {
  for (let port = first; ; port += 1) {
    try {
      return await start(port);
    } catch (error) {
      const busy = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!busy || first === 0 || port >= Math.min(first + tries, 65_535)) throw error;
    }
  }
}
