/** Settings and audit of each workspace in memory. */
import {
  UNSET,
  type AuditNote,
  type AuditStore,
  type SettingsStore,
  type StoredLayer,
  type TeamSettings,
} from '../../ports-settings.ts';
import { AUDIT_MS } from './limits.ts';

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

export function memoryAudit(now: () => number): AuditStore {
  const teams = new Map<string, readonly AuditNote[]>();
  let last = 0;
  return {
    async note(team, nonce, entry) {
      const at = now();
      const id = `${at}-${String((last += 1)).padStart(16, '0')}`;
      const kept = (teams.get(team) ?? []).filter((note) => note.at >= at - AUDIT_MS);
      teams.set(team, [...kept, { id, at, nonce, entry: structuredClone(entry) }]);
    },
    async entries(team, from, limit) {
      const notes = teams.get(team) ?? [];
      const begins =
        typeof from === 'number'
          ? notes.findIndex((note) => note.at >= from)
          : notes.findIndex((note) => note.id > from);
      return begins === -1 ? [] : notes.slice(begins, begins + limit);
    },
  };
}
