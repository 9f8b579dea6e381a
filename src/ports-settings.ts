/**
 * What was set in Slack, and what is written down of it: part of the store, whose rules in `ports.ts` about errors
 * and keys hold here too.
 */
import type { AuditEntry } from './core/audit.ts';
import type { Said } from './core/feedback.ts';
import type { Layer } from './core/layers.ts';

/** A layer as it stands. */
export interface StoredLayer {
  readonly layer: Layer;
  /** Opaque; another one after each change. `0` where it was never set. */
  readonly version: string;
}

export const UNSET: StoredLayer = Object.freeze({ layer: Object.freeze({}), version: '0' });

/** All that was set for one workspace. */
export interface TeamSettings {
  /** Opaque; another one after each change of any layer. */
  readonly version: string;
  readonly workspace: StoredLayer;
  /** By channel id. */
  readonly channels: Readonly<Record<string, StoredLayer>>;
}

export interface LayerWrite {
  readonly team: string;
  /** Absent: the workspace's own layer. */
  readonly channel?: string;
  /** The version that the change was made from. */
  readonly from: string;
  readonly layer: Layer;
}

export type LayerWritten =
  | { readonly outcome: 'ok'; readonly version: string }
  /** Somebody changed it meanwhile: nothing was written, and this is how it stands. */
  | { readonly outcome: 'stale'; readonly now: StoredLayer };

/** Settings are kept until they are changed. */
export interface SettingsStore {
  /** All layers of a workspace; undefined where nothing has changed since `known`. */
  layers(team: string, known?: string): Promise<TeamSettings | undefined>;
  /** One layer, where nobody has changed it since. */
  change(write: LayerWrite): Promise<LayerWritten>;
}

/** An entry as it was written down. */
export interface AuditNote {
  /** Opaque. Two notes may have the same one. */
  readonly id: string;
  /** Store time, Unix milliseconds. */
  readonly at: number;
  /** The same in two notes where one was written twice, because the first answer was lost. */
  readonly nonce: string;
  readonly entry: AuditEntry;
}

/** Kept for a year, as long as they are not too many. */
export interface AuditStore {
  /** What is not done in a thread: those entries are written with the thread's commit. */
  note(team: string, nonce: string, entry: AuditEntry): Promise<void>;
  /**
   * Oldest first, from a time on (Unix milliseconds): the notes of all threads of a workspace, and those of none.
   * Rejects where a part of them cannot be read: what is left out would not be seen.
   */
  entries(team: string, from: number): AsyncIterable<AuditNote>;
  /** What somebody wrote about an answer. */
  say(team: string, nonce: string, said: Said): Promise<void>;
  /** Oldest first, from a time on; twice where it was written twice. */
  said(team: string, from: number): AsyncIterable<SaidNote>;
}

/** What somebody wrote about an answer, and when (store time, Unix milliseconds). */
export interface SaidNote {
  readonly at: number;
  readonly nonce: string;
  readonly said: Said;
}
