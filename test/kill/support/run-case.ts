/** One case: a world of its own, a conversation, something that dies in it, and what became of it all. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout } from 'node:timers/promises';
import { waitUntil } from '../../crash/support/bot.ts';
import type { Checkout } from '../../crash/support/checkout.ts';
import { startWorld, type World } from '../../crash/support/world.ts';
import { SHORT } from '../../support/whole.ts';
import type { Case, ChanceCase, Signal } from './cases.ts';
import { crewOf, type Crew } from './crew.ts';
import type { Wanted } from './stage.ts';
import type { Scenario } from './stage.ts';
import { lagMeter } from './lag.ts';
import { onStage } from './on-stage.ts';
import { explained, lateWrites } from './residual.ts';
import { timesOf, type Times } from './times.ts';
import { blows, noteBlow, passages, type Passage } from './trace.ts';
import { complaints } from './verdict.ts';

export interface Result extends Times {
  readonly complaints: readonly string[];
  /** Explained by a process that was frozen between its last look at its lease and a write. */
  readonly residual: readonly string[];
  /** Something died. */
  readonly struck: boolean;
  /** How many processes were sent a signal. */
  readonly deaths: number;
  readonly ms: number;
  /** The longest that this process, which is Slack and Managed Agents here, did not come to its turn, ms. */
  readonly stalled: number;
  /** How often each point was reached. */
  readonly reached: ReadonlyMap<string, number>;
  /** For who looks into a failure. */
  readonly story: () => string;
}

/** What is played: a case, or a conversation in which nothing dies. */
export type Played = Case | { readonly is: 'calm'; readonly scenario: Scenario; readonly replicas: number };

const ENTRY = fileURLToPath(new URL('../bot.js', import.meta.url));

/** Slack delivers again what was not acknowledged; here sooner than it does. */
const REDELIVERY = { timings: { ackMs: 1_000, retries: [0, 500, 1_000, 2_000, 2_000] } };

export async function runCase(checkout: Checkout, played: Played): Promise<Result> {
  const beganAt = performance.now();
  const dir = mkdtempSync(join(tmpdir(), 'heddle-kill-'));
  const world = await startWorld({ ...checkout, heddle: ENTRY }, { slack: REDELIVERY });
  const crew = crewOf(world, dir, environment(checkout, dir, played));
  const found: string[] = [];
  const over = new AbortController();
  const lag = lagMeter();
  try {
    for (let count = 0; count < played.replicas; count += 1) crew.start();
    const fate = fateOf(crew, dir, played, over.signal);
    // One that dies while it starts is replaced like any other.
    await Promise.allSettled(crew.running().map((bot) => bot.ready()));
    found.push(...(await play(world, crew, dir, played, fate)));
  } catch (error) {
    found.push(error instanceof Error ? error.message : String(error));
  }
  over.abort();
  crew.over();
  found.push(...crew.accidents);
  const [logs, picture, trace] = [world.logs(), pictureOf(world), passages(dir)];
  await world.stop().catch((error: unknown) => found.push(String(error)));
  rmSync(dir, { recursive: true, force: true });
  const { late, ...times } = timesOf(played, trace, lag.late);
  const { residual, left } = explained([...new Set([...found, ...late])], lateWrites(trace));
  lag.stop();
  return {
    ...times,
    complaints: left,
    residual,
    stalled: Math.round(Math.max(0, ...lag.late.map(({ from, to }) => to - from))),
    struck: blows(trace).length > 0,
    deaths: blows(trace).length,
    ms: performance.now() - beganAt,
    reached: counted(trace),
    story: () => [picture, lines(trace), logs].join('\n'),
  };
}

function environment(checkout: Checkout, dir: string, played: Played): Readonly<Record<string, string>> {
  const point =
    played.is === 'point'
      ? { KILL_POINT: played.point, KILL_HIT: String(played.hit), KILL_SIGNAL: played.signal }
      : {};
  const deaths =
    played.is === 'point' && played.deaths !== undefined
      ? { KILL_DEATHS: String(played.deaths), KILL_ARMED: 'yes' }
      : {};
  const { env, yaml, times } = played.scenario;
  const config = join(dir, 'heddle.yaml');
  if (yaml !== undefined) writeFileSync(config, yaml);
  return {
    ...env,
    ...(yaml === undefined ? {} : { HEDDLE_CONFIG: config }),
    ...point,
    ...deaths,
    KILL_DIR: dir,
    KILL_PRODUCT: join(checkout.dir, 'dist', 'index.js'),
    KILL_TIMES: JSON.stringify({ ...SHORT, ...times }),
  };
}

