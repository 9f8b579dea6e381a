/** The replicas of a case. Where none is left, one is started again, as a supervisor of processes would. */
import { setTimeout } from 'node:timers/promises';
import type { Bot, Ended } from '../../crash/support/bot.ts';
import type { World } from '../../crash/support/world.ts';
import { SHORT } from '../../support/whole.ts';
import type { Signal } from './cases.ts';

/** A frozen process sleeps so long, ms: its lease has lapsed, and somebody else has begun. */
export const FREEZE_MS = SHORT.leaseMs + 900;

export interface Crew {
  running(): readonly Bot[];
  start(): Bot;
  /** Every one of them says that it holds no thread. */
  isIdle(): Promise<boolean>;
  byPid(pid: number): Bot | undefined;
  /** What comes of this signal: thawed, or gone. `at` is when it was sent, wall clock ms. */
  follow(bot: Bot, signal: Signal, at: number): Promise<void>;
  /** Milliseconds from SIGTERM to the end, of those that were asked and went by themselves. */
  readonly departures: readonly number[];
  /** Ends that nobody had asked for. */
  readonly accidents: readonly string[];
  /** From now on who ends is not replaced. */
  over(): void;
}

export function crewOf(world: World, env: Readonly<Record<string, string>>): Crew {
  const alive = new Set<Bot>();
  const all: Bot[] = [];
  const asked = new Map<number, number>();
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
    const count = asked.get(pid) ?? 0;
    const askedAt = firstAsked.get(pid);
    if (signal === 'SIGKILL') return;
    // Asked a second time it ends at once (128 and the signal's number).
    if (code === 0 && count > 0 && askedAt !== undefined)
      departures.push(Math.round(performance.timeOrigin + at - askedAt));
    else if (!(code === 143 && count > 1)) accidents.push(`process ${pid} ended with ${code ?? signal}`);
  }

  const firstAsked = new Map<number, number>();

  return {
    running: () => [...alive],
    start,
    isIdle: async () => {
      const idle = await Promise.all([...alive].map(holdsNothing));
      return idle.length > 0 && idle.every(Boolean);
    },
    byPid: (pid) => all.find((bot) => bot.pid === pid),
    async follow(bot, signal, at) {
      if (signal === 'SIGTERM') {
        asked.set(bot.pid, (asked.get(bot.pid) ?? 0) + 1);
        if (!firstAsked.has(bot.pid)) firstAsked.set(bot.pid, at);
      }
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
