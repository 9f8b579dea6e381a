/** What `heddle doctor` makes of what it learnt: pure, facts in, findings out. */
import type { AgentFacts, ResourceFacts } from '../adapters/anthropic/probe.ts';
import type { SlackAnswer } from '../adapters/slack/probe.ts';
import type { RedisFacts } from '../adapters/store/probe.ts';
import type { PortError } from '../errors.ts';
import { messageOf } from '../errors.ts';

export interface Finding {
  /** What was looked at: `node`, `settings`, `slack`, `scopes`, `redis`, `anthropic`, `agent`, … */
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem';
  readonly says: string;
  /** What to do; always there where the state is not ok. */
  readonly cure?: string;
}

const ok = (check: string, says: string): Finding => ({ check, state: 'ok', says });
const warning = (check: string, says: string, cure: string): Finding => ({
  check,
  state: 'warning',
  says,
  cure,
});
const problem = (check: string, says: string, cure: string): Finding => ({
  check,
  state: 'problem',
  says,
  cure,
});

/** Node.js 20.19 is the oldest that `package.json` allows. */
export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok('node', `Node.js ${version}`);
  return problem(
    'node',
    `Node.js ${version} is too old`,
    'install Node.js 20.19 or later (24 is recommended)',
  );
}

/** Sentences of `ConfigError`: what is wrong, a semicolon, the cure. */
export function settingsFindings(problems: readonly string[], notes: readonly string[]): readonly Finding[] {
  if (problems.length + notes.length === 0) return [ok('settings', 'every setting is well formed')];
  return [
    ...problems.map((sentence) => problem('settings', ...halves(sentence))),
    ...notes.map((sentence) => warning('settings', ...halves(sentence))),
  ];
}

function halves(sentence: string): [string, string] {
  const at = sentence.indexOf('; ');
  if (at === -1) return [sentence, 'correct it where it is set: the environment, .env or heddle.yaml'];
  return [sentence.slice(0, at), sentence.slice(at + 2).replace(/\.$/, '')];
}

/** Scopes as `manifest.yml` lists them. */
export interface ManifestScopes {
  readonly bot: readonly string[];
  /** Those of `bot` that an installation may leave out. */
  readonly optional: readonly string[];
}

export function slackFindings(answer: SlackAnswer, manifest: ManifestScopes | undefined): readonly Finding[] {
  if (answer.is !== 'ok') return [slackTrouble('slack', 'SLACK_BOT_TOKEN', answer)];
  const { team, team_id: teamId, user } = answer.fields;
  const who = ok('slack', `the bot token is ${String(user)} in ${String(team)} (${String(teamId)})`);
  if (typeof answer.fields['bot_id'] !== 'string') {
    return [
      problem(
        'slack',
        'SLACK_BOT_TOKEN belongs to a person, not to a bot',
        'set it to the token that begins with xoxb-',
      ),
    ];
  }
  return [who, scopesFinding(answer.scopes, manifest)];
}

function scopesFinding(
  granted: readonly string[] | undefined,
  manifest: ManifestScopes | undefined,
): Finding {
  if (!manifest) {
    return warning(
      'scopes',
      'manifest.yml cannot be read, so scopes were not compared',
      'restore manifest.yml',
    );
  }
  if (!granted)
    return warning('scopes', 'Slack did not say which scopes the bot has', 'run doctor again later');
  const missing = manifest.bot.filter((scope) => !granted.includes(scope));
  const needed = missing.filter((scope) => !manifest.optional.includes(scope));
  const again =
    'add them under OAuth & Permissions, or paste manifest.yml under App Manifest, and reinstall the app';
  if (needed.length > 0) return problem('scopes', `the bot lacks ${needed.join(', ')}`, again);
  const extra = granted.filter((scope) => !manifest.bot.includes(scope));
  if (extra.length > 0) {
    return warning(
      'scopes',
      `the bot may do more than it needs: ${extra.join(', ')}`,
      'remove these scopes and reinstall the app',
    );
  }
  const left = missing.length === 0 ? '' : `; left out: ${missing.join(', ')}`;
  return ok('scopes', `the bot has every scope it needs${left}`);
}

export function appTokenFinding(answer: SlackAnswer): Finding {
  if (answer.is === 'ok') return ok('socket', 'the app token may open a Socket Mode connection');
  if (answer.is === 'refused' && answer.code === 'missing_scope') {
    return problem(
      'socket',
      'SLACK_APP_TOKEN lacks the scope connections:write',
      'create an app-level token with connections:write on the Basic Information page and set it',
    );
  }
  return slackTrouble('socket', 'SLACK_APP_TOKEN', answer);
}

