/** Changing settings: who may, and what a form that was filled in means. Pure. */
import type { FieldValue } from './event-forms.ts';
import type { Person } from './event.ts';
import { readable, type Layer, type Scope } from './layers.ts';
import { valueText } from './setting-entry.ts';
import { KEYS, type SettingKey } from './setting-keys.ts';

/** Where a form changes settings. */
export type TuneScope = Exclude<Scope, 'thread'>;

/** Admins and owners all; members what is not kept for them, in a channel. Anybody else, and who is unknown, nothing. */
export function mayChange(person: Person | undefined, scope: TuneScope, key: SettingKey): boolean {
  if (!key.scopes.includes(scope)) return false;
  if (person?.role === 'admin') return true;
  return person?.role === 'member' && scope === 'channel' && key.who === 'member';
}

export function keysOf(scope: Scope): readonly SettingKey[] {
  return KEYS.filter(({ scopes }) => scopes.includes(scope));
}

/** What stands for a field that says nothing: the layer below holds. */
export const NOT_SET = '_';

/** A layer's own value as a field shows it; empty where the layer does not say. */
export function ownText(key: SettingKey, layer: Layer, scope: Scope): string {
  const value = readable(key, layer, scope);
  if (value === undefined) return '';
  return Array.isArray(value) && value.length === 0 ? 'nobody' : valueText(key.entry, value);
}

/** What somebody entered in a field. */
export function enteredText(entered: FieldValue | undefined): string {
  const text = typeof entered === 'string' ? entered : (entered ?? []).join(', ');
  return text === NOT_SET ? '' : text.trim();
}

/** What a form carries until it comes back: where it counts, and what its fields showed, as short fingerprints. */
export interface TuneData {
  readonly scope: TuneScope;
  readonly channel: string;
  readonly shown: Readonly<Record<string, string>>;
}

/** FNV-1a, 32 bits, in base 36: enough to see that a field is another one than it was. */
export function shortPrint(text: string): string {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1)
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value.toString(36);
}

export function dataFor(scope: TuneScope, channel: string, layer: Layer): TuneData {
  const shown = keysOf(scope).map((key) => [key.key, shortPrint(ownText(key, layer, scope))] as const);
  return { scope, channel, shown: Object.fromEntries(shown) };
}

/** Undefined where it is none of ours. */
export function readTuneData(text: string): TuneData | undefined {
  try {
    const data = JSON.parse(text) as Partial<TuneData> | null;
    const isPlace = typeof data?.channel === 'string' && /^[CDG][A-Z0-9]{1,20}$/.test(data.channel);
    if (!isPlace || typeof data.shown !== 'object') return undefined;
    return data.scope === 'channel' || data.scope === 'workspace' ? (data as TuneData) : undefined;
  } catch {
    return undefined;
  }
}

/** Fields that this person changed, by key: what they entered. Fields that the form did not have are not theirs. */
export function enteredIn(
  { shown }: TuneData,
  values: Readonly<Record<string, FieldValue>>,
  mayEnter: (key: SettingKey) => boolean,
): Readonly<Record<string, string>> {
  const entered = KEYS.filter((key) => Object.hasOwn(shown, key.key) && mayEnter(key)).map(
    ({ key }) => [key, enteredText(values[key])] as const,
  );
  return Object.fromEntries(entered.filter(([key, text]) => shortPrint(text) !== shown[key]));
}

/** Keys whose value in the layer is not the one that the form showed. */
export function changedSince({ scope, shown }: TuneData, layer: Layer): readonly SettingKey[] {
  return keysOf(scope).filter(
    (key) => Object.hasOwn(shown, key.key) && shortPrint(ownText(key, layer, scope)) !== shown[key.key],
  );
}
