/** The replicas of a case. Where none is left, one is started again, as a supervisor of processes would. */
import { setTimeout } from 'node:timers/promises';
import type { Bot, Ended } from '../../crash/support/bot.ts';
import type { World } from '../../crash/support/world.ts';
import { SHORT } from '../../support/whole.ts';
import type { Signal } from './cases.ts';
import { passages } from './trace.ts';

/** A frozen process sleeps so long, ms: its lease has lapsed, and somebody else has begun. */
export const FREEZE_MS = SHORT.leaseMs + 900;

export interface Crew {
  running(): readonly Bot[];
  start(): Bot;
  /** Every one of them says that it holds no thread. */
  isIdle(): Promise<boolean>;
  byPid(pid: number): Bot | undefined;
  /** Asks it to stop, with SIGTERM. */
  ask(bot: Bot): void;
  /** What comes of this signal: thawed, or gone. `at` is when it was sent, wall clock ms. */
  follow(bot: Bot, signal: Signal, at: number): Promise<void>;
  /** Milliseconds from SIGTERM to the end, of those that were asked and went by themselves. */
  readonly departures: readonly number[];
  /** Ends that nobody had asked for. */
  readonly accidents: readonly string[];
  /** From now on who ends is not replaced. */
  over(): void;
}

/** @param dir where the processes note what they reach */
export function crewOf(world: World, dir: string, env: Readonly<Record<string, string>>): Crew {
  const alive = new Set<Bot>();
  const all: Bot[] = [];
  /** When somebody else asked it to stop, wall clock ms. */
  const asked = new Map<number, readonly number[]>();
  const departures: number[] = [];
  const accidents: string[] = [];
  let isOver = false;

  function start(): Bot {
    const bot = world.bot(env);
    alive.add(bot);
    all.push(bot);
    bot.ended
      .then((ended) => {
        alive.delete(bot);
        if (isOver) return;
        note(bot, ended);
        if (alive.size === 0) start();
      })
      .catch((error: unknown) => accidents.push(String(error)));
    return bot;
  }

  function note({ pid }: Bot, { code, signal, at }: Ended): void {
    if (signal === 'SIGKILL') return;
    const own = passages(dir).find((passage) => passage.pid === pid && passage.what === '!SIGTERM');
    const times = [...(asked.get(pid) ?? []), ...(own ? [own.at] : [])];
    // Asked a second time it ends at once (128 and the signal's number).
    if (code === 0 && times.length > 0)
      departures.push(Math.round(performance.timeOrigin + at - Math.min(...times)));
    else if (!(code === 143 && times.length > 1))
      accidents.push(`process ${pid} ended with ${code ?? signal}`);
  }

  return {
    running: () => [...alive],
    start,
    isIdle: async () => {
      const idle = await Promise.all([...alive].map(holdsNothing));
      return idle.length > 0 && idle.every(Boolean);
    },
    byPid: (pid) => all.find((bot) => bot.pid === pid),
    ask(bot) {
      asked.set(bot.pid, [...(asked.get(bot.pid) ?? []), Date.now()]);
      bot.signal('SIGTERM');
    },
    async follow(bot, signal, at) {
      if (signal === 'SIGSTOP') {
        await setTimeout(Math.max(0, at + FREEZE_MS - Date.now()));
        if (alive.has(bot)) bot.signal('SIGCONT');
      } else await bot.ended;
    },
    departures,
    accidents,
    over: () => {
      isOver = true;
    },
  };
}

/** False also where it does not answer, being frozen, dead or not up yet. */
async function holdsNothing(bot: Bot): Promise<boolean> {
  const port = bot.lines().find(({ msg }) => msg === 'ready')?.['port'];
  if (typeof port !== 'number') return false;
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
      signal: AbortSignal.timeout(1_000),
    });
    return /^heddle_leases_held 0$/m.test(await answer.text());
  } catch {
    return false;
  }
}
