/**
 * What is written down of who did what, for whoever has to answer for it. Never a message's words: an entry names
 * people, places, tools, keys and amounts.
 */
import type { Role } from './event.ts';
import type { Scope } from './layers.ts';
import type { SettingValue } from './setting-entry.ts';

/** What happened, by `what`. Amounts are US dollars. */
export type AuditFact =
  /** Somebody's words began a turn. */
  | { readonly what: 'asked'; readonly ts: string }
  | {
      readonly what: 'approved' | 'denied' | 'answered' | 'expired';
      readonly toolUseId: string;
      readonly tool: string;
      /** Fingerprint of the input as the agent wrote it. */
      readonly inputHash: string;
      /** Allowed for the thread, from now on or before. */
      readonly always?: true;
    }
  | { readonly what: 'stopped' | 'closed' }
  /** Somebody was not let. */
  | { readonly what: 'refused'; readonly of: string }
  | {
      readonly what: 'changed';
      readonly scope: Scope;
      readonly key: string;
      /** Null where the layer did not say. */
      readonly from: SettingValue | null;
      readonly to: SettingValue | null;
    }
  | { readonly what: 'spent'; readonly usd: number; readonly session: string }
  | { readonly what: 'raised'; readonly usd: number; readonly session: string };

export type AuditEntry = AuditFact & {
  /** User id; empty where nobody did it. */
  readonly by: string;
  readonly role?: Role;
  /** Absent where it holds for the whole workspace. */
  readonly channel?: string;
  /** `ts` of the thread's root. */
  readonly thread?: string;
};
