/** Many cases, several at a time: most of their time they wait for leases to lapse. */
import type { Checkout } from '../../crash/support/checkout.ts';
import { SHORT } from '../../support/whole.ts';
import type { Case, Reach } from './cases.ts';
import { runCase, type Played, type Result } from './run-case.ts';
import { SCENARIOS } from './scenarios.ts';
import type { Scenario } from './stage.ts';

export interface Tried<T extends Played> {
  readonly one: T;
  readonly result: Result & {
    /** How often it failed on a machine that stood still, and was played again. */
    readonly voided: number;
  };
}

export interface Told<T extends Played> {
  /** Hears of each as it ends. */
  readonly told?: (tried: Tried<T>) => void;
  /** None is begun after so many milliseconds. Default: all are. */
  readonly withinMs?: number;
}

/** Runs them all, in their order. */
export async function runMany<T extends Played>(
  checkout: Checkout,
  cases: readonly T[],
  atOnce: number,
  { told = () => undefined, withinMs = Infinity }: Told<T> = {},
): Promise<readonly Tried<T>[]> {
  const until = performance.now() + withinMs;
  const left = [...cases];
  const done: Tried<T>[] = [];
  const work = async (): Promise<void> => {
    for (let one = left.shift(); one && performance.now() < until; one = left.shift()) {
      const tried = { one, result: await once(checkout, one) };
      done.push(tried);
      told(tried);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return done;
}

/** Where the services stood still for longer, a request can outlive the time after which it counts as dead, ms. */
const STANDSTILL_MS = SHORT.settleMs - SHORT.callMs;
const TRIES = 3;

/**
 * A later hit that this run did not have is replaced by the first one. A case that fails on a machine that stood
 * still proves nothing, and is played again.
 */
async function once(checkout: Checkout, one: Played): Promise<Tried<Played>['result']> {
  let voided = 0;
  for (let played = one; ;) {
    const result = await runCase(checkout, played);
    const isVoid = result.complaints.length > 0 && result.stalled > STANDSTILL_MS;
    if (isVoid && voided < TRIES - 1) voided += 1;
    else if (played.is === 'point' && !result.struck && played.hit !== 1) played = { ...played, hit: 1 };
    else return { ...result, voided };
  }
}

/** What is wrong with this case, if anything. Where its point was not reached, nothing died, and nothing is wrong. */
export function failureOf({ result }: Tried<Case>): readonly string[] {
  return result.complaints;
}

/** Points at which nothing died in any of their cases: not always is one reached as often as in the calm. */
export function unreachedOf(tried: readonly Tried<Case>[]): readonly string[] {
  const points = (some: readonly Tried<Case>[]): ReadonlySet<string> =>
    new Set(some.flatMap(({ one }) => (one.is === 'point' ? [one.point] : [])));
  const struck = points(tried.filter(({ result }) => result.struck));
  return [...points(tried)].filter((point) => !struck.has(point));
}

/** Plays every conversation once undisturbed. @throws where one does not end as it should */
export async function reachOf(checkout: Checkout, atOnce: number): Promise<Reach> {
  const calm = SCENARIOS.map((scenario) => ({ is: 'calm', scenario, replicas: 1 }) as const);
  const played = await runMany(checkout, calm, atOnce);
  const bad = played.filter(({ result }) => result.complaints.length > 0);
  if (bad.length > 0)
    throw new Error(
      bad
        .map(({ one, result }) => `${one.scenario.name}: ${result.complaints.join('; ')}\n${result.story()}`)
        .join('\n'),
    );
  return new Map<Scenario, ReadonlyMap<string, number>>(
    SCENARIOS.flatMap((scenario) =>
      played.filter(({ one }) => one.scenario === scenario).map(({ result }) => [scenario, result.reached]),
    ),
  );
}
