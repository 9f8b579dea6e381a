/**
 * The fleet in virtual time, from seeds.
 *
 *   npm run sim                              1,000 seeds from a random one
 *   npm run sim -- --seeds 10000 --from 1    these
 *   npm run sim -- --minutes 10              as many as fit
 *   npm run sim -- --seed 4711               one, told step by step; the same each time
 *   npm run sim -- --harder                  the store may also lose everything, and the key be refused
 *   npm run sim -- --seed 4711 --verbose     and with what each replica asks the store again and again
 */
import { parseArgs } from 'node:util';
import { understood } from '../support/understood.ts';
import { randomInt } from 'node:crypto';
import { draw } from './draw.ts';
import { runMany, type Totals } from './many.ts';
import { runPlan } from './run.ts';
import type { Result } from './worker.ts';

const { values } = understood(() =>
  parseArgs({
    options: {
      seeds: { type: 'string' },
      from: { type: 'string' },
      seed: { type: 'string' },
      minutes: { type: 'string' },
      workers: { type: 'string' },
      plan: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      harder: { type: 'boolean', default: false },
    },
  }),
);
function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  process.stderr.write(`--${name} takes a whole number, not ${text ?? ''}\n`);
  process.exit(2);
}

function broken({ seed, violations }: Pick<Result, 'seed' | 'violations'>): void {
  say(
    `seed ${seed}: ${violations.length} broken (npm run sim -- --seed ${seed}${values.harder ? ' --harder' : ''})`,
  );
  for (const { rule, what, at } of violations.slice(0, 5))
    say(`   ${rule.padEnd(5)} at ${(at / 1_000).toFixed(1)} s: ${what.slice(0, 400)}`);
  if (violations.length > 5) say(`   and ${violations.length - 5} more`);
}

function table(title: string, counts: ReadonlyMap<string, number>): void {
  say(title);
  for (const [what, count] of [...counts].sort(([a], [b]) => a.localeCompare(b)))
    say(`   ${String(count).padStart(9)}  ${what}`);
}

function summary(totals: Totals): void {
  const { runs, failed, counts, residuals, lasted, took } = totals;
  say('');
  table('What happened:', counts);
  if (residuals.size > 0)
    table('What follows from a freeze at the socket or from what a store forgot, fact by fact:', residuals);
  const hours = (lasted / 3_600_000).toFixed(0);
  const each = (runs / (took / 1_000)).toFixed(1);
  say(`${runs} runs, ${hours} h of virtual time, in ${(took / 1_000).toFixed(0)} s: ${each} a second.`);
  say(
    failed.length === 0
      ? 'Nothing was broken.'
      : `Broken in ${failed.length}: ${failed.map(({ seed }) => seed).join(' ')}`,
  );
}

const LEGEND = `Each line: milliseconds of the run, who, what.
  r0.1        replica 0 in its first life: calls that leave it (service, call, thread, text), and its log (info: ...)
  UADA        somebody in Slack; t1 C1:1790... is a thread of the plan with its channel and root
  agents      a session of Managed Agents: what it queued, and how its runs end
  chaos       what breaks, and when everything heals; store is Redis
  (lost) (answer-lost) (slow) (refused) (failed) (failed-after)   what becomes of a call
  w7 is a person's message, do:text,tool what the agent does about it, k1t2x3 a word of session 1, text 2
`;

/** What each replica asks the store again and again, whether there is something to do or not. */
const HOUSEKEEPING = / store (?:sweep|share|renew|take|inbox|noteSession|memory\.\w+)(?: |$)/;

function told(line: string): void {
  if (values.verbose || !HOUSEKEEPING.test(line) || line.trimEnd().endsWith(')')) say(line.trimEnd());
}

async function one(seed: number): Promise<boolean> {
  if (values.plan) say(JSON.stringify(draw(seed, values.harder), null, 1));
  say(LEGEND);
  const { violations, counts, residuals } = await runPlan(draw(seed, values.harder), told);
  say('');
  table('What happened:', counts);
  if (residuals.size > 0)
    table('Excused, because of what a store forgot or a freeze at the socket:', residuals);
  if (violations.length > 0) broken({ seed, violations });
  else say(`seed ${seed}: nothing was broken`);
  return violations.length === 0;
}

async function many(): Promise<boolean> {
  const from = whole('from', values.from, randomInt(1_000_000_000));
  const minutes = whole('minutes', values.minutes, 0);
  const seeds = whole('seeds', values.seeds, minutes > 0 ? 1_000_000_000 : 1_000);
  say(`from seed ${from}`);
  const totals = await runMany({
    from,
    seeds,
    harder: values.harder,
    ...(minutes > 0 ? { budgetMs: minutes * 60_000 } : {}),
    ...(values.workers === undefined ? {} : { workers: whole('workers', values.workers, 1) }),
    each(result, { runs, took }) {
      if (result.violations.length > 0) broken(result);
      if (runs % 500 === 0) say(`${runs} runs, ${(runs / (took / 1_000)).toFixed(1)} a second`);
    },
  });
  summary(totals);
  return totals.failed.length === 0;
}

const fine = values.seed === undefined ? await many() : await one(whole('seed', values.seed, 0));
process.exitCode = fine ? 0 : 1;
