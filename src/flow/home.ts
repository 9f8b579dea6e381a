/** App Home, published anew when somebody opens it or asks for it. */
import type { KnownAgent } from '../core/agents.ts';
import { askedIndex } from '../core/copies.ts';
import { threadKey, type Person } from '../core/event.ts';
import { mayTalk } from '../core/policy.ts';
import { decodeState } from '../core/record.ts';
import type { Settings } from '../core/settings.ts';
import type { AgentPort, Clock, SlackPort, StorePort } from '../ports.ts';
import { groupsOf, homeBlocks, homeRefused, type HomeThread } from '../render/home.ts';
import { standingOf } from '../render/session-buttons.ts';
import { usageOf } from './tell.ts';
import { todayOf, type TodayDeps } from './today.ts';
import type { Tuning } from './tuning.ts';

export interface HomeDeps extends TodayDeps {
  readonly store: Pick<StorePort, 'sessionsOf' | 'peek'>;
  readonly slack: Pick<SlackPort, 'person' | 'groupsOf' | 'publishHome'>;
  readonly agent: Pick<AgentPort, 'usage'>;
  readonly agents: readonly KnownAgent[];
  readonly clock: Pick<Clock, 'now'>;
  readonly tuning?: Tuning;
}

export interface Whose {
  readonly team: string;
  readonly user: string;
  readonly userTeam?: string;
  /** Their direct message with the bot. */
  readonly channel?: string;
}

/** How many sessions of a person are looked at, and of how many it is asked what they used. */
const MOST = 200;
const ASKED = 20;

/** @param settings what holds in the workspace */
export async function showHome(deps: HomeDeps, settings: Settings, whose: Whose): Promise<void> {
  const { team, user, userTeam } = whose;
  const { store, slack, agents, clock } = deps;
  const threads = await threadsIn(store, team, user);
  const own = new Set(threads.map(({ state }) => threadKey(state.thread)));
  const all = await threadsIn(store, team, askedIndex(user));
  const asked = all.filter(({ state }) => !own.has(threadKey(state.thread)));
  const person = await withGroups(deps, team, await slack.person(team, user, userTeam), [
    ...threads,
    ...asked,
  ]);
  if (mayTalk(person, settings) !== 'yes') {
    await slack.publishHome({ team, user, blocks: homeRefused(person.role) });
    return;
  }
  const today = await todayOf(deps, settings, { team, user });
  const source = deps.tuning?.at({ team, channel: '' }).source;
  const view = {
    person,
    threads: await withUsage(deps, threads),
    asked,
    settings,
    ...(source ? { source } : {}),
    ...(whose.channel === undefined ? {} : { channel: whose.channel }),
    agents,
    ...(today === undefined ? {} : { today }),
    now: clock.now(),
  };
  await slack.publishHome({ team, user, blocks: homeBlocks(view) });
}

async function threadsIn(
  store: HomeDeps['store'],
  team: string,
  index: string,
): Promise<readonly HomeThread[]> {
  const notes = await store.sessionsOf(team, index, MOST);
  const known = await Promise.all(
    notes.map(async ({ thread, at }) => ({ state: decodeState(await store.peek(thread)), at })),
  );
  return known.flatMap(({ state, at }) => (state ? [{ state, at }] : []));
}

/** Those of the groups that open cards name in which the person is; where that cannot be had, none is claimed. */
async function withGroups(
  { slack }: HomeDeps,
  team: string,
  person: Person,
  threads: readonly HomeThread[],
): Promise<Person> {
  const asked = groupsOf(threads);
  if (asked.length === 0) return person;
  const groups = await slack.groupsOf(team, person.user, asked).catch(() => undefined);
  return groups ? { ...person, groups } : person;
}

function withUsage({ agent }: HomeDeps, threads: readonly HomeThread[]): Promise<readonly HomeThread[]> {
  const asked = threads.filter(({ state }) => standingOf(state) !== 'over').slice(0, ASKED);
  return Promise.all(
    threads.map(async (thread) => {
      const usage = asked.includes(thread) ? await usageOf(agent, thread.state) : undefined;
      return usage ? { ...thread, usage } : thread;
    }),
  );
}
