/**
 * Stopped stays stopped: what ran is interrupted, and what waited then is no request any more. Known from outside by
 * the commit with which a holder takes a stop out of its inbox.
 */
import type { ThreadState } from '../../src/core/state.ts';
import type { AgentsModel } from './agents-model.ts';
import type { AgentSession } from './agent-session.ts';
import type { Findings } from './findings.ts';
import type { Said } from './people.ts';
import type { Sent } from './agent-words.ts';

/** One stop, from its admission until it was handled, ms of the run. */
interface Stop {
  readonly key: string;
  readonly admitted: number;
  readonly handled: number;
  /** `ts` of what was on its way then: it may still leave, and what it starts is interrupted again. */
  readonly underWay: ReadonlySet<string>;
  /** What ran then. */
  readonly ran: readonly AgentSession[];
}

/** An interrupt is accepted within this, however often it has to be tried or looked up, ms. */
const INTERRUPTED_WITHIN_MS = 30_000;

export class Stops {
  private stops: Stop[] = [];
  private readonly agents: AgentsModel;
  private readonly now: () => number;

  constructor(agents: AgentsModel, now: () => number) {
    this.agents = agents;
    this.now = now;
  }

  /** `state`: what the holder saved with it. */
  handled(key: string, admitted: number, state: ThreadState | undefined): void {
    const underWay = new Set(
      state?.sends.filter(({ status }) => status !== 'waiting').map(({ mark }) => mark.ts),
    );
    const ran = this.agents.of(key).filter(({ running, over }) => running && over === undefined);
    this.stops.push({ key, admitted, handled: this.now(), underWay, ran });
  }

  /** The store forgot commits of this thread: what they took out of the inbox is there again. */
  forgot(key: string, since: number): void {
    this.stops = this.stops.filter((stop) => stop.key !== key || stop.handled < since);
  }

  /** What was taken before a stop does not leave after it. */
  sentDespite({ key, ts, admitted = 0 }: Said, { left }: Sent): boolean {
    return this.stops.some(
      (stop) =>
        stop.key === key && admitted < stop.admitted && left.at > stop.handled + 1 && !stop.underWay.has(ts),
    );
  }

  /** Runs end by the interrupt, unless they end by themselves before long; `calm`: nothing else went wrong since. */
  checkInterrupts(findings: Findings, calm: (since: number) => boolean): void {
    for (const { key, handled, ran } of this.stops) {
      findings.counted('stops');
      for (const { id, ends } of ran) {
        const end = ends.find(({ at }) => at >= handled);
        if (!end || end.interrupted || end.at - handled < INTERRUPTED_WITHIN_MS || !calm(handled)) continue;
        const late = Math.round(end.at - handled);
        findings.broken('stop', `${key}: ${id} went on for ${late} ms after a stop, without an interrupt`);
      }
    }
  }
}
