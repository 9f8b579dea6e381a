/** Many replies at once in one workspace, beside what Slack's limits allow at best. */
import { delay } from '../lib/time.ts';
import { allowed } from './allowed.ts';
import { collect, finalMs, firstMs, lags } from './replies.ts';
import { ROUND_TRIP_MS } from './reply.ts';
import { row, type Row } from './rows.ts';
import { percentile } from './stats.ts';
import { inWorld, type Bench } from './world.ts';

/** So much more than the limits allow is fair: tokens are shared out in steps, and work takes time. */
const SLACK = 1.3;
const REPLIES_A_CHANNEL = 5;
/** Between the beginnings of two crowds, ms. */
const APART_MS = 8_000;

export async function crowd(bench: Bench): Promise<readonly Row[]> {
  const [sizes, seconds] = bench.quick ? [[1, 5], 10] : [[1, 5, 20, 50], 60];
  bench.progress(`crowd: ${sizes.join(', ')} replies of ${seconds} s at once`);
  // Side by side, each in a workspace of its own; their beginnings and ends, which are busiest, do not meet.
  const rows = await Promise.all(
    sizes.map(async (replies, at) => {
      await delay(at * APART_MS, bench.signal);
      return oneCrowd(bench, replies, seconds);
    }),
  );
  return rows.flat();
}

async function oneCrowd(bench: Bench, replies: number, seconds: number): Promise<readonly Row[]> {
  const channels = Math.ceil(replies / REPLIES_A_CHANNEL);
  const seen = await inWorld(bench, { slack: { latencyMs: ROUND_TRIP_MS } }, async (world) => {
    await world.bot();
    return collect(bench, world, { replies, channels, chars: seconds * 133, seconds });
  });
  const most = allowed({ replies, channels, writtenMs: seconds * 1000, roundTripMs: ROUND_TRIP_MS });
  const first = seen.all.map(firstMs);
  const final = seen.all.map(finalMs);
  const lag = seen.all.flatMap(lags);
  const total = [...seen.calls.values()].reduce((sum, count) => sum + count, 0);
  const best = { first: percentile(most.firstMs, 1), final: percentile(most.finalMs, 1) };
  const name = `crowd of ${replies}`;
  return [
    row(`${name}: first text, p50`, percentile(first, 0.5), 'ms'),
    row(
      `${name}: first text, last one`,
      percentile(first, 1),
      'ms',
      Math.max(SLACK * best.first, ROUND_TRIP_MS + 300),
    ),
    row(`${name}: first text, what the limits allow`, best.first, 'ms'),
    row(`${name}: lag, p50`, percentile(lag, 0.5), 'ms'),
    row(`${name}: lag, p95`, percentile(lag, 0.95), 'ms'),
    row(`${name}: final text, p50`, percentile(final, 0.5), 'ms'),
    row(
      `${name}: final text, last one`,
      percentile(final, 1),
      'ms',
      Math.max(SLACK * best.final, ROUND_TRIP_MS + 100),
    ),
    row(`${name}: final text, what the limits allow`, best.final, 'ms'),
    row(`${name}: Slack calls a reply`, total / replies, 'calls'),
    row(`${name}: 429s`, seen.limited, 'calls', 0),
    row(`${name}: pieces lost or doubled`, seen.lost + seen.doubled, 'pieces', 0),
  ];
}
