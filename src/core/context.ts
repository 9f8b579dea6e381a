/** What a step is given besides state and input: the moment, the settings, chance. Keeps the core pure. */
import type { Today } from './daily.ts';
import type { Settings } from './settings.ts';

export interface StepContext {
  /** Wall clock, Unix milliseconds. */
  readonly now: number;
  readonly settings: Settings;
  /** A fresh random token of 128 bits. */
  readonly token: string;
  /** No call lives longer than this after its intent, ms. */
  readonly settleMs: number;
  /** The process is going: what comes back is folded in, nothing new is begun. */
  readonly draining?: boolean;
  /** Whether this person, or the workspace, has as much at work as is allowed. */
  readonly crowded?: (user: string) => 'person' | 'workspace' | undefined;
  /** What the day's books say of this person and this place; undefined where no day has a limit, or none is known. */
  readonly today?: (user: string) => Today | undefined;
}

/** A message that was sent but starts no run for so long is looked for, ms. */
export const START_PATIENCE_MS = 15_000;
/** A run that brings no event for so long is looked at, ms. */
export const RUN_PATIENCE_MS = 10 * 60_000;
/** What was sent before a stop may start a run for so long after it, ms. */
export const DRAIN_PATIENCE_MS = 10_000;
/** After so long a call that keeps failing is given up and the person is told, ms. */
export const GIVE_UP_MS = 10 * 60_000;
/** A refusal that only an operator can lift is waited out for so long where somebody waits, ms. */
export const REFUSED_MS = 50_000;
/** Who asked is told in a new line when a turn that ran longer than this ends, ms. */
export const LONG_TURN_MS = 60_000;
/** The sandbox lives 30 days from creation; a session is rolled over a day before (platform.claude.com, sessions). */
export const SESSION_AGE_MS = 29 * 24 * 3_600_000;

/** Waits between tries of a failing call, ms: doubling from one second, at most half a minute. */
export function retryDelay(tries: number, retryAfterMs: number | undefined): number {
  return Math.max(retryAfterMs ?? 0, Math.min(30_000, 1_000 * 2 ** Math.min(tries, 5)));
}
