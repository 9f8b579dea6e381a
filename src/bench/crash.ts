/**
 * The owner of many running threads dies, or is asked to go, beside a second replica: how long until the other one
 * listens to all of them, and whether every answer stands in Slack exactly once in the end.
 *
 * Limits are off on both sides, and Heddle's own count of its calls is forgotten once everything is taken over: a
 * hundred final texts would otherwise take two minutes, which measures the limits and not the takeover.
 */
import { systemClock } from '../lib/time.ts';
import { isBusy, type SeenMessage } from './seen.ts';
import { row, type Row } from './rows.ts';
import { inWorld, UNCAPPED, until, type Bench, type World } from './world.ts';

/** A lease without renewal (10 s) and two seconds. */
const KILLED_MS = 12_000;
/** With no call under way one second, else that call's time and one second more. */
const ASKED_MS = 5_000;

const WORDS = ['The warp is strung.', 'The shuttle has passed.', 'That is the whole cloth.'] as const;
const REPLIES_A_CHANNEL = 3;

export async function crash(bench: Bench): Promise<readonly Row[]> {
  const threads = bench.quick ? 10 : 100;
  bench.progress(`crash: the owner of ${threads} running threads is killed; another one is asked to go`);
  const rows = await Promise.all([
    oneEnd(bench, threads, 'SIGKILL', KILLED_MS),
    oneEnd(bench, threads, 'SIGTERM', ASKED_MS),
  ]);
  return rows.flat();
}

interface Place {
  readonly channel: string;
  readonly ts: string;
}

async function oneEnd(
  bench: Bench,
  threads: number,
  how: 'SIGKILL' | 'SIGTERM',
  mostMs: number,
): Promise<readonly Row[]> {
  const options = { slack: { limits: false }, agents: { pace: 0, settings: { limits: false } } };
  return inWorld(bench, options, async (world) => {
    const [first, second, last] = WORDS;
    world.agents.control.script({ requests: [[first, { op: 'gate', name: 'end' }], [second], [last]] });
    const owner = await world.bot({ yaml: UNCAPPED });
    const places = ask(world, threads);
    await until(bench, 'every thread running', () => running(world) === threads, { timeoutMs: 60_000 });
    const heir = await world.bot({ yaml: UNCAPPED });
    await until(bench, 'the second replica connected', () => world.slack.control.sockets.count === 2);
    const at = systemClock.monotonic();
    owner.signal(how);
    await owner.ended;
    const held = async (): Promise<boolean> => {
      const [count] = await heir.metrics('heddle_leases_held');
      return count === threads && running(world) === threads;
    };
    await until(bench, 'every thread taken over', held, { timeoutMs: 60_000, everyMs: 20 });
    const takenMs = systemClock.monotonic() - at;
    world.agents.control.open('end');
    const { lost, doubled } = await outcome(bench, world, places);
    const name = `crash: ${how}, ${threads} running threads`;
    return [
      row(`${name}: all taken over`, takenMs / 1000, 's', mostMs / 1000),
      row(`${name}: texts lost`, lost, 'texts', 0),
      row(`${name}: texts doubled`, doubled, 'texts', 0),
    ];
  });
}

function ask(world: World, threads: number): readonly Place[] {
  const { say, ids } = world.slack.control;
  let channel = '';
  return Array.from({ length: threads }, (_, at) => {
    if (at % REPLIES_A_CHANNEL === 0) channel = world.channel();
    return { channel, ts: say({ user: ids.ada, channel, text: '@heddle weave' }) };
  });
}

/** Sessions whose agent is at work and that somebody listens to. */
function running({ agents }: World): number {
  return agents.control.sessions().filter(({ status, streams }) => status === 'running' && streams > 0)
    .length;
}

/** Waits until nothing looks busy any more, then counts what stands. */
async function outcome(
  bench: Bench,
  world: World,
  places: readonly Place[],
): Promise<{ readonly lost: number; readonly doubled: number }> {
  const { messages, ids } = world.slack.control;
  const own = ({ channel, ts }: Place): readonly SeenMessage[] =>
    messages(channel, ts).filter(({ botId }) => botId === ids.botId);
  const stands = (place: Place, words: string): number =>
    own(place).reduce((count, { shown }) => count + shown.split(words).length - 1, 0);
  const calm = async (): Promise<boolean> => {
    await world.redis.forget(`${world.slack.appId}:lane:*`);
    return places.every((place) => stands(place, WORDS[2]) > 0 && !own(place).some(isBusy));
  };
  // What is lost shows in the count: the wait for it is not held against the rest.
  await until(bench, 'every answer', calm, { timeoutMs: 60_000, everyMs: 300 }).catch((error: unknown) => {
    bench.signal.throwIfAborted();
    bench.progress(String(error));
  });
  const counts = places.flatMap((place) => WORDS.map((words) => stands(place, words)));
  return {
    lost: counts.filter((count) => count === 0).length,
    doubled: counts.filter((count) => count > 1).length,
  };
}
