/** Whether the agent is real or scripted, and the settings the bot's process gets either way. */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { AgentMode } from './page/parent-api.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable's value; a blank one counts as unset. */
export function setting(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

/**
 * Real only where a key is set *and* agent and environment are known, from variables or from
 * `heddle.lock.json`: a key alone must never lead to calls that cost money.
 */
export function agentMode(env: Environment, cwd: string): AgentMode {
  const lock = readLock(env, cwd);
  const agent = setting(env, 'HEDDLE_AGENT_ID') ?? firstId(lock['agents']);
  const environment = setting(env, 'HEDDLE_ENVIRONMENT_ID') ?? firstId(lock['environments']);
  const key = setting(env, 'ANTHROPIC_API_KEY') ?? setting(env, 'ANTHROPIC_AUTH_TOKEN');
  const missing = [
    ...(key === undefined ? ['ANTHROPIC_API_KEY'] : []),
    ...(agent === undefined ? ['agent'] : []),
    ...(environment === undefined ? ['environment'] : []),
  ];
  if (missing.length > 0 || agent === undefined) return { mode: 'scripted', agent_id: null, missing };
  return { mode: 'real', agent_id: agent, missing: [] };
}

/** `heddle.lock.json` beside `heddle.yaml`; damage is the bot's to report, here it only means "not known". */
function readLock(env: Environment, cwd: string): Readonly<Record<string, unknown>> {
  const config = resolve(cwd, setting(env, 'HEDDLE_CONFIG') ?? 'heddle.yaml');
  try {
    const lock: unknown = JSON.parse(readFileSync(join(dirname(config), 'heddle.lock.json'), 'utf8'));
    return typeof lock === 'object' && lock !== null ? (lock as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function firstId(entries: unknown): string | undefined {
  const [first] = typeof entries === 'object' && entries !== null ? Object.values(entries) : [];
  const id: unknown =
    typeof first === 'object' && first !== null ? (first as { id?: unknown }).id : undefined;
  return typeof id === 'string' ? id : undefined;
}

export interface BotSettings {
  readonly slack: { readonly apiUrl: string; readonly botToken: string; readonly appToken: string };
  /** Null where the agent is real: then the operator's own settings stand. */
  readonly agents: { readonly url: string; readonly agentId: string; readonly environmentId: string } | null;
  readonly port: number;
}

/** Set for the parent alone, or meant for the real Slack. */
const notForTheBot = [
  'SLACK_SIGNING_SECRET',
  'SLACK_CLIENT_ID',
  'SLACK_CLIENT_SECRET',
  'SLACK_STATE_SECRET',
  // Under npm, Ctrl-C reaches a process twice; the bot gets its signals from the parent only, once.
  'npm_lifecycle_event',
];

/** The environment of the bot's process: the parent's own, with both services pointed at the playground. */
export function botEnvironment(env: Environment, { slack, agents, port }: BotSettings): NodeJS.ProcessEnv {
  const scripted =
    agents === null
      ? {}
      : {
          ANTHROPIC_BASE_URL: agents.url,
          ANTHROPIC_API_KEY: 'sk-ant-playground',
          ANTHROPIC_AUTH_TOKEN: undefined,
          ANTHROPIC_WEBHOOK_SIGNING_KEY: undefined,
          HEDDLE_AGENT_ID: agents.agentId,
          HEDDLE_ENVIRONMENT_ID: agents.environmentId,
        };
  return {
    ...env,
    ...Object.fromEntries(notForTheBot.map((name) => [name, undefined])),
    SLACK_API_URL: slack.apiUrl,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    ...scripted,
    // The parent hears from its log that it is ready, which a silent one would not say.
    ...(setting(env, 'LOG_LEVEL') === 'silent' ? { LOG_LEVEL: 'fatal' } : {}),
    PORT: String(port),
    HEDDLE_PARENT: 'stdin',
  };
}
