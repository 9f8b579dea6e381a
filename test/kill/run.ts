/**
 * `npm run kill`: every failpoint, every signal, one to three replicas.
 *
 *   --only "after slack.post/SIGKILL/2"   one case, or all whose name begins so
 *   --only poison                         those in which every process dies of one message
 *   --seed N                              draws conversations and hits (default: from the clock, printed)
 *   --sample K                            so many of them, drawn
 *   --random K                            kills at random moments in place of failpoints; seeds N, N+1, …
 *   --at-once K                           so many cases at a time (default 5)
 *   --verbose                             with the whole story of each failure
 */
import { parseArgs } from 'node:util';
import { understood } from '../support/understood.ts';
import { FAILPOINTS } from '../../src/lib/failpoint.ts';
import { takeCheckout, type Checkout } from '../crash/support/checkout.ts';
import {
  caseNamed,
  chanceCase,
  commandOf,
  matrix,
  nameOf,
  poisonings,
  sampled,
  type Case,
} from './support/cases.ts';
import { failureOf, reachOf, runMany, unreachedOf, type Tried } from './support/many.ts';
import { summary } from './support/summary.ts';

const { values } = understood(() =>
  parseArgs({
    options: {
      only: { type: 'string' },
      seed: { type: 'string' },
      sample: { type: 'string' },
      random: { type: 'string' },
      'at-once': { type: 'string', default: '5' },
      verbose: { type: 'boolean', default: false },
    },
  }),
);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const atOnce = Number(values['at-once']);

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

async function chosen(checkout: Checkout): Promise<readonly Case[]> {
  const { only, sample, random } = values;
  if (random !== undefined) return Array.from({ length: Number(random) }, (_, at) => chanceCase(seed + at));
  if (only !== undefined && only.split('/').length === 5) return [caseNamed(only)];
  if (only === 'poison') return poisonings();
  const all = [...matrix(await reachOf(checkout, atOnce), seed), ...poisonings()];
  if (only !== undefined) return all.filter((one) => `${nameOf(one)}/`.startsWith(`${only}/`));
  return sample === undefined ? all : sampled(all, Number(sample), seed);
}

function tell(tried: Tried<Case>): void {
  const { one, result } = tried;
  const failures = failureOf(tried);
  const times = [
    `${(result.ms / 1_000).toFixed(1)} s`,
    ...(result.takeover === undefined ? [] : [`taken over after ${result.takeover} ms`]),
    ...(result.handover === undefined ? [] : [`handed over after ${result.handover} ms`]),
    ...(result.departure === undefined ? [] : [`gone after ${result.departure} ms`]),
  ];
  const { voided } = result;
  if (voided > 0) times.push(`played again ${voided} times: the machine had stood still`);
  const how =
    failures.length > 0
      ? 'FAILED'
      : result.residual.length > 0
        ? 'late  '
        : result.struck
          ? 'ok    '
          : 'missed';
  say(`${how} ${nameOf(one)}  (${times.join(', ')})`);
  for (const late of result.residual) say(`         frozen between look and write: ${late}`);
  if (failures.length === 0) return;
  for (const failure of failures) say(`         ${failure}`);
  say(`         again: ${commandOf(one)}`);
  if (values.verbose) say(result.story());
}

const beganAt = performance.now();
const checkout = await takeCheckout();
try {
  say(`seed ${seed}`);
  const cases = await chosen(checkout);
  if (cases.length === 0)
    understood(() => {
      throw new Error(`There is no case "${values.only}"; the moments are: ${FAILPOINTS.join(', ')}.`);
    });
  const tried = await runMany(checkout, cases, atOnce, { told: tell });
  say(`\n${summary(tried, performance.now() - beganAt)}\nseed ${seed}`);
  const unreached = values.only === undefined && values.sample === undefined ? unreachedOf(tried) : [];
  for (const point of unreached) say(`never reached: ${point}`);
  process.exitCode = unreached.length > 0 || tried.some((one) => failureOf(one).length > 0) ? 1 : 0;
} finally {
  await checkout.remove();
}
