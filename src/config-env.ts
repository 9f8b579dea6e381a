/**
 * The environment as settings. Every variable the product reads is read here, once; a blank one counts as
 * unset, as compose files and unit files often write it. A sentence about a secret never repeats it.
 */

import type { LogLevel } from './config.ts';
import { isProblem, parseRedisUrl } from './config-redis.ts';
import { parseDuration } from './lib/duration.ts';
import { nearest } from './lib/spelling.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything an operator can set, and nothing else: the README's table is checked against it. */
export const variables = [
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
  'SLACK_CLIENT_ID',
  'SLACK_CLIENT_SECRET',
  'SLACK_STATE_SECRET',
  'SLACK_API_URL',
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'ANTHROPIC_BASE_URL',
  'ANTHROPIC_WEBHOOK_SIGNING_KEY',
  'HEDDLE_AGENT_ID',
  'HEDDLE_ENVIRONMENT_ID',
  'REDIS_URL',
  'PORT',
  'HEDDLE_IDLE_TIMEOUT',
  'HEDDLE_DRAIN_TIMEOUT',
  'HEDDLE_CONFIG',
  'LOG_LEVEL',
] as const;

export type Variable = (typeof variables)[number];

/** Any of these means that somebody wants Slack, and not the playground. */
export const slackCredentials: readonly Variable[] = [
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
  'SLACK_CLIENT_ID',
  'SLACK_CLIENT_SECRET',
  'SLACK_STATE_SECRET',
];

/** The value of a variable without surrounding blanks; nothing where it is unset or blank. */
export function valueOf(env: Environment, name: Variable): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

/** How Slack reaches the product. An app token wins over a signing secret. */
export type SlackTransport =
  | { readonly mode: 'socket'; readonly appToken: string }
  | { readonly mode: 'http'; readonly signingSecret: string };

export interface SlackSettings {
  readonly botToken: string;
  readonly transport: SlackTransport;
  /** Base of the Web API, with a slash at its end. */
  readonly apiUrl: string;
  /** True where `SLACK_API_URL` names another server than Slack's own. */
  readonly isCustomApi: boolean;
}

const slackApi = 'https://slack.com/api/';

/** What a token is, judged by how Slack begins it (docs.slack.dev/authentication/tokens). */
function kindOfToken(token: string): string | undefined {
  if (token.startsWith('xoxb-')) return 'a bot token (xoxb-…)';
  if (token.startsWith('xoxp-')) return 'a user token (xoxp-…)';
  if (token.startsWith('xapp-')) return 'an app-level token (xapp-…)';
  if (token.startsWith('xoxe')) return 'a rotating token (xoxe…)';
  if (token.startsWith('xox')) return 'another kind of Slack token';
  if (token.startsWith('sk-ant-')) return 'an Anthropic key (sk-ant-…)';
  return undefined;
}

function checkToken(
  token: string | undefined,
  name: Variable,
  prefix: string,
  where: string,
  problems: string[],
): void {
  if (token === undefined) return;
  const rest = token.startsWith(prefix) ? token.slice(prefix.length) : '';
  if (/^[\w.-]+$/.test(rest)) return;
  const kind = kindOfToken(token);
  const found = kind === undefined || token.startsWith(prefix) ? 'is malformed' : `holds ${kind}`;
  problems.push(`${name} ${found}; it must be a token that begins with ${prefix}, from ${where}.`);
}

function checkSecret(value: string | undefined, name: Variable, where: string, problems: string[]): void {
  if (value === undefined) return;
  const kind = kindOfToken(value);
  if (kind) problems.push(`${name} holds ${kind}; take the value from ${where}.`);
  else if (!/^[\x21-\x7e]+$/.test(value))
    problems.push(`${name} holds blanks or unprintable characters; take the value from ${where}.`);
}

