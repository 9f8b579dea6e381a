/** What a step asks for, done: writes once (I7), reads until they answer, each outcome as an input. */
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../src/core/agent-event.ts';
import type { Effect, ProcessInput } from '../../src/core/state.ts';
import { PortError, type FailureKind } from '../../src/errors.ts';
import {
  failureOf,
  isPatient,
  isWrite,
  runCall,
  type CallDeps,
  type CallHost,
} from '../../src/flow/calls.ts';
import type { AgentPort, EarlierMessage, SlackPort } from '../../src/ports.ts';
import { Events, THREAD, markOf } from '../core/support/inputs.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { virtualClock, type VirtualClock } from '../support/virtual-clock.ts';

function fails(kind: FailureKind, code: string = kind): () => never {
  return () => {
    throw new PortError({ kind, code });
  };
}
const nope = (): Promise<never> => Promise.reject(new Error('not expected'));

interface Rig {
  readonly clock: VirtualClock;
  readonly called: string[];
  readonly ending: AbortController;
  run(effect: Effect): Promise<ProcessInput | undefined>;
}

type Answers = Partial<
  Record<
    'create' | 'find' | 'send' | 'status' | 'archive' | 'history' | 'relist' | 'earlier' | 'raiseBudget',
    (tried: number) => unknown
  >
>;

/** @param answers what each call answers, by how often it was made; it may throw */
function rig(answers: Answers, host: Partial<CallHost> = {}): Rig {
  const clock = virtualClock();
  const called: string[] = [];
  const ending = new AbortController();
  const call =
    (name: keyof Answers) =>
    async (...given: readonly unknown[]): Promise<never> => {
      called.push(name);
      const answer = answers[name];
      if (!answer) throw new Error(`${name} was not expected: ${JSON.stringify(given)}`);
      return (await answer(called.filter((one) => one === name).length)) as never;
    };
  const agent: AgentPort = {
    create: call('create'),
    find: call('find'),
    send: call('send'),
    status: call('status'),
    usage: nope,
    raiseBudget: call('raiseBudget'),
    archive: call('archive'),
    history: call('history'),
    attach: nope,
    upload: nope,
    discard: nope,
    mount: nope,
    outputs: nope,
    openOutput: nope,
  };
  const deps: CallDeps = {
    agent,
    slack: { earlier: call('earlier') } as unknown as SlackPort,
    clock,
    random: systemRandom,
    pace: (signal) => Promise.resolve(signal.throwIfAborted()),
    settings: { maxContextChars: 2_000 },
  };
  const the: CallHost = {
    thread: THREAD,
    signal: ending.signal,
    guard: () => undefined,
    attached: () => Promise.resolve(true),
    relist: call('relist'),
    ...host,
  };
  return {
    clock,
    called,
    ending,
    run: (effect) => runCall(deps, the, effect as Parameters<typeof runCall>[2]),
  };
}

const session = 'sesn_1';
const send: Effect = {
  do: 'send',
  session,
  events: [
    { type: 'user.interrupt' },
    { type: 'user.message', texts: ['a'] },
    { type: 'user.message', texts: ['b'] },
  ],
  marks: [markOf(1), markOf(2)],
};
const WRITES: readonly [Effect, keyof Answers, unknown, ProcessInput][] = [
  [
    { do: 'create', gen: 1, title: 't', of: { agent: '', environment: '', model: '' }, budgetCents: 500 },
    'create',
    'sesn_1',
    { kind: 'created', gen: 1, session },
  ],
  [
    send,
    'send',
    [{ id: 'e0' }, { id: 'e1' }, { id: 'e2' }],
    { kind: 'sent', marks: [markOf(1), markOf(2)], ids: ['e1', 'e2'], from: session },
  ],
  [{ do: 'interrupt', session }, 'send', [{ id: 'e0' }], { kind: 'interrupted', from: session }],
  [
    { do: 'answer', session, events: [], ids: ['t1'] },
    'send',
    [],
    { kind: 'answers-sent', ids: ['t1'], from: session },
  ],
  [{ do: 'raise', session, cents: 1_500 }, 'raiseBudget', undefined, { kind: 'raised', from: session }],
];

