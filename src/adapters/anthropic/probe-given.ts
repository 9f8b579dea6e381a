/** Whether what `heddle.yaml` gives to sessions is there, asked once and for `heddle doctor` only. */
import { sessionGiven } from '../../core/session-of.ts';
import type { Settings } from '../../core/settings.ts';
import type { SystemClock } from '../../lib/time.ts';
import { callsWithin } from './calls.ts';
import type { Choices } from './chosen.ts';
import { createClient, type AnthropicAccess } from './client.ts';
import { missingOf, type Missing } from './given.ts';

export interface GivenProbeOptions {
  readonly anthropic: AnthropicAccess;
  readonly choices: Choices;
  readonly settings: Settings;
  readonly clock: SystemClock;
  readonly timeoutMs: number;
}

/** How many things were looked at, and those that are not there or archived. */
export interface GivenFacts {
  readonly count: number;
  readonly missing: readonly Missing[];
}

export async function probeGiven(options: GivenProbeOptions): Promise<GivenFacts> {
  const { anthropic, choices, settings, clock, timeoutMs } = options;
  const of = sessionGiven(settings, settings.trial.percent > 0);
  const calls = callsWithin({ clock, writeMs: timeoutMs, readMs: timeoutMs });
  return missingOf({ ...choices, client: createClient(anthropic), calls }, of);
}
