/** What a thread that is handed over waits for: what changes something, and no answer to a question. */
import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/core/state.ts';
import { flights, type FlightDeps, type FlightHost } from '../../src/flow/flights.ts';
import { deferred } from '../../src/lib/deferred.ts';

const thread = { team: 'T1', channel: 'C1', ts: '1790000000.000100' };

function world() {
  const [listed, sent] = [deferred<readonly never[]>(), deferred<readonly never[]>()];
  const agent = { history: () => listed.promise, send: () => sent.promise };
  const clock = { now: () => 0, monotonic: () => 0, setTimer: () => () => undefined };
  const deps = {
    agent,
    clock,
    pace: () => Promise.resolve(),
    random: {},
    settings: {},
    store: {},
    slack: {},
  };
  const callHost = {
    thread,
    signal: new AbortController().signal,
    guard: () => undefined,
    attached: () => Promise.resolve(true),
    relist: () => Promise.resolve(),
  };
  const host = {
    thread,
    signal: callHost.signal,
    callHost: () => callHost,
    input: () => undefined,
    landed: () => undefined,
    failed: () => undefined,
  };
  const under = flights(deps as unknown as FlightDeps, host as unknown as FlightHost);
  return { under, listed, sent };
}

const look: Effect = { do: 'look', session: 'sesn_1' };
const interrupt: Effect = { do: 'interrupt', session: 'sesn_1' };

/** Whether it has resolved once everything that can go on without us has. */
async function isOver(promise: Promise<unknown>): Promise<boolean> {
  let over = false;
  promise.then(
    () => (over = true),
    () => undefined,
  );
  await new Promise((resolve) => setImmediate(resolve));
  return over;
}

describe('handing over', () => {
  it('does not wait for a question that is not answered', async () => {
    const { under } = world();
    under.start(look);
    expect(under.size).toBe(1);
    expect(await isOver(under.landed())).toBe(true);
  });

  it('waits for a write until it has come back', async () => {
    const { under, sent } = world();
    under.start(look);
    under.start(interrupt);
    const landed = under.landed();
    expect(await isOver(landed)).toBe(false);
    sent.resolve([]);
    expect(await isOver(landed)).toBe(true);
  });
});
