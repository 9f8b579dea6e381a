/**
 * `heddle bench`: figures beside their targets. Heddle runs as an operator runs it, in processes of its own; the
 * playground's servers run in this one, with Slack's limits enforced where they matter, and so does the clock.
 *
 * The map
 * - `choice.ts`: the command line; `rows.ts`: figures and the table; `stats.ts`: percentiles
 * - `world.ts`: servers, Redis and bots of one scenario; `bot.ts`, `bare.ts`, `redis.ts`: the processes
 * - one file a scenario: `overhead.ts`, `reply.ts`, `crowd.ts`, `fleet.ts`, `resting.ts`, `crash.ts`, `start.ts`
 */
import { messageOf } from '../errors.ts';
import type { Choice, Scenario } from './choice.ts';
import { crash } from './crash.ts';
import { crowd } from './crowd.ts';
import { fleet } from './fleet.ts';
import { overhead } from './overhead.ts';
import { reply } from './reply.ts';
import { resting } from './resting.ts';
import { table, type Row } from './rows.ts';
import { start } from './start.ts';
import type { Bench } from './world.ts';

export { readChoice } from './choice.ts';

export interface BenchOptions extends Pick<Bench, 'heddle' | 'path' | 'cacheDir' | 'root' | 'signal'> {
  readonly choice: Choice;
  /** stdout: the result and nothing else. */
  readonly writeOut: (text: string) => unknown;
  /** stderr: what is being done. */
  readonly writeErr: (text: string) => unknown;
}

const scenarios: Readonly<Record<Scenario, (bench: Bench) => Promise<readonly Row[]>>> = {
  overhead,
  reply,
  crowd,
  fleet,
  resting,
  crash,
  start,
};

/**
 * Runs the scenarios one after another.
 * @returns whether all of them could be measured; a missed target is a result like any other
 * @throws the signal's reason where it fires: nothing is left behind, and nothing is printed
 */
export async function runBench(options: BenchOptions): Promise<boolean> {
  const { choice, writeOut, writeErr, signal } = options;
  const progress = (line: string): void => {
    writeErr(`${line}\n`);
  };
  const bench: Bench = { ...options, quick: choice.quick, progress };
  const rows: Row[] = [];
  let complete = true;
  for (const name of choice.scenarios) {
    try {
      rows.push(...(await scenarios[name](bench)));
    } catch (error) {
      signal.throwIfAborted();
      complete = false;
      progress(`${name} could not be measured: ${messageOf(error)}`);
    }
  }
  writeOut(choice.json ? `${JSON.stringify({ rows })}\n` : `\n${table(rows)}`);
  return complete;
}
