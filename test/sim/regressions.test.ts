/** Scenes in which the simulator found something broken. Each is a plan of its own: no seed's meaning can change. */
import { describe, expect, it } from 'vitest';
import { FAIR, scene, type Plan, type Timed } from './plan.ts';
import { runPlan } from './run.ts';

type Scene = Partial<Plan> & Pick<Plan, 'actions'>;

/** What a scene breaks; where a moment matters, each of several is tried. */
async function broken(...plans: readonly Scene[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [at, plan] of plans.entries()) {
    const { violations } = await runPlan(scene({ seed: `scene ${at}`, ...plan }));
    found.push(...violations.map(({ rule, what }) => `${rule}: ${what}`));
  }
  return found;
}

function says(at: number, n: number, script: string, more: Partial<Timed> = {}): Timed {
  return {
    at,
    do: 'say',
    thread: 't1',
    user: 'UADA',
    n,
    mentions: n === 1,
    script,
    ...more,
  } as Timed;
}

function moments(from: number, until: number, step: number): readonly number[] {
  return Array.from({ length: Math.floor((until - from) / step) }, (_, at) => from + at * step);
}

const IM = { threads: [{ id: 't1', channel: 'D1', begun: 'im' }] } as const;

describe('scenes that must hold', () => {
  it('a process that was frozen for longer than its lease writes nothing when it wakes', async () => {
    const plans = moments(1_500, 6_000, 250).map((at): Scene => ({
      seed: `frozen ${at}`,
      replicas: 2,
      actions: [
        says(1_000, 1, 'text,long,tool,text,long,tool,text'),
        says(1_100, 2, 'text,long,tool,text', { thread: 't2', mentions: true }),
        { at, do: 'freeze', replica: 0, ms: 14_000 },
        { at: at + 30_000, do: 'freeze', replica: 1, ms: 14_000 },
      ],
      threads: [
        { id: 't1', channel: 'C1', begun: 'mention' },
        { id: 't2', channel: 'C2', begun: 'mention' },
      ],
    }));
    expect(await broken(...plans)).toEqual([]);
  });
});

