/**
 * What may be spent in one day (UTC), for a person, in a channel and in a workspace. Whole US cents throughout: sums
 * of them are exact. Pure.
 */
import type { Settings } from './settings.ts';

export type DayScope = 'person' | 'channel' | 'workspace';

export const DAY_SCOPES: readonly DayScope[] = ['person', 'channel', 'workspace'];

/** By scope, US cents. */
export type ByScope = Readonly<Record<DayScope, number>>;

/** What stands in the books of one day for a person, their channel and workspace. */
export interface Today {
  /** `2026-11-20`, UTC. */
  readonly day: string;
  readonly spent: ByScope;
  /** By how much limits were raised for this day alone. */
  readonly raised: ByScope;
}

/** A limit that is reached. */
export interface Reached {
  readonly scope: DayScope;
  readonly day: string;
  /** With what it was raised by already. */
  readonly limitCents: number;
  readonly spentCents: number;
}

export const NOTHING: ByScope = { person: 0, channel: 0, workspace: 0 };

/** The day in UTC that a moment is in (Unix ms). */
export function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

/** When the day after this one begins, Unix ms. */
export function dayAfter(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) + 86_400_000;
}

export function centsOf(usd: number): number {
  return Math.round(usd * 100);
}

/** The day's limits as they are set; 0 is none. */
export function limitsOf({ budget }: Pick<Settings, 'budget'>): ByScope {
  return {
    person: centsOf(budget.userDailyUsd),
    channel: centsOf(budget.channelDailyUsd),
    workspace: centsOf(budget.workspaceDailyUsd),
  };
}

export function hasLimit(settings: Pick<Settings, 'budget'>): boolean {
  return Object.values(limitsOf(settings)).some((limit) => limit > 0);
}

/** Whether nothing may be begun any more, and why: the widest limit that is reached. */
export function reachedOf(
  settings: Pick<Settings, 'budget'>,
  { day, spent, raised }: Today,
): Reached | undefined {
  const limits = limitsOf(settings);
  const scope = DAY_SCOPES.findLast((each) => limits[each] > 0 && spent[each] >= limits[each] + raised[each]);
  if (scope === undefined) return undefined;
  return { scope, day, limitCents: limits[scope] + raised[scope], spentCents: spent[scope] };
}

/** What the day leaves to spend, US cents; undefined where it has no limit. */
export function leftOf(settings: Pick<Settings, 'budget'>, { spent, raised }: Today): number | undefined {
  const limits = limitsOf(settings);
  const left = DAY_SCOPES.flatMap((each) =>
    limits[each] > 0 ? [limits[each] + raised[each] - spent[each]] : [],
  );
  return left.length === 0 ? undefined : Math.max(0, Math.min(...left));
}

/**
 * The budget of a new session, US cents; 0 for none. Never more than the day leaves, and never none for that: where
 * it leaves nothing, a cent.
 */
export function sessionCents(settings: Pick<Settings, 'budget' | 'sessionBudgetUsd'>, today?: Today): number {
  const own = centsOf(settings.sessionBudgetUsd);
  const left = today && leftOf(settings, today);
  if (left === undefined) return own;
  return Math.max(1, own === 0 ? left : Math.min(own, left));
}

/** The limit after raising it by as many steps as it takes to leave at least half a step, US cents. */
export function raisedLimit(limitCents: number, spentCents: number, stepCents: number): number {
  const steps = Math.ceil((spentCents - limitCents) / stepCents + 0.5);
  return limitCents + Math.max(1, steps) * stepCents;
}