/** How long what is shown may take to come to rest, ms: a process may have to start on a busy machine first. */
const REST_MS = 40_000;

/** What happens to the processes meanwhile. Calling it begins it; it resolves with when the last of it did. */
type Fate = () => Promise<number | undefined>;

function fateOf(crew: Crew, dir: string, played: Played, signal: AbortSignal): Fate {
  if (played.is === 'chance') return () => chanceFate(crew, dir, played);
  const fate = pointFate(crew, dir, played.is === 'point' ? (played.deaths ?? 1) : 1, signal);
  return () => fate;
}

async function play(
  world: World,
  crew: Crew,
  dir: string,
  played: Played,
  fate: Fate,
): Promise<readonly string[]> {
  const fated = played.is === 'chance' ? fate() : undefined;
  const wanted = await played.scenario.play(world, onStage(world, crew, dir));
  await fated;
  const found = await atRest(world, crew, wanted);
  const struck = fated ? await fated : blows(passages(dir)).at(-1)?.at;
  if (struck === undefined) return found;
  await (fated ?? fate());
  // Whoever died last: by then somebody else has looked at everything that was theirs.
  await setTimeout(Math.max(0, struck + SHORT.leaseMs + 2 * SHORT.sweepMs - Date.now()));
  return atRest(world, crew, wanted);
}

/** What is still wrong when nobody holds the thread any more, or after a while. */
async function atRest(world: World, crew: Crew, wanted: Wanted): Promise<readonly string[]> {
  let found: readonly string[] = [];
  const look = async (): Promise<boolean> => {
    const isHeld = !(await crew.isIdle());
    found = [...complaints(world, wanted), ...(isHeld ? ['the thread is still held'] : [])];
    return found.length === 0;
  };
  await waitUntil('rest', look, REST_MS).catch(() => undefined);
  return found;
}

/** Waits for the processes that send themselves a signal. Resolves with when the last did, once that has come to its end. */
async function pointFate(
  crew: Crew,
  dir: string,
  deaths: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  for (;;) {
    const strike = blows(passages(dir))[deaths - 1];
    const bot = strike && crew.byPid(strike.pid);
    if (strike && bot) {
      await crew.follow(bot, strike.what.slice(1) as Signal, strike.at);
      return strike.at;
    }
    if (signal.aborted) return undefined;
    await setTimeout(25);
  }
}

async function chanceFate(crew: Crew, dir: string, { blows: drawn }: ChanceCase): Promise<number> {
  const frozen = new Set<number>();
  const following: Promise<void>[] = [];
  let last = 0;
  for (const { signal, after, victim, replaced } of drawn) {
    await setTimeout(after);
    const able = crew.running().filter(({ pid }) => !frozen.has(pid));
    const bot = able[Math.floor(victim * able.length)];
    if (!bot) continue;
    last = Date.now();
    if (signal === 'SIGSTOP') frozen.add(bot.pid);
    noteBlow(dir, bot.pid, signal);
    bot.signal(signal);
    following.push(crew.follow(bot, signal, last).finally(() => frozen.delete(bot.pid)));
    if (replaced && signal !== 'SIGSTOP') crew.start();
  }
  await Promise.all(following);
  return last;
}

function counted(trace: readonly Passage[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { what } of trace)
    if (/^(before|after|on) /.test(what)) counts.set(what, (counts.get(what) ?? 0) + 1);
  return counts;
}

function lines(trace: readonly Passage[]): string {
  return trace.map(({ at, pid, what }) => `${at % 1_000_000} ${pid} ${what}`).join('\n');
}

function pictureOf({ slack, agents }: World): string {
  const { control } = slack;
  const shown = control.statuses().flatMap((status) => [JSON.stringify(status)]);
  const events = agents.control
    .sessions()
    .map(({ id, status, events: all }) =>
      [`${id} ${status}`, ...all.map((event) => JSON.stringify(event).slice(0, 300))].join('\n'),
    );
  return [...shown, ...events].join('\n');
}
