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
  /** What comes of this signal: thawed, or gone. `at` is when it was sent, wall clock ms. */
  follow(bot: Bot, signal: Signal, at: number): Promise<void>;
  /** None is started where none is left, while this goes on. */
  withoutAny<T>(work: () => Promise<T>): Promise<T>;
  /** Ends that nobody had asked for. */
  readonly accidents: readonly string[];
  /** From now on who ends is not replaced. */
  over(): void;
}

/** @param dir where the processes note what they reach */
export function crewOf(world: World, dir: string, env: Readonly<Record<string, string>>): Crew {
  const alive = new Set<Bot>();
  const all: Bot[] = [];
  const accidents: string[] = [];
  let isOver = false;
  let isBare = false;

  function start(): Bot {
    const bot = world.bot(env);
    alive.add(bot);
    all.push(bot);
    bot.ended
      .then((ended) => {
        alive.delete(bot);
        if (isOver) return;
        note(bot, ended);
        replace();
      })
      .catch((error: unknown) => accidents.push(String(error)));
    return bot;
  }

  function replace(): void {
    if (alive.size === 0 && !isBare && !isOver) start();
  }

  function note({ pid }: Bot, { code, signal }: Ended): void {
    if (signal === 'SIGKILL') return;
    const own = passages(dir).filter((passage) => passage.pid === pid);
    const heard = own.filter(({ what }) => what === 'asked').length;
    // Asked a second time it ends at once (128 and the signal's number), and before it has begun as any program does.
    if ((code === 0 && heard > 0) || (code === 143 && heard > 1)) return;
    if (signal === 'SIGTERM' && heard === 0 && own.some(({ what }) => what === '!SIGTERM')) return;
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
    async follow(bot, signal, at) {
      if (signal === 'SIGSTOP') {
        await setTimeout(Math.max(0, at + FREEZE_MS - Date.now()));
        if (alive.has(bot)) bot.signal('SIGCONT');
      } else await bot.ended;
    },
    async withoutAny(work) {
      isBare = true;
      try {
        return await work();
      } finally {
        isBare = false;
        replace();
      }
    },
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
