/** The effects of one held thread that are under way: calls to the agent, notes for the index, words for one person. */
import { askedIndex } from '../core/copies.ts';
import type { ThreadRef } from '../core/event.ts';
import type { Effect, ProcessInput, ThreadState } from '../core/state.ts';
import { around } from '../lib/failpoint.ts';
import { delay } from '../lib/time.ts';
import { findApprovers } from './approvers.ts';
import { isPatient, isRead, runCall, type CallDeps, type CallHost } from './calls.ts';
import { listOutputs } from './outputs.ts';
import { tell, type TellDeps } from './tell.ts';
import type { Log, StorePort } from '../ports.ts';

export interface FlightDeps extends CallDeps {
  readonly settings: CallDeps['settings'] & TellDeps['settings'];
  readonly agents: TellDeps['agents'];
  readonly store: TellDeps['store'] & Pick<StorePort, 'noteSession' | 'admit'>;
  /** Something was admitted for this thread. */
  readonly wake: (thread: ThreadRef) => void;
}

export interface FlightHost {
  readonly thread: ThreadRef;
  readonly signal: AbortSignal;
  readonly log: Log;
  state(): ThreadState;
  callHost(): CallHost;
  input(input: ProcessInput): void;
  /** One came back, however. */
  landed(): void;
  /** One failed in a way that ends this holder. */
  failed(error: unknown): void;
}

/** After so long a form is not open any more that a request came from, ms (Slack waits three seconds). */
const FORM_MS = 3_000;

export interface Flights {
  start(effect: Effect): void;
  readonly size: number;
  /** Resolves when everything under way now that changes something has come back. */
  landed(): Promise<unknown>;
}

export function flights(deps: FlightDeps, host: FlightHost): Flights {
  const underWay = new Set<Promise<void>>();
  const reads = new WeakSet<Promise<void>>();
  /** Reads that are under way and not asked for twice. */
  const asking = new Set<Effect['do']>();

  /** A message that stands is given to its thread: repeated until it is there, since its claim makes that safe. */
  async function begin({
    note,
    thread,
    input,
    claims,
  }: Extract<Effect, { do: 'begin' }>): Promise<ProcessInput> {
    for (let wait = 200; ; wait = Math.min(wait * 2, 5_000)) {
      try {
        const { outcome } = await around('store.admit', () =>
          deps.store.admit({ thread, claims, input, when: 'any' }),
        );
        deps.wake(thread);
        return { kind: 'begun', note, outcome };
      } catch (error) {
        host.log.warn({ err: error }, 'a message that stands was not given to its thread; trying again');
        await delay(wait, host.signal, deps.clock);
      }
    }
  }

  async function carryOut(effect: Effect): Promise<void> {
    const { thread, log } = host;
    if (effect.do === 'note-session') {
      const note = { thread, at: deps.clock.now() };
      const { team } = thread;
      const whose = effect.asked ? askedIndex(effect.user) : effect.user;
      await around('store.note', () => deps.store.noteSession(team, whose, note)).catch((error: unknown) =>
        log.warn({ err: error }, 'not indexed'),
      );
    } else if (effect.do === 'tell' || effect.do === 'tell-direct') {
      // Where the form of a request is still open, that says so.
      if ('id' in effect) await delay(FORM_MS, host.signal, deps.clock);
      await tell(deps, thread, host.state(), effect).catch((error: unknown) =>
        log.warn({ err: error }, 'person could not be told'),
      );
    } else if (effect.do === 'begin') {
      host.input(await begin(effect));
    } else if (effect.do === 'find-approvers') {
      host.input(await findApprovers(deps, thread.team, effect, host));
    } else if (effect.do === 'list-outputs') {
      host.input(await listOutputs(deps, effect.of, log));
    } else {
      const outcome = await runCall(deps, host.callHost(), effect);
      if (outcome) host.input(outcome);
    }
  }

  return {
    start(effect) {
      if (host.signal.aborted || asking.has(effect.do)) return;
      if (isPatient(effect)) asking.add(effect.do);
      const flight = carryOut(effect)
        .catch((error: unknown) => {
          if (!host.signal.aborted) host.failed(error);
        })
        .finally(() => {
          asking.delete(effect.do);
          underWay.delete(flight);
          host.landed();
        });
      underWay.add(flight);
      if (isRead(effect)) reads.add(flight);
    },
    get size() {
      return underWay.size;
    },
    landed: () => Promise.all([...underWay].filter((flight) => !reads.has(flight))),
  };
}
