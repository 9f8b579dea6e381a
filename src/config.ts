/**
 * The settings: environment and `heddle.yaml`, resolved once into one frozen `Config`.
 *
 * C1  What cannot work is refused here, before anything is started, with every problem at once.
 * C2  A variable wins over the same setting in `heddle.yaml`; what neither says has a default.
 * C3  Nothing outside config*.ts and index.ts looks at the environment.
 */

import type { ConfigFiles, HeddleFile, HeddleLock } from './config-file.ts';
import type { AnthropicSettings, Environment, SlackSettings, SlackTransport } from './config-env.ts';
import {
  hasParent,
  noteOddities,
  readAgentId,
  readAnthropic,
  readDuration,
  readEnvironmentId,
  readLogLevel,
  readPort,
  readRedisUrl,
  readSlack,
  valueOf,
} from './config-env.ts';
import { withFile } from './config-settings.ts';
import type { KnownAgent } from './core/agents.ts';
import { DEFAULT_SETTINGS, type Settings } from './core/settings.ts';
import { ConfigError } from './errors.ts';

export type {
  AnthropicSettings,
  ConfigFiles,
  Environment,
  HeddleFile,
  HeddleLock,
  SlackSettings,
  SlackTransport,
};

/** pino's levels. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Everything that can be set, checked. */
export interface Config {
  readonly slack: SlackSettings;
  readonly anthropic: AnthropicSettings;
  /** The agent of new sessions. Without a version, the newest at the time. */
  readonly agent: { readonly id: string; readonly version: number | undefined };
  /** All agents that the files name, the one of new sessions among them. */
  readonly agents: readonly KnownAgent[];
  /** The environment of new sessions. */
  readonly environment: { readonly id: string };
  /** All environments of `heddle.lock.json` by name: their ids. */
  readonly environments: Readonly<Record<string, string>>;
  /** Tokens for private repositories on GitHub: by owner, or by `owner/name`. */
  readonly githubTokens?: Readonly<Record<string, string>>;
  /** `redis://` or `rediss://`; nothing means the embedded store. */
  readonly redisUrl: string | undefined;
  /** Where the embedded store and other local data lie. */
  readonly dataDir: string;
  /** 0 asks for any free port. */
  readonly port: number;
  /** The only address to listen on; nothing means all of them. */
  readonly host: string | undefined;
  /** Milliseconds a stopping process may finish its work. */
  readonly drainTimeoutMs: number;
  readonly logLevel: LogLevel;
  /** What holds for every thread where nothing nearer says otherwise. */
  readonly settings: Settings;
  /** Where settings were said, by key; what is absent is built in. */
  readonly said: Readonly<Record<string, 'heddle.yaml' | 'environment'>>;
  /** Sentences for the operator about settings that stop nothing. */
  readonly notes: readonly string[];
}

/** Where the settings come from. */
export interface ConfigSource {
  readonly env: Environment;
  /** Relative paths, `./heddle.yaml` among them, are meant from here. */
  readonly cwd: string;
  readonly dataDir: string;
}

/**
 * Everything `heddle start` needs.
 * @throws {ConfigError} with one sentence a problem
 */
export async function loadConfig(source: ConfigSource): Promise<Config> {
  const { env } = source;
  const problems: string[] = [];
  const slack = readSlack(env, problems);
  const anthropic = readAnthropic(env, problems);
  const redisUrl = readRedisUrl(env, problems);
  const port = readPort(env, problems);
  const idle = readDuration(env, 'HEDDLE_IDLE_TIMEOUT', problems);
  const drain = readDuration(env, 'HEDDLE_DRAIN_TIMEOUT', problems);
  const logLevel = readLogLevel(env, problems);
  const files = await filesOf(source, problems);
  const ids = readIds(env, files, problems);
  const githubTokens = files && readGithubTokens(env, files.settings.github_tokens, problems);
  if (problems.length > 0 || !slack || !files || !ids) throw new ConfigError(problems);
  return deepFreeze({
    slack,
    anthropic,
    ...ids,
    agents: knownAgents(files, ids.agent),
    environments: Object.fromEntries(
      Object.entries(files.lock.environments).map(([name, { id }]) => [name, id]),
    ),
    ...(githubTokens ? { githubTokens } : {}),
    redisUrl,
    dataDir: source.dataDir,
    port,
    host: hasParent(env) ? '127.0.0.1' : undefined,
    drainTimeoutMs: drain ?? 25_000,
    logLevel,
    settings: settingsOf(files.settings, idle),
    said: {
      ...Object.fromEntries(files.settings.said.map((key) => [key, 'heddle.yaml' as const])),
      ...(idle === undefined ? {} : { idle_timeout: 'environment' as const }),
    },
    notes: noteOddities(env),
  });
}