/** The Slack part, or nothing where something about it is wrong. */
export function readSlack(env: Environment, problems: string[]): SlackSettings | undefined {
  const before = problems.length;
  const botToken = valueOf(env, 'SLACK_BOT_TOKEN');
  const appToken = valueOf(env, 'SLACK_APP_TOKEN');
  const signingSecret = valueOf(env, 'SLACK_SIGNING_SECRET');
  const oauth = slackCredentials.slice(3).filter((name) => valueOf(env, name) !== undefined);
  if (oauth.length > 0) {
    const verb = oauth.length === 1 ? 'is' : 'are';
    problems.push(
      `${oauth.join(', ')} ${verb} set, but many workspaces over OAuth are not in this version; unset, and set SLACK_BOT_TOKEN for one workspace.`,
    );
  }
  checkToken(botToken, 'SLACK_BOT_TOKEN', 'xoxb-', "your Slack app's OAuth & Permissions page", problems);
  checkToken(appToken, 'SLACK_APP_TOKEN', 'xapp-', "your Slack app's Basic Information page", problems);
  checkSecret(signingSecret, 'SLACK_SIGNING_SECRET', "your Slack app's Basic Information page", problems);
  if (oauth.length === 0) explainMissing({ botToken, appToken, signingSecret }, problems);
  const api = readUrl(env, 'SLACK_API_URL', ['http:', 'https:'], 'https://slack.com/api/', problems);
  if (problems.length > before || botToken === undefined) return undefined;
  return {
    botToken,
    transport:
      appToken === undefined
        ? { mode: 'http', signingSecret: signingSecret ?? '' }
        : { mode: 'socket', appToken },
    apiUrl: api === undefined ? slackApi : api.endsWith('/') ? api : `${api}/`,
    isCustomApi: api !== undefined,
  };
}

function explainMissing(
  has: { botToken: string | undefined; appToken: string | undefined; signingSecret: string | undefined },
  problems: string[],
): void {
  const hasTransport = has.appToken !== undefined || has.signingSecret !== undefined;
  if (has.botToken !== undefined && hasTransport) return;
  if (has.botToken === undefined && !hasTransport) {
    problems.push(
      'SLACK_BOT_TOKEN is not set, and no other Slack credential is; set it (xoxb-…) together with SLACK_APP_TOKEN (xapp-…, Socket Mode) or SLACK_SIGNING_SECRET (HTTP), or run `npm run heddle -- playground` to try Heddle without Slack.',
    );
  } else if (has.botToken === undefined) {
    const other = has.appToken === undefined ? 'SLACK_SIGNING_SECRET' : 'SLACK_APP_TOKEN';
    problems.push(
      `SLACK_BOT_TOKEN is not set, but ${other} is; set it to the token that begins with xoxb-, from your Slack app's OAuth & Permissions page.`,
    );
  } else {
    problems.push(
      'SLACK_APP_TOKEN is not set, but SLACK_BOT_TOKEN is; set it (xapp-…) for Socket Mode, or SLACK_SIGNING_SECRET for HTTP.',
    );
  }
}

/** How the Managed Agents API is reached. The key wins where a bearer token is set as well. */
export interface AnthropicSettings {
  readonly apiKey?: string;
  readonly authToken?: string;
  readonly baseURL?: string;
}

export function readAnthropic(env: Environment, problems: string[]): AnthropicSettings {
  const apiKey = valueOf(env, 'ANTHROPIC_API_KEY');
  const authToken = valueOf(env, 'ANTHROPIC_AUTH_TOKEN');
  for (const [name, value] of [
    ['ANTHROPIC_API_KEY', apiKey],
    ['ANTHROPIC_AUTH_TOKEN', authToken],
  ] as const) {
    if (value === undefined) continue;
    const isSlackToken = value.startsWith('xox') || value.startsWith('xapp-');
    if (isSlackToken) {
      problems.push(
        `${name} holds ${kindOfToken(value)}; it must be a key from the Claude Console (sk-ant-…).`,
      );
    } else if (!/^[\x21-\x7e]+$/.test(value)) {
      problems.push(
        `${name} holds blanks or unprintable characters; copy the key again from the Claude Console.`,
      );
    }
  }
  if (apiKey === undefined && authToken === undefined) {
    problems.push('ANTHROPIC_API_KEY is not set; set it to a key from the Claude Console (sk-ant-…).');
  }
  const baseURL = readUrl(
    env,
    'ANTHROPIC_BASE_URL',
    ['http:', 'https:'],
    'https://api.anthropic.com',
    problems,
  );
  const credential = apiKey !== undefined ? { apiKey } : authToken !== undefined ? { authToken } : {};
  return { ...credential, ...(baseURL === undefined ? {} : { baseURL }) };
}

