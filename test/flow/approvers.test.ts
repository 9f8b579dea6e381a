/** Who is asked in direct messages: people and members, each once, not too many, and not those who may never approve. */
import { expect, it } from 'vitest';
import type { Role } from '../../src/core/event.ts';
import type { ProcessInput } from '../../src/core/state.ts';
import { PortError } from '../../src/errors.ts';
import { findApprovers, type ApproversDeps } from '../../src/flow/approvers.ts';
import { quietLog } from '../support/quiet-log.ts';
import { virtualClock } from '../support/virtual-clock.ts';

type Found = Extract<ProcessInput, { kind: 'approvers' }>;

interface World {
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  readonly roles?: Readonly<Record<string, Role>>;
  /** How opening somebody's direct messages fails, time after time. */
  readonly fails?: Readonly<Record<string, PortError[]>>;
  /** Whose direct messages Slack is slow to open. */
  readonly slow?: string;
  looked?: number;
}

async function found(
  world: World,
  people: readonly string[],
  named: readonly string[] = [],
  except: readonly string[] = [],
): Promise<Found> {
  const { groups = {}, roles = {}, fails = {}, slow } = world;
  const clock = virtualClock();
  const slack: ApproversDeps['slack'] = {
    async membersOf(_team, group) {
      const members = groups[group];
      if (!members) throw new PortError({ kind: 'retry', code: 'timeout' });
      return members;
    },
    async openDirect({ user }) {
      const error = fails[user]?.shift();
      if (error) throw error;
      if (user === slow) await new Promise(() => undefined);
      return `D${user}`;
    },
    async person(_team, user) {
      world.looked = (world.looked ?? 0) + 1;
      return { user, name: user, role: roles[user] ?? 'member' };
    },
  };
  const effect = { do: 'find-approvers', toolUseId: 'tool1', people, groups: named, except } as const;
  const host = { signal: new AbortController().signal, log: quietLog };
  const asked = findApprovers({ slack, clock }, 'T1', effect, host);
  await clock.advance(10_000);
  return (await asked) as Found;
}

const refused = (): PortError => new PortError({ kind: 'refused', code: 'cannot_dm_bot' });
const away = (): PortError => new PortError({ kind: 'retry', code: 'timeout' });

it('people by name and members of groups, each once, without who asked', async () => {
  const groups = { S1: ['U2', 'U3'], S2: ['U3', 'U4'] };
  expect(await found({ groups }, ['U1', 'U2'], ['S1', 'S2'], ['U1'])).toEqual({
    kind: 'approvers',
    toolUseId: 'tool1',
    copies: ['U2', 'U3', 'U4'].map((user) => ({ user, channel: `D${user}` })),
    unreached: [],
    more: 0,
  });
});

it('neither guests nor bots', async () => {
  const { copies } = await found({ roles: { U1: 'guest', U2: 'bot', U3: 'admin' } }, ['U1', 'U2', 'U3']);
  expect(copies.map(({ user }) => user)).toEqual(['U3']);
});

it('twenty at most, and how many more there are', async () => {
  const many = Array.from({ length: 45 }, (_, n) => `U${n}`);
  const { copies, more } = await found({ groups: { S1: many } }, [], ['S1']);
  expect(copies).toHaveLength(20);
  expect(more).toBe(25);
  const world: World = { groups: { S1: Array.from({ length: 1_000 }, (_, n) => `U${n}`) } };
  expect((await found(world, [], ['S1'])).more).toBe(980);
  expect(world.looked).toBeLessThan(100);
});

it('who is not there to be asked within seconds is not reached', async () => {
  expect(await found({ slow: 'U1' }, ['U1', 'U2'])).toMatchObject({
    copies: [{ user: 'U2', channel: 'DU2' }],
    unreached: ['U1'],
  });
});

it('who cannot be written to is not reached; who answers late is', async () => {
  const fails = { U1: [refused()], U2: [away(), away()], U3: [away(), away(), away()] };
  expect(await found({ fails }, ['U1', 'U2', 'U3'])).toMatchObject({
    copies: [{ user: 'U2', channel: 'DU2' }],
    unreached: ['U1', 'U3'],
  });
});

it('nobody, where it cannot be found out who is in a group: the card stands in the thread', async () => {
  expect(await found({}, ['U1'], ['S1'])).toMatchObject({ copies: [], unreached: [] });
});