function slackTrouble(check: string, variable: string, answer: Exclude<SlackAnswer, { is: 'ok' }>): Finding {
  if (answer.is === 'unreachable') {
    return problem(
      check,
      `Slack cannot be reached: ${answer.why}`,
      'check the network, a proxy, and SLACK_API_URL',
    );
  }
  const page = variable === 'SLACK_APP_TOKEN' ? 'Basic Information' : 'OAuth & Permissions';
  const cures: Readonly<Record<string, string>> = {
    invalid_auth: `copy ${variable} again from the app's ${page} page`,
    not_authed: `copy ${variable} again from the app's ${page} page`,
    token_revoked: `reinstall the app and set ${variable} to its new token`,
    token_expired: `turn token rotation off in the app's settings, reinstall it and set ${variable} again`,
    account_inactive: `reinstall the app and set ${variable} to its new token`,
    ratelimited: 'run doctor again in a minute',
  };
  return problem(
    check,
    `Slack refuses ${variable}: ${answer.code}`,
    cures[answer.code] ??
      `look the code up at https://docs.slack.dev/reference/methods and correct ${variable}`,
  );
}

export function redisFindings(facts: RedisFacts | undefined): readonly Finding[] {
  if (!facts) return [ok('redis', 'REDIS_URL is not set: an embedded store, for one process or one machine')];
  if (facts.is === 'unreachable') {
    return [problem('redis', `Redis cannot be reached: ${facts.why}`, 'check that it runs, and REDIS_URL')];
  }
  if (facts.is === 'refused') {
    // The reason ends with its cure.
    const [why = '', ...cure] = facts.why.split('; ');
    return [problem('redis', why, cure.join('; ').replace(/\.$/, '') || 'check REDIS_URL')];
  }
  return [serverFinding(facts), policyFinding(facts), persistenceFinding(facts)];
}

type RedisThere = Extract<RedisFacts, { is: 'there' }>;

const KINDS = { server: '', sentinel: ', found by its Sentinels,', cluster: ' of a cluster' } as const;

function serverFinding({ kind, version, role }: RedisThere): Finding {
  if (kind === 'server' && role === 'slave') {
    return problem(
      'redis',
      'REDIS_URL names a replica, which takes no writes',
      'point REDIS_URL to the primary, or to its Sentinels (redis+sentinel://)',
    );
  }
  return ok('redis', `Redis ${version}${KINDS[kind]} answers`);
}

function policyFinding({ policy }: RedisThere): Finding {
  if (policy === 'noeviction') return ok('redis memory', 'maxmemory-policy is noeviction');
  if (policy === undefined) {
    return warning(
      'redis memory',
      'the server hides its maxmemory-policy',
      'make sure that it is noeviction',
    );
  }
  return problem(
    'redis memory',
    `maxmemory-policy is ${policy}: a full Redis would throw conversations away`,
    'set maxmemory-policy to noeviction',
  );
}

function persistenceFinding({ persistence }: RedisThere): Finding {
  switch (persistence) {
    case 'aof':
      return ok('redis disk', 'it keeps an append-only file');
    case 'snapshots':
      return warning(
        'redis disk',
        'it keeps snapshots only: what came since the last one is lost when it ends',
        'set appendonly to yes (appendfsync everysec)',
      );
    case 'none':
      return warning(
        'redis disk',
        'it keeps nothing on disk: its end forgets every conversation that is under way',
        'set appendonly to yes (appendfsync everysec)',
      );
    default:
      return warning('redis disk', 'the server hides whether it writes to disk', 'make sure that it does');
  }
}

export function anthropicFindings(
  facts: AgentFacts,
  ids: {
    readonly agent?: { id: string; version?: number | undefined } | undefined;
    readonly environment?: { id: string } | undefined;
  },
): readonly Finding[] {
  const findings: Finding[] = [keyFinding(facts.key)];
  // A key that is refused says nothing about what it would have shown.
  if (facts.key) return findings;
  if (ids.agent && facts.agent) findings.push(agentFinding(ids.agent, facts.agent, facts.pinned));
  if (ids.environment && facts.environment)
    findings.push(environmentFinding(ids.environment.id, facts.environment));
  return findings;
}

