import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseThreadKey, threadKey, type ThreadRef, type TimerName } from '../../src/core/event.ts';
import type { Committed, InboxItem, LeaseToken, StorePort } from '../../src/ports.ts';
import { commit, post, stopWord, T1, T2, type StoreWorld } from './store-world.ts';

/**
 * Random histories of several processes: deliveries, redeliveries, commits, releases, hand-overs, timers and
 * deaths. Each process keeps a list of what it consumed in the thread's state, as the flow does.
 *
 * At the end the surviving world is swept until nothing wants a holder, and then every admitted input and
 * every timer that was armed must stand in the state exactly once, inputs in their order. Admitted are also the
 * early replies that a message took up: those with a later `ts`.
 */
const THREADS: readonly ThreadRef[] = [T1, T2, { ...T1, ts: '1790000002.000300' }];
const PROCESSES = ['p', 'q', 'r'];
const LEASE_MS = 40;

type Step =
  | { readonly do: 'admit'; readonly thread: number; readonly n: number; readonly when: 'any' | 'followed' }
  | { readonly do: 'acquire' | 'die'; readonly thread: number; readonly process: number }
  | {
      readonly do: 'commit';
      readonly thread: number;
      readonly process: number;
      readonly take: number;
      readonly then: 'keep' | 'release' | 'handover';
      readonly timer: boolean;
      readonly twice: boolean;
    }
  | { readonly do: 'renew'; readonly process: number }
  | { readonly do: 'sweep' }
  | { readonly do: 'expire' };

const thread = fc.nat({ max: THREADS.length - 1 });
const process = fc.nat({ max: PROCESSES.length - 1 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('admit' as const),
      thread,
      n: fc.integer({ min: 1, max: 30 }),
      when: fc.constantFrom('any' as const, 'any' as const, 'followed' as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('acquire' as const), thread, process }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      thread,
      process,
      take: fc.nat({ max: 3 }),
      then: fc.constantFrom('keep' as const, 'release' as const, 'release' as const, 'handover' as const),
      timer: fc.boolean(),
      twice: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), thread, process }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('renew' as const), process }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
);

/** Every fifth post is a stop, which takes up nothing, and may itself be early. */
function isStop(n: number): boolean {
  return n % 5 === 0;
}

interface Lease {
  readonly token: LeaseToken;
  state: readonly string[];
  inbox: readonly InboxItem[];
}

function label({ input }: InboxItem): string {
  return input.kind === 'timer' ? `timer ${input.id}` : 'ts' in input ? (input.ts ?? '') : input.kind;
}

/** Runs steps, and keeps what must come out of them. */
class History {
  readonly #world: StoreWorld;
  readonly #store: StorePort;
  readonly #leases = new Map<string, Lease>();
  readonly #seen = new Set<string>();
  readonly #early = new Map<number, Set<number>>();
  /** What must be consumed, by thread: inputs in their order, and timers. */
  readonly expected = THREADS.map(() => ({ inputs: [] as string[], timers: [] as string[] }));
  #timers = 0;

  constructor(world: StoreWorld, store: StorePort) {
    this.#world = world;
    this.#store = store;
  }

  async run(one: Step): Promise<void> {
    if (one.do === 'admit') await this.#admit(one.thread, one.n, one.when);
    else if (one.do === 'acquire') await this.#acquire(one.thread, PROCESSES[one.process] ?? '');
    else if (one.do === 'commit') await this.#commit(one);
    else if (one.do === 'die') this.#leases.delete(`${one.thread} ${PROCESSES[one.process]}`);
    else if (one.do === 'renew') await this.#renew(PROCESSES[one.process] ?? '');
    else if (one.do === 'sweep') await this.#store.sweep(10);
    else await this.#world.pass(LEASE_MS + 1);
  }

