/**
 * The two files an operator keeps: `heddle.yaml`, which people write, and `heddle.lock.json`, which
 * `heddle setup` writes. Every problem is one sentence that names the file, the key and the cure.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type * as Yaml from 'yaml';
import { z } from 'zod';
import { agentsSchema, environmentsSchema, keyed } from './config-agents.ts';
import { saidIn, settingKeys } from './config-settings.ts';
import { DEFAULT_SETTINGS } from './core/settings.ts';
import { ConfigError, messageOf } from './errors.ts';
import { parseDuration } from './lib/duration.ts';

/** Milliseconds, from `30m` and the like. */
const duration = z
  .union([z.string(), z.literal(0)], { error: 'must be a span such as 90s, 30m or 8h, or 0' })
  .transform((value, context) => {
    const ms = parseDuration(String(value));
    if (ms !== undefined) return ms;
    context.addIssue({ code: 'custom', message: 'must be a span such as 90s, 30m or 8h, or 0' });
    return z.NEVER;
  });

const count = (most: number) => z.int().min(1000).max(most);

const atLeastOne = z.int().min(1).max(1_000_000);

/** How much is taken: text in characters (what is left out is said), messages, and work at the same time. */
const limits = keyed({
  /** Of one Slack message. */
  message_characters: count(1_000_000).default(DEFAULT_SETTINGS.maxMessageChars),
  /** Of earlier conversation, for a new session. */
  context_characters: count(1_000_000).default(DEFAULT_SETTINGS.maxContextChars),
  /** That one person may write in one channel. */
  messages_per_minute: atLeastOne.default(DEFAULT_SETTINGS.messagesPerMinute),
  /** Threads at work at once. */
  running_per_person: atLeastOne.default(DEFAULT_SETTINGS.maxRunning.person),
  running_per_workspace: atLeastOne.default(DEFAULT_SETTINGS.maxRunning.workspace),
});

/** Who counts besides full members of the workspace. Everything is off unless written out. */
const allow = keyed({
  guests: z.boolean().default(DEFAULT_SETTINGS.allow.guests),
  outsiders: z.boolean().default(DEFAULT_SETTINGS.allow.outsiders),
  bots: z.boolean().default(DEFAULT_SETTINGS.allow.bots),
});

/** By owner on GitHub, or by `owner/name`: the environment variable that holds a token. Never the token itself. */
const githubTokens = z.record(
  z.string().regex(/^[A-Za-z0-9-]+(?:\/[A-Za-z0-9._-]+)?$/, { error: 'is no owner and no owner/name' }),
  z.string().regex(/^[A-Z][A-Z0-9_]{0,99}$/, {
    error: 'must be the name of an environment variable, such as GITHUB_TOKEN, and never a token',
  }),
);

const fileSchema = keyed({
  agents: agentsSchema.prefault({}),
  environments: environmentsSchema.prefault({}),
  default_agent: z.string().exactOptional(),
  default_environment: z.string().exactOptional(),
  session_budget_usd: z.number().min(0).max(100_000).default(DEFAULT_SETTINGS.sessionBudgetUsd),
  busy_mode: z.enum(['steer', 'interrupt', 'queue']).default(DEFAULT_SETTINGS.busyMode),
  output: z.enum(['edit', 'stream', 'auto']).default(DEFAULT_SETTINGS.output),
  idle_timeout: duration.default(DEFAULT_SETTINGS.idleTimeoutMs),
  allow: allow.prefault({}),
  limits: limits.prefault({}),
  github_tokens: githubTokens.prefault({}),
  ...settingKeys,
}).superRefine(
  ({ agents, environments, default_agent: agent, default_environment: environment }, context) => {
    const say = (key: string, name: string, kind: string): void => {
      context.addIssue({ code: 'custom', path: [key], message: `names no entry of ${kind} ("${name}")` });
    };
    if (agent !== undefined && !(agent in agents)) say('default_agent', agent, 'agents');
    if (environment !== undefined && !(environment in environments)) {
      say('default_environment', environment, 'environments');
    }
  },
);

/** `heddle.yaml`, checked, with every default filled in. */
export type HeddleFile = z.output<typeof fileSchema> & {
  /** Settings that stand in the file, by key; the others have their built-in value. */
  readonly said: readonly string[];
};

const lockSchema = z.object({
  version: z.literal(1),
  agents: z.record(
    z.string(),
    z.object({ id: z.string().min(1), version: z.int().min(1), hash: z.string() }),
  ),
  environments: z.record(z.string(), z.object({ id: z.string().min(1), hash: z.string() })),
});

/**
 * `heddle.lock.json`: what `heddle setup` created or updated, by the names of `heddle.yaml`. `hash` is
 * `definitionHash` of the definition it was made from.
 */
