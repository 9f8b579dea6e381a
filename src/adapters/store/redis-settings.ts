/** Settings and audit of a workspace in Redis. */
import type { AuditEntry } from '../../core/audit.ts';
import type { Said } from '../../core/feedback.ts';
import type { Layer } from '../../core/layers.ts';
import {
  UNSET,
  type AuditNote,
  type AuditStore,
  type SettingsStore,
  type StoredLayer,
} from '../../ports-settings.ts';
import type { Keys } from './keys.ts';
import { inOrder } from './in-order.ts';
import { AUDIT_MS } from './limits.ts';
import type { RedisLink } from './redis-link.ts';

function readCell(cell: string | undefined): StoredLayer {
  if (!cell) return UNSET;
  const bar = cell.indexOf('|');
  return { version: cell.slice(0, bar), layer: JSON.parse(cell.slice(bar + 1)) as Layer };
}

export function redisSettings(redis: RedisLink, keys: Keys): SettingsStore {
  return {
    async layers(team, known = '') {
      const answer = await redis.script('settings', keys.settings(team), [known]);
      const [version, ...cells] = answer as readonly string[];
      if (version === undefined) return undefined;
      const places = new Map<string, StoredLayer>();
      for (let i = 0; i + 1 < cells.length; i += 2) places.set(cells[i] ?? '', readCell(cells[i + 1]));
      const workspace = places.get('') ?? UNSET;
      places.delete('');
      return { version, workspace, channels: Object.fromEntries(places) };
    },
    async change({ team, channel = '', from, layer }) {
      const args = [channel, from, JSON.stringify(layer)];
      const answer = await redis.script('tune', keys.settings(team), args);
      const [outcome, text] = answer as readonly ['ok' | 'stale', string];
      return outcome === 'ok' ? { outcome, version: text } : { outcome, now: readCell(text) };
    },
  };
}

export function redisAudit(redis: RedisLink, keys: Keys): AuditStore {
  const words = (team: string): string => `${keys.audit(team)}:said`;
  return {
    async note(team, nonce, entry) {
      await redis.script('audit', keys.audit(team), [nonce, JSON.stringify(entry), AUDIT_MS]);
    },
    entries: (team, from) =>
      inOrder(
        keys.trails(team).map((name) => async (after) => {
          const start = after === undefined ? String(Math.max(0, Math.ceil(from))) : `(${after.id}`;
          const page = await redis.run(name, (client) => client.xrange(name, start, '+', 'COUNT', PAGE));
          return page.map(readNote);
        }),
      ),
    async say(team, nonce, said) {
      await redis.script('audit', words(team), [nonce, JSON.stringify(said), AUDIT_MS]);
    },
    async *said(team, from) {
      const name = `${words(team)}:e`;
      let start = String(Math.max(0, Math.ceil(from)));
      for (;;) {
        const page = await redis.run(name, (client) => client.xrange(name, start, '+', 'COUNT', PAGE));
        for (const [id, [, nonce = '', , json = '']] of page) {
          yield { at: Number(id.split('-')[0]), nonce, said: JSON.parse(json) as Said };
          start = `(${id}`;
        }
        if (page.length < PAGE) return;
      }
    },
  };
}

/** So many notes of one stream are read at once. */
const PAGE = 200;

function readNote([id, fields]: [id: string, fields: string[]]): AuditNote {
  const [, nonce = '', , json = ''] = fields;
  return { id, at: Number(id.split('-')[0]), nonce, entry: JSON.parse(json) as AuditEntry };
}
