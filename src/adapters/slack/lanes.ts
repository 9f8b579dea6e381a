/** All rate lanes of this process: which lane a call belongs to. What a lane does is in `lane.ts`. */
import { PortError } from '../../errors.ts';
import type { Clock, Log } from '../../ports.ts';
import { laneName } from '../../lib/rate.ts';
import { laneGate, type LaneCrowd, type LaneGate, type LaneLimiter } from './lane-gate.ts';
import { createLane, type Lane, type LaneCall } from './lane.ts';
import { CHANNEL_LIMIT, methodLimit } from './limits.ts';

/** Where a call belongs. */
export interface LaneAddress {
  readonly team: string;
  readonly method: string;
  /** Set for posts: they are limited in their channel as well. */
  readonly channel?: string;
}

export interface Lanes {
  /** The call's own result; undefined where there was nothing to do any more. Rejects with `PortError`. */
  run<P, T>(address: LaneAddress, call: LaneCall<P, T>): Promise<T | undefined>;
  /** Everybody who still waits is turned away (`retry`, `closing`). */
  close(): void;
}

export interface LanesOptions {
  readonly limiter: LaneLimiter;
  /** Who is told to the limiter as running, and hears what it says. */
  readonly crowd?: LaneCrowd;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter?: LaneMeter;
}

/** What an operator is told of the lanes. */
export interface LaneMeter {
  /** A call has waited so many seconds for its turn. */
  laneWait(method: string, priority: string, seconds: number): void;
  /** So many calls a window are allowed, as learnt. */
  laneLimit(method: string, limit: number): void;
}

const GATES_KEPT = 1_000;

export function createLanes({ limiter, crowd, clock, log, meter }: LanesOptions): Lanes {
  const lanes = new Map<string, Lane>();
  const gates = new Map<string, LaneGate>();
  let closed = false;

  /** A gate remembers what was granted, so it outlives its lane until that does not matter any more. */
  function gateOf(name: string, method?: string): LaneGate {
    const known = gates.get(name);
    if (known) return known;
    if (gates.size >= GATES_KEPT) {
      for (const [other, gate] of gates) if (gate.idle()) gates.delete(other);
    }
    const learnt = (limit: number): void => {
      if (method !== undefined) meter?.laneLimit(method, limit);
    };
    const gate = laneGate({ lane: name, limiter, crowd, clock, log, learnt });
    gates.set(name, gate);
    return gate;
  }

  function laneOf({ team, method, channel }: LaneAddress): Lane {
    const workspace = laneName(team, method);
    const name = laneName(team, method, channel);
    const known = lanes.get(name);
    if (known) return known;
    const whole = { gate: gateOf(workspace, method), limit: methodLimit(method) };
    const narrow = channel === undefined ? [] : [{ gate: gateOf(name), limit: CHANNEL_LIMIT }];
    const lane = createLane({
      gates: [...narrow, whole],
      answersFor: whole.gate,
      clock,
      // A method's lane is one of few and stays; channels are many.
      onIdle: () => (channel === undefined ? false : lanes.delete(name)),
    });
    lanes.set(name, lane);
    return lane;
  }

  return {
    run(address, call) {
      if (closed) return Promise.reject(new PortError({ kind: 'retry', code: 'closing' }));
      const began = clock.monotonic();
      const { method } = address;
      return laneOf(address).run({
        ...call,
        prepare: () => call.prepare(),
        send(prepared) {
          meter?.laneWait(method, call.priority, (clock.monotonic() - began) / 1000);
          return call.send(prepared);
        },
      });
    },
    close() {
      closed = true;
      for (const lane of lanes.values()) lane.close();
    },
  };
}