describe('a write', () => {
  it.each(WRITES)('$do is made once, and its outcome comes back', async (effect, name, answer, outcome) => {
    const r = rig({ [name]: () => answer });
    expect(await r.run(effect)).toEqual(outcome);
    expect(r.called).toEqual([name]);
  });

  describe.each(WRITES)('%o', (effect, name) => {
    it.each<FailureKind>(['retry', 'gone', 'refused', 'fatal', 'unknown'])(
      'is never repeated here, however it failed: %s',
      async (kind) => {
        const r = rig({ [name]: fails(kind, 'x') });
        const outcome = await r.run(effect);
        expect(outcome).toMatchObject({ failure: { kind, code: 'x' } });
        expect(r.called).toEqual([name]);
        expect(r.clock.timers).toBe(0);
      },
    );
  });

  it.each(WRITES)('$do does not begin where the lease would not outlive it', async (effect) => {
    const guard = fails('retry', 'lease_lapsed');
    const r = rig({}, { guard });
    await expect(r.run(effect)).rejects.toMatchObject({ code: 'lease_lapsed' });
    expect(r.called).toEqual([]);
  });

  it('waits for the stream before it sends', async () => {
    let attach: (is: boolean) => void = () => undefined;
    const attached = new Promise<boolean>((resolve) => (attach = resolve));
    const r = rig({ send: () => [{ id: 'a' }, { id: 'b' }] }, { attached: () => attached });
    const outcome = r.run(send);
    await r.clock.settle();
    expect(r.called).toEqual([]);
    attach(true);
    expect(await outcome).toMatchObject({ kind: 'sent' });
  });

  it('is not made where the stream will not be attached: certainly without effect', async () => {
    const r = rig({}, { attached: () => Promise.resolve(false) });
    expect(await r.run(send)).toMatchObject({
      kind: 'send-failed',
      failure: { kind: 'retry', code: 'not_attached' },
    });
  });

  it('does not wait for the stream for ever: somebody has to be told', async () => {
    const r = rig({}, { attached: () => new Promise(() => undefined) });
    const outcome = r.run(send);
    await r.clock.advance(15_000);
    expect(await outcome).toMatchObject({
      kind: 'send-failed',
      failure: { kind: 'retry', code: 'not_attached' },
    });
    expect(r.clock.timers).toBe(0);
  });

  it('says when it began, for doubt to settle from there', async () => {
    const r = rig({ send: fails('unknown', 'timeout') });
    await r.clock.advance(1_234);
    expect(await r.run(send)).toMatchObject({ kind: 'send-failed', at: r.clock.now() });
  });
});

describe('a read', () => {
  const READS: readonly [Effect, keyof Answers, string][] = [
    [{ do: 'find', gen: 1 }, 'find', 'found'],
    [{ do: 'look', session }, 'history', 'looked'],
    [{ do: 'check', session }, 'status', 'checked'],
  ];

  it.each(READS)('$do is tried until it answers, with growing pauses', async (effect, name, kind) => {
    const r = rig({
      relist: () => undefined,
      [name]: (tried: number) =>
        tried < 4 ? fails(tried === 1 ? 'unknown' : 'retry')() : name === 'history' ? [] : 'idle',
    });
    const outcome = r.run(effect);
    await r.clock.settle();
    expect(r.called.filter((one) => one === name)).toHaveLength(1);
    await r.clock.advance(60_000);
    expect(await outcome).toMatchObject({ kind });
    expect(r.called.filter((one) => one === name)).toHaveLength(4);
  });

  it.each(READS)('$do that cannot answer is an error, never "not found"', async (effect, name) => {
    const r = rig({ relist: () => undefined, [name]: fails('fatal', 'authentication_error') });
    const outcome = r.run(effect);
    // A refusal may be lifted soon: it is waited out for a while where something is under way.
    await r.clock.advance(70_000);
    expect(await outcome).toMatchObject({
      kind: 'read-failed',
      failure: { kind: 'fatal', code: 'authentication_error' },
    });
  });

  it.each(READS)('$do ends with the thread', async (effect, name) => {
    const r = rig({ relist: () => undefined, [name]: fails('retry') });
    const outcome = expect(r.run(effect)).rejects.toThrow('given up');
    await r.clock.settle();
    r.ending.abort(new Error('given up'));
    await outcome;
    expect(r.clock.timers).toBe(0);
  });

  it('of the status comes after what was missed has been listed', async () => {
    const r = rig({ relist: () => undefined, status: () => 'running' });
    expect(await r.run({ do: 'check', session })).toEqual({
      kind: 'checked',
      status: 'running',
      from: session,
    });
    expect(r.called).toEqual(['relist', 'status']);
  });

  it('waits as long as the service asks', async () => {
    const r = rig({
      history: (tried) => {
        if (tried === 1)
          throw new PortError({ kind: 'retry', code: 'rate_limit_error', retryAfterMs: 20_000 });
        return [];
      },
    });
    const outcome = r.run({ do: 'look', session });
    await r.clock.advance(19_000);
    expect(r.called).toHaveLength(1);
    await r.clock.advance(1_000);
    await outcome;
  });
});

