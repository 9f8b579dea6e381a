/** What a form of settings shows of a place: its own layer, what holds there, and the other places to turn to. */
import type { Person, ThreadRef } from '../core/event.ts';
import type { Layer } from '../core/layers.ts';
import { decodeState } from '../core/record.ts';
import type { ThreadState } from '../core/state.ts';
import { mayChange, type TunePlace } from '../core/tune.ts';
import type { StorePort } from '../ports.ts';
import type { SettingsView } from '../render/settings-form.ts';
import type { Tuning } from './tuning.ts';

export interface PlacesDeps {
  readonly store: Pick<StorePort, 'peek' | 'sessionsOf'>;
  readonly tuning: Tuning;
}

/** How many of somebody's threads in a channel are offered, and among how many they are looked for. */
const OFFERED = 5;
const LOOKED_AT = 50;

export function threadOf(team: string, { channel, thread = '' }: TunePlace): ThreadRef {
  return { team, channel, ts: thread };
}

/** A thread's state, where it has or had a session: others have no settings of their own. */
async function stateOf({ store }: PlacesDeps, thread: ThreadRef): Promise<ThreadState | undefined> {
  const state = decodeState(await store.peek(thread));
  return state && (state.phase.is !== 'none' || state.gen > 0) ? state : undefined;
}

/** A place's own layer; undefined where there is no such thread. */
export async function layerOf(deps: PlacesDeps, team: string, place: TunePlace): Promise<Layer | undefined> {
  const { scope, channel } = place;
  if (scope !== 'thread') return deps.tuning.stored(team, scope === 'channel' ? channel : undefined).layer;
  const state = await stateOf(deps, threadOf(team, place));
  return state && (state.overrides ?? {});
}

/** Undefined where there is no such thread. */
export async function viewOf(
  deps: PlacesDeps,
  team: string,
  place: TunePlace,
  person: Person,
): Promise<SettingsView | undefined> {
  const { scope, channel } = place;
  const [layer, threads] = await Promise.all([
    layerOf(deps, team, place),
    threadsOf(deps, team, place, person.user),
  ]);
  if (!layer) return undefined;
  const around = { team, channel: scope === 'workspace' ? '' : channel };
  return {
    ...place,
    threads,
    layer,
    resolved: deps.tuning.at(around, scope === 'thread' ? layer : {}),
    mayChange: (key) => mayChange(person, scope, key),
  };
}

/** The thread from which somebody came, and the newest of their own in this channel. */
async function threadsOf(
  deps: PlacesDeps,
  team: string,
  { channel, thread }: TunePlace,
  user: string,
): Promise<Readonly<Record<string, string>>> {
  const notes = await deps.store.sessionsOf(team, user, LOOKED_AT);
  const own = notes.filter((note) => note.thread.channel === channel).slice(0, OFFERED);
  const all = [...new Set([...(thread === undefined ? [] : [thread]), ...own.map((note) => note.thread.ts)])];
  // A thread that cannot be read is only not offered.
  const states = await Promise.all(
    all.map((ts) => stateOf(deps, { team, channel, ts }).catch(() => undefined)),
  );
  return Object.fromEntries(
    all.flatMap((ts, at) => (states[at] ? [[ts, states[at].title ?? ''] as const] : [])),
  );
}