export type HeddleLock = z.output<typeof lockSchema>;

/** Where the files lie, and what they say. */
export interface ConfigFiles {
  /** Full path of `heddle.yaml`; nothing where there is none. */
  readonly file: string | undefined;
  readonly settings: HeddleFile;
  /** Full path of the lock file, whether it exists or not: beside `heddle.yaml`. */
  readonly lockFile: string;
  readonly lock: HeddleLock;
}

/**
 * Reads both files. `path` is `HEDDLE_CONFIG`; without it `./heddle.yaml` is read where it exists.
 * @throws {ConfigError} with every problem of both files
 */
export function readConfigFiles(cwd: string, path: string | undefined): ConfigFiles {
  const problems: string[] = [];
  const wanted = path === undefined ? join(cwd, 'heddle.yaml') : isAbsolute(path) ? path : resolve(cwd, path);
  const text = readText(wanted, problems);
  if (text === undefined && path !== undefined && problems.length === 0) {
    problems.push(
      `HEDDLE_CONFIG names ${wanted}, which does not exist; correct the path, or unset it to use ./heddle.yaml.`,
    );
  }
  const settings =
    text === undefined ? { ...fileSchema.parse({}), said: [] } : parseFile(basename(wanted), text, problems);
  const lockFile = join(dirname(wanted), 'heddle.lock.json');
  const lock = parseLock(readText(lockFile, problems), problems);
  if (problems.length > 0 || !settings) throw new ConfigError(problems);
  return { file: text === undefined ? undefined : wanted, settings, lockFile, lock };
}

/** A file that is not there is nothing; one that cannot be read is a problem. */
function readText(path: string, problems: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    problems.push(`${path} cannot be read (${messageOf(error)}); make it a readable file.`);
    return undefined;
  }
}

/**
 * Checks the text of a `heddle.yaml`.
 * @param name how the file is called in sentences
 */
export function parseFile(name: string, text: string, problems: string[]): HeddleFile | undefined {
  // Loaded only where there is a file: it is a good part of what a start without one would take.
  const { parseDocument } = createRequire(import.meta.url)('yaml') as typeof Yaml;
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) {
    for (const { message } of document.errors) {
      problems.push(`${name} is not valid YAML: ${(message.split('\n')[0] ?? '').replace(/:$/, '')}.`);
    }
    return undefined;
  }
  const raw: unknown = document.toJS() ?? {};
  const parsed = fileSchema.safeParse(raw, { reportInput: true });
  if (parsed.success) return { ...parsed.data, said: saidIn(raw) };
  for (const issue of parsed.error.issues) problems.push(`${name}: ${sentence(issue)}.`);
  return undefined;
}

function parseLock(text: string | undefined, problems: string[]): HeddleLock {
  const empty: HeddleLock = { version: 1, agents: {}, environments: {} };
  if (text === undefined) return empty;
  const parsed = lockSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  problems.push(
    'heddle.lock.json is damaged or of another version; restore it from version control, or remove it and run `npm run heddle -- setup`.',
  );
  return empty;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is wrong with one key, in words. The schema's own words are used where it has some. */
function sentence(issue: z.core.$ZodIssue): string {
  const key = issue.path.length === 0 ? 'the file' : issue.path.map(String).join('.');
  return `${key} ${complaint(issue)}`;
}

function complaint(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
    case 'custom':
      return issue.message;
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'is no usable name';
    case 'invalid_value':
      return missing(issue.input) ?? `must be ${oneOf(issue.values)}`;
    case 'invalid_union':
      return missing(issue.input) ?? unionComplaint(issue);
    case 'invalid_type':
      return missing(issue.input) ?? `must be ${withArticle(issue.expected)}, and is ${kindOf(issue.input)}`;
    case 'too_small':
      return issue.minimum === 1 && issue.origin === 'string'
        ? 'is empty'
        : `must be at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be at most ${issue.maximum}`
        : `is too long: at most ${issue.maximum}`;
    default:
      return `is not valid (${issue.message})`;
    case 'invalid_format':
      return issue.message;
  }
}

function unionComplaint(issue: z.core.$ZodIssueInvalidUnion): string {
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
  if (options.length > 0) return `must be ${oneOf(options)}`;
  return issue.message.startsWith('Invalid') ? 'is of the wrong kind' : issue.message;
}

function missing(input: unknown): string | undefined {
  return input === undefined ? 'is missing' : undefined;
}

function oneOf(values: readonly unknown[]): string {
  const words = values.map(String);
  return words.length === 1 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return withArticle(typeof value);
}

function withArticle(kind: string): string {
  const words: Record<string, string> = {
    string: 'a text',
    int: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    array: 'a list',
    record: 'a mapping of names',
    object: 'a mapping of keys',
  };
  return words[kind] ?? `a ${kind}`;
}