function keyFinding(error: PortError | undefined): Finding {
  if (!error) return ok('anthropic', 'the Anthropic API takes the key');
  const detail = messageOf(error);
  if (error.status === 401) {
    return problem(
      'anthropic',
      `the Anthropic API refuses the key: ${detail}`,
      'set ANTHROPIC_API_KEY to a key that is not revoked',
    );
  }
  if (error.status === 403 || error.status === 404) {
    return problem(
      'anthropic',
      `the key may not use Managed Agents: ${detail}`,
      'use a key of a workspace that has Managed Agents, and check ANTHROPIC_BASE_URL',
    );
  }
  if (error.kind === 'fatal') {
    return problem(
      'anthropic',
      `the Anthropic API refuses to work: ${detail}`,
      'check billing and limits in the Claude Console',
    );
  }
  return problem(
    'anthropic',
    `the Anthropic API cannot be reached: ${detail}`,
    'check the network, a proxy, and ANTHROPIC_BASE_URL',
  );
}

const SETUP = 'run `npm run heddle -- setup`';

function agentFinding(
  { id, version }: { id: string; version?: number | undefined },
  newest: ResourceFacts,
  pinned: ResourceFacts | undefined,
): Finding {
  if (newest.is === 'failed') return lookFailed('agent', newest.error);
  if (newest.is === 'absent')
    return problem('agent', `agent ${id} does not exist`, `${SETUP}, or correct HEDDLE_AGENT_ID`);
  if (newest.archived)
    return problem(
      'agent',
      `agent ${id} is archived: it starts no session`,
      `${SETUP}, or set HEDDLE_AGENT_ID to another`,
    );
  const called = `agent "${newest.name}" (${id})`;
  if (version === undefined) {
    return warning(
      'agent',
      `${called}, always in its newest version (now ${newest.version})`,
      `pin it: HEDDLE_AGENT_ID=${id}@${newest.version}`,
    );
  }
  if (pinned?.is === 'absent') {
    return problem(
      'agent',
      `agent ${id} has no version ${version}`,
      `pin a version that exists (newest: ${newest.version})`,
    );
  }
  if (pinned?.is === 'failed') return lookFailed('agent', pinned.error);
  const behind = newest.version === version ? '' : ` (newest: ${newest.version})`;
  return ok('agent', `${called} version ${version}${behind}`);
}

function environmentFinding(id: string, facts: ResourceFacts): Finding {
  if (facts.is === 'failed') return lookFailed('environment', facts.error);
  if (facts.is === 'absent') {
    return problem(
      'environment',
      `environment ${id} does not exist`,
      `${SETUP}, or correct HEDDLE_ENVIRONMENT_ID`,
    );
  }
  if (facts.archived) {
    return problem(
      'environment',
      `environment ${id} is archived: it starts no session`,
      `${SETUP}, or set HEDDLE_ENVIRONMENT_ID to another`,
    );
  }
  return ok('environment', `environment "${facts.name}" (${id})`);
}

function lookFailed(check: string, error: PortError): Finding {
  return problem(check, `could not be looked at: ${messageOf(error)}`, 'run doctor again later');
}

/** Slack refuses signatures that are five minutes old; leases do not depend on this clock. */
const SKEW_BAD_MS = 4 * 60_000;
const SKEW_ODD_MS = 30_000;

/** @param aheadMs by how much this machine's clock is ahead, by each server that said a time */
export function clockFinding(aheadMs: readonly (number | undefined)[]): Finding | undefined {
  const known = aheadMs.filter((ms) => ms !== undefined);
  if (known.length === 0) return undefined;
  const worst = known.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
  const seconds = Math.round(Math.abs(worst) / 1000);
  const words = `this machine's clock is ${seconds} s ${worst > 0 ? 'ahead' : 'behind'}`;
  if (Math.abs(worst) >= SKEW_BAD_MS) {
    return problem('clock', `${words}: Slack's signatures are refused`, 'synchronise the clock (NTP)');
  }
  if (Math.abs(worst) >= SKEW_ODD_MS) return warning('clock', words, 'synchronise the clock (NTP)');
  return ok('clock', "this machine's clock agrees with theirs");
}

/** One entry of heddle.yaml beside its entry in heddle.lock.json. */
export interface Described {
  readonly kind: 'agent' | 'environment';
  readonly name: string;
  readonly hash: string;
  /** Hash in the lock file; undefined where it does not name it. */
  readonly pinnedHash: string | undefined;
}

export function driftFindings(described: readonly Described[]): readonly Finding[] {
  if (described.length === 0) return [];
  const drifted = described.flatMap(({ kind, name, hash, pinnedHash }) => {
    if (pinnedHash === hash) return [];
    const how =
      pinnedHash === undefined ? 'has never been set up' : 'has changed in heddle.yaml since it was set up';
    return [warning('heddle.yaml', `${kind} "${name}" ${how}`, SETUP)];
  });
  return drifted.length > 0
    ? drifted
    : [ok('heddle.yaml', 'heddle.lock.json stands as heddle.yaml describes')];
}
