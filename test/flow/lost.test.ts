/** That a thread has no record says nothing while the store is not trusted. */
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../src/core/agent-event.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { turnSlot } from '../../src/core/shown.ts';
import { newThread, type ThreadState } from '../../src/core/state.ts';
import { PortError } from '../../src/errors.ts';
import { createLost, type Lost } from '../../src/flow/lost.ts';
import { slotKey } from '../../src/flow/slot-key.ts';
import type { Tuning } from '../../src/flow/tuning.ts';
import type { Held } from '../../src/ports.ts';
import type { KnownSession, ThreadShown } from '../../src/ports-recovery.ts';
import { Events, THREAD, markOf, tsOf } from '../core/support/inputs.ts';
import { quietLog } from '../support/quiet-log.ts';
import { virtualClock, type VirtualClock } from '../support/virtual-clock.ts';

const LEASE_MS = 10_000;
const START = Date.parse('2026-11-20T10:30:00Z');

interface World {
  readonly clock: VirtualClock;
  readonly lost: Lost;
  sessions: readonly KnownSession[];
  events: readonly AgentEvent[];
  shown: ThreadShown;
  /** Whether what was read of the thread in Slack went before other reads. */
  urgent: boolean[];
  listings: number;
  failing: PortError | undefined;
  recall(
    prior?: ThreadState,
    blank?: boolean,
    inbox?: Held['inbox'],
  ): { outcome: () => ThreadState | 'new' | 'waiting' };
}

function session(over: Partial<KnownSession> = {}): KnownSession {
  const at = { createdAt: START - 60_000, updatedAt: START - 60_000, archivedAt: undefined };
  return { id: 'sesn_1', thread: THREAD, gen: 1, title: 'hello', status: 'idle', ...at, ...over };
}

function world(tuning?: Tuning): World {
  const clock = virtualClock(START);
  const made: Omit<World, 'lost'> = {
    clock,
    sessions: [],
    events: [],
    shown: { own: [], reactions: {} },
    urgent: [],
    listings: 0,
    failing: undefined,
    recall: () => ({ outcome: () => 'waiting' }),
  };
  const lost = createLost(
    {
      agent: { history: async () => made.events, status: async () => made.sessions[0]?.status ?? 'idle' },
      slack: {
        async shown(_thread, urgent) {
          made.urgent.push(urgent);
          return made.shown;
        },
      },
      sessions: {
        async sessions({ archived }) {
          made.listings += 1;
          if (made.failing) throw made.failing;
          return archived
            ? made.sessions
            : made.sessions.filter(({ archivedAt }) => archivedAt === undefined);
        },
      },
      clock,
      random: { fraction: () => 0, token: () => 'token' },
      log: quietLog,
      settings: DEFAULT_SETTINGS,
      ...(tuning ? { tuning } : {}),
      settleMs: 8_000,
      leaseMs: LEASE_MS,
      pace: async () => undefined,
    },
    new AbortController().signal,
  );
  return Object.assign(made, {
    lost,
    recall(prior?: ThreadState, blank = true, inbox: Held['inbox'] = []) {
      let outcome: ThreadState | 'new' | 'waiting' = 'waiting';
      const held: Held = {
        token: { process: 'p', fence: 1 },
        state: prior && JSON.stringify(prior),
        inbox,
        now: clock.now(),
        tries: 1,
        ...(blank ? { blank: true as const } : {}),
      };
      lost
        .recall(THREAD, held, clock, new AbortController().signal)
        .then((state) => {
          outcome = state ?? 'new';
        })
        .catch((error: unknown) => {
          throw error;
        });
      return { outcome: () => outcome };
    },
  });
}

function answered(): readonly AgentEvent[] {
  const ev = new Events();
  return [ev.running(), ev.taken(markOf(1)), ev.text('one'), ev.idle()];
}

const own = (busy: boolean): ThreadShown => {
  const slot = turnSlot(1, 0, 0);
  return { own: [{ ts: `${tsOf(1)}5`, slot, key: slotKey(THREAD, slot, 0), busy }], reactions: {} };
};

