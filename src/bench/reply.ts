/** One reply alone, short and long: how soon and how smoothly people can read along, and what that costs. */
import { collect, finalMs, firstMs, lags, type Replies } from './replies.ts';
import { row, type Row } from './rows.ts';
import { percentile } from './stats.ts';
import { inWorld, type Bench } from './world.ts';

/** As others who measured Slack bots have set it: milliseconds of a call to Slack. */
export const ROUND_TRIP_MS = 60;

interface Shape {
  readonly chars: number;
  readonly seconds: number;
}

/** Calls to Slack that a reply of 60 seconds may take. */
const MOST_CALLS = { edit: 25, stream: 62 } as const;
type Form = keyof typeof MOST_CALLS;
/** As the setting `output` has them. */
const FORMS: readonly Form[] = ['edit', 'stream'];

export async function reply(bench: Bench): Promise<readonly Row[]> {
  const shapes: readonly Shape[] = [
    { chars: 2000, seconds: 10 },
    ...(bench.quick ? [] : [{ chars: 8000, seconds: 60 }]),
  ];
  bench.progress(
    `reply: ${shapes.map(({ chars, seconds }) => `${chars} characters in ${seconds} s`).join(', ')}`,
  );
  // Side by side, each with servers and a bot of its own: alone in its workspace, and nothing waits for nothing.
  const rows = await Promise.all(
    FORMS.flatMap((form) => shapes.map((shape) => oneReply(bench, shape, form))),
  );
  return rows.flat();
}

async function oneReply(bench: Bench, shape: Shape, form: Form): Promise<readonly Row[]> {
  const replies = await inWorld(bench, { slack: { latencyMs: ROUND_TRIP_MS } }, async (world) => {
    await world.bot({ yaml: `output: ${form}\n` });
    return collect(bench, world, { replies: 1, channels: 1, ...shape });
  });
  return rowsOf(`reply: ${shape.chars} characters in ${shape.seconds} s, ${form}`, shape, form, replies);
}

function rowsOf(name: string, { seconds }: Shape, form: Form, replies: Replies): readonly Row[] {
  const { all, calls, limited, bytes, lost, doubled } = replies;
  const lag = all.flatMap(lags);
  const total = [...calls.values()].reduce((sum, count) => sum + count, 0);
  const native = form === 'stream';
  return [
    row(`${name}: first text`, percentile(all.map(firstMs), 0.5), 'ms', ROUND_TRIP_MS + 300),
    row(`${name}: lag, p50`, percentile(lag, 0.5), 'ms', native ? 600 : undefined),
    row(`${name}: lag, p95`, percentile(lag, 0.95), 'ms', native ? 1100 : undefined),
    row(`${name}: final text`, percentile(all.map(finalMs), 0.5), 'ms', ROUND_TRIP_MS + 100),
    row(`${name}: Slack calls`, total, 'calls', seconds >= 60 ? MOST_CALLS[form] : undefined),
    ...[...calls].map(([method, count]) => row(`${name}: ${method}`, count, 'calls')),
    row(`${name}: sent to Slack`, bytes / 1000, 'kB'),
    row(`${name}: 429s`, limited, 'calls', 0),
    row(`${name}: pieces lost or doubled`, lost + doubled, 'pieces', 0),
  ];
}
