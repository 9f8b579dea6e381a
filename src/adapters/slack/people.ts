/**
 * Who somebody is (`users.info`), kept for at most ten minutes and dropped on `user_change`.
 *
 * Fails closed: what could not be had is `unknown` and is asked again next time.
 * Fields: docs.slack.dev/reference/objects/user-object.
 */
import type { Person, Role } from '../../core/event.ts';
import type { Clock, Log } from '../../ports.ts';
import type { Calls } from './calls.ts';
import { sayFailure } from './failures.ts';
import { flag, object, text, type Fields } from './fields.ts';

/** What is known of an account, before it is seen from a workspace. */
interface Facts {
  readonly name: string;
  readonly role: Exclude<Role, 'outsider'>;
  readonly team: string | undefined;
  readonly enterprise: string | undefined;
  readonly stranger: boolean;
}

export interface People {
  readonly person: (team: string, user: string, userTeam?: string) => Promise<Person>;
  /** The name, where it is known without asking. */
  readonly nameOf: (user: string) => string | undefined;
  readonly changed: (user: string) => void;
}

export interface PeopleOptions {
  readonly calls: Calls;
  readonly clock: Clock;
  readonly log: Log;
}

const KEPT_MS = 10 * 60_000;
const KEPT_PEOPLE = 5_000;

interface Entry {
  readonly until: number;
  readonly facts: Facts;
}

export function createPeople({ calls, clock, log }: PeopleOptions): People {
  /** Oldest use first. */
  const known = new Map<string, Entry>();
  /** One question a person at a time. */
  const asking = new Map<string, Promise<Facts>>();
  const enterprises = new Map<string, { readonly until: number; readonly id: string | undefined }>();

  function recall(user: string): Facts | undefined {
    const entry = known.get(user);
    if (!entry) return undefined;
    known.delete(user);
    if (entry.until <= clock.monotonic()) return undefined;
    known.set(user, entry);
    return entry.facts;
  }

  function remember(user: string, facts: Facts): void {
    known.set(user, { until: clock.monotonic() + KEPT_MS, facts });
    const [oldest] = known.keys();
    if (known.size > KEPT_PEOPLE && oldest !== undefined) known.delete(oldest);
  }

  async function ask(team: string, user: string): Promise<Facts> {
    const answer = await calls.read(team, 'users.info', { user });
    return factsOf(object(answer, 'user'), user);
  }

  async function facts(team: string, user: string): Promise<Facts> {
    const at = recall(user) ?? asking.get(user);
    if (at) return at;
    const asked = ask(team, user);
    asking.set(user, asked);
    try {
      const found = await asked;
      // An answer that `user_change` overtook is given, and not kept.
      if (asking.get(user) === asked && found.role !== 'unknown') remember(user, found);
      return found;
    } finally {
      if (asking.get(user) === asked) asking.delete(user);
    }
  }

  /** The organization that the installation's workspace belongs to; asked only where somebody's team differs. */
  async function enterpriseOf(team: string): Promise<string | undefined> {
    const entry = enterprises.get(team);
    if (entry && entry.until > clock.monotonic()) return entry.id;
    const id = text(await calls.read(team, 'auth.test', {}), 'enterprise_id');
    enterprises.set(team, { until: clock.monotonic() + KEPT_MS, id });
    return id;
  }

  async function isOutsider(found: Facts, team: string, userTeam: string | undefined): Promise<boolean> {
    if (found.stranger) return true;
    const elsewhere = [found.team, userTeam].some((one) => one !== undefined && one !== team);
    if (!elsewhere) return false;
    return found.enterprise === undefined || found.enterprise !== (await enterpriseOf(team));
  }

  return {
    async person(team, user, userTeam) {
      if (user === 'USLACKBOT' || user.startsWith('B')) return { user, name: user, role: 'bot' };
      try {
        const found = await facts(team, user);
        const outside = found.role !== 'bot' && (await isOutsider(found, team, userTeam));
        return { user, name: found.name, role: outside ? 'outsider' : found.role };
      } catch (error) {
        log.warn({ team, user, code: sayFailure(error) }, 'a person could not be looked up');
        return { user, name: user, role: 'unknown' };
      }
    },
    nameOf: (user) => recall(user)?.name,
    changed(user) {
      known.delete(user);
      asking.delete(user);
    },
  };
}

function factsOf(user: Fields | undefined, id: string): Facts {
  const profile = object(user, 'profile');
  const name = text(profile, 'display_name') ?? text(user, 'real_name') ?? text(profile, 'real_name');
  return {
    name: name ?? text(user, 'name') ?? id,
    role: roleOf(user),
    team: text(user, 'team_id'),
    enterprise: text(object(user, 'enterprise_user'), 'enterprise_id'),
    stranger: flag(user, 'is_stranger'),
  };
}

/** A deactivated account, or an answer without an account, says nothing about who is writing. */
function roleOf(user: Fields | undefined): Facts['role'] {
  if (user === undefined || flag(user, 'deleted')) return 'unknown';
  if (flag(user, 'is_bot') || flag(user, 'is_workflow_bot')) return 'bot';
  if (flag(user, 'is_restricted') || flag(user, 'is_ultra_restricted')) return 'guest';
  return flag(user, 'is_admin') || flag(user, 'is_owner') || flag(user, 'is_primary_owner')
    ? 'admin'
    : 'member';
}