describe('in an empty store', () => {
  it('L2: a thread is not taken for a new one before every lease of before has ended', async () => {
    const w = world();
    w.sessions = [session({ thread: { ...THREAD, channel: 'C2' } })];
    const recalled = w.recall();
    await w.clock.advance(LEASE_MS - 1);
    expect(recalled.outcome()).toBe('waiting');
    // Made by a call that was under way when the store was emptied.
    w.sessions = [...w.sessions, session()];
    await w.clock.advance(1);
    expect(recalled.outcome()).toMatchObject({ gen: 1, phase: { is: 'resting', session: { id: 'sesn_1' } } });
  });

  it('nobody waits where the app never had a session', async () => {
    const w = world();
    const recalled = w.recall();
    await w.clock.settle();
    expect(recalled.outcome()).toBe('new');
  });

  it('sessions are listed once for many threads', async () => {
    const w = world();
    w.recall();
    w.recall();
    await w.clock.settle();
    expect(w.listings).toBe(2);
  });

  it('a record that was saved since stays', async () => {
    const w = world();
    w.sessions = [session()];
    const recalled = w.recall(newThread(THREAD, 'channel'));
    await w.clock.settle();
    expect(recalled.outcome()).toBe('new');
  });

  it('of two sessions of the newest generation the older one goes on', async () => {
    const w = world();
    w.sessions = [
      session({ id: 'sesn_first' }),
      session({ id: 'sesn_younger', gen: 2, createdAt: START - 1_000 }),
      session({ id: 'sesn_older', gen: 2, createdAt: START - 2_000 }),
    ];
    const recalled = w.recall();
    await w.clock.advance(LEASE_MS);
    expect(recalled.outcome()).toMatchObject({ gen: 2, phase: { session: { id: 'sesn_older' } } });
  });

  it('I7: a listing that fails is asked again, and means nothing', async () => {
    const w = world();
    w.failing = new PortError({ kind: 'retry', code: 'overloaded_error' });
    w.sessions = [session()];
    const recalled = w.recall();
    await w.clock.advance(LEASE_MS + 30_000);
    expect(recalled.outcome()).toBe('waiting');
    w.failing = undefined;
    await w.clock.advance(30_000);
    expect(recalled.outcome()).toMatchObject({ phase: { is: 'resting' } });
  });
});

describe('what Slack shows', () => {
  async function state(w: World): Promise<ThreadState> {
    const recalled = w.recall();
    await w.clock.advance(LEASE_MS);
    const outcome = recalled.outcome();
    if (typeof outcome === 'string') throw new Error(`the thread is ${outcome}`);
    return outcome;
  }

  it('is left alone where it stands as it should', async () => {
    const w = world();
    Object.assign(w, { sessions: [session()], events: answered(), shown: own(false) });
    const made = await state(w);
    expect([made.turns, made.posted, made.turnNo]).toEqual([[], {}, 1]);
  });

  it('is taken up where it still looks busy: the same message, to be edited', async () => {
    const w = world();
    Object.assign(w, { sessions: [session()], events: answered(), shown: own(true) });
    const made = await state(w);
    expect(made.turns.map(({ end }) => end?.is)).toEqual(['answered']);
    expect(made.posted).toMatchObject({ [turnSlot(1, 0, 0)]: { ts: `${tsOf(1)}5`, gen: 0 } });
  });

  it('is posted where nothing of a young answer stands, and not where the bot said more since', async () => {
    const w = world();
    Object.assign(w, { sessions: [session()], events: answered() });
    const made = await state(w);
    expect(made.turns).toHaveLength(1);
    expect(made.posted[turnSlot(1, 0, 0)]?.ts).toBeUndefined();
    const other = world();
    const later = { ts: tsOf(9), busy: false };
    Object.assign(other, {
      sessions: [session()],
      events: answered(),
      shown: { own: [later], reactions: {} },
    });
    expect((await state(other)).turns).toEqual([]);
  });

  it('signs of waiting are known, so that they are taken away', async () => {
    const w = world();
    const reactions = { [tsOf(2)]: ['hourglass_flowing_sand'], [tsOf(3)]: ['eyes'] };
    Object.assign(w, { sessions: [session()], events: answered(), shown: { ...own(false), reactions } });
    expect((await state(w)).reactions).toEqual({ [tsOf(2)]: 'hourglass_flowing_sand' });
  });

  it('a quiet session is not closed before missed replies are in', async () => {
    const w = world();
    await w.clock.advance(2 * DEFAULT_SETTINGS.idleTimeoutMs);
    Object.assign(w, { sessions: [session()], events: answered(), shown: own(false) });
    const { phase } = await state(w);
    const due = (phase.is === 'resting' ? phase.since : 0) + DEFAULT_SETTINGS.idleTimeoutMs;
    expect(due - w.clock.now()).toBe(60_000);
  });

  it('a quiet session is closed after the time that holds in its channel', async () => {
    const [idleTimeoutMs, places] = [4 * 3_600_000, [] as string[]];
    const at: Tuning['at'] = ({ channel }) => {
      places.push(channel);
      return { settings: { ...DEFAULT_SETTINGS, idleTimeoutMs } } as ReturnType<Tuning['at']>;
    };
    const tuning: Pick<Tuning, 'ready' | 'at'> = { ready: async () => undefined, at };
    const w = world(tuning as Tuning);
    await w.clock.advance(2 * DEFAULT_SETTINGS.idleTimeoutMs);
    Object.assign(w, { sessions: [session()], events: answered(), shown: own(false) });
    const { phase } = await state(w);
    expect(phase.is === 'resting' && w.clock.now() - phase.since).toBeGreaterThan(
      DEFAULT_SETTINGS.idleTimeoutMs,
    );
    expect(places).toContain(THREAD.channel);
  });

  it('is read before that of others where somebody waits for the thread', async () => {
    const idle = [session()];
    const others = world();
    others.sessions = idle;
    await state(others);
    expect(others.urgent).toEqual([false]);
    const awaited = world();
    awaited.sessions = idle;
    awaited.lost.notice(true);
    const [ours, theirs] = [THREAD, { ...THREAD, channel: 'C9' }].map((thread) =>
      awaited.lost.awaits(thread, new AbortController().signal),
    );
    await state(awaited);
    expect([await ours, await theirs, awaited.urgent]).toEqual([true, false, [true]]);
    const written = world();
    written.sessions = idle;
    const item = { seq: '1', at: START, input: { kind: 'timer', name: 'idle', id: 1 } } as const;
    written.recall(undefined, true, [item]);
    await written.clock.advance(LEASE_MS);
    expect(written.urgent).toEqual([true]);
  });
});

