/**
 * The entry: arguments, signals, exit codes. Each command loads only what it needs.
 *
 * Exit codes: 0 done or stopped as asked; 1 something failed that may work next time; 64 the command line was
 * not understood; 78 the settings are wrong, and starting again cannot help (sysexits.h EX_USAGE, EX_CONFIG).
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AppTimes } from './app.ts';
import type { Config, ParkedConfig } from './config.ts';
import { redisSecrets } from './config-redis.ts';
import { hasParent, slackCredentials, valueOf } from './config-env.ts';
import { ConfigError, messageOf } from './errors.ts';
import { systemClock, withTimeout } from './lib/time.ts';
import { maskText } from './ops/redact.ts';
import { fired, stopSignal } from './ops/stopping.ts';
import type { Log } from './ports.ts';

const exit = { done: 0, failed: 1, usage: 64, config: 78 } as const;

const root = fileURLToPath(new URL('..', import.meta.url));
const dataDir = join(root, '.heddle');

const help = `heddle <command>

  start        connect to Slack and serve
  playground   try Heddle on this machine: a page that looks like Slack, no account needed
               (--only slack, --only agents: one of its two servers alone)
  setup        create or update agents and environments as heddle.yaml describes them
               (--yes: without asking)
  doctor       check tokens, scopes, Redis, agent and environment
               (--json: for programs)
  parked       list inputs that could not be handled and were set aside
               (--resume <id>, --drop <id>)
  audit        who asked, approved, changed, stopped and spent what, as JSON lines
               (--since 7d, --team <id>)
  bench        measure on this machine, beside the targets; takes some minutes
               ([overhead|reply|crowd|fleet|resting|crash|start ...] some of it only,
               --quick: smaller, a minute, --json: for programs)

  --help, --version

Settings are environment variables, read from .env too, and heddle.yaml; see README.md.
`;

type Times = Partial<AppTimes>;
type Command = (args: readonly string[], isUnderNpm: boolean, times: Times) => Promise<number>;

const commands: Readonly<Record<string, Command>> = {
  start,
  playground,
  setup,
  doctor,
  parked,
  audit,
  bench,
};

/**
 * Runs one command line and ends the process with its exit code.
 * @param isUnderNpm npm stands between the terminal and this process
 * @param times shortened by the test build; no released command gives any
 */
export async function main(args: readonly string[], isUnderNpm = false, times: Times = {}): Promise<void> {
  process.exit(await run(args, isUnderNpm, times));
}

/** `npm start`: the playground where no Slack credential is set at all, else Slack. */
export async function npmStart(args: readonly string[]): Promise<void> {
  const wantsSlack = (): boolean => slackCredentials.some((name) => valueOf(process.env, name) !== undefined);
  process.exit(await guarded(() => run([wantsSlack() ? 'start' : 'playground', ...args], true)));
}

async function run(
  [name, ...args]: readonly string[],
  isUnderNpm: boolean,
  times: Times = {},
): Promise<number> {
  if (name === '--version' || name === '-v') return say(process.stdout, `${version()}\n`, exit.done);
  if (name === '--help' || name === '-h' || name === 'help' || args.includes('--help')) {
    return say(process.stdout, help, exit.done);
  }
  const command = name === undefined ? undefined : Object.hasOwn(commands, name) && commands[name];
  if (!command) {
    const what = name === undefined ? 'No command given.' : `There is no command "${name}".`;
    return say(process.stderr, `${what}\n\n${help}`, exit.usage);
  }
  return guarded(() => command(args, isUnderNpm, times));
}

/** Reads `.env` and turns what is thrown into words and an exit code. */
async function guarded(work: () => Promise<number>): Promise<number> {
  try {
    readDotEnv();
    return await work();
  } catch (error) {
    const code =
      error instanceof ConfigError ? exit.config : error instanceof UsageError ? exit.usage : exit.failed;
    return say(process.stderr, `${maskText(messageOf(error))}\n`, code);
  }
}

/** `.env` of the current directory; what the environment says already stands. */
function readDotEnv(): void {
  const file = join(process.cwd(), '.env');
  if (!existsSync(file)) return;
  try {
    process.loadEnvFile(file);
  } catch (error) {
    throw new ConfigError([
      `.env cannot be read (${messageOf(error)}); make it a readable file or remove it.`,
    ]);
  }
}