describe('what the simulator found', () => {
  it('an answer does not come to stand above an earlier one whose post was lost', async () => {
    const actions = [
      { at: 900, do: 'doom', service: 'slack', name: 'chat.postMessage', fate: 'lost' },
      says(1_000, 1, 'text'),
      says(4_500, 2, 'text'),
    ] as const;
    expect(await broken(...[1, 2, 3, 4].map((n) => ({ ...IM, seed: `order ${n}`, actions })))).toEqual([]);
  });

  it('a message that was deleted is posted anew once, also when its process dies after that', async () => {
    const plans = moments(6_000, 12_000, 500).map((at): Scene => ({
      actions: [
        says(1_000, 1, 'text,text,tool'),
        { at: 2_500, do: 'wipe', thread: 't1' },
        { at, do: 'crash', replica: 0 },
        { at: at + 2_000, do: 'start', replica: 0 },
      ],
    }));
    expect(await broken(...plans)).toEqual([]);
  });

  it('a failover that forgets costs a thread that is held nothing, at no moment of a turn', async () => {
    const plans = moments(1_000, 4_000, 100).map((at): Scene => ({
      seed: `failover ${at}`,
      actions: [says(1_000, 1, 'text,tool'), { at, do: 'failover', lostMs: 300, downMs: 500 }],
    }));
    expect(await broken(...plans)).toEqual([]);
  });

  it('nor while it is not known whether there is a session', async () => {
    const plans = moments(1_300, 2_300, 50).map((at): Scene => ({
      seed: `doubt ${at}`,
      actions: [
        { at: 900, do: 'doom', service: 'agents', name: 'create', fate: 'failed' },
        says(1_000, 1, 'text'),
        { at, do: 'failover', lostMs: 300, downMs: 500 },
      ],
    }));
    expect(await broken(...plans)).toEqual([]);
  });

  it('a start that is stopped before there is a session does not look busy any more', async () => {
    const actions: readonly Timed[] = [
      { at: 900, do: 'doom', service: 'agents', name: 'create', fate: 'failed' },
      says(1_000, 1, 'text'),
      { at: 1_800, do: 'stop', thread: 't1', user: 'UADA', via: 'mention' },
    ];
    expect(await broken(...[1, 2, 3, 4, 5, 6].map((n) => ({ seed: `stopped ${n}`, actions })))).toEqual([]);
  });

  it('what a run wrote before it reached its budget stands, though the next message hears of it first', async () => {
    const plans = moments(2_000, 5_000, 100).map((at): Scene => ({
      seed: `budget ${at}`,
      streams: { ...FAIR.streams, cut: 0.15 },
      actions: [says(1_000, 1, 'text,text,budget'), says(at, 2, 'text')],
    }));
    expect(await broken(...plans)).toEqual([]);
  });

  it('a text that is overtaken by the end of its run stands', async () => {
    const plans = ['text', 'slow,text', 'tool,text'].flatMap((script) =>
      [1, 2, 3, 4].map((n): Scene => ({ seed: `late ${n}`, lateness: 1, actions: [says(1_000, 1, script)] })),
    );
    expect(await broken(...plans)).toEqual([]);
  });

  it('a text that is overtaken by the end of its run, or of its session, stands, also after a tool', async () => {
    const plans = ['text,tool,text', 'text,end'].flatMap((script) =>
      moments(1, 21, 1).map((n): Scene => ({
        seed: `late after ${n}`,
        lateness: 1,
        streams: { ...FAIR.streams, shed: 1 },
        actions: [says(1_000, 1, script)],
      })),
    );
    expect(await broken(...plans)).toEqual([]);
  });

  it('what a session wrote before it ended stands, though the next message hears of its end first', async () => {
    const plans = moments(2_500, 4_000, 50).map((at): Scene => ({
      seed: `ended ${at}`,
      streams: { ...FAIR.streams, cut: 0.3 },
      actions: [says(1_000, 1, 'text,end'), says(at, 2, 'text')],
    }));
    expect(await broken(...plans)).toEqual([]);
  });

  it('a text that is known whole is not shown again at a stop, though its stream fell silent while it grew', async () => {
    const plans = moments(1_800, 4_200, 100).map((at): Scene => ({
      seed: `silent ${at}`,
      streams: { ...FAIR.streams, silent: 0.2 },
      actions: [
        says(1_000, 1, 'text,text'),
        says(1_400, 2, 'text,slow,text'),
        { at: at + 500, do: 'freeze', replica: 0, ms: 4_000 },
        { at: at + 30_000, do: 'stop', thread: 't1', user: 'UADA', via: 'mention' },
      ],
    }));
    expect(await broken(...plans)).toEqual([]);
  });

  it('of an answer that is streamed in parts the second does not come to stand above the first', async () => {
    const plans = moments(1, 12, 1).map((n): Scene => ({
      seed: `parts ${n}`,
      output: 'stream',
      streams: { ...FAIR.streams, shed: 0.5 },
      actions: [says(1_000, 1, 'text'), says(9_000, 2, 'long')],
    }));
    expect(await broken(...plans)).toEqual([]);
  });

  it('a message that a spent session refuses does not send again what that session took unheard', async () => {
    const plans = moments(2_500, 4_500, 100).map((at): Scene => ({
      seed: `spent ${at}`,
      streams: { ...FAIR.streams, cut: 0.5 },
      actions: [says(1_000, 1, 'text,budget'), says(at, 2, 'text')],
    }));
    expect(await broken(...plans)).toEqual([]);
  });

  it('a text that was cut off by a stop and comes whole after all stands where it was written', async () => {
    const plans = moments(1_600, 3_600, 100).map((at): Scene => ({
      seed: `cut ${at}`,
      lateness: 1,
      actions: [
        says(1_000, 1, 'text,text,text,text'),
        { at, do: 'stop', thread: 't1', user: 'UADA', via: 'mention' },
      ],
    }));
    expect(await broken(...plans)).toEqual([]);
  });

  it('a sign that a message waits goes, though its removal is lost or its process ends meanwhile', async () => {
    const plans = moments(19_000, 21_500, 250).map((at): Scene => ({
      seed: `sign ${at}`,
      actions: [
        says(1_000, 1, 'text'),
        { at: 9_000, do: 'blackout', ms: 9_500 },
        { at: 18_000, do: 'doom', service: 'slack', name: 'reactions.remove', fate: 'lost' },
        says(18_600, 2, 'text'),
        { at, do: 'crash', replica: 0 },
        { at: at + 2_000, do: 'start', replica: 0 },
      ],
    }));
    expect(await broken(...plans)).toEqual([]);
  });

  it('what was written while nobody was there is found, once', async () => {
    const plans = [6_000, 20_000, 70_000].flatMap((ms) =>
      [true, false].map((heard): Scene => ({
        seed: `gap ${ms} ${heard}`,
        deliveries: { ...FAIR.deliveries, unheard: heard ? 0 : 1 },
        actions: [
          says(4_000, 1, 'text'),
          { at: 12_000, do: 'blackout', ms },
          says(13_000, 2, 'text'),
          says(14_000, 3, 'text', { mentions: true }),
        ],
      })),
    );
    expect(await broken(...plans)).toEqual([]);
  });

  it('a session that is to be closed while the key is refused is closed later', async () => {
    const actions = [says(1_000, 1, 'text'), { at: 30_000, do: 'revoke', ms: 20_000 }] as const;
    expect(await broken({ actions })).toEqual([]);
  });
});
