/** Who is in a user group: a fact of Slack's, kept for a while, and never guessed. */
import { afterEach, expect, it } from 'vitest';
import { createGroups } from '../../../src/adapters/slack/groups.ts';
import { PortError } from '../../../src/errors.ts';
import { virtualClock } from '../../support/virtual-clock.ts';
import { adapterWorld, endWorlds } from './support/adapter-world.ts';

afterEach(endWorlds);

it('members of the playground’s groups are found, others are not, and no group is none', async () => {
  const { slack, port } = await adapterWorld('socket');
  const { ids } = slack.control;
  const all = await port.groupsOf(slack.teamId, ids.grace, [ids.group, 'S0NOSUCH01']);
  expect(all).toEqual([ids.group]);
  expect(await port.groupsOf(slack.teamId, ids.ada, [ids.group])).toEqual([]);
  expect(await port.membersOf(slack.teamId, ids.group)).toContain(ids.grace);
});

it('is asked once in ten minutes; a failure is asked again', async () => {
  const clock = virtualClock();
  let [asked, fails] = [0, true];
  const read = (): Promise<Record<string, unknown>> => {
    asked += 1;
    return fails
      ? Promise.reject(new PortError({ kind: 'retry', code: 'ratelimited' }))
      : Promise.resolve({ users: ['U1', 7] });
  };
  const calls = {
    read,
    write: () => Promise.reject(new Error('none')),
    pages: () => Promise.reject(new Error('none')),
  };
  const known = createGroups({ calls, clock });
  await expect(known.groupsOf('T1', 'U1', ['S1'])).rejects.toThrow(PortError);
  fails = false;
  expect(await known.groupsOf('T1', 'U1', ['S1'])).toEqual(['S1']);
  expect(await known.groupsOf('T1', 'U2', ['S1'])).toEqual([]);
  expect(asked).toBe(2);
  await clock.advance(10 * 60_000);
  await known.groupsOf('T1', 'U1', ['S1']);
  expect(asked).toBe(3);
});
