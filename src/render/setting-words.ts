/** What is said of settings in a thread: what somebody changed there, and why something was not. Pure. */
import { keyNamed, type LayerChange, type LayerName } from '../core/layers.ts';
import { valueText, type SettingValue } from '../core/setting-entry.ts';
import type { SettingKey } from '../core/setting-keys.ts';
import { escapeSlack, oneLine } from './text.ts';

const SOURCES: Readonly<Record<LayerName, string>> = {
  'built-in': 'built in',
  'heddle.yaml': 'from heddle.yaml',
  environment: 'from the environment',
  workspace: 'set for the workspace',
  channel: 'set for this channel',
  thread: 'set for this thread',
};

/** Where a value comes from. */
export function sourceWords(source: LayerName = 'built-in'): string {
  return SOURCES[source];
}

/** A value as people read it. */
export function shownValue(key: SettingKey, value: SettingValue): string {
  const label = key.entry.is === 'choice' ? key.entry.of.find(([each]) => each === value)?.[1] : undefined;
  const text = label ?? oneLine(valueText(key.entry, value), 100);
  return text === '' ? (key.empty ?? 'none') : text;
}

/** What somebody changed in a thread, in one line. */
export function tunedLine(by: string, change: LayerChange): string {
  const parts = Object.entries(change).flatMap(([name, value]) => {
    const key = keyNamed(name);
    if (!key) return [];
    const now = value === null ? 'as around this thread again' : escapeSlack(shownValue(key, value));
    return [`*${key.title}*: ${now}${key.when === 'next' ? ' (from the next session on)' : ''}`];
  });
  return `:gear: <@${by}> changed settings of this thread: ${parts.join('; ')}.`;
}

/** Why settings are not changed: by key. */
export function untunedLine(wrong: Readonly<Record<string, string>>, guess?: string): string {
  const lines = Object.entries(wrong).map(([name, why]) => {
    const title = keyNamed(name)?.title;
    return `${title === undefined ? '' : `*${title}*: `}${escapeSlack(oneLine(why, 300))}`;
  });
  const meant = guess === undefined ? '' : ` Did you mean \`${guess}\`?`;
  return `${lines.join(' ')}${meant} Nothing was changed, and nothing was sent to the agent.`;
}

/** Somebody else was faster. */
export function meanwhileLine(keys: readonly string[]): string {
  const titles = keys.map((key) => `“${keyNamed(key)?.title ?? oneLine(key, 40)}”`).join(', ');
  return `Nothing of yours was changed: ${escapeSlack(titles)} changed while your form was open. \`@Heddle settings\` shows this thread’s settings as they are now.`;
}
