/** The part of `heddle.yaml` that can also be set in Slack: the same keys, read by the same rules. */
import { z } from 'zod';
import { keyed } from './config-agents.ts';
import { KEYS, type SettingKey } from './core/setting-keys.ts';
import type { SettingValue } from './core/setting-entry.ts';
import type { Settings } from './core/settings.ts';

/** Keys that this part of the file has; the others have rules of their own in `config-file.ts`. */
function ours(name: string): SettingKey {
  const key = KEYS.find((each) => each.key === name);
  if (!key) throw new Error(`no setting is called ${name}`);
  return key;
}

function read(name: string) {
  const key = ours(name);
  return z
    .unknown()
    .transform((raw, context): SettingValue => {
      const parsed = key.parse(raw);
      if (parsed.ok) return parsed.value;
      context.addIssue({ code: 'custom', message: inSentence(parsed.why) });
      return z.NEVER;
    })
    .optional();
}

/** The sentence goes on behind the key's name. */
function inSentence(why: string): string {
  const first = why.startsWith('“') ? why : why.charAt(0).toLowerCase() + why.slice(1);
  return first.replace(/\.$/, '');
}

/** What `heddle.yaml` may say besides; each also by workspace and channel. */
export const settingKeys = {
  enabled: read('enabled'),
  instructions: read('instructions'),
  reply_mode: read('reply_mode'),
  verbosity: read('verbosity'),
  shared_channels: read('shared_channels'),
  start_by_reaction: read('start_by_reaction'),
  approval: keyed({
    approvers: read('approval.approvers'),
    two_persons: read('approval.two_persons'),
    expires: read('approval.expires'),
    where: read('approval.where'),
  }).optional(),
  budget: keyed({
    user_daily_usd: read('budget.user_daily_usd'),
    channel_daily_usd: read('budget.channel_daily_usd'),
    workspace_daily_usd: read('budget.workspace_daily_usd'),
    raise_usd: read('budget.raise_usd'),
    raisers: read('budget.raisers'),
  }).optional(),
  agent_trial: keyed({
    agent: read('agent_trial.agent'),
    percent: read('agent_trial.percent'),
  }).optional(),
  vaults: read('vaults'),
  memory_stores: read('memory_stores'),
  repositories: read('repositories'),
  files: keyed({ max_mb: read('files.max_mb'), max_out_mb: read('files.max_out_mb') }).optional(),
};

/** The value at `a.b` of what was read from the file; undefined where the file does not say. */
function at(file: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => {
    const isMap = typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name);
    return isMap ? (inner as Readonly<Record<string, unknown>>)[name] : undefined;
  }, file);
}

/** Which settings a file says, by key. */
export function saidIn(file: unknown): readonly string[] {
  return KEYS.flatMap(({ key }) => (at(file, key) === undefined ? [] : [key]));
}

/** The settings with what a checked file says laid over them. */
export function withFile(settings: Settings, file: unknown): Settings {
  return KEYS.reduce((known, key) => {
    const value = at(file, key.key);
    return value === undefined || typeof value === 'object'
      ? withList(known, key, value)
      : key.write(known, value as SettingValue);
  }, settings);
}

function withList(settings: Settings, key: SettingKey, value: unknown): Settings {
  return Array.isArray(value) ? key.write(settings, value as readonly string[]) : settings;
}
