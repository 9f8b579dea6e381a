/**
 * The plan of a run: who writes what and when, what breaks and when, and how bad the weather is. Plain JSON, so that
 * a run which found something can be kept as it was, whatever becomes of the generator.
 */
import type { BusyMode, Output, Settings } from '../../src/core/settings.ts';
import type { Fate, ServiceName, Weather } from './network.ts';
import type { StreamWeather } from './agent-stream.ts';

export interface PlannedThread {
  readonly id: string;
  readonly channel: string;
  /** Begun by a mention, by people among themselves, or in a direct message. */
  readonly begun: 'mention' | 'people' | 'im';
}

export interface Says {
  readonly do: 'say';
  readonly thread: string;
  readonly user: string;
  /** Number of the message: its word is `w<n>`. */
  readonly n: number;
  /** Whether it names the bot. */
  readonly mentions: boolean;
  readonly urgent?: boolean;
  /** What the agent does about it: steps of `agent-session.ts`. */
  readonly script: string;
}

export type Action =
  | Says
  | {
      readonly do: 'stop';
      readonly thread: string;
      readonly user: string;
      readonly via: 'word' | 'mention' | 'button' | 'slack' | 'reaction';
    }
  | { readonly do: 'close'; readonly thread: string; readonly user: string }
  | { readonly do: 'decide'; readonly thread: string; readonly verdict: 'approve' | 'deny' }
  /** `roots`: also where the message began its thread. */
  | { readonly do: 'edit' | 'delete'; readonly n: number; readonly roots?: true }
  /** Somebody deletes the bot's newest message. */
  | { readonly do: 'wipe'; readonly thread: string }
  /** Somebody ends the session in Anthropic's console. */
  | { readonly do: 'outside'; readonly thread: string; readonly how: 'archived' | 'deleted' }
  | { readonly do: 'crash' | 'start'; readonly replica: number }
  | { readonly do: 'freeze'; readonly replica: number; readonly ms: number }
  | { readonly do: 'drain'; readonly replica: number; readonly withinMs: number }
  | {
      readonly do: 'trap';
      readonly replica: number;
      readonly after: number;
      readonly does: 'crash' | 'freeze';
      readonly when: 'before' | 'after';
      readonly ms: number;
    }
  | { readonly do: 'failover'; readonly lostMs: number; readonly downMs: number }
  /** The store comes back without anything. */
  | { readonly do: 'empty'; readonly downMs: number }
  /** Every process ends, and is started again after so long. */
  | { readonly do: 'blackout'; readonly ms: number }
  /** Managed Agents refuse the key for so long. */
  | { readonly do: 'revoke'; readonly ms: number }
  | { readonly do: 'limit'; readonly method: string; readonly seconds: number }
  | {
      readonly do: 'doom';
      readonly service: ServiceName;
      readonly name: string;
      readonly fate: Exclude<Fate, 'ok'>;
    };

export type Timed = Action & { readonly at: number };

export interface DeliveryWeather {
  /** Never arrives. */
  readonly lost: number;
  /** Arrives twice. */
  readonly doubled: number;
  /** Arrives late, by as much as three seconds. */
  readonly late: number;
  /** What nobody was there to take is not tried again. */
  readonly unheard: number;
}

export interface Plan {
  /** All chance of the run comes from it. */
  readonly seed: string;
  readonly replicas: number;
  readonly busyMode: BusyMode;
  readonly idleTimeoutMs: number;
  /** How answers grow. */
  readonly output: Output;
  /** Limits on what one person may put in; the product's own where absent. */
  readonly caps?: Pick<Settings, 'messagesPerMinute' | 'maxRunning'>;
  readonly threads: readonly PlannedThread[];
  readonly actions: readonly Timed[];
  /** Everything heals then, ms. */
  readonly until: number;
  readonly weather: Readonly<Record<ServiceName, Weather>>;
  readonly streams: StreamWeather;
  readonly lateness: number;
  readonly deliveries: DeliveryWeather;
  readonly wakesLost: number;
}

export const FAIR = {
  weather: { slack: {}, agents: {}, store: {} },
  streams: { cut: 0, silent: 0, doubled: 0, shed: 0 },
  lateness: 0,
  deliveries: { lost: 0, doubled: 0, late: 0, unheard: 0 },
  wakesLost: 0,
} as const satisfies Partial<Plan>;

/** A plan in fair weather, for a scene in which one thing goes wrong. */
export function scene(plan: Partial<Plan> & Pick<Plan, 'actions'>): Plan {
  return {
    seed: 'scene',
    replicas: 1,
    busyMode: 'steer',
    idleTimeoutMs: 30_000,
    output: 'edit',
    threads: [{ id: 't1', channel: 'C1', begun: 'mention' }],
    until: Math.max(...plan.actions.map(({ at }) => at)) + 5_000,
    ...FAIR,
    ...plan,
  };
}