async function start(args: readonly string[], isUnderNpm: boolean, times: Times): Promise<number> {
  flagsOf(args, []);
  const { loadConfig } = await import('./config.ts');
  const config = await loadConfig({ env: process.env, cwd: process.cwd(), dataDir });
  const stop = listenForStop(isUnderNpm);
  const { createLog } = await import('./ops/log.ts');
  const log = createLog({ level: config.logLevel, secrets: secretsOf(config) });
  dieLoudly(log);
  for (const note of config.notes) log.warn({}, note);
  const { startApp } = await import('./app.ts');
  const { watchHeap } = await import('./ops/heap.ts');
  watchHeap(systemClock);
  const app = startApp(config, { log, signal: stop, times, version: version() });
  // Asked to stop before it is up: what has been started is stopped all the same.
  await Promise.race([app, fired(stop)]);
  await fired(stop);
  log.info({ why: String(stop.reason), withinMs: config.drainTimeoutMs }, 'stopping');
  const stopped = app.then(
    (running) => running.stop(config.drainTimeoutMs),
    (error: unknown) => {
      if (error !== stop.reason) throw error;
    },
  );
  await atMost(config.drainTimeoutMs + 1500, stopped, log);
  log.info({}, 'stopped');
  return exit.done;
}

/** What is unfinished after its time is left to the next process: everything it needs is saved. */
async function atMost(ms: number, stopping: Promise<void>, log: Log): Promise<void> {
  try {
    await withTimeout('stopping', ms, () => stopping);
  } catch (error) {
    log.warn({ err: error }, 'stopped before everything was finished');
  }
}

function secretsOf({
  slack,
  anthropic,
  redisUrl,
}: ParkedConfig & Partial<Pick<Config, 'anthropic'>>): (string | undefined)[] {
  const { transport } = slack;
  return [
    slack.botToken,
    transport.mode === 'socket' ? transport.appToken : transport.signingSecret,
    anthropic?.apiKey,
    anthropic?.authToken,
    ...(redisUrl === undefined ? [] : redisSecrets(redisUrl)),
  ];
}

/** What nobody caught has left the program in a state nobody knows: a supervisor starts it anew. */
function dieLoudly(log: Log): void {
  const die = (what: string) => (error: unknown) => {
    log.error({ err: error }, what);
    process.exit(exit.failed);
  };
  process.on('uncaughtException', die('uncaught exception'));
  process.on('unhandledRejection', die('unhandled rejection'));
}

function listenForStop(isUnderNpm: boolean): AbortSignal {
  return stopSignal({
    process,
    clock: systemClock,
    hasParent: hasParent(process.env),
    echoMs: isUnderNpm && process.env['npm_lifecycle_event'] !== undefined ? 500 : 0,
  });
}

async function playground(args: readonly string[], isUnderNpm: boolean): Promise<number> {
  const only = onlyOf(args);
  const { loadPlaygroundConfig } = await import('./config.ts');
  const { port } = await loadPlaygroundConfig({ env: process.env, cwd: process.cwd() });
  const signal = listenForStop(isUnderNpm);
  const { runPlayground } = await import('./playground/index.ts');
  await runPlayground({
    port,
    dataDir,
    ...(only === undefined ? {} : { only }),
    env: process.env,
    botCommand: { file: process.execPath, args: [join(root, 'bin', 'heddle.js'), 'start'] },
    writeOut: (text) => process.stdout.write(text),
    writeErr: (text) => process.stderr.write(text),
    signal,
  });
  return exit.done;
}

/** `--only slack` or `--only agents` runs one of the two servers alone, for other people's programs. */
function onlyOf(args: readonly string[]): 'slack' | 'agents' | undefined {
  const [flag, value, ...rest] = args.flatMap((arg) => arg.split('='));
  if (flag === undefined) return undefined;
  if (flag === '--only' && (value === 'slack' || value === 'agents') && rest.length === 0) return value;
  throw new UsageError(
    `"${args.join(' ')}" is not understood here; it may be --only slack or --only agents.`,
  );
}

async function setup(args: readonly string[]): Promise<number> {
  const flags = flagsOf(args, ['--yes']);
  const { loadSetupConfig } = await import('./config.ts');
  const { anthropic, files } = await loadSetupConfig({ env: process.env, cwd: process.cwd() });
  const { runSetup } = await import('./adapters/anthropic/setup.ts');
  return runSetup({
    anthropic,
    files,
    yes: flags.has('--yes'),
    input: process.stdin,
    output: process.stdout,
  });
}

