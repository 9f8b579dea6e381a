/** One setting: how it is read, shown, who may change it, and from when on it counts; and what its definition is made of. */
import { parserOf, type Entry, type Parsed, type SettingValue } from './setting-entry.ts';
import type { Settings } from './settings.ts';

export interface SettingKey {
  /** As in `heddle.yaml`. */
  readonly key: string;
  /** What people read, at most 40 characters. */
  readonly title: string;
  readonly help: string;
  readonly entry: Entry;
  /** What an empty value is called; where absent `none`, and `nobody` in the field of a list. */
  readonly empty?: string;
  /** Where it may be set in Slack. */
  readonly scopes: readonly ('workspace' | 'channel' | 'thread')[];
  /** `admin`: of the workspace only. `member`: for a thread whoever takes part, for a channel any member. */
  readonly who: 'admin' | 'member';
  /** `now`: also in sessions that run; `next`: from the next session on. */
  readonly when: 'now' | 'next';
  readonly parse: (raw: unknown) => Parsed;
  readonly read: (settings: Settings) => SettingValue;
  readonly write: (settings: Settings, value: SettingValue) => Settings;
}

export const EVERYWHERE = ['workspace', 'channel', 'thread'] as const;
export const PLACES = ['workspace', 'channel'] as const;

type Lens = Pick<SettingKey, 'read' | 'write'>;
type Rest = Omit<SettingKey, 'parse' | 'read' | 'write' | 'scopes' | 'who' | 'when'> &
  Partial<Pick<SettingKey, 'scopes' | 'who' | 'when' | 'parse'>>;

export function define(rest: Rest, lens: Lens): SettingKey {
  return { scopes: EVERYWHERE, who: 'member', when: 'now', parse: parserOf(rest.entry), ...rest, ...lens };
}

/** A value that stands in the settings as it is. */
export function plain(name: keyof Settings): Lens {
  return {
    read: (settings) => settings[name] as SettingValue,
    write: (settings, value) => ({ ...settings, [name]: value }),
  };
}

/** One field of a group of settings. */
export function inside<K extends 'allow' | 'approval' | 'budget' | 'files' | 'trial'>(
  group: K,
  name: keyof Settings[K],
): Lens {
  return {
    read: (settings) => settings[group][name] as SettingValue,
    write: (settings, value) => ({ ...settings, [group]: { ...settings[group], [name]: value } }),
  };
}
