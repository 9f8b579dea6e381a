/** Changing settings: who may, and what a form that was filled in means. Pure. */
import type { FieldValue } from './event-forms.ts';
import type { Person } from './event.ts';
import { fnv1a } from './fnv.ts';
import { readable, type Layer, type LayerChange, type Scope } from './layers.ts';
import { valueText } from './setting-entry.ts';
import { KEYS, type SettingKey } from './setting-keys.ts';

/** What a form changes settings of. A channel's own thread carries its `ts`; the workspace the channel it was asked in. */
export interface TunePlace {
  readonly scope: Scope;
  readonly channel: string;
  /** `ts` of the thread's root; also of one that may be turned back to. */
  readonly thread?: string;
}

/**
 * Admins and owners all; members what is not kept for them, in a channel and its threads. Anybody else, and who is
 * unknown, nothing.
 */
export function mayChange(person: Person | undefined, scope: Scope, key: SettingKey): boolean {
  if (!key.scopes.includes(scope)) return false;
  if (person?.role === 'admin') return true;
  return person?.role === 'member' && scope !== 'workspace' && key.who === 'member';
}

/** An agent by its id, with or without a version, whether `heddle.yaml` has it or not. */
export const AGENT_ID = /^agent_[\w-]+(@\d+)?$/;

/**
 * Values that are an admin's to set where the key is not: which agents there are to choose from is decided in
 * `heddle.yaml`, and an id would reach every other one of the organization, with its tools.
 */
export function keptValues(
  person: Person | undefined,
  change: LayerChange,
): Readonly<Record<string, string>> {
  const { agent } = change;
  if (person?.role === 'admin' || typeof agent !== 'string' || !AGENT_ID.test(agent)) return {};
  return { agent: 'Only an admin of this workspace sets an agent by its id. `/heddle agents` lists names.' };
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
  return Array.isArray(value) && value.length === 0 ? (key.empty ?? 'nobody') : valueText(key.entry, value);
}

/** What somebody entered in a field. */
export function enteredText(entered: FieldValue | undefined): string {
  const text = typeof entered === 'string' ? entered : (entered ?? []).join(', ');
  return text === NOT_SET ? '' : text.trim();
}

/** What a form carries until it comes back: where it counts, and what its fields showed, as short fingerprints. */
export interface TuneData extends TunePlace {
  readonly shown: Readonly<Record<string, string>>;
}

/** Enough to see that a field is another one than it was. */
export function shortPrint(text: string): string {
  return fnv1a(text).toString(36);
}

export function dataFor({ scope, channel, thread }: TunePlace, layer: Layer): TuneData {
  const shown = keysOf(scope).map((key) => [key.key, shortPrint(ownText(key, layer, scope))] as const);
  const place = thread === undefined ? { scope, channel } : { scope, channel, thread };
  return { ...place, shown: Object.fromEntries(shown) };
}

/** What a button or a menu carries of a place. */
export function placeValue({ scope, channel, thread }: TunePlace): string {
  return [scope, channel, ...(thread === undefined ? [] : [thread])].join('|');
}

/** The inverse of {@link placeValue}; undefined for anything else. */
export function readPlace(value: string): TunePlace | undefined {
  const [, scope, channel, thread] =
    /^(thread|channel|workspace)\|([CDG][A-Z0-9]{1,20})(?:\|(\d{1,20}\.\d{1,10}))?$/.exec(value) ?? [];
  if (scope === undefined || channel === undefined) return undefined;
  if (scope === 'thread' && thread === undefined) return undefined;
  return { scope: scope as Scope, channel, ...(thread === undefined ? {} : { thread }) };
}

/** Undefined where it is none of ours. */
export function readTuneData(text: string): TuneData | undefined {
  try {
    const data = JSON.parse(text) as Partial<TuneData> | null;
    if (typeof data?.scope !== 'string' || typeof data.channel !== 'string') return undefined;
    if (typeof data.shown !== 'object' || data.shown === null) return undefined;
    return readPlace(placeValue(data as TuneData)) && (data as TuneData);
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
export function changedSince(
  { scope, shown }: Pick<TuneData, 'scope' | 'shown'>,
  layer: Layer,
): readonly SettingKey[] {
  return keysOf(scope).filter(
    (key) => Object.hasOwn(shown, key.key) && shortPrint(ownText(key, layer, scope)) !== shown[key.key],
  );
}
