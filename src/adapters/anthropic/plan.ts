/**
 * What `heddle setup` would do: `heddle.yaml` compared with `heddle.lock.json` and with what stands at the
 * service. Reads only.
 *
 * P1  A second run after a first one finds nothing to do.
 * P2  What was created just before a crash is found again and pinned, not created twice.
 * P3  Nothing is taken over that Heddle did not make from exactly this definition.
 */
import type { HeddleLock } from '../../config-file.ts';
import type { Resource, Shelf, Wanted } from './provision.ts';
import { OWN_METADATA_PAIRS } from './provision.ts';
import { changedLines } from './changed-lines.ts';

/** An entry of the lock file; environments have no version. */
export interface Pin {
  readonly id: string;
  readonly version?: number;
  readonly hash: string;
}

export type Step<D> = { readonly wanted: Wanted<D> } & (
  | { readonly does: 'nothing'; readonly pin: Pin; readonly note?: string }
  /** It stands there as wanted; only the lock file does not say so. */
  | { readonly does: 'pin'; readonly found: Resource; readonly note: string }
  | { readonly does: 'create'; readonly note?: string }
  | {
      readonly does: 'update';
      readonly found: Resource;
      /** Lines that begin with `- ` or `+ `. */
      readonly changes: readonly string[];
      readonly note?: string;
    }
  /** Cannot be done; `note` says why, and the cure. */
  | { readonly does: 'stuck'; readonly note: string }
);

export async function planShelf<D>(
  shelf: Shelf<D>,
  wanted: readonly Wanted<D>[],
  lock: HeddleLock,
): Promise<readonly Step<D>[]> {
  const pins: Readonly<Record<string, Pin>> = shelf.kind === 'agent' ? lock.agents : lock.environments;
  let listed: Promise<readonly Resource[]> | undefined;
  const list = (): Promise<readonly Resource[]> => (listed ??= shelf.list());
  const steps: Step<D>[] = [];
  for (const entry of wanted) steps.push(await planOne(shelf, entry, pins[entry.name], list));
  return steps;
}

async function planOne<D>(
  shelf: Shelf<D>,
  wanted: Wanted<D>,
  pin: Pin | undefined,
  list: () => Promise<readonly Resource[]>,
): Promise<Step<D>> {
  const own = Object.keys((wanted.definition as { metadata?: object }).metadata ?? {});
  if (own.length > OWN_METADATA_PAIRS) {
    return {
      wanted,
      does: 'stuck',
      note: `has more than ${OWN_METADATA_PAIRS} metadata entries; remove some`,
    };
  }
  const found = pin && (await shelf.read(pin.id));
  if (pin && found && !found.archived) return planKnown(shelf, wanted, pin, found);
  const lost = pin && `${pin.id} ${found ? 'is archived' : 'does not exist any more'}`;
  return planUnknown(shelf, wanted, lost, await list());
}

/** The lock file names it and it stands there. */
function planKnown<D>(shelf: Shelf<D>, wanted: Wanted<D>, pin: Pin, found: Resource): Step<D> {
  const sameVersion = found.version === pin.version;
  if (pin.hash === wanted.hash) {
    if (shelf.kind === 'environment') return planEnvironmentDrift(shelf, wanted, pin, found);
    if (sameVersion) return { wanted, does: 'nothing', pin };
    const note = `version ${found.version} was made elsewhere; version ${pin.version} stays pinned`;
    return { wanted, does: 'nothing', pin, note };
  }
  if (found.heddleHash === wanted.hash && found.heddleName === wanted.name) {
    return { wanted, does: 'pin', found, note: 'updated by an earlier run that did not finish' };
  }
  return {
    wanted,
    does: 'update',
    found,
    changes: changedLines(found.fields, shelf.fieldsOf(wanted.definition)),
    ...(sameVersion
      ? {}
      : { note: `it was changed elsewhere since version ${pin.version}; those changes are replaced` }),
  };
}

/** Environments have no versions: who changed one elsewhere has changed what sessions get. */
function planEnvironmentDrift<D>(shelf: Shelf<D>, wanted: Wanted<D>, pin: Pin, found: Resource): Step<D> {
  const described = shelf.fieldsOf(wanted.definition);
  if (changedLines(unordered(found.fields), unordered(described)).length === 0) {
    return { wanted, does: 'nothing', pin };
  }
  const changes = changedLines(found.fields, described);
  return { wanted, does: 'update', found, changes, note: 'it was changed elsewhere; that is undone' };
}

/** Lists of hosts and packages are sets: a service that sorts them or writes hosts small changes nothing (P1). */
function unordered(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, asSet(value)]));
}

function asSet(value: unknown): unknown {
  if (Array.isArray(value)) return [...new Set(value.map((entry) => String(entry).toLowerCase()))].sort();
  if (typeof value === 'object' && value !== null)
    return unordered(value as Readonly<Record<string, unknown>>);
  return value;
}

/** The lock file does not name it, or what it names is lost. */
function planUnknown<D>(
  shelf: Shelf<D>,
  wanted: Wanted<D>,
  lost: string | undefined,
  all: readonly Resource[],
): Step<D> {
  const made = all.find(
    ({ heddleName, heddleHash }) => heddleName === wanted.name && heddleHash === wanted.hash,
  );
  if (made) {
    return { wanted, does: 'pin', found: made, note: 'created by an earlier run that did not finish' };
  }
  const called = String(shelf.fieldsOf(wanted.definition)['name']);
  const taken = all.find(({ name }) => name === called);
  if (shelf.kind === 'environment' && taken) {
    const pinIt = `put { "id": "${taken.id}", "hash": "" } under environments.${wanted.name} in heddle.lock.json`;
    return {
      wanted,
      does: 'stuck',
      note: `another environment is called "${called}" (${taken.id}); give this one another name, or ${pinIt} to take that one over`,
    };
  }
  return { wanted, does: 'create', ...(lost ? { note: lost } : {}) };
}
