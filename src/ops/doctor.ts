/**
 * `heddle doctor`: looks at everything that Heddle needs and says what is wrong, with the cure. It changes
 * nothing anywhere; one check that fails does not stop the others.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { probeGiven } from '../adapters/anthropic/probe-given.ts';
import { probeAnthropic } from '../adapters/anthropic/probe.ts';
import { probeAppToken, probeBotToken } from '../adapters/slack/probe.ts';
import { probeRedis } from '../adapters/store/probe.ts';
import { definitionHash } from '../config-agents.ts';
import type { Environment } from '../config-env.ts';
import { readAnthropic, readRedisUrl, readSlack, valueOf, variables } from '../config-env.ts';
import type { ConfigFiles } from '../config-file.ts';
import { readConfigFiles } from '../config-file.ts';
import { loadConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { ConfigError } from '../errors.ts';
import type { SystemClock } from '../lib/time.ts';
import { wakefulClock } from '../lib/time.ts';
import {
  anthropicFindings,
  appTokenFinding,
  clockFinding,
  driftFindings,
  nodeFinding,
  redisFindings,
  settingsFindings,
  slackFindings,
} from './doctor-findings.ts';
import { givenFindings } from './doctor-given.ts';
import type { Described, Finding, ManifestScopes } from './doctor-findings.ts';

export interface DoctorOptions {
  readonly env: Environment;
  readonly cwd: string;
  readonly dataDir: string;
  readonly output: { write(text: string): unknown };
  /** One JSON object in place of lines for people. */
  readonly json?: boolean;
  readonly clock?: SystemClock;
  /** Milliseconds until a service counts as unreachable; 10 s. */
  readonly timeoutMs?: number;
  readonly nodeVersion?: string;
  /** Full path or URL of `manifest.yml`; that of this checkout. */
  readonly manifest?: string | URL;
}

/** @returns the exit code: 1 where there is a problem, 0 otherwise (warnings are no problem) */
export async function runDoctor(options: DoctorOptions): Promise<number> {
  const findings = await examine(options);
  const healthy = findings.every(({ state }) => state !== 'problem');
  options.output.write(
    options.json ? `${JSON.stringify({ ok: healthy, findings }, null, 2)}\n` : report(findings),
  );
  return healthy ? 0 : 1;
}

async function examine(options: DoctorOptions): Promise<readonly Finding[]> {
  const { nodeVersion = process.versions.node } = options;
  const [settings, slack, redis, anthropic] = await Promise.all([
    checkSettings(options),
    checkSlack(options),
    checkRedis(options),
    checkAnthropic(options),
  ]);
  const clock = clockFinding([slack.aheadMs, anthropic.aheadMs]);
  return [
    nodeFinding(nodeVersion),
    ...(clock ? [clock] : []),
    ...settings,
    ...slack.findings,
    ...redis,
    ...anthropic.findings,
    ...driftFindings(describedIn(options)),
  ];
}

interface Checked {
  readonly findings: readonly Finding[];
  readonly aheadMs: number | undefined;
}

const UNCHECKED: Checked = { findings: [], aheadMs: undefined };

// --------------------------------------------------------------------------------------------------- settings

async function checkSettings(options: DoctorOptions): Promise<readonly Finding[]> {
  try {
    const { notes } = await loadConfig(options);
    return settingsFindings([], notes);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return settingsFindings(error.problems, []);
  }
}

