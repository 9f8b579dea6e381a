import { describe, expect, it } from 'vitest';
import { createMemoryServer } from '../../src/adapters/store/memory.ts';
import { sharedLoad, type AtWork, type Load } from '../../src/flow/load.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const settings = { maxRunning: { person: 2, workspace: 4 } };

function replicas(...works: readonly (readonly string[])[]): {
  loads: Load[];
  readonly pass: (ms: number) => Promise<void>;
} {
  const clock = virtualClock();
  const server = createMemoryServer(clock);
  const loads = works.map((users, n) =>
    sharedLoad({
      store: server.open({ appId: 'A1' }),
      process: `p${n}`,
      settings,
      keptMs: 10_000,
      atWork: (): AtWork[] => users.map((user) => ({ team: 'T1', user })),
    }),
  );
  return { loads, pass: (ms) => clock.advance(ms) };
}

describe('how much is at work', () => {
  it('counts each person, and the workspace, over all replicas', async () => {
    const { loads } = replicas(['U1', 'U2'], ['U1']);
    const [one] = loads;
    expect(one?.crowded('T1', 'U1')).toBeUndefined();
    for (const load of [...loads, ...loads]) await load.share();
    expect(one?.crowded('T1', 'U1')).toBe('person');
    expect(one?.crowded('T1', 'U2')).toBeUndefined();
    expect(one?.crowded('T2', 'U1')).toBeUndefined();
  });

  it('says when the workspace has too much, to whomever', async () => {
    const { loads } = replicas(['U1', 'U2'], ['U3', 'U4']);
    for (const load of [...loads, ...loads]) await load.share();
    expect(loads[0]?.crowded('T1', 'U9')).toBe('workspace');
  });

  it('forgets a process that has not told anything for a while', async () => {
    const { loads, pass } = replicas(['U1'], ['U1']);
    for (const load of loads) await load.share();
    await pass(10_001);
    await loads[0]?.share();
    expect(loads[0]?.crowded('T1', 'U1')).toBeUndefined();
  });
});
