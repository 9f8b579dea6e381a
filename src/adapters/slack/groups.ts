/**
 * Who is in a user group (`usergroups.users.list`), kept for at most ten minutes.
 *
 * Fails closed: what could not be had rejects, and is asked again next time. A group that Slack does not know, or that
 * was disabled, has no members (docs.slack.dev/reference/methods/usergroups.users.list).
 */
import { PortError } from '../../errors.ts';
import type { Clock } from '../../ports.ts';
import type { Calls } from './calls.ts';

const KEPT_MS = 10 * 60_000;
const KEPT_GROUPS = 500;

export interface Groups {
  /** Those of these groups in which the person is. Rejects where it cannot be found out. */
  groupsOf(team: string, user: string, groups: readonly string[]): Promise<readonly string[]>;
  /** Who is in it. Rejects where it cannot be found out. */
  membersOf(team: string, group: string): Promise<readonly string[]>;
}

interface Entry {
  readonly until: number;
  readonly members: Promise<ReadonlySet<string>>;
}

export function createGroups({ calls, clock }: { readonly calls: Calls; readonly clock: Clock }): Groups {
  const known = new Map<string, Entry>();

  async function ask(team: string, group: string): Promise<ReadonlySet<string>> {
    try {
      const answer = await calls.read(team, 'usergroups.users.list', { usergroup: group });
      const users = answer['users'];
      return new Set(Array.isArray(users) ? users.filter((each) => typeof each === 'string') : []);
    } catch (error) {
      const isGone = error instanceof PortError && /^(?:no_such_subteam|subteam_not_found)$/.test(error.code);
      if (isGone) return new Set();
      throw error;
    }
  }

  function members(team: string, group: string): Promise<ReadonlySet<string>> {
    const key = `${team}/${group}`;
    const entry = known.get(key);
    if (entry && entry.until > clock.monotonic()) return entry.members;
    const asked = ask(team, group);
    known.delete(key);
    known.set(key, { until: clock.monotonic() + KEPT_MS, members: asked });
    // A failure is nobody's answer to the next question.
    asked.catch(() => known.delete(key));
    const [oldest] = known.keys();
    if (known.size > KEPT_GROUPS && oldest !== undefined) known.delete(oldest);
    return asked;
  }

  return {
    async groupsOf(team, user, groups) {
      const found = await Promise.all(
        groups.map(async (group) => ((await members(team, group)).has(user) ? [group] : [])),
      );
      return found.flat();
    },
    membersOf: async (team, group) => [...(await members(team, group))],
  };
}
