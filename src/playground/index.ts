/**
 * The playground: `npm start` without Slack credentials. A Slack server and a Managed Agents server on loopback,
 * a page that shows them, and the real bot as a child process that knows nothing of this.
 *
 * The map
 * - `slack/`, `agents/`: the two servers, on the real wire protocols
 * - `page/`: the page, its HTTP server, and the browser code
 * - `parent-bot.ts`: the bot's process; `parent-mode.ts`: what it is told, and whether the agent is real
 * - `parent-journal.ts`: whose directory is whose; `parent-log.ts`, `parent-ports.ts`: small things
 * - `parent-only.ts`: one of the two servers alone, for other people's programs
 */
import { join } from 'node:path';
import { parseDuration } from '../lib/duration.ts';
import { systemClock } from '../lib/time.ts';
import { keywords, startAgentsServer, type AgentsServer } from './agents/index.ts';
import type { BotProcess, ParentState } from './page/parent-api.ts';
import { startPageServer, type PageServer } from './page/server.ts';
import { Bot } from './parent-bot.ts';
import { takeJournalDir } from './parent-journal.ts';
import { createParentLog, type ParentLog } from './parent-log.ts';
import { agentMode, botEnvironment, setting, type Environment } from './parent-mode.ts';
import { runOnly } from './parent-only.ts';
import { freePort } from './parent-ports.ts';
import { startSlackServer, type SlackServer } from './slack/index.ts';

export interface PlaygroundOptions {
  /** Port of the page; the next free one is taken where it is busy. */
  readonly port: number;
  /** Journals go to `playground/` below it. */
  readonly dataDir: string;
  readonly only?: 'slack' | 'agents';
  readonly env: Environment;
  /** The bot's own process, such as `node bin/heddle.js start`. */
  readonly botCommand: { readonly file: string; readonly args: readonly string[] };
  /** Take text as it is, line ends included. */
  readonly writeOut: (text: string) => unknown;
  readonly writeErr: (text: string) => unknown;
  /** Fires when the playground is asked to stop. */
  readonly signal: AbortSignal;
  /** Where `heddle.lock.json` is looked for. Default: the process's own. */
  readonly cwd?: string;
  /** Directories of the page's files, for tests. */
  readonly dirs?: { readonly assets?: string; readonly client?: string };
}

/** As the bot's own default, for words on the page and for how long its stop may take. */
const defaults = { idle: '30m', drainMs: 25_000 } as const;
/** The bot ends by itself when its time is over; this much later it is killed. Milliseconds. */
const graceMs = 3000;

/**
 * Runs until `signal` fires; resolves to the exit code.
 * @throws where a server cannot be started.
 */
export async function runPlayground(options: PlaygroundOptions): Promise<number> {
  const log = createParentLog(
    (text) => options.writeOut(text),
    () => systemClock.now(),
    setting(options.env, 'LOG_LEVEL'),
  );
  const journals = takeJournalDir(join(options.dataDir, 'playground'));
  try {
    if (options.only !== undefined)
      return await runOnly({ ...options, only: options.only, journals: journals.path, log });
    return await runAll(options, journals.path, log);
  } finally {
    journals.release();
  }
}

/** What has to be closed, newest first. */
type Closing = (() => Promise<void>)[];

async function runAll(options: PlaygroundOptions, journals: string, log: ParentLog): Promise<number> {
  const closing: Closing = [];
  try {
    await open(options, journals, log, closing);
    await aborted(options.signal);
    log.write('info', 'stopping', { why: String(options.signal.reason) });
    return 0;
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

async function open(
  options: PlaygroundOptions,
  journals: string,
  log: ParentLog,
  closing: Closing,
): Promise<void> {
  const { env } = options;
  const mode = agentMode(env, options.cwd ?? process.cwd());
  const slack = await startSlackServer({ journal: join(journals, 'slack.jsonl'), unfurls: true });
  closing.push(() => slack.stop());
  const agents = mode.mode === 'real' ? null : await startAgents(journals, slack);
  if (agents !== null) closing.push(() => agents.stop());

  const listeners = new Set<(bot: BotProcess) => void>();
  const bot = new Bot({
    ...options.botCommand,
    prepare: () => prepare(env, slack, agents),
    drainMs: drainTime(env) + graceMs,
    out: (line) => options.writeOut(`${line}\n`),
    err: (line) => options.writeErr(`${line}\n`),
    changed(state) {
      report(log, state);
      for (const listener of listeners) listener(state);
    },
    ready: once(() => log.write('info', 'ready', { url: page.url, agent: mode.mode })),
  });
  const state = (): ParentState => ({
    bot: bot.state,
    agent: mode,
    keywords: agents === null ? [] : keywords,
    slack_api_url: slack.apiUrl,
    anthropic_base_url: agents?.url ?? null,
    idle_timeout: setting(env, 'HEDDLE_IDLE_TIMEOUT') ?? defaults.idle,
  });
  const page: PageServer = await startPageServer({
    port: options.port,
    slack: slack.page,
    parent: {
      state,
      onBot(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      kill: () => bot.kill(),
      restart: () => bot.restart(),
      botPort: () => bot.port,
    },
    ...(options.dirs === undefined ? {} : { dirs: options.dirs }),
  });
  closing.push(() => page.close());
  if (options.port !== 0 && page.port !== options.port) {
    options.writeErr(
      `PORT ${options.port} is taken by another program; this playground uses ${page.port}.\n`,
    );
  }
  options.writeErr(`Heddle playground: ${page.url}\n`);
  bot.start();
  closing.push(() => bot.end());
}

async function startAgents(journals: string, slack: SlackServer): Promise<AgentsServer> {
  return startAgentsServer({
    journal: join(journals, 'agents.jsonl'),
    onCall: (call) => slack.noteCall(call),
  });
}

/** The bot's settings for one start; the agent and environment exist before it looks for them. */
async function prepare(
  env: Environment,
  slack: SlackServer,
  agents: AgentsServer | null,
): Promise<{ env: NodeJS.ProcessEnv; port: number }> {
  const port = await freePort();
  const scripted = agents === null ? null : { url: agents.url, ...agents.control.seed() };
  return { env: botEnvironment(env, { slack, agents: scripted, port }), port };
}

function drainTime(env: Environment): number {
  return parseDuration(setting(env, 'HEDDLE_DRAIN_TIMEOUT') ?? '') ?? defaults.drainMs;
}

function report(log: ParentLog, bot: BotProcess): void {
  if (bot.state === 'exited' && bot.retry_at !== null) {
    log.write('warn', 'the bot ended by itself', { code: bot.code, signal: bot.signal, said: bot.said });
  } else if (bot.state === 'exited' && bot.code !== 0) {
    log.write('error', 'the bot ended and is not started again', { code: bot.code, said: bot.said });
  } else log.write('info', `bot ${bot.state}`, 'pid' in bot ? { bot: bot.pid } : {});
}

/** The playground becomes ready once; a bot that was restarted is told as `bot running`. */
function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (!done) run();
    done = true;
  };
}

/** Resolves when the signal fires. */
function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