describe('in a store that is an older copy of itself', () => {
  it('a record of an earlier generation is made anew, and numbers go on', async () => {
    const w = world();
    w.sessions = [session({ id: 'sesn_2', gen: 2 })];
    w.lost.notice(false);
    const old = { ...newThread(THREAD, 'channel'), gen: 1, turnNo: 7, noteNo: 2 };
    const recalled = w.recall(old, false);
    await w.clock.settle();
    expect(recalled.outcome()).toMatchObject({ gen: 2, turnNo: 7, noteNo: 2 });
  });

  it('one whose session runs while it believes it to rest as well; any other stays', async () => {
    const w = world();
    w.sessions = [session({ status: 'running' })];
    w.events = [...answered()];
    w.lost.notice(false);
    const at = { id: 'sesn_1', createdAt: START };
    const resting = { ...newThread(THREAD, 'channel'), gen: 1 };
    const one = w.recall({ ...resting, phase: { is: 'resting', session: at, since: START } }, false);
    const working = {
      ...resting,
      lastSent: tsOf(1),
      phase: { is: 'working', session: at, run: true },
    } as const;
    const two = w.recall(working, false);
    // Its events end with an idle: both are asked again until they must be believed to disagree.
    await w.clock.advance(3_000);
    expect(one.outcome()).toMatchObject({ phase: { is: 'working' } });
    expect(two.outcome()).toBe('new');
  });

  describe('L3: of a session that rests again', () => {
    const at = { id: 'sesn_1', createdAt: START };
    const events = answered();
    const seen = events.at(-1)?.at ?? '';
    const resting: ThreadState = {
      ...newThread(THREAD, 'channel'),
      gen: 1,
      turnNo: 1,
      seen,
      lastSent: tsOf(1),
      phase: { is: 'resting', session: at, since: START },
    };
    const recalled = async (prior: ThreadState, updatedAt: number, since?: number) => {
      const w = world();
      w.sessions = [session({ updatedAt })];
      w.events = events;
      w.lost.notice(false, since);
      const one = w.recall(prior, false);
      await w.clock.settle();
      return one.outcome();
    };
    const later = Date.parse(seen) + 60_000;

    it('a record that knows all of it stays', async () => {
      expect(await recalled(resting, later)).toBe('new');
    });

    it('a record that does not know its last message is made anew, whatever it believes to be going on', async () => {
      const before = { ...resting, lastSent: '1700000000.000001' };
      expect(await recalled(before, later)).toMatchObject({ phase: { is: 'resting' } });
      const working = { ...before, phase: { is: 'working', session: at, run: true } } as const;
      expect(await recalled(working, later)).toMatchObject({ phase: { is: 'resting' } });
    });

    it('a record that has not seen the end of its last turn is made anew', async () => {
      const before = { ...resting, seen: '2026-01-01T00:00:00.000Z' };
      expect(await recalled(before, later)).toMatchObject({ phase: { is: 'resting' } });
    });

    it('nothing is read where the session has not changed since, or since before the loss', async () => {
      const before = { ...resting, lastSent: '1700000000.000001' };
      expect(await recalled(before, Date.parse(seen))).toBe('new');
      expect(await recalled(before, later, later + 60_001)).toBe('new');
    });
  });

  it('nothing is asked where nothing was lost', async () => {
    const w = world();
    const recalled = w.recall(undefined, false);
    await w.clock.settle();
    expect([recalled.outcome(), w.listings]).toEqual(['new', 0]);
  });
});
