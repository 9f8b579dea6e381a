/**
 * Many answers at once in virtual time: the real outboxes, lanes, cadence and Slack port on one store, against the
 * playground's limiter. What stands in for the agent only says when there is how much text.
 */
import { setMaxListeners } from 'node:events';
import { createSlackPort } from '../../../src/adapters/slack/api.ts';
import { createLanes } from '../../../src/adapters/slack/lanes.ts';
import { laneRoom } from '../../../src/adapters/slack/limits.ts';
import { createMemoryServer } from '../../../src/adapters/store/memory.ts';
import { intend } from '../../../src/core/shown.ts';
import { newThread, type Preview, type ProcessInput, type ThreadState } from '../../../src/core/state.ts';
import { openTurn } from '../../../src/core/turn.ts';
import { DEFAULT_SETTINGS } from '../../../src/core/settings.ts';
import { PortError } from '../../../src/errors.ts';
import { createCadence } from '../../../src/flow/cadence.ts';
import { createOutbox } from '../../../src/flow/outbox.ts';
import { createLimiter } from '../../../src/playground/slack/limiter.ts';
import { defaultLimits } from '../../../src/playground/slack/options.ts';
import type { Clock } from '../../../src/ports.ts';
import type { WrittenReply } from '../../../src/bench/ideal.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { virtualClock, type VirtualClock } from '../../support/virtual-clock.ts';

/** What people saw of a reply, milliseconds since the beginning. */
export interface Seen {
  signAt: number;
  firstAt: number;
  finalAt: number;
  /** Words of the agent as they came to be seen: how far, when. */
  readonly shown: { readonly at: number; readonly words: number }[];
}

export interface Crowded {
  readonly seen: readonly Seen[];
  /** Calls that were let through, by method. */
  readonly calls: ReadonlyMap<string, number>;
  /** Calls that were met by a 429. */
  readonly limited: readonly string[];
  readonly clock: VirtualClock;
}

export interface CrowdOptions {
  readonly replicas?: number;
  /** One call to Slack and its answer, milliseconds. */
  readonly callMs?: number;
  /** Session status is not to be had. */
  readonly noStatus?: boolean;
  /** Until when to go on after the last reply has ended. */
  readonly restMs?: number;
}

const TIERS: Readonly<Record<string, 2 | 3 | 4 | 'post'>> = {
  'chat.postMessage': 'post',
  'chat.update': 3,
  'reactions.add': 3,
  'reactions.remove': 3,
  'agents.sessions.setStatus': 3,
};

/** Between two pieces of a text, milliseconds. */
const PIECE_MS = 1_000;

/** How many words there are by now: one each second, and the last one when it ends. */
function wordsAt(reply: WrittenReply, at: number): number {
  return at < reply.textAt ? 0 : Math.floor((Math.min(at, reply.endsAt) - reply.textAt) / PIECE_MS) + 1;
}

function textOf(n: number, words: number, isWhole: boolean): string {
  const all = Array.from({ length: words }, (_, at) => `r${n}w${at + 1}.`);
  return `${all.join(' ')}${isWhole ? ` r${n}end.` : ''}`;
}

/** The first of these arguments that is there. */
function textOr(args: Record<string, unknown>, ...names: string[]): string {
  const found = names.map((name) => args[name]).find((value) => typeof value === 'string');
  return typeof found === 'string' ? found : '';
}

/** A Slack that is only its limits. */
function slackModel(
  clock: VirtualClock,
  options: CrowdOptions,
  note: (text: string, method: string, ts: string) => void,
) {
  const { callMs = 150, noStatus = false } = options;
  const limiter = createLimiter(
    { now: () => clock.now(), after: (ms, task) => clock.setTimer(task, ms) },
    defaultLimits,
  );
  const calls = new Map<string, number>();
  const limited: string[] = [];
  let posted = 0;
  const half = (): Promise<void> => new Promise((resolve) => clock.setTimer(resolve, callMs / 2));
  async function apiCall(method: string, args: Record<string, unknown>): Promise<unknown> {
    await half();
    const waitMs = limiter.take(method, TIERS[method] ?? 2, textOr(args, 'channel'));
    const text = JSON.stringify(args['blocks'] ?? '');
    let ts = textOr(args, 'ts', 'timestamp', 'thread_ts');
    if (waitMs > 0) limited.push(`${method} at ${clock.monotonic()}`);
    else calls.set(method, (calls.get(method) ?? 0) + 1);
    if (method === 'chat.postMessage' && waitMs === 0) {
      posted += 1;
      ts = `1790000001.${String(posted).padStart(6, '0')}`;
    }
    await half();
    if (waitMs > 0) {
      const retryAfterMs = Math.max(1, Math.ceil(waitMs / 1000)) * 1000;
      throw new PortError({ kind: 'retry', code: 'ratelimited', retryAfterMs, status: 429 });
    }
    if (method === 'agents.sessions.setStatus' && noStatus)
      throw new PortError({ kind: 'refused', code: 'feature_disabled' });
    note(text, method, textOr(args, 'thread_ts') || ts);
    return { ok: true, ts };
  }
  return { apiCall, calls, limited };
}

interface Running {
  readonly reply: WrittenReply;
  readonly seen: Seen;
  state: ThreadState;
  previews: readonly Preview[];
  touch: () => void;
}

const TEAM = 'T1';

