/**
 * One rate lane: calls of one method in one workspace (and channel), served one token at a time.
 *
 * R1  No call leaves without a token; who has waited for a 429 has spent no attempt.
 * R2  A lane is served by urgency: final, question, first, status, delta. Among deltas the subject that was
 *     served longest ago goes first, so that many growing answers share a scarce lane.
 * R3  Content is asked for when the token is there. Who has nothing to write any more leaves the token to the next.
 * R4  A 429 stalls its own lane, on every replica, for as long as Slack said. No other lane waits for it. A token
 *     that was taken before the 429 and not used yet is not good for a call after it.
 * R5  A call that rejects never holds up what stands behind it.
 */
import { PortError } from '../../errors.ts';
import type { Clock, Priority } from '../../ports.ts';
import type { LaneGate } from './lane-gate.ts';
import { laneOrder, type Place } from './lane-order.ts';
import { ruleFor, UNSTATED_RETRY_MS, type Limit } from './limits.ts';

export interface LaneCall<P, T> {
  readonly priority: Priority;
  /** What is written again and again, such as a message's `ts`. */
  readonly subject?: string;
  /** Ends the wait; a call that has left is not cut by it. */
  readonly signal?: AbortSignal | undefined;
  /** Asked once a token is there. `undefined`: nothing to do any more. A throw rejects the call. */
  prepare(): P | undefined;
  send(prepared: P): Promise<T>;
}

/** A source of tokens with its limit. */
export interface GuardedLimit {
  readonly gate: LaneGate;
  readonly limit: Limit;
}

export interface LaneOptions {
  /** All of them must grant. The first one's token is held while the next one's is waited for. */
  readonly gates: readonly GuardedLimit[];
  /** Whose 429 it is. */
  readonly answersFor: LaneGate;
  readonly clock: Clock;
  /** Nobody waits and nothing is on its way. */
  readonly onIdle: () => unknown;
}

export interface Lane {
  /** The call's own result; undefined where there was nothing to do any more. */
  run<P, T>(call: LaneCall<P, T>): Promise<T | undefined>;
  /** Everybody who still waits is turned away. */
  close(): void;
}

/** Somebody waiting. */
interface Waiting extends Place {
  /** Has its turn: true where it used the token. */
  turn(): boolean;
  /** Is turned away without having left. */
  leave(error: PortError): void;
}

/** An unused token is one too many in its window when it is used late. */
const TOKEN_KEEPS_MS = 1_000;
const SHORTEST_PAUSE_MS = 20;
/** What a token waits for may come about sooner than was foreseen: replies end, and leave their room to others. */
const LONGEST_PAUSE_MS = 5_000;
const SHORTEST_BLOCK_MS = 1_000;

function pauseFor(ms: number): number {
  return Math.min(Math.max(ms, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
}

/** A call that was never made. */
function neverMade(code: 'aborted' | 'closing', cause?: unknown): PortError {
  return new PortError({ kind: 'retry', code, cause });
}

export function createLane({ gates, answersFor, clock, onIdle }: LaneOptions): Lane {
  const line = laneOrder<Waiting>(clock);
  /** Tokens taken and not used yet, and until when they may be. */
  const held = new Map<LaneGate, number>();
  let wake: (() => void) | undefined;
  let pumping = false;
  let closed = false;
  let arrivals = 0;
  /** Calls that have left and not come back. */
  let flying = 0;

  /** Milliseconds to wait for the missing tokens; 0 when all are held. */
  async function tokens(priority: Priority): Promise<number> {
    for (const { gate, limit } of gates) {
      const isHeld = (held.get(gate) ?? 0) > clock.monotonic();
      if (isHeld && gate !== answersFor) continue;
      const rule = ruleFor(limit, priority);
      const grant = await gate.take(isHeld ? { ...rule, held: true } : rule);
      if (!grant.granted) return pauseFor(grant.retryInMs);
      if (!isHeld) held.set(gate, clock.monotonic() + TOKEN_KEEPS_MS);
    }
    return 0;
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        wake = undefined;
        resolve();
      };
      const cancel = clock.setTimer(done, ms);
      wake = done;
    });
  }

  /** R3: the token goes to the first who has something to write. */
  function serve(): void {
    for (let one = line.next(); one !== undefined; one = line.next()) {
      line.remove(one);
      if (!one.turn()) continue;
      held.clear();
      line.served(one.subject);
      return;
    }
  }

  async function pump(): Promise<void> {
    for (let head = line.next(); head !== undefined; head = line.next()) {
      const ms = await tokens(head.priority);
      if (ms === 0) serve();
      // Somebody more urgent may have come while the answer was on its way: another rule holds for them.
      else if (line.next()?.priority === head.priority) await pause(ms);
    }
    // In the same turn as the last look: whoever comes later starts the pump anew.
    pumping = false;
    rest();
  }

  function rest(): void {
    if (!pumping && line.size === 0 && flying === 0) onIdle();
  }

  function enqueue(one: Waiting): void {
    if (line.add(one)) wake?.();
    if (pumping) return;
    pumping = true;
    pump().catch((error: unknown) => {
      pumping = false;
      turnAll(new PortError({ kind: 'retry', code: 'lane', cause: error }));
    });
  }

  function turnAll(error: PortError): void {
    for (const one of line.all()) one.leave(error);
  }

  /** R1, R4: a 429 blocks the lane, and the call takes its old place again. */
  function limited(error: unknown): boolean {
    if (!(error instanceof PortError) || error.kind !== 'retry' || error.code !== 'ratelimited') return false;
    answersFor.block(Math.max(error.retryAfterMs ?? UNSTATED_RETRY_MS, SHORTEST_BLOCK_MS));
    return true;
  }

  /** The call has its token and its content. */
  function fly<T>(sending: Promise<T>, landed: (result: T) => void, failed: (error: unknown) => void): void {
    flying += 1;
    sending.then(landed, failed).finally(() => {
      flying -= 1;
      rest();
    });
  }

  function run<P, T>(call: LaneCall<P, T>): Promise<T | undefined> {
    const { signal, priority, subject } = call;
    arrivals += 1;
    const arrival = arrivals;
    return new Promise((resolve, reject) => {
      const abort = (): void => me.leave(neverMade('aborted', signal?.reason));
      const unlisten = (): void => signal?.removeEventListener('abort', abort);
      const me: Waiting = {
        priority,
        subject,
        arrival,
        turn() {
          unlisten();
          let prepared: P | undefined;
          try {
            prepared = call.prepare();
          } catch (error) {
            reject(error);
            return false;
          }
          if (prepared === undefined) {
            resolve(undefined);
            return false;
          }
          fly(call.send(prepared), resolve, (error) => (limited(error) ? stand() : reject(error)));
          return true;
        },
        leave(error) {
          unlisten();
          line.remove(me);
          if (line.size === 0) wake?.();
          reject(error);
        },
      };
      const stand = (): void => {
        if (closed) return me.leave(neverMade('closing'));
        if (signal?.aborted) return abort();
        signal?.addEventListener('abort', abort, { once: true });
        enqueue(me);
      };
      stand();
    });
  }

  return {
    run,
    close() {
      closed = true;
      turnAll(neverMade('closing'));
    },
  };
}
