/** One thread's outbox with a Slack of paper, in virtual time: what it calls, and what it is answered. */
import { onOutput } from '../../../src/core/output.ts';
import type { Settings } from '../../../src/core/settings.ts';
import { intend, onPosted } from '../../../src/core/shown.ts';
import { newThread, type Preview, type ProcessInput, type ThreadState } from '../../../src/core/state.ts';
import { openTurn, type End, type Turn } from '../../../src/core/turn.ts';
import { PortError, type FailureKind } from '../../../src/errors.ts';
import type { Cadence } from '../../../src/flow/cadence.ts';
import { createOutbox, type Outbox } from '../../../src/flow/outbox.ts';
import type { SlackPort } from '../../../src/ports.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { virtualClock, type VirtualClock } from '../../support/virtual-clock.ts';

export interface Called {
  /** Virtual milliseconds since the beginning. */
  readonly at: number;
  readonly call: 'post' | 'update' | 'start' | 'append' | 'stop' | 'remove';
  /** The Markdown that it carries; of a post or an edit all of it. */
  readonly text: string;
}

export interface StreamPlay {
  readonly clock: VirtualClock;
  readonly calls: readonly Called[];
  readonly inputs: readonly ProcessInput[];
  state(): ThreadState;
  /** What the agent has written by now. */
  writes(text: string): Promise<void>;
  /** The same, told as growth and not as a change of state. */
  grows(text: string): Promise<void>;
  /** The agent has begun another step. */
  steps(id: string): Promise<void>;
  /** How often the growing text was looked at. */
  readonly looks: number;
  /** The text is whole; with `end` the turn is over. */
  says(text: string, end?: End): Promise<void>;
  /** The next call of this kind is answered with this failure; `done` where it was carried out all the same. */
  fail(call: Called['call'], kind: FailureKind, code: string): void;
  outbox: Outbox;
  stop(): void;
}

export interface PlayOptions {
  readonly output?: Settings['output'];
  /** Grants of the store for streams to begin. */
  readonly starts?: number;
  readonly state?: (state: ThreadState) => ThreadState;
}

const THREAD = { team: 'T1', channel: 'C1', ts: '1790000000.000100' };

function markdownOf(blocks: readonly { readonly type: string; readonly [field: string]: unknown }[]): string {
  return blocks
    .flatMap(({ type, text }) => (type === 'markdown' && typeof text === 'string' ? [text] : []))
    .join('');
}

function atWork(): ThreadState {
  const turn: Turn = { ...openTurn(1, 'U1', THREAD.ts, 0), output: 'undecided' };
  return {
    ...newThread(THREAD, 'channel'),
    phase: { is: 'working', session: { id: 's1', createdAt: 0 }, run: true },
    turns: [turn],
    turnNo: 1,
  };
}

/** What the core does with what the outbox reports. */
function after(state: ThreadState, input: ProcessInput): ThreadState {
  if (input.kind === 'posted') return onPosted(state, input.slot, input.posted).state;
  if (input.kind === 'output') return onOutput(state, input.turn, input.output).state;
  if (input.kind === 'settled') return { ...state, turns: [] };
  return state;
}

export function streamPlay({
  output = 'stream',
  starts = 1,
  state: change = (s) => s,
}: PlayOptions = {}): StreamPlay {
  const clock = virtualClock();
  const calls: Called[] = [];
  const inputs: ProcessInput[] = [];
  const failures: { call: Called['call']; error: PortError }[] = [];
  const ending = new AbortController();
  let state = change(atWork());
  let previews: readonly Preview[] = [];
  let granted = 0;
  let messages = 0;
  let looks = 0;

  /** One call of Slack: 100 ms on its way. */
  async function called<T>(
    call: Called['call'],
    text: string | undefined,
    answer: T,
  ): Promise<T | undefined> {
    if (text === undefined) return undefined;
    calls.push({ at: clock.monotonic(), call, text });
    await new Promise<void>((resolve) => clock.setTimer(resolve, 100));
    const at = failures.findIndex((failure) => failure.call === call);
    const [failure] = at === -1 ? [] : failures.splice(at, 1);
    if (failure) throw failure.error;
    return answer;
  }

  const slack: Partial<SlackPort> = {
    streams: () => true,
    strays: () => Promise.resolve([]),
    find: () => Promise.resolve(new Map()),
    setStatus: () => Promise.resolve(true),
    react: () => Promise.resolve(),
    unreact: () => Promise.resolve(),
    post: ({ content }) =>
      called('post', markdownOf(content()?.blocks ?? []), `1790000001.00000${++messages}`),
    update: ({ content }) => called('update', markdownOf(content()?.blocks ?? []), true as const),
    startStream: ({ text }) => called('start', text(), `1790000001.00000${++messages}`),
    appendStream: ({ text }) => called('append', text(), true as const),
    stopStream: ({ end }) => called('stop', end()?.text, true as const),
    remove: () => called('remove', '', undefined),
  };
  const cadence: Partial<Cadence> = {
    at: () => undefined,
    ended: () => undefined,
    brief: () => false,
    leave: () => undefined,
    due: (lane, _member, lastAt) => lastAt + (lane.method === 'chat.update' ? 3_000 : 1_000),
    scarce: () => 'no',
  };
  const deps = {
    slack: slack as SlackPort,
    cadence: cadence as Cadence,
    store: {
      take: () =>
        Promise.resolve(
          granted++ < starts ? { granted: true as const } : { granted: false as const, retryInMs: 1_000 },
        ),
    },
    settings: { output },
    clock,
    random: { fraction: () => 0.5, token: () => 'token' },
    log: quietLog,
    settleMs: 8_000,
  };
  const outbox = createOutbox(deps, {
    state: () => state,
    previews: () => {
      looks += 1;
      return previews;
    },
    behind: () => false,
    guard: () => undefined,
    intend: (slots, streams) => {
      state = intend(state, slots, clock.now(), streams);
      return Promise.resolve();
    },
    input: (input) => {
      inputs.push(input);
      state = after(state, input);
      outbox.touch();
    },
    shown: () => undefined,
    quiet: () => undefined,
    failed: (error) => {
      throw error as Error;
    },
    signal: ending.signal,
  });
  return {
    clock,
    calls,
    inputs,
    outbox,
    state: () => state,
    async writes(text) {
      previews = [{ id: 'e1', text }];
      outbox.touch();
      await clock.settle();
    },
    async grows(text) {
      previews = [{ id: 'e1', text }];
      outbox.grown();
      await clock.settle();
    },
    async steps(id) {
      const item = { is: 'step', id, at: '2026-01-01T00:00:00Z', name: 'bash', state: 'running' } as const;
      const turns = state.turns.map((turn) => ({ ...turn, segments: [{ after: THREAD.ts, items: [item] }] }));
      state = { ...state, turns };
      outbox.touch();
      await clock.settle();
    },
    get looks() {
      return looks;
    },
    async says(text, end) {
      previews = [];
      const item = { is: 'text', id: 'e1', at: '2026-01-01T00:00:00Z', text } as const;
      const [turn] = state.turns;
      if (turn) {
        const segments = [{ after: THREAD.ts, items: [item] }];
        const phase = end
          ? ({ is: 'resting', session: { id: 's1', createdAt: 0 }, since: 0 } as const)
          : state.phase;
        state = { ...state, phase, turns: [{ ...turn, segments, ...(end ? { end } : {}) }] };
      }
      outbox.touch();
      await clock.settle();
    },
    fail(call, kind, code) {
      failures.push({ call, error: new PortError({ kind, code }) });
    },
    stop: () => ending.abort(new Error('over')),
  };
}
