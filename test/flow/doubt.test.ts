/** What is not known to have happened is looked up before it is repeated; what counts is when that was asked for. */
import { describe, expect, it } from 'vitest';
import { newThread, type Effect, type Posted } from '../../src/core/state.ts';
import { PortError } from '../../src/errors.ts';
import { runCall, type CallDeps, type CallHost } from '../../src/flow/calls.ts';
import { lookUp, type MessagePlace } from '../../src/flow/doubt.ts';
import { Ledger } from '../../src/flow/ledger.ts';
import type { OutboxDeps, OutboxHost } from '../../src/flow/outbox-host.ts';
import { systemRandom } from '../../src/lib/random.ts';
import type { AgentPort } from '../../src/ports.ts';
import { THREAD } from '../core/support/inputs.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const SETTLE_MS = 8_000;
const placeOf = (): MessagePlace => ({ ...THREAD, threadTs: THREAD.ts });

/** One post in doubt, made just now; each look takes so long. */
function inDoubt(lookMs: number) {
  const clock = virtualClock();
  const posted: Posted = { gen: 0, intent: clock.now(), doubt: true };
  const host = {
    state: () => ({ ...newThread(THREAD, 'channel'), posted: { 'turn:1:0': posted } }),
    input: () => undefined,
  } as unknown as OutboxHost;
  const find = (): Promise<ReadonlyMap<string, string>> =>
    new Promise((resolve) => clock.setTimer(() => resolve(new Map()), lookMs));
  const deps = { clock, settleMs: SETTLE_MS, slack: { find } } as unknown as OutboxDeps;
  const ledger = new Ledger(host, clock);
  return {
    clock,
    isInDoubt: () => ledger.posted.get('turn:1:0')?.doubt === true,
    look: () => lookUp({ deps, host, ledger, keyOf: (slot) => slot, placeOf }, ['turn:1:0']),
  };
}

it('what was not there when it was asked for may have come since: the post stays in doubt', async () => {
  const post = inDoubt(SETTLE_MS + 1_000);
  const look = post.look();
  await post.clock.advance(SETTLE_MS + 1_000);
  await look;
  expect(post.isInDoubt()).toBe(true);
});

it('what is not there when no request can be alive has not happened', async () => {
  const post = inDoubt(100);
  await post.clock.advance(SETTLE_MS);
  const look = post.look();
  await post.clock.advance(100);
  await look;
  expect(post.isInDoubt()).toBe(false);
});

describe('a call says when it began, however long it took', () => {
  const thread = THREAD;
  const took = 5_000;

  /** Every call of the agent takes so long, and then ends so. */
  async function begun(effect: Effect, end: () => unknown) {
    const clock = virtualClock();
    const call = (): Promise<never> =>
      new Promise((resolve, reject) =>
        clock.setTimer(() => {
          try {
            resolve(end() as never);
          } catch (error) {
            reject(error);
          }
        }, took),
      );
    const agent = { create: call, find: call, history: call } as unknown as AgentPort;
    const deps = { agent, clock, random: systemRandom, settings: {}, pace: () => Promise.resolve() };
    const host = { thread, signal: new AbortController().signal, guard: () => undefined };
    await clock.advance(1_000);
    const [at, run] = [
      clock.now(),
      runCall(deps as unknown as CallDeps, host as unknown as CallHost, effect as never),
    ];
    await clock.advance(took);
    return { at, outcome: await run };
  }

  it.each<[Effect, () => unknown]>([
    [{ do: 'find', gen: 1 }, () => undefined],
    [{ do: 'look', session: 'sesn_1' }, () => []],
  ])('$do: then it was asked for', async (effect, end) => {
    const { at, outcome } = await begun(effect, end);
    expect(outcome).toMatchObject({ at });
  });

  it('a session whose creation is in doubt', async () => {
    const of = { agent: '', environment: '', model: '' };
    const { at, outcome } = await begun({ do: 'create', gen: 1, title: '', of, budgetCents: 0 }, () => {
      throw new PortError({ kind: 'unknown', code: 'timeout' });
    });
    expect(outcome).toMatchObject({ kind: 'create-failed', at });
  });
});