/** The file names variables; the secrets are in the environment alone. */
function readGithubTokens(
  env: Environment,
  names: Readonly<Record<string, string>>,
  problems: string[],
): Readonly<Record<string, string>> | undefined {
  const tokens = Object.entries(names).flatMap(([of, variable]) => {
    const token = env[variable]?.trim() ?? '';
    if (token !== '') return [[of, token] as const];
    problems.push(
      `github_tokens in heddle.yaml says that ${variable} holds the token for ${of}, and ${variable} is not set; set it, or take that line out.`,
    );
    return [];
  });
  return tokens.length > 0 ? Object.fromEntries(tokens) : undefined;
}

/** `idle` is what the environment says, which wins (C2). */
function settingsOf(file: HeddleFile, idle: number | undefined): Settings {
  const said = withFile(DEFAULT_SETTINGS, file);
  return {
    ...said,
    idleTimeoutMs: idle ?? said.idleTimeoutMs,
    maxMessageChars: file.limits.message_characters,
    maxContextChars: file.limits.context_characters,
    messagesPerMinute: file.limits.messages_per_minute,
    maxRunning: {
      person: file.limits.running_per_person,
      workspace: file.limits.running_per_workspace,
    },
  };
}

/** What `heddle setup` needs: the API and the files. Slack and Redis do not matter to it. */
export interface SetupConfig {
  readonly anthropic: AnthropicSettings;
  readonly files: ConfigFiles;
}

/** @throws {ConfigError} with one sentence a problem */
export async function loadSetupConfig(source: Pick<ConfigSource, 'env' | 'cwd'>): Promise<SetupConfig> {
  const problems: string[] = [];
  const anthropic = readAnthropic(source.env, problems);
  const files = await filesOf(source, problems);
  if (files && files.file === undefined) {
    problems.push(
      'heddle.yaml is not there; copy heddle.example.yaml to heddle.yaml and describe your agent in it, or set HEDDLE_CONFIG.',
    );
  }
  if (problems.length > 0 || !files) throw new ConfigError(problems);
  return { anthropic, files };
}

/** What `heddle parked` needs: the store, and Slack, which knows the app that the store's keys begin with. */
export type ParkedConfig = Pick<Config, 'slack' | 'redisUrl' | 'dataDir'>;

/** @throws {ConfigError} with one sentence a problem */
export function loadParkedConfig({ env, dataDir }: Pick<ConfigSource, 'env' | 'dataDir'>): ParkedConfig {
  const problems: string[] = [];
  const slack = readSlack(env, problems);
  const redisUrl = readRedisUrl(env, problems);
  if (problems.length > 0 || !slack) throw new ConfigError(problems);
  return { slack, redisUrl, dataDir };
}

/** What `heddle playground` needs itself; the rest is for the bot it runs, and is checked all the same (C1). */
export interface PlaygroundConfig {
  readonly port: number;
  /** What `heddle.yaml` and `heddle.lock.json` say. */
  readonly files: ConfigFiles;
}

/** @throws {ConfigError} with one sentence a problem */
export async function loadPlaygroundConfig(
  source: Pick<ConfigSource, 'env' | 'cwd'>,
): Promise<PlaygroundConfig> {
  const { env } = source;
  const problems: string[] = [];
  const port = readPort(env, problems);
  readRedisUrl(env, problems);
  readDuration(env, 'HEDDLE_IDLE_TIMEOUT', problems);
  readDuration(env, 'HEDDLE_DRAIN_TIMEOUT', problems);
  readLogLevel(env, problems);
  readAgentId(env, problems);
  readEnvironmentId(env, problems);
  const files = await filesOf(source, problems);
  if (problems.length > 0 || !files) throw new ConfigError(problems);
  return { port, files };
}