async function doctor(args: readonly string[]): Promise<number> {
  const flags = flagsOf(args, ['--json']);
  const { runDoctor } = await import('./ops/doctor.ts');
  return runDoctor({
    env: process.env,
    cwd: process.cwd(),
    dataDir,
    output: process.stdout,
    json: flags.has('--json'),
  });
}

async function parked(args: readonly string[]): Promise<number> {
  const then = parkedChoice(args);
  const { loadParkedConfig } = await import('./config.ts');
  const config = loadParkedConfig({ env: process.env, dataDir });
  const { createLog } = await import('./ops/log.ts');
  const log = createLog({ level: 'fatal', secrets: secretsOf(config) });
  const { runParked } = await import('./ops/parked.ts');
  return runParked({ config, checkoutDir: root, log, output: process.stdout, ...(then ? { then } : {}) });
}

async function audit(args: readonly string[]): Promise<number> {
  const { spanMs, team, feedback } = auditChoice(args);
  const { loadParkedConfig } = await import('./config.ts');
  const config = loadParkedConfig({ env: process.env, dataDir });
  const { createLog } = await import('./ops/log.ts');
  const log = createLog({ level: 'fatal', secrets: secretsOf(config) });
  const { runAudit } = await import('./ops/audit.ts');
  const since = systemClock.now() - spanMs;
  return runAudit({
    config,
    checkoutDir: root,
    log,
    output: process.stdout,
    since,
    feedback,
    ...(team === undefined ? {} : { team }),
  });
}

interface AuditChoice {
  readonly spanMs: number;
  readonly team?: string;
  readonly feedback: boolean;
}

/** A week, where nothing else is said. */
function auditChoice(args: readonly string[]): AuditChoice {
  const feedback = args.includes('--feedback');
  const words = args.filter((arg) => arg !== '--feedback').flatMap((arg) => arg.split('='));
  const given = new Map<string, string>();
  for (let at = 0; at < words.length; at += 2) given.set(words[at] ?? '', words[at + 1] ?? '');
  const [since = '7d', team] = [given.get('--since'), given.get('--team')];
  const [, count, unit = ''] = /^(\d{1,5})([smhd])$/.exec(since) ?? [];
  const size = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit];
  const known = [...given.keys()].every((name) => name === '--since' || name === '--team');
  if (!known || size === undefined || (team !== undefined && !/^[TE][A-Z0-9]+$/.test(team)))
    throw new UsageError(
      `"${args.join(' ')}" is not understood here; it may be --since 7d, --team T… and --feedback.`,
    );
  return { spanMs: Number(count) * size, feedback, ...(team === undefined ? {} : { team }) };
}

function parkedChoice(args: readonly string[]): { do: 'resume' | 'drop'; id: string } | undefined {
  const [flag, id, ...rest] = args.flatMap((arg) => arg.split('='));
  if (flag === undefined) return undefined;
  if ((flag === '--resume' || flag === '--drop') && id !== undefined && rest.length === 0)
    return { do: flag === '--resume' ? 'resume' : 'drop', id };
  throw new UsageError(`"${args.join(' ')}" is not understood here; it may be --resume <id> or --drop <id>.`);
}

/** Exit code 0 where everything was measured, whether or not it met its target. */
async function bench(args: readonly string[], isUnderNpm: boolean): Promise<number> {
  const { readChoice, runBench } = await import('./bench/index.ts');
  const choice = readChoice(args);
  if (typeof choice === 'string') throw new UsageError(choice);
  const signal = listenForStop(isUnderNpm);
  const measuring = runBench({
    choice,
    root,
    heddle: join(root, 'bin', 'heddle.js'),
    path: process.env['PATH'],
    cacheDir: join(dataDir, 'cache'),
    writeOut: (text) => process.stdout.write(text),
    writeErr: (text) => process.stderr.write(text),
    signal,
  });
  const isComplete = await measuring.catch((error: unknown) => {
    if (!signal.aborted) throw error;
    return say(process.stderr, 'stopped before everything was measured\n', exit.failed) === exit.done;
  });
  return isComplete ? exit.done : exit.failed;
}

/** The flags that were given; anything else on the line is not understood. */
function flagsOf(args: readonly string[], known: readonly string[]): ReadonlySet<string> {
  const unknown = args.filter((arg) => !known.includes(arg));
  if (unknown.length === 0) return new Set(args);
  throw new UsageError(`"${unknown.join(' ')}" is not understood here; see heddle --help.`);
}

class UsageError extends Error {}

function say(stream: NodeJS.WriteStream, text: string, code: number): number {
  stream.write(text);
  return code;
}

function version(): string {
  const text = readFileSync(join(root, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