function filesOf({ cwd, env }: DoctorOptions): ConfigFiles | undefined {
  try {
    return readConfigFiles(cwd, valueOf(env, 'HEDDLE_CONFIG'));
  } catch (error) {
    // `checkSettings` has said it already.
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

function describedIn(options: DoctorOptions): readonly Described[] {
  const files = filesOf(options);
  if (!files) return [];
  const { settings, lock } = files;
  return [
    ...Object.entries(settings.environments).map(([name, definition]) => ({
      kind: 'environment' as const,
      name,
      hash: definitionHash(definition),
      pinnedHash: lock.environments[name]?.hash,
    })),
    ...Object.entries(settings.agents).map(([name, definition]) => ({
      kind: 'agent' as const,
      name,
      hash: definitionHash(definition),
      pinnedHash: lock.agents[name]?.hash,
    })),
  ];
}

// ------------------------------------------------------------------------------------------------------ Slack

async function checkSlack(options: DoctorOptions): Promise<Checked> {
  const { env, clock = wakefulClock, timeoutMs = 10_000 } = options;
  const slack = readSlack(env, []);
  if (!slack) return UNCHECKED;
  const { apiUrl, botToken, transport } = slack;
  const [bot, app] = await Promise.all([
    probeBotToken({ apiUrl, token: botToken, clock, timeoutMs }),
    transport.mode === 'socket'
      ? probeAppToken({ apiUrl, token: transport.appToken, clock, timeoutMs })
      : undefined,
  ]);
  return {
    findings: [...slackFindings(bot, scopesIn(options)), ...(app ? [appTokenFinding(app)] : [])],
    aheadMs: bot.is === 'ok' ? bot.aheadMs : undefined,
  };
}

function scopesIn({ manifest = new URL('../../manifest.yml', import.meta.url) }: DoctorOptions) {
  try {
    const parsed = parse(readFileSync(manifest, 'utf8')) as {
      oauth_config?: { scopes?: { bot?: string[]; bot_optional?: string[] } };
    };
    const { bot = [], bot_optional: optional = [] } = parsed.oauth_config?.scopes ?? {};
    return { bot, optional } satisfies ManifestScopes;
  } catch {
    return undefined;
  }
}

// -------------------------------------------------------------------------------------- Redis, agent, environment

async function checkRedis({ env, timeoutMs = 10_000 }: DoctorOptions): Promise<readonly Finding[]> {
  const problems: string[] = [];
  const url = readRedisUrl(env, problems);
  if (problems.length > 0) return [];
  return redisFindings(url === undefined ? undefined : await probeRedis(url, timeoutMs));
}

async function checkAnthropic(options: DoctorOptions): Promise<Checked> {
  const { env, clock = wakefulClock, timeoutMs = 10_000 } = options;
  const problems: string[] = [];
  const anthropic = readAnthropic(env, problems);
  if (problems.length > 0) return UNCHECKED;
  const config = await agentConfig(options);
  const facts = await probeAnthropic({
    anthropic,
    agent: config?.agent,
    environment: config?.environment,
    clock,
    timeoutMs,
  });
  const findings = anthropicFindings(facts, config ?? {});
  if (!config || facts.key) return { findings, aheadMs: facts.aheadMs };
  const { settings, agent, agents, environment, environments } = config;
  const choices = { agent, agents, environmentId: environment.id, environments };
  const given = await probeGiven({ anthropic, choices, settings, clock, timeoutMs });
  return { findings: [...findings, ...givenFindings(given)], aheadMs: facts.aheadMs };
}

/** Agent, environment and what sessions are given are judged apart: the other settings may be wrong and these right. */
async function agentConfig(options: DoctorOptions): Promise<Config | undefined> {
  const { env } = options;
  const ours: ReadonlySet<string> = new Set(variables);
  const alone: Environment = {
    // Those that `heddle.yaml` names.
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !ours.has(name))),
    SLACK_BOT_TOKEN: 'xoxb-0',
    SLACK_APP_TOKEN: 'xapp-0',
    ANTHROPIC_API_KEY: 'sk-ant-0',
    HEDDLE_AGENT_ID: env['HEDDLE_AGENT_ID'],
    HEDDLE_ENVIRONMENT_ID: env['HEDDLE_ENVIRONMENT_ID'],
    HEDDLE_CONFIG: env['HEDDLE_CONFIG'],
  };
  try {
    return await loadConfig({ ...options, env: alone });
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

// ---------------------------------------------------------------------------------------------------- reporting

function report(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, state, says, cure }) => {
    const line = `${state.padEnd(7)}  ${check}: ${says}`;
    return cure === undefined ? [line] : [line, `         -> ${cure}`];
  });
  const count = (state: Finding['state']): number => findings.filter((one) => one.state === state).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
  lines.push('', `${plural(problems, 'problem')}, ${plural(warnings, 'warning')}.`);
  return `${lines.join('\n')}\n`;
}
