/**
 * What is written down of who did what, for whoever has to answer for it. Never a message's words: an entry names
 * people, places, tools, keys and amounts.
 */
import type { Role } from './event.ts';
import type { DayScope } from './daily.ts';
import type { Scope } from './layers.ts';
import type { SettingValue } from './setting-entry.ts';
import type { Previous } from './state.ts';

/** What happened, by `what`. Amounts are US dollars. */
export type AuditFact =
  /** Somebody's words are on their way to the agent: they began a turn, or went into one that ran. */
  | { readonly what: 'asked'; readonly ts: string; readonly into?: true }
  | {
      /**
       * One of `approved`, `denied`, `answered` and `expired` for each card that somebody or nobody answered; before it
       * `voted`, where two must approve and one has. `denied` by nobody: nobody may approve there.
       */
      readonly what: 'approved' | 'denied' | 'answered' | 'expired' | 'voted';
      readonly toolUseId: string;
      /** With its server in front where it has one. */
      readonly tool: string;
      /** SHA-256 of the input as the agent wrote it, in hex. */
      readonly inputHash: string;
      /** Allowed for the thread, from now on or before. */
      readonly always?: true;
    }
  | { readonly what: 'stopped' }
  /** By nobody: by its time, its budget, or outside of Slack. */
  | { readonly what: 'closed'; readonly why: Previous['why']; readonly session: string }
  /** What somebody thinks of an answer. */
  | {
      readonly what: 'fed-back';
      readonly verdict: 'up' | 'down';
      /** Of the session and of the turn in its thread. */
      readonly gen: number;
      readonly turn: number;
    }
  /** The thread is somebody else's: its turns count for them. */
  | { readonly what: 'handed'; readonly to: string }
  /** Somebody was not let: `start` a session, `steer` it, `stop`, `approve`, `answer`, `settings`, or a command's name. */
  | { readonly what: 'refused'; readonly of: string; readonly toolUseId?: string }
  | {
      readonly what: 'changed';
      readonly scope: Scope;
      readonly key: string;
      /** Null where the layer did not say. */
      readonly from: SettingValue | null;
      readonly to: SettingValue | null;
    }
  /** What a session cost more than was written down of it before, to whoever had asked. */
  | { readonly what: 'spent'; readonly usd: number; readonly session: string }
  /** By how much a session's budget was raised. */
  | { readonly what: 'raised'; readonly usd: number; readonly session: string }
  /** A day's budget, for that day alone: of a person (`of` is their id), a channel (its id) or the workspace. */
  | {
      readonly what: 'raised';
      readonly usd: number;
      readonly scope: DayScope;
      readonly of: string;
      readonly day: string;
    };

export type AuditEntry = AuditFact & {
  /** User id; empty where nobody did it. */
  readonly by: string;
  readonly role?: Role;
  /** Absent where it holds for the whole workspace. */
  readonly channel?: string;
  /** `ts` of the thread's root. */
  readonly thread?: string;
};
