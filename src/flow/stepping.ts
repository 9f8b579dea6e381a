/** One step of the thread's actor. An input that throws is a bug, and must not stop the thread (I2). */
import type { AuditEntry } from '../core/audit.ts';
import { audited } from '../core/audited.ts';
import { step, type ActorInput } from '../core/session.ts';
import type { Settings } from '../core/settings.ts';
import type { Effect, ThreadState } from '../core/state.ts';
import { sha256 } from '../lib/hash.ts';
import type { Clock, Log, Random } from '../ports.ts';
import type { Spending } from './spending.ts';

export interface SteppingDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Settings;
  readonly settleMs: number;
  /** Whether this person, or the workspace, has as much at work as is allowed. */
  readonly crowded: (team: string, user: string) => 'person' | 'workspace' | undefined;
  /** What was spent today; absent where nobody asks. */
  readonly spending?: Spending;
}

export interface Stepped {
  readonly state: ThreadState;
  readonly effects: readonly Effect[];
  /** What is written down of it, with the state. */
  readonly trail: readonly AuditEntry[];
  /** The input was left out; its author is told. */
  readonly threw: boolean;
}

export function stepOnce(
  deps: SteppingDeps,
  log: Log,
  state: ThreadState,
  input: ActorInput,
  draining: boolean,
): Stepped {
  const { clock, random, settings, settleMs, crowded, spending } = deps;
  try {
    const next = step(state, input, {
      now: clock.now(),
      settings,
      settleMs,
      token: random.token(),
      draining,
      crowded: (user) => crowded(state.thread.team, user),
      today: (user) => spending?.today(state.thread, user, settings),
    });
    return { ...next, trail: audited(state, input, next, sha256), threw: false };
  } catch (error) {
    log.error({ err: error, input: 'kind' in input ? input.kind : input.input.kind }, 'input left out');
    return { state, effects: told(input), trail: [], threw: true };
  }
}

function told(input: ActorInput): readonly Effect[] {
  const user = 'input' in input && 'user' in input.input ? input.input.user : undefined;
  return user === undefined ? [] : [{ do: 'tell', user, tell: { is: 'left-out' } }];
}
