/** From the start of a process to its line `ready`, and what it weighs then, beside the bare SDKs. */
import { measureBare } from './bare.ts';
import { row, type Row } from './rows.ts';
import { percentile } from './stats.ts';
import { inWorld, type Bench } from './world.ts';

const MB = 1024 * 1024;
/** What a bot may weigh more than its SDKs. */
const OWN_MB = 25;

export async function start(bench: Bench): Promise<readonly Row[]> {
  const runs = bench.quick ? 3 : 9;
  return inWorld(bench, {}, async (world) => {
    bench.progress(`start: ${runs} times, and the bare SDKs as often`);
    const [readyMs, rss, bareMs, bareRss]: [number[], number[], number[], number[]] = [[], [], [], []];
    for (let run = 0; run < runs; run += 1) {
      const bot = await world.bot();
      readyMs.push(bot.readyMs);
      rss.push(bot.readyRss / MB);
      await bot.stop();
      const bare = await measureBare(bench, world);
      bareMs.push(bare.readyMs);
      bareRss.push(bare.rss / MB);
    }
    const median = (values: readonly number[]): number => percentile(values, 0.5);
    return [
      row('start: process start to ready, median', median(readyMs), 'ms', 600),
      row('start: the bare SDKs connected, median', median(bareMs), 'ms'),
      row('start: RSS when ready, median', median(rss), 'MB', median(bareRss) + OWN_MB),
      row('start: RSS of the bare SDKs, median', median(bareRss), 'MB'),
    ];
  });
}
