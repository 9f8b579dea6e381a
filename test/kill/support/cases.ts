/** Which process dies where: a case has a name that says all of it, so that it can be run again. */
import { FAILPOINTS, type Failpoint } from '../../../src/lib/failpoint.ts';
import { SCENARIOS, scenarioNamed } from './scenarios.ts';
import type { Scenario } from './stage.ts';

export const SIGNALS = ['SIGKILL', 'SIGSTOP', 'SIGTERM'] as const;
export type Signal = (typeof SIGNALS)[number];

/** At a named point, for the `hit`th time it is reached. */
export interface PointCase {
  readonly is: 'point';
  readonly point: Failpoint;
  readonly signal: Signal;
  readonly replicas: number;
  readonly scenario: Scenario;
  readonly hit: number;
  /** Whoever comes there then dies as well, this often in all. Default 1. */
  readonly deaths?: number;
}

/** At moments drawn from the seed, wherever the processes then are. */
export interface ChanceCase {
  readonly is: 'chance';
  readonly seed: number;
  readonly replicas: number;
  readonly scenario: Scenario;
  readonly blows: readonly Blow[];
}

export interface Blow {
  readonly signal: Signal;
  /** Milliseconds after the one before. */
  readonly after: number;
  /** Among those that run, from 0 to 1. */
  readonly victim: number;
  /** Another process is started in its place. */
  readonly replaced: boolean;
}

export type Case = PointCase | ChanceCase;

export function nameOf(one: Case): string {
  if (one.is === 'chance') {
    const blows = one.blows.map(({ signal, after }) => `${signal}+${after}`).join(' ');
    return `seed ${one.seed}: ${one.scenario.name}, ${one.replicas} replicas, ${blows}`;
  }
  const point = one.deaths === undefined ? one.point : `${one.point} x${one.deaths}`;
  return [point, one.signal, one.replicas, one.scenario.name, one.hit].join('/');
}

/** The command that runs this case again. */
export function commandOf(one: Case): string {
  const what = one.is === 'chance' ? `--random 1 --seed ${one.seed}` : `--only "${nameOf(one)}"`;
  return `npm run kill -- ${what}`;
}

/** How often an undisturbed conversation reaches each point, by scenario. */
export type Reach = ReadonlyMap<Scenario, ReadonlyMap<string, number>>;

/** Later hits of a point are like the ones before. */
const HITS = 6;

/** Every point, signal and number of replicas; conversation and hit are drawn, from all where none reaches a point. */
export function matrix(reach: Reach, seed: number): readonly PointCase[] {
  const draw = chance(seed);
  return FAILPOINTS.flatMap((point) =>
    SIGNALS.flatMap((signal) =>
      [1, 2, 3].map((replicas): PointCase => {
        const reaching = [...reach].filter(([, points]) => points.has(point));
        const able = reaching.length > 0 ? reaching : [...reach];
        const [scenario, points] = pick(able, draw());
        const hit = 1 + Math.floor(draw() * Math.min(HITS, points.get(point) ?? 1));
        return { is: 'point', point, signal, replicas, scenario, hit };
      }),
    ),
  );
}

/** Where a process can be when a message makes it die: from having taken the thread to its first commit. */
const FATAL = {
  poison: ['on new thread', 'before commit'],
  venom: ['on takeover', 'before commit'],
} as const satisfies Record<string, readonly Failpoint[]>;

/** Every process that takes up one certain message is killed, three of them; or the next one as well. */
export function poisonings(): readonly PointCase[] {
  return Object.entries(FATAL).flatMap(([name, points]) =>
    points.flatMap((point) =>
      [1, 2, 3].flatMap((replicas) =>
        (point === 'before commit' ? [3, 4] : [3]).map((deaths): PointCase => {
          const scenario = scenarioNamed(name);
          return { is: 'point', point, signal: 'SIGKILL', replicas, scenario, hit: 1, deaths };
        }),
      ),
    ),
  );
}

/** `after slack.post/SIGKILL/2`, with conversation and hit where they are said. */
export function caseNamed(name: string): PointCase {
  const [at = '', signal, replicas = '1', scenario = 'weave', hit = '1'] = name.split('/');
  const [point, deaths] = at.split(' x');
  const known = FAILPOINTS.find((one) => one === point);
  const sent = SIGNALS.find((one) => one === signal);
  if (!known || !sent || !/^[1-9]$/.test(replicas) || !/^\d+$/.test(hit) || !/^\d*$/.test(deaths ?? ''))
    throw new Error(`"${name}" is no case: point/signal/replicas/conversation/hit`);
  return {
    is: 'point',
    point: known,
    signal: sent,
    replicas: Number(replicas),
    scenario: scenarioNamed(scenario),
    hit: Number(hit),
    ...(deaths === undefined ? {} : { deaths: Number(deaths) }),
  };
}

/** Kills at moments that nobody has named. */
export function chanceCase(seed: number): ChanceCase {
  const draw = chance(seed);
  const replicas = 1 + Math.floor(draw() * 3);
  const scenario = pick(SCENARIOS, draw());
  const blows = Array.from({ length: 1 + Math.floor(draw() * 3) }, () => ({
    signal: pick(SIGNALS, draw()),
    after: Math.floor(draw() * 2_500),
    victim: draw(),
    replaced: draw() < 0.5,
  }));
  return { is: 'chance', seed, replicas, scenario, blows };
}

/** So many of them, drawn. */
export function sampled<T>(from: readonly T[], count: number, seed: number): readonly T[] {
  const draw = chance(seed);
  return from
    .map((one) => ({ one, at: draw() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ one }) => one);
}

function pick<T>(from: readonly T[], at: number): T {
  const one = from[Math.floor(at * from.length)];
  if (one === undefined) throw new Error('nothing to choose from');
  return one;
}

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