  async #admit(at: number, n: number, when: 'any' | 'followed'): Promise<void> {
    const delivery = (isStop(n) ? stopWord : post)(n, THREADS[at], when);
    const claim = `${THREADS[at]?.channel} ${n}`;
    const answer = await this.#store.admit(delivery);
    expect(answer.outcome === 'duplicate').toBe(this.#seen.has(claim));
    if (answer.outcome === 'unfollowed') {
      const early = this.#early.get(at) ?? new Set();
      this.#early.set(at, early.add(n));
    }
    if (answer.outcome !== 'admitted') return;
    this.#expect(at, n);
    if (isStop(n)) return;
    const early = [...(this.#early.get(at) ?? [])].sort((a, b) => a - b);
    for (const other of early) if (other > n) this.#expect(at, other);
    this.#early.delete(at);
  }

  #expect(at: number, n: number): void {
    const claim = `${THREADS[at]?.channel} ${n}`;
    if (this.#seen.has(claim)) return;
    this.#seen.add(claim);
    this.expected[at]?.inputs.push(post(n).input.ts);
  }

  async #acquire(at: number, name: string): Promise<void> {
    const got = await this.#store.acquire(THREADS[at] ?? T1, name);
    if (!got) return;
    const state = got.state === undefined ? [] : (JSON.parse(got.state) as string[]);
    this.#leases.set(`${at} ${name}`, { token: got.token, state, inbox: got.inbox });
  }

  async #commit(one: Extract<Step, { do: 'commit' }>): Promise<void> {
    const slot = `${one.thread} ${PROCESSES[one.process]}`;
    const lease = this.#leases.get(slot);
    if (!lease) return;
    const eaten = lease.inbox.slice(0, one.take);
    const state = [...lease.state, ...eaten.map(label)];
    const timer = one.timer ? (this.#timers += 1) : undefined;
    const change = commit(THREADS[one.thread] ?? T1, lease.token, {
      state: JSON.stringify(state),
      consumed: eaten.map(({ seq }) => seq),
      then: one.then,
      // A name of its own for each, so that no arming replaces another and all of them count.
      timers: timer === undefined ? {} : { [`t${timer}` as TimerName]: { inMs: 0, id: timer } },
    });
    const done = await this.#store.commit(change);
    if (one.twice) await this.#sameAgain(change, done);
    if (done.outcome === 'stale') return this.#forget(slot);
    if (timer !== undefined) this.expected[one.thread]?.timers.push(`timer ${timer}`);
    if (done.released) return this.#forget(slot);
    lease.state = state;
    lease.inbox = done.inbox;
  }

  #forget(slot: string): void {
    this.#leases.delete(slot);
  }

  async #sameAgain(change: Parameters<StorePort['commit']>[0], done: Committed): Promise<void> {
    const again = await this.#store.commit(change);
    expect(again.outcome).toBe(done.outcome);
    if (again.outcome === 'ok' && done.outcome === 'ok') expect(again.released).toBe(done.released);
  }

  async #renew(name: string): Promise<void> {
    const mine = [...this.#leases].filter(([slot]) => slot.endsWith(` ${name}`));
    const held = mine.map(([slot, { token }]) => ({
      thread: THREADS[Number(slot.split(' ')[0])] ?? T1,
      token,
    }));
    const { lost, waiting } = await this.#store.renew(held);
    expect(lost.filter((key) => waiting.includes(key))).toEqual([]);
    for (const [slot] of mine) {
      const key = threadKey(THREADS[Number(slot.split(' ')[0])] ?? T1);
      if (lost.includes(key)) this.#leases.delete(slot);
    }
  }

  /** Everybody is dead; somebody new does what the sweeps say until they say nothing. */
  async settle(): Promise<void> {
    await this.#world.pass(LEASE_MS + 1);
    for (let round = 0; round < 50; round += 1) {
      const keys = await this.#store.sweep(10);
      if (keys.length === 0) return;
      for (const key of keys) await this.#finish(parseThreadKey(key) ?? T1);
    }
    throw new Error('the sweeps never end');
  }

  async #finish(ref: ThreadRef): Promise<void> {
    const got = await this.#store.acquire(ref, 'survivor');
    if (!got) return;
    const before = got.state === undefined ? [] : (JSON.parse(got.state) as string[]);
    await this.#store.commit(
      commit(ref, got.token, {
        state: JSON.stringify([...before, ...got.inbox.map(label)]),
        consumed: got.inbox.map(({ seq }) => seq),
        then: 'release',
      }),
    );
  }

  /** What each thread's state says was consumed. */
  async consumed(): Promise<string[][]> {
    const states = await Promise.all(THREADS.map(async (ref) => this.#store.peek(ref)));
    return states.map((state) => (state === undefined ? [] : (JSON.parse(state) as string[])));
  }
}

async function oneHistory(make: () => Promise<StoreWorld>, steps: readonly Step[]): Promise<void> {
  const world = await make();
  try {
    const history = new History(world, await world.open({ leaseMs: LEASE_MS }));
    for (const one of steps) await history.run(one);
    await history.settle();
    for (const [at, all] of (await history.consumed()).entries()) {
      const isTimer = (one: string): boolean => one.startsWith('timer');
      expect(all.filter((one) => !isTimer(one))).toEqual(history.expected[at]?.inputs);
      expect(all.filter(isTimer).sort()).toEqual(history.expected[at]?.timers.sort());
    }
  } finally {
    await world.end();
  }
}

/** `lanes` histories run side by side: most of their time they wait for leases to end. */
export function neverLostContract(make: () => Promise<StoreWorld>, runs: number, lanes: number): void {
  describe('random histories', () => {
    it('I1, I3, I4: every input is consumed exactly once, whoever dies', { timeout: 120_000 }, async () => {
      const histories = fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) =>
        oneHistory(make, steps),
      );
      const numRuns = Math.ceil(runs / lanes);
      await Promise.all(Array.from({ length: lanes }, async () => fc.assert(histories, { numRuns })));
    });
  });
}
