/**
 * How much is at work, for each person and for the workspace, over all replicas. What the others have is learnt
 * with each renewal of the leases, so a cap may be passed by what begins in between; it is there to keep one
 * person or one accident from being everybody's trouble.
 */
import type { Settings } from '../core/settings.ts';
import type { StorePort } from '../ports.ts';

/** Somebody's thread that is at work in this process. */
export interface AtWork {
  readonly team: string;
  readonly user: string;
}

export interface Load {
  /** Which cap is reached for this person. */
  crowded(team: string, user: string): 'person' | 'workspace' | undefined;
  /** Tells the other processes, and learns what they have. */
  share(): Promise<void>;
}

export interface LoadDeps {
  readonly store: Pick<StorePort, 'share'>;
  readonly process: string;
  readonly settings: Pick<Settings, 'maxRunning'>;
  /** How long what is told here counts without being told again, ms. */
  readonly keptMs: number;
  readonly atWork: () => Iterable<AtWork>;
}

export function sharedLoad({ store, process, settings, keptMs, atWork }: LoadDeps): Load {
  let others: Readonly<Record<string, number>> = {};

  function own(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { team, user } of atWork()) {
      for (const name of [team, `${team}:${user}`]) counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  return {
    crowded(team, user) {
      const mine = own();
      const count = (name: string): number => (mine[name] ?? 0) + (others[name] ?? 0);
      if (count(`${team}:${user}`) >= settings.maxRunning.person) return 'person';
      return count(team) >= settings.maxRunning.workspace ? 'workspace' : undefined;
    },
    async share() {
      others = await store.share(process, own(), keptMs);
    },
  };
}
