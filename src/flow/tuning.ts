/**
 * The settings of each place, as they stand: what holds for the whole process, with what was set in Slack for the
 * workspace, the channel and the thread laid over it.
 *
 * T1  Nothing is decided by settings of a workspace that were never read: who asks first waits for them.
 * T2  Later reads wait for nobody: what is a few seconds old is used, and read again beside. What this process
 *     changes itself holds at once.
 * T3  A layer that was read is never changed, only replaced: what was made of some layers is made of them once.
 */
import { resolve, type Layer, type Layers, type Resolved } from '../core/layers.ts';
import type { ThreadRef } from '../core/event.ts';
import type { Settings } from '../core/settings.ts';
import type { Clock, Log, StorePort } from '../ports.ts';
import {
  UNSET,
  type LayerWrite,
  type LayerWritten,
  type StoredLayer,
  type TeamSettings,
} from '../ports-settings.ts';

export type Place = Pick<ThreadRef, 'team' | 'channel'>;

export interface TuningDeps {
  readonly store: Pick<StorePort, 'settings'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
  /** What holds where nothing is set in Slack, and which of it `heddle.yaml` or the environment say. */
  readonly settings: Settings;
  readonly said: Layers['said'];
}

export interface Tuning {
  /** Resolves when the workspace's settings are known: at once, but for the first time. Rejects with `PortError`. */
  ready(team: string): Promise<void>;
  /** What holds there, for a thread with these settings of its own. */
  at(place: Place, thread?: Layer): Resolved;
  /** A stored layer as it is known here: the channel's, or without one the workspace's. */
  stored(team: string, channel?: string): StoredLayer;
  /** Reads anew. Rejects with `PortError`. */
  refresh(team: string): Promise<void>;
  change(write: LayerWrite): Promise<LayerWritten>;
}

interface Known {
  settings?: TeamSettings;
  /** When what is known was asked for, monotonic ms. */
  at: number;
  asking?: Promise<void>;
  /** How often this process has changed something: what was read before that is old. */
  changes: number;
}

/** So long a read holds, ms: other processes' changes are seen after that. */
const FRESH_MS = 5_000;
/** A read that failed is repeated so much later, ms. */
const AGAIN_MS = 1_000;

export function createTuning({ store, clock, log, settings: base, said }: TuningDeps): Tuning {
  const teams = new Map<string, Known>();
  const resolved = resolver(base, said);

  function known(team: string): Known {
    const found = teams.get(team) ?? { at: 0, changes: 0 };
    teams.set(team, found);
    return found;
  }

  async function read(team: string, into: Known): Promise<void> {
    const [at, changes] = [clock.monotonic(), into.changes];
    const fresh = await store.settings.layers(team, into.settings?.version);
    if (into.changes !== changes) return;
    into.at = at;
    if (fresh) into.settings = fresh;
  }

  function ask(team: string, into: Known): Promise<void> {
    into.asking ??= read(team, into).finally(() => delete into.asking);
    return into.asking;
  }

  /** Reads again beside what is going on, where it is time. */
  function keepFresh(team: string, into: Known): void {
    if (into.asking || clock.monotonic() - into.at < FRESH_MS) return;
    ask(team, into).catch((error: unknown) => {
      into.at = clock.monotonic() - FRESH_MS + AGAIN_MS;
      log.info({ err: error }, 'settings could not be read again; the last known ones hold');
    });
  }

  /** The team's settings as far as they are known; kept fresh by being asked for. */
  function current(team: string): TeamSettings | undefined {
    const found = known(team);
    if (found.settings) keepFresh(team, found);
    return found.settings;
  }

  async function refresh(team: string): Promise<void> {
    const found = known(team);
    await found.asking?.catch(() => undefined);
    await ask(team, found);
  }

  return {
    async ready(team) {
      const found = known(team);
      while (!found.settings) await ask(team, found);
      keepFresh(team, found);
    },
    at({ team, channel }, thread = NONE) {
      const settings = current(team);
      const workspace = settings?.workspace.layer ?? NONE;
      return resolved(workspace, settings?.channels[channel]?.layer ?? NONE, thread);
    },
    stored(team, channel) {
      const settings = known(team).settings;
      return (channel === undefined ? settings?.workspace : settings?.channels[channel]) ?? UNSET;
    },
    refresh,
    async change(write) {
      const found = known(write.team);
      try {
        return await store.settings.change(write);
      } finally {
        // Also where the answer was lost: it may have been changed.
        found.changes += 1;
        found.at = 0;
        await refresh(write.team).catch((error: unknown) => {
          log.warn({ err: error }, 'settings could not be read after a change');
        });
      }
    },
  };
}

const NONE: Layer = Object.freeze({});

/** Each step and each look at what to write asks what holds, and the layers hardly ever change (T3). */
function resolver(
  base: Settings,
  said: Layers['said'],
): (workspace: Layer, channel: Layer, thread: Layer) => Resolved {
  const known = new WeakMap<Layer, WeakMap<Layer, WeakMap<Layer, Resolved>>>();
  return (workspace, channel, thread) => {
    const byThread = below(below(known, workspace), channel);
    const found = byThread.get(thread) ?? resolve({ base, said, workspace, channel, thread });
    byThread.set(thread, found);
    return found;
  };
}

function below<V extends object>(known: WeakMap<Layer, WeakMap<Layer, V>>, layer: Layer): WeakMap<Layer, V> {
  const found = known.get(layer) ?? new WeakMap<Layer, V>();
  known.set(layer, found);
  return found;
}

/** The same, with `settings` as they are for this thread whenever they are asked for. */
export function tuned<D extends { readonly settings: Settings; readonly tuning?: Tuning }>(
  deps: D,
  place: Place,
  thread: () => Layer | undefined,
): D {
  const { tuning } = deps;
  if (!tuning) return deps;
  const get = (): Settings => tuning.at(place, thread()).settings;
  return Object.defineProperty({ ...deps }, 'settings', { get, enumerable: true });
}

/** What holds in a place outside its threads. Rejects with `PortError` where that was never read. */
export async function settingsAt(
  { settings, tuning }: { readonly settings: Settings; readonly tuning?: Tuning },
  place: Place,
): Promise<Settings> {
  if (!tuning) return settings;
  await tuning.ready(place.team);
  return tuning.at(place).settings;
}
