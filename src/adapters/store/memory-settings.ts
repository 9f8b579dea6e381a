/** Settings and audit of each workspace in memory. */
import type { AuditEntry } from '../../core/audit.ts';
import type { Said } from '../../core/feedback.ts';
import {
  UNSET,
  type AuditNote,
  type AuditStore,
  type SaidNote,
  type SettingsStore,
  type StoredLayer,
  type TeamSettings,
} from '../../ports-settings.ts';
import { AUDIT_CAP, AUDIT_MS } from './limits.ts';

const NONE: TeamSettings = { version: '0', workspace: UNSET, channels: {} };

export function memorySettings(): SettingsStore {
  const teams = new Map<string, TeamSettings>();
  let last = 0;
  return {
    async layers(team, known) {
      const settings = teams.get(team) ?? NONE;
      return settings.version === known ? undefined : settings;
    },
    async change({ team, channel, from, layer }) {
      const settings = teams.get(team) ?? NONE;
      const { workspace, channels } = settings;
      const now = channel === undefined ? workspace : (channels[channel] ?? UNSET);
      if (now.version !== from) return { outcome: 'stale', now };
      const version = String((last += 1));
      const stored: StoredLayer = { layer: structuredClone(layer), version };
      teams.set(
        team,
        channel === undefined
          ? { version, workspace: stored, channels }
          : { version, workspace, channels: { ...channels, [channel]: stored } },
      );
      return { outcome: 'ok', version };
    },
  };
}

/** What was done, of each workspace. */
export class MemoryTrail {
  readonly #now: () => number;
  readonly #teams = new Map<string, AuditNote[]>();
  readonly #said = new Map<string, readonly SaidNote[]>();
  #last = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(team: string, nonce: string, entry: AuditEntry): void {
    const at = this.#now();
    const notes = this.#teams.get(team) ?? [];
    this.#teams.set(team, notes);
    notes.push({ id: String((this.#last += 1)), at, nonce, entry: structuredClone(entry) });
    const fresh = notes.findIndex((note) => note.at >= at - AUDIT_MS);
    notes.splice(0, Math.max(fresh, notes.length - AUDIT_CAP));
  }

  say(team: string, nonce: string, said: Said): void {
    const notes = this.#said.get(team) ?? [];
    this.#said.set(team, [...notes, { at: this.#now(), nonce, said: structuredClone(said) }]);
  }

  said(team: string, from: number): readonly SaidNote[] {
    return (this.#said.get(team) ?? []).filter(({ at }) => at >= from);
  }

  since(team: string, from: number): readonly AuditNote[] {
    return (this.#teams.get(team) ?? []).filter(({ at }) => at >= from);
  }
}

export function memoryAudit(trail: MemoryTrail): AuditStore {
  return {
    note: async (team, nonce, entry) => trail.add(team, nonce, entry),
    async *entries(team, from) {
      yield* trail.since(team, from);
    },
    say: async (team, nonce, said) => trail.say(team, nonce, said),
    async *said(team, from) {
      yield* trail.said(team, from);
    },
  };
}