function readUrl(
  env: Environment,
  name: Variable,
  protocols: readonly string[],
  example: string,
  problems: string[],
): string | undefined {
  const value = valueOf(env, name);
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url && protocols.includes(url.protocol) && url.hostname !== '') return value;
  problems.push(`${name} is not a URL that can be used; it must look like ${example}.`);
  return undefined;
}

/** The Redis URL; nothing means the embedded store. */
export function readRedisUrl(env: Environment, problems: string[]): string | undefined {
  const value = valueOf(env, 'REDIS_URL');
  if (value === undefined) return undefined;
  const place = parseRedisUrl(value);
  if (!isProblem(place)) return value;
  problems.push(place.problem);
  return undefined;
}

/** `agent_x@7` pins a version, plain `agent_x` takes the newest at each new session. */
export function readAgentId(
  env: Environment,
  problems: string[],
): { readonly id: string; readonly version: number | undefined } | undefined {
  const value = valueOf(env, 'HEDDLE_AGENT_ID');
  if (value === undefined) return undefined;
  const match = /^([A-Za-z0-9_-]+)(?:@([1-9]\d{0,8}))?$/.exec(value);
  const id = match?.[1];
  if (id !== undefined && !/^(env|sesn|session|vlt|sk-ant|xox)[_-]?/.test(id)) {
    return { id, version: match?.[2] === undefined ? undefined : Number(match[2]) };
  }
  problems.push(
    "HEDDLE_AGENT_ID is not an agent's id; it must look like agent_01abc, or agent_01abc@7 for version 7.",
  );
  return undefined;
}

export function readEnvironmentId(env: Environment, problems: string[]): string | undefined {
  const value = valueOf(env, 'HEDDLE_ENVIRONMENT_ID');
  if (value === undefined) return undefined;
  if (/^[A-Za-z0-9_-]+$/.test(value) && !/^(agent|sesn|session|vlt|sk-ant|xox)[_-]/.test(value)) return value;
  problems.push("HEDDLE_ENVIRONMENT_ID is not an environment's id; it must look like env_01abc.");
  return undefined;
}

/**
 * A bot that the playground runs as its child is told so by `HEDDLE_PARENT=stdin`: it ends when its standard
 * input does, and serves nobody but the parent.
 */
export function hasParent(env: Environment): boolean {
  return env['HEDDLE_PARENT'] === 'stdin';
}

/** 0 asks the system for any free port. */
export function readPort(env: Environment, problems: string[]): number {
  const value = valueOf(env, 'PORT') ?? '3000';
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  problems.push('PORT is not a port; it must be a number from 0 to 65535, such as 3000.');
  return 3000;
}

/** Milliseconds, or nothing where the variable is unset or wrong. */
export function readDuration(env: Environment, name: Variable, problems: string[]): number | undefined {
  const value = valueOf(env, name);
  if (value === undefined) return undefined;
  const ms = parseDuration(value);
  if (ms === undefined) {
    problems.push(`${name} is not a span of time; write a number with a unit, such as 90s, 30m or 8h, or 0.`);
  }
  return ms;
}

const logLevels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

export function readLogLevel(env: Environment, problems: string[]): LogLevel {
  const value = valueOf(env, 'LOG_LEVEL') ?? 'info';
  const level = logLevels.find((known) => known === value.toLowerCase());
  if (level) return level;
  problems.push(`LOG_LEVEL is none of the levels; it must be one of ${logLevels.join(', ')}.`);
  return 'info';
}

/** Things that stop nothing, but that an operator will want to know. */
export function noteOddities(env: Environment): string[] {
  const notes: string[] = [];
  if (valueOf(env, 'ANTHROPIC_WEBHOOK_SIGNING_KEY') !== undefined) {
    notes.push(
      'ANTHROPIC_WEBHOOK_SIGNING_KEY is set, but the platform webhook is not in this version; it is ignored.',
    );
  }
  if (env['REDIS_URL'] !== undefined && valueOf(env, 'REDIS_URL') === undefined) {
    notes.push(
      "REDIS_URL is blank, which counts as unset: this checkout's own store is used; set it, or remove it.",
    );
  }
  const internal = ['HEDDLE_PARENT'];
  for (const name of Object.keys(env)) {
    if (!name.startsWith('HEDDLE_') || [...variables, ...internal].includes(name)) continue;
    const guess = nearest(name, variables);
    if (guess) notes.push(`${name} is no setting and is ignored; did you mean ${guess}?`);
  }
  return notes;
}