describe('archiving', () => {
  const archive: Effect = { do: 'archive', session };

  it.each<[string, Answers, readonly string[]]>([
    ['rests', { status: () => 'idle', archive: () => undefined }, ['status', 'archive']],
    ['is over already', { status: () => 'terminated' }, ['status']],
    ['does not exist any more', { status: fails('gone') }, ['status']],
  ])('what %s is done', async (_, answers, calls) => {
    const r = rig(answers);
    expect(await r.run(archive)).toEqual({ kind: 'archived', from: session });
    expect(r.called).toEqual(calls);
  });

  it('waits for two seconds where the status lags behind (fault: archive-too-early)', async () => {
    const r = rig({ status: (tried) => (tried < 4 ? 'running' : 'idle'), archive: () => undefined });
    const outcome = r.run(archive);
    await r.clock.advance(600);
    expect(await outcome).toMatchObject({ kind: 'archived' });
  });

  it('waits too where the service refuses because it believes that it runs (fault: archive-too-early)', async () => {
    const r = rig({
      status: () => 'idle',
      archive: (tried) => (tried < 3 ? fails('retry', 'session_running')() : undefined),
    });
    const outcome = r.run(archive);
    await r.clock.advance(400);
    expect(await outcome).toMatchObject({ kind: 'archived' });
  });

  it('never archives what runs', async () => {
    const r = rig({ status: () => 'running' });
    const outcome = r.run(archive);
    await r.clock.advance(2_000);
    expect(await outcome).toMatchObject({ kind: 'archive-failed', failure: { code: 'session_running' } });
    expect(r.called).not.toContain('archive');
  });

  it('that failed otherwise says so at once', async () => {
    const r = rig({ status: fails('retry', 'overloaded_error') });
    expect(await r.run(archive)).toMatchObject({
      kind: 'archive-failed',
      failure: { code: 'overloaded_error' },
    });
    expect(r.called).toEqual(['status']);
  });
});

describe('what was said before', () => {
  const ev = new Events();
  const old: readonly AgentEvent[] = [ev.taken(markOf(1)), ev.text('an answer')];
  const thread: readonly EarlierMessage[] = [
    { ts: '1.1', user: 'UADA', name: 'Ada', own: false, bot: false, text: 'lunch?' },
    { ts: '1.2', user: 'U0BOT', name: 'Heddle', own: true, bot: true, text: 'pizza' },
    { ts: '1.3', user: 'UX', name: '', own: false, bot: false, text: 'ok' },
  ];

  it("comes from the old session's events", async () => {
    const r = rig({ history: () => old });
    const recalled = await r.run({ do: 'recall', session, before: '2.2' });
    expect(recalled).toMatchObject({ kind: 'recalled', messages: 2, leftOut: 0, missing: false });
    expect(recalled).not.toHaveProperty('from');
    expect(JSON.stringify(recalled)).toContain('you (the agent)');
  });

  it("comes from Slack's thread where the session is gone", async () => {
    const r = rig({ history: fails('gone'), earlier: () => thread });
    const recalled = await r.run({ do: 'recall', session, before: '2.2' });
    expect(recalled).toMatchObject({ kind: 'recalled', messages: 3, missing: false });
    expect(r.called).toEqual(['history', 'earlier']);
  });

  it('comes from Slack where there was no session, with who said what', async () => {
    const r = rig({ earlier: () => thread });
    const recalled = await r.run({ do: 'recall', before: '2.2' });
    if (recalled?.kind !== 'recalled') throw new Error('nothing recalled');
    expect(recalled.text).toMatch(
      /name="Ada">lunch\?<[\s\S]*name="you \(the agent\)">pizza<[\s\S]*name="UX">ok</,
    );
  });

  it('is tried three times, then said to be missing: it holds nobody up', async () => {
    const r = rig({ earlier: fails('retry', 'ratelimited') });
    const outcome = r.run({ do: 'recall', before: '2.2' });
    await r.clock.advance(10_000);
    expect(await outcome).toEqual({
      kind: 'recalled',
      before: expect.any(String),
      text: '',
      messages: 0,
      leftOut: 0,
      missing: true,
    });
    expect(r.called).toHaveLength(3);
  });

  it('is capped', async () => {
    const r = rig({ earlier: () => [{ ...thread[0], text: 'x'.repeat(9_000) }] });
    const recalled = await r.run({ do: 'recall', before: '2.2' });
    if (recalled?.kind !== 'recalled') throw new Error('nothing recalled');
    expect(recalled.text.length).toBeLessThanOrEqual(2_000);
  });
});

describe('kinds of effects', () => {
  it('that write have their intent saved first; patient reads are made one at a time', () => {
    const all = [
      'recall',
      'create',
      'find',
      'send',
      'look',
      'interrupt',
      'answer',
      'check',
      'relist',
      'archive',
      'tell',
      'note-session',
    ];
    const of = (is: (effect: Effect) => boolean): readonly string[] =>
      all.filter((what) => is({ do: what } as Effect));
    expect(of(isWrite)).toEqual(['create', 'send', 'interrupt', 'answer', 'archive']);
    expect(of(isPatient)).toEqual(['find', 'look', 'check']);
  });

  it.each([
    [new PortError({ kind: 'gone', code: 'x' }), { kind: 'gone', code: 'x' }],
    [
      new PortError({ kind: 'retry', code: 'x', retryAfterMs: 5 }),
      { kind: 'retry', code: 'x', retryAfterMs: 5 },
    ],
    [new TypeError('a bug'), { kind: 'unknown', code: 'internal' }],
    ['thrown text', { kind: 'unknown', code: 'internal' }],
  ])('a failure says what it means: %s', (error, failure) => {
    expect(failureOf(error)).toEqual(failure);
  });
});
