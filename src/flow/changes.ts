/** What changed between two states, for the timers in the store and for the metrics. */
import type { TimerName } from '../core/event.ts';
import type { ThreadState } from '../core/state.ts';
import type { End } from '../core/turn.ts';
import type { Meter } from '../ports.ts';

type Timers = Readonly<Partial<Record<TimerName, number>>>;

export interface TimerChanges {
  /** To set (due, wall clock ms) or to clear (null). */
  readonly changes: Readonly<Partial<Record<TimerName, number | null>>>;
  readonly armed: Timers;
  /** They cannot wait for the next commit. A watch that only moved on can. */
  readonly pressing: boolean;
}

/** Each by name, so that none can be left out: one that is not here is never set. */
const ALL: Readonly<Record<TimerName, true>> = {
  idle: true,
  doubt: true,
  retry: true,
  watch: true,
  outputs: true,
  expire: true,
};
const NAMES = Object.keys(ALL) as readonly TimerName[];

export function timerChanges(state: Pick<ThreadState, 'armed'>, wanted: Timers): TimerChanges {
  const changes: Partial<Record<TimerName, number | null>> = {};
  let pressing = false;
  for (const name of NAMES) {
    const [armed, due] = [state.armed[name], wanted[name]];
    if (armed === due) continue;
    changes[name] = due ?? null;
    const later = name === 'watch' && armed !== undefined;
    pressing ||= due !== undefined && !later;
  }
  return { changes, armed: { ...wanted }, pressing };
}

/** A timer of a held thread is in its inbox a second or two after it is due; later than this, ms, the store has lost it. */
const OVERDUE_MS = 15_000;

/** Whether a timer that was set has not come: the store may have forgotten it (a failover). It is set again then. */
export function isOverdue({ armed }: Pick<ThreadState, 'armed'>, now: number): boolean {
  return NAMES.some((name) => now - (armed[name] ?? now) > OVERDUE_MS);
}

type Outcome = Parameters<Meter['turn']>[1];

const OUTCOMES: Readonly<Record<End['is'], Outcome>> = {
  answered: 'answered',
  silent: 'silent',
  stopped: 'stopped',
  interrupted: 'stopped',
  withdrawn: 'stopped',
  refused: 'refused',
  failed: 'failed',
  budget: 'budget',
  lost: 'lost',
  unreachable: 'failed',
};

/** Turns that ended in between. */
export function turnEnds(
  before: ThreadState,
  after: ThreadState,
  now: number,
): readonly { readonly seconds: number; readonly outcome: Outcome }[] {
  return after.turns.flatMap((turn) => {
    const known = before.turns.find((other) => other.no === turn.no);
    if (!turn.end || known?.end) return [];
    return [{ seconds: Math.max(0, now - turn.startedAt) / 1000, outcome: OUTCOMES[turn.end.is] }];
  });
}