function begin(n: number, reply: WrittenReply, clock: Clock): Omit<Running, 'touch'> {
  const ts = `1790000000.${String(n).padStart(6, '0')}`;
  const turn = openTurn(1, 'U1', ts, clock.now());
  const blank = newThread({ team: TEAM, channel: reply.channel, ts }, 'channel');
  const state: ThreadState = {
    ...blank,
    phase: { is: 'working', session: { id: `s${n}` } as never, run: true },
    turns: [turn],
    turnNo: 1,
  };
  const never = Number.NaN;
  return { reply, seen: { signAt: never, firstAt: never, finalAt: never, shown: [] }, state, previews: [] };
}

/** What the core does with what the outbox reports. */
function after(state: ThreadState, input: ProcessInput): ThreadState {
  if (input.kind === 'posted') return { ...state, posted: { ...state.posted, [input.slot]: input.posted } };
  if (input.kind === 'status-shown') return { ...state, shownStatus: input.status };
  if (input.kind === 'settled') return { ...state, turns: [], phase: { is: 'none' } };
  if (input.kind !== 'reacted') return state;
  return {
    ...state,
    reactions: { ...state.reactions, ...(input.name === undefined ? {} : { [input.ts]: input.name }) },
  };
}

/** Lets the agent have written what it has by now. */
function write(n: number, running: Running, elapsed: number): void {
  const { reply } = running;
  const words = wordsAt(reply, elapsed);
  if (elapsed < reply.endsAt) {
    running.previews = words === 0 ? [] : [{ id: 'e', text: textOf(n, words, false) }];
    return;
  }
  const [turn] = running.state.turns;
  running.previews = [];
  if (!turn || turn.end) return;
  const item = { is: 'text', id: 'e', at: '2026-01-01T00:00:00Z', text: textOf(n, words, true) } as const;
  const segments = turn.segments.map((segment) => ({ ...segment, items: [item] }));
  const phase = { is: 'resting', session: { id: `s${n}` } as never, since: 0 } as const;
  running.state = { ...running.state, phase, turns: [{ ...turn, segments, end: { is: 'answered' } }] };
}

export async function crowd(replies: readonly WrittenReply[], options: CrowdOptions = {}): Promise<Crowded> {
  const clock = virtualClock(undefined, 2);
  const all = new Map<string, Running>();
  const note = (text: string, method: string, ts: string): void => {
    const now = clock.monotonic();
    const [, id] = /r(\d+)w\d+/.exec(text) ?? [];
    const running = [...all.values()].find(({ state }, n) => String(n) === id || state.thread.ts === ts);
    if (!running) return;
    const { seen } = running;
    if (Number.isNaN(seen.signAt) && method !== 'reactions.remove') seen.signAt = now;
    if (id === undefined) return;
    const words = Math.max(...[...text.matchAll(/r\d+w(\d+)/g)].map(([, count]) => Number(count)));
    seen.shown.push({ at: now, words });
    if (Number.isNaN(seen.firstAt)) seen.firstAt = now;
    if (Number.isNaN(seen.finalAt) && text.includes(`r${id}end`)) seen.finalAt = now;
  };
  const slack = slackModel(clock, options, note);
  const server = createMemoryServer(clock);
  const replicas = Array.from({ length: options.replicas ?? 1 }, () => {
    const store = server.open({ appId: 'A1' });
    const cadence = createCadence({ store, clock, room: laneRoom });
    const lanes = createLanes({ limiter: store, crowd: cadence, clock, log: quietLog });
    const port = createSlackPort({ token: 'xoxb-0', lanes, log: quietLog, clock, connect: () => slack });
    return { store, cadence, lanes, port };
  });
  const random = { fraction: () => 0.5, token: () => 'token' };
  const ending = new AbortController();
  setMaxListeners(0, ending.signal);

  function start(n: number, reply: WrittenReply): void {
    const replica = replicas[n % replicas.length];
    if (!replica) return;
    const { store, cadence, port } = replica;
    const running: Running = { ...begin(n, reply, clock), touch: () => undefined };
    all.set(running.state.thread.ts, running);
    const touch = (): void => {
      outbox.touch();
    };
    const deps = {
      slack: port,
      store,
      cadence,
      clock,
      random,
      log: quietLog,
      settleMs: 8_000,
      settings: DEFAULT_SETTINGS,
    };
    const outbox = createOutbox(deps, {
      state: () => running.state,
      previews: () => running.previews,
      behind: () => false,
      guard: () => undefined,
      intend: (slots) => {
        running.state = intend(running.state, slots, clock.now());
        return Promise.resolve();
      },
      input: (input) => {
        running.state = after(running.state, input);
        touch();
      },
      shown: () => undefined,
      quiet: () => undefined,
      failed: (error) => {
        throw error as Error;
      },
      signal: ending.signal,
    });
    running.touch = touch;
  }

  const until = Math.max(...replies.map(({ endsAt }) => endsAt)) + (options.restMs ?? 70_000);
  const moments = new Set<number>();
  for (const reply of replies) {
    moments.add(reply.askedAt);
    for (let at = reply.textAt; at < reply.endsAt; at += PIECE_MS) moments.add(at);
    moments.add(reply.endsAt);
  }
  for (const moment of [...moments].sort((a, b) => a - b)) {
    await clock.advance(moment - clock.monotonic());
    replies.forEach((reply, n) => {
      if (reply.askedAt === moment) start(n, reply);
    });
    [...all.values()].forEach((running, n) => {
      if (moment > running.reply.endsAt || moment < running.reply.textAt) return;
      write(n, running, moment);
      running.touch();
    });
  }
  await clock.advance(until - clock.monotonic());
  ending.abort(new Error('over'));
  for (const { lanes, cadence } of replicas) {
    lanes.close();
    cadence.close();
  }
  return {
    seen: [...all.values()].map(({ seen }) => seen),
    calls: slack.calls,
    limited: slack.limited,
    clock,
  };
}