/** The files' problems join the others, so that all are told at once (C1). */
async function filesOf(
  { env, cwd }: Pick<ConfigSource, 'env' | 'cwd'>,
  problems: string[],
): Promise<ConfigFiles | undefined> {
  const { readConfigFiles } = await import('./config-file.ts');
  try {
    return readConfigFiles(cwd, valueOf(env, 'HEDDLE_CONFIG'));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** Agent and environment: a variable, else what the lock file says of the default ones. */
function readIds(
  env: Environment,
  files: ConfigFiles | undefined,
  problems: string[],
): Pick<Config, 'agent' | 'environment'> | undefined {
  const agentId = readAgentId(env, problems);
  const environmentId = readEnvironmentId(env, problems);
  if (!files) return undefined;
  const { settings, lock } = files;
  const agent =
    valueOf(env, 'HEDDLE_AGENT_ID') !== undefined
      ? agentId
      : pick('agent', settings.default_agent, settings.agents, lock.agents, problems);
  const environment =
    valueOf(env, 'HEDDLE_ENVIRONMENT_ID') !== undefined
      ? environmentId
      : pick('environment', settings.default_environment, settings.environments, lock.environments, problems)
          ?.id;
  if (!agent || environment === undefined) return undefined;
  return { agent: { id: agent.id, version: agent.version }, environment: { id: environment } };
}

/** The agents of the files by name, and the one of new sessions, also where a variable names another. */
function knownAgents({ settings, lock }: ConfigFiles, chosen: Config['agent']): readonly KnownAgent[] {
  const names = [...new Set([...Object.keys(settings.agents), ...Object.keys(lock.agents)])];
  const listed = names.map((name): KnownAgent => {
    const [model, locked] = [settings.agents[name]?.model, lock.agents[name]];
    return {
      name,
      ...(locked ? { id: locked.id, version: locked.version } : {}),
      ...(model === undefined ? {} : { model: typeof model === 'string' ? model : model.id }),
      isDefault: locked?.id === chosen.id,
    };
  });
  if (listed.some(({ isDefault }) => isDefault)) return listed;
  const { id, version } = chosen;
  return [{ name: id, id, ...(version === undefined ? {} : { version }), isDefault: true }, ...listed];
}

/**
 * The entry of the lock file that new sessions use: the one named as default, else the one called `default`,
 * else the only one there is.
 */
function pick<T>(
  kind: 'agent' | 'environment',
  wanted: string | undefined,
  described: Readonly<Record<string, unknown>>,
  locked: Readonly<Record<string, T>>,
  problems: string[],
): T | undefined {
  const variable = kind === 'agent' ? 'HEDDLE_AGENT_ID' : 'HEDDLE_ENVIRONMENT_ID';
  const names = Object.keys(described).length > 0 ? Object.keys(described) : Object.keys(locked);
  const name = wanted ?? (names.includes('default') ? 'default' : names.length === 1 ? names[0] : undefined);
  if (name === undefined && names.length > 1) {
    problems.push(
      `heddle.yaml has several ${kind}s (${names.join(', ')}) and no default_${kind}; name one of them there, or set ${variable}.`,
    );
    return undefined;
  }
  const found = name === undefined ? undefined : locked[name];
  if (found !== undefined) return found;
  const known = name === undefined ? `no ${kind}` : `no ${kind} "${name}"`;
  problems.push(
    `${variable} is not set and heddle.lock.json names ${known}; run \`npm run heddle -- setup\`, which creates it from heddle.yaml, or set ${variable} to the id of an existing one.`,
  );
  return undefined;
}

function deepFreeze<T extends object>(value: T): T {
  for (const entry of Object.values(value)) {
    if (typeof entry === 'object' && entry !== null) deepFreeze(entry as object);
  }
  return Object.freeze(value);
}
