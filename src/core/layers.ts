/**
 * Settings in layers: built-in, `heddle.yaml`, workspace, channel, thread. The nearest wins; instructions add up.
 * A layer is plain JSON by the same keys as in `heddle.yaml`; what it does not say it leaves alone. Pure.
 *
 * L1  A stored layer may be of another version: what cannot be read any more is left out, and never throws.
 * L2  Nothing is read from a layer that may not set it.
 */
import type { SettingValue } from './setting-entry.ts';
import { KEYS, type SettingKey } from './setting-keys.ts';
import { DEFAULT_SETTINGS, type Settings } from './settings.ts';

export const LAYER_NAMES = [
  'built-in',
  'heddle.yaml',
  'environment',
  'workspace',
  'channel',
  'thread',
] as const;
export type LayerName = (typeof LAYER_NAMES)[number];

/** Who sets it in Slack, and for what. */
export type Scope = Extract<LayerName, 'workspace' | 'channel' | 'thread'>;

/** By key. */
export type Layer = Readonly<Record<string, SettingValue>>;

/** A change of a layer: null takes the key away, so that the layer below shows again. */
export type LayerChange = Readonly<Record<string, SettingValue | null>>;

export interface Resolved {
  readonly settings: Settings;
  /** Where each key's value comes from. */
  readonly source: Readonly<Record<string, LayerName>>;
}

/** The layers of one place, from the outermost on. */
export interface Layers {
  /** Built-in, `heddle.yaml` and environment together, and which of the two latter say what. */
  readonly base: Settings;
  readonly said: Readonly<Record<string, LayerName>>;
  readonly workspace: Layer;
  readonly channel: Layer;
  readonly thread: Layer;
}

export const NO_LAYERS: Layers = {
  base: DEFAULT_SETTINGS,
  said: {},
  workspace: {},
  channel: {},
  thread: {},
};

export function resolve(layers: Layers): Resolved {
  let { base: settings } = layers;
  const source: Record<string, LayerName> = {};
  for (const key of KEYS) source[key.key] = layers.said[key.key] ?? 'built-in';
  for (const scope of ['workspace', 'channel', 'thread'] as const) {
    for (const key of KEYS) {
      const value = readable(key, layers[scope], scope);
      if (value === undefined) continue;
      settings = key.write(settings, value);
      source[key.key] = scope;
    }
  }
  return { settings, source };
}

/** A layer's own value of a key; undefined where it has none, or none that can be read (L1, L2). */
export function readable(key: SettingKey, layer: Layer, scope: Scope): SettingValue | undefined {
  const raw = Object.hasOwn(layer, key.key) ? layer[key.key] : undefined;
  if (raw === undefined || !key.scopes.includes(scope)) return undefined;
  const parsed = key.parse(raw);
  return parsed.ok ? parsed.value : undefined;
}

export function keyNamed(name: string): SettingKey | undefined {
  return KEYS.find((key) => key.key === name);
}

export type Checked =
  | { readonly ok: true; readonly change: LayerChange }
  /** By key: what is wrong with it, in words. */
  | { readonly ok: false; readonly errors: Readonly<Record<string, string>> };

/** What somebody wants to set, as they wrote it. An empty text takes the key away. */
export function checkChange(scope: Scope, wanted: Readonly<Record<string, unknown>>): Checked {
  const errors: Record<string, string> = {};
  const change: Record<string, SettingValue | null> = {};
  for (const [name, raw] of Object.entries(wanted)) {
    const key = keyNamed(name);
    if (!key) errors[name] = `There is no setting called “${name}”.`;
    else if (!key.scopes.includes(scope))
      errors[name] = `This cannot be set for a ${scope}; \`/heddle settings\` says where it can.`;
    else if (raw === '' || raw === null) change[name] = null;
    else {
      const parsed = key.parse(raw);
      if (parsed.ok) change[name] = parsed.value;
      else errors[name] = parsed.why;
    }
  }
  return Object.keys(errors).length > 0 ? { ok: false, errors } : { ok: true, change };
}

/** The layer after the change. */
export function changed(layer: Layer, change: LayerChange): Layer {
  const kept = Object.entries({ ...layer, ...change }).filter(
    (entry): entry is [string, SettingValue] => entry[1] !== null,
  );
  return Object.fromEntries(kept);
}

/** What a change really changes: keys whose value is another one than before. */
export function differences(layer: Layer, change: LayerChange): LayerChange {
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  return Object.fromEntries(
    Object.entries(change).filter(([key, value]) => !same(layer[key] ?? null, value)),
  );
}
